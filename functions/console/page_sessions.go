package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// How many sessions one page of the list has, and how many are looked through for what the database cannot look for.
const (
	pageLength = 50
	lookAtMost = 1_000
)

// maxTenants bounds the list of tenants.
const maxTenants = 500

// tenantsPage is where one chooses a tenant, of those that the person may see.
func (c *console) tenantsPage(w http.ResponseWriter, r *http.Request) error {
	names, err := c.store.Tenants(r.Context(), maxTenants)
	if err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "tenants.html", frame{Title: "Tenants", Body: slices.DeleteFunc(names, func(name string) bool { return !c.sees(r, name) })})
}

// sees says whether the person may look at the tenant.
func (c *console) sees(r *http.Request, tenant string) bool {
	return c.people.May(r.Context(), people.Of(r.Context()), tenant, people.Look) == nil
}

// wanted is what the list of sessions is asked for.
type wanted struct {
	Text    string // in the key, or of the customer, an agent or the queue
	Status  session.Status
	Trouble session.CRMState
	Since   string
	Until   string
	After   string
}

func wantedOf(r *http.Request) wanted {
	get := r.URL.Query().Get
	return wanted{
		strings.TrimSpace(get("q")), session.Status(get("status")), session.CRMState(get("trouble")),
		get("since"), get("until"), get("after"),
	}
}

// Any says whether something is asked for at all.
func (q wanted) Any() bool { q.After = ""; return q != wanted{} }

func (q wanted) filter() (f store.Filter, err error) {
	f = store.Filter{Status: q.Status, Trouble: q.Trouble, After: q.After}
	if f.Since, err = formTime("since", q.Since); err != nil {
		return f, err
	}
	f.Until, err = formTime("until", q.Until)
	return f, err
}

// formTime reads a time of a form: as a browser's field sends it, which is taken for UTC, or as in RFC 3339.
func formTime(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fault.New(fault.Malformed, name+" must be a time such as 2026-01-05T09:00")
}

// sessionsView is what the list's page shows.
type sessionsView struct {
	Wanted   wanted
	Statuses []session.Status
	Troubles []session.CRMState
	Rows     []row
	Looked   int       // how many were looked through for the text; 0: none had to be
	Back     time.Time // as far back as that went
	Next     string    // the address of the next page, where there may be more
}

var (
	statuses = []session.Status{
		session.StatusScheduled, session.StatusQueued, session.StatusRinging, session.StatusConnected, session.StatusHeld,
		session.StatusEnded, session.StatusWrapUp, session.StatusFinished,
	}
	troubles = []session.CRMState{session.CRMDead, session.CRMWaiting, session.CRMPending, session.CRMDone, session.CRMIdle}
)

// sessionsPage is the tenant's sessions, those that changed last first. A text that is a session's key leads to that.
func (c *console) sessionsPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.tenant(r); err != nil {
		return err
	}
	tenant, q := r.PathValue("tenant"), wantedOf(r)
	if q.Text != "" && q.After == "" {
		switch docs, err := c.store.Find(r.Context(), tenant, "", q.Text); {
		case err == nil && len(docs) == 1:
			http.Redirect(w, r, sessionURL(tenant, docs[0].Session.Source, q.Text), http.StatusSeeOther)
			return nil
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	v, err := c.look(r.Context(), tenant, q)
	if err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "sessions.html", frame{Title: "Sessions", Tenant: tenant, Here: "sessions", Refresh: 20, Body: v})
}

// look reads a page of the list. The database finds by key, status, trouble and time; for a text it is read until a page is
// full, or enough was looked at.
func (c *console) look(ctx context.Context, tenant string, q wanted) (v sessionsView, err error) {
	v = sessionsView{Wanted: q, Statuses: statuses, Troubles: troubles}
	f, err := q.filter()
	if err != nil {
		return v, err
	}
	text := strings.ToLower(q.Text)
	for {
		page, err := c.store.Page(ctx, tenant, f, pageLength)
		if errors.Is(err, store.ErrCursor) {
			return v, fault.Wrap(fault.Malformed, err, "after must be from the link to the next page")
		}
		if err != nil {
			return v, err
		}
		for _, one := range page {
			if f.After = one.Cursor; text != "" {
				v.Looked, v.Back = v.Looked+1, one.ChangedAt
			}
			if text == "" || speaksOf(one.Document, text) {
				v.Rows = append(v.Rows, rowOf(one, c.clock()))
			}
			if len(v.Rows) == pageLength {
				break
			}
		}
		if len(page) < pageLength && len(v.Rows) < pageLength {
			return v, nil // these were the last
		}
		if len(v.Rows) == pageLength || v.Looked >= lookAtMost {
			v.Next = nextPage(tenant, q, f.After)
			return v, nil
		}
	}
}

func nextPage(tenant string, q wanted, after string) string {
	values := url.Values{}
	for name, value := range map[string]string{
		"q": q.Text, "status": string(q.Status), "trouble": string(q.Trouble), "since": q.Since, "until": q.Until, "after": after,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return tenantURL(tenant) + "?" + values.Encode()
}

// speaksOf says whether the session's key, its customer, one of its agents, its queue or its record has the text, which is in
// lower case. A telephone number is found however it is written.
func speaksOf(d *store.Document, text string) bool {
	s := d.Session
	names := []string{
		s.Key, s.Customer.Name, s.Customer.Email, s.Customer.ID, s.Customer.PhoneRaw, s.Customer.Phone,
		s.Queue.Path, s.Queue.ID, d.CRM.AccountID, d.CRM.RecordID,
	}
	for _, a := range s.Agents {
		names = append(names, a.Name, a.Email, a.ID, a.CustomID)
	}
	if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), text) }) {
		return true
	}
	number, ok := digitsOf(text)
	return ok && (strings.Contains(onlyDigits(s.Customer.Phone), number) || strings.Contains(onlyDigits(s.Customer.PhoneRaw), number))
}

// digitsOf is a text that can be a part of a telephone number, without what numbers are divided by.
func digitsOf(text string) (string, bool) {
	number := onlyDigits(text)
	return number, len(number) >= 4 && strings.Trim(text, "+0123456789 ()-./") == ""
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// row is a session as lists show it.
type row struct {
	session.Session
	ChangedAt time.Time
	CRM       session.CRM
	Trouble   session.CRMState
	Owed      []owed
	Class     class
	Problem   string // the most pressing
}

func rowOf(l store.Listed, now time.Time) row {
	v := row{Session: l.Session, ChangedAt: l.ChangedAt, CRM: l.CRM, Trouble: l.Trouble, Owed: owedBy(l.Document, now)}
	v.Events, v.Class = nil, classOf(l.Document, v.Owed)
	for _, o := range v.Owed {
		if v.Problem == "" || o.State == owedDead {
			v.Problem = o.Problem
		}
	}
	return v
}

// Who is the customer, as far as known.
func (v row) Who() string { return whoIs(v.Customer) }

func whoIs(c session.Customer) string {
	for _, name := range []string{c.Name, c.Phone, c.PhoneRaw, c.Email, c.ID} {
		if name != "" {
			return name
		}
	}
	return ""
}

// Agent is the last agent who took part.
func (v row) Agent() string {
	if len(v.Agents) == 0 {
		return ""
	}
	return agentName(v.Agents[len(v.Agents)-1])
}

func agentName(a session.Agent) string {
	for _, name := range []string{a.Name, a.Email, a.CustomID, a.ID} {
		if name != "" {
			return name
		}
	}
	return ""
}
