package console

import (
	"net/http"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// sessionsPage is the tenant's sessions, those that changed last first. A text that is a session's key leads to that.
func (c *console) sessionsPage(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	q, err := wantedOf(r)
	if err != nil {
		return err
	}
	tenant := r.PathValue("tenant")
	v, err := c.look(r.Context(), tenant, set, q)
	if err != nil {
		return err
	}
	if one := v.only(); one != nil {
		http.Redirect(w, r, sessionURL(tenant, one.Source, one.Key), http.StatusSeeOther)
		return nil
	}
	return c.render(w, r, http.StatusOK, "sessions.html", frame{Title: "Sessions", Tenant: tenant, Here: "sessions", Refresh: 20, Body: v})
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
