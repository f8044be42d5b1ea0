package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// checkRequest is a document to be tried, and the session to try it with; by default one made up.
type checkRequest struct {
	Settings json.RawMessage `json:"settings"` // absent: the tenant's own
	Session  string          `json:"session"`  // a key of the tenant's
}

// check answers the requests that the settings would make for a session, and sends none. With ?send=searches it sends those
// that only search, and tells what was read from the answers.
func (c *console) check(w http.ResponseWriter, r *http.Request) error {
	var ask checkRequest
	err := asked(r, settings.MaxBytes+maxAsked, &ask, `{"settings": {…}, "session": "call-1"}, each may be left out`)
	if err != nil {
		return err
	}
	set, err := c.tried(r, ask.Settings)
	if err != nil {
		return err
	}
	s, err := c.example(r, ask.Session)
	if err != nil {
		return err
	}
	trials := flow.Trials(set.CRM, s)
	if r.URL.Query().Get("send") == "searches" {
		c.runner.Try(r.Context(), r.PathValue("tenant"), set.CRM, s, trials)
	}
	return answer(w, map[string]any{"session": s.Key, "requests": trials})
}

// maxAsked bounds a body that holds a few texts, in bytes.
const maxAsked = 4 << 10

// asked reads the request's body. A name written wrong must not pass for one left out.
func asked(r *http.Request, limit int64, into any, form string) error {
	body, err := inbound.JSON(r, limit)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.Wrap(fault.Malformed, err, "the body must be %s", form)
	}
	return nil
}

// tried are the settings to be tried: the document, which need not be any tenant's yet, else the tenant's own.
func (c *console) tried(r *http.Request, doc json.RawMessage) (set settings.Settings, err error) {
	if len(doc) == 0 {
		return c.withCRM(r)
	}
	if set, err = settings.Parse(doc); err == nil {
		err = c.ownNames(r, doc)
	}
	if err != nil {
		return set, mistakes(err)
	}
	return set, needCRM(set)
}

// withCRM are the tenant's settings, which must have a CRM.
func (c *console) withCRM(r *http.Request) (settings.Settings, error) {
	set, err := c.tenant(r)
	if err != nil {
		return set, err
	}
	return set, needCRM(set)
}

func needCRM(set settings.Settings) error {
	if set.CRM == nil {
		return fault.New(fault.Unprocessable, "the settings have no crm")
	}
	return nil
}

// example is the tenant's session with the key, else one made up that has all a session can have.
func (c *console) example(r *http.Request, key string) (session.Session, error) {
	if key == "" {
		return exampleSession(r.PathValue("tenant"), c.clock()), nil
	}
	doc, _, err := c.find(r, key)
	if err != nil {
		return session.Session{}, err
	}
	return doc.Session, nil
}

func exampleSession(tenant string, now time.Time) session.Session {
	seconds := func(n int) *int { return &n }
	start := now.UTC().Add(-10 * time.Minute).Truncate(time.Second)
	return session.Session{
		Key: "call-4711", Tenant: tenant, Source: "ccai", Channel: session.Call, Direction: session.Inbound, Type: "Voice Inbound (IVR)",
		Status: session.StatusFinished, Outcome: session.Completed,
		StartedAt: start, ConnectedAt: start.Add(30 * time.Second), EndedAt: start.Add(5 * time.Minute), FinishedAt: start.Add(6 * time.Minute),
		WaitSeconds: seconds(30), TalkSeconds: seconds(270), HoldSeconds: seconds(20), Language: "en", CompanyNumber: "+15550100",
		Customer: session.Customer{Name: `Kim "K" O'Neil`, Phone: "+12223334444", PhoneRaw: "+12223334444", Email: "kim@example.com", ID: "87"},
		Agents:   []session.Agent{{ID: "1", CustomID: "007", Email: "agent@example.com", Name: "Ann Agent"}},
		Queue:    session.Queue{ID: "8469", Path: "Orders / Status"}, EndedBy: "end_user",
		Rating: seconds(5), Feedback: "quick & kind", Disposition: &session.Disposition{Code: "resolved", Note: "sent again"},
	}
}

// choose tells a session which account or record is its own, where the CRM had several that fit.
func (c *console) choose(w http.ResponseWriter, r *http.Request) error {
	var chosen struct {
		AccountID string `json:"account_id"`
		RecordID  string `json:"record_id"`
	}
	const form = `{"account_id": "…"} or {"record_id": "…"}`
	if err := asked(r, maxAsked, &chosen, form); err != nil {
		return err
	}
	if chosen.AccountID == "" && chosen.RecordID == "" {
		return fault.New(fault.Malformed, "the body must be "+form)
	}
	set, err := c.withCRM(r)
	if err != nil {
		return err
	}
	return c.repair(w, r, set, func(d *store.Document) error {
		flow.Choose(set.CRM, d, chosen.AccountID, chosen.RecordID)
		return nil
	})
}

// maxWindow bounds how many sessions one request replays.
const maxWindow = 500

// replayWindow takes up what was given up or waits in the sessions that changed from ?since= to ?until= (by default now)
// and, with ?state=dead, only those whose CRM work was given up. It answers their keys; where there are more than 500, ask
// again.
func (c *console) replayWindow(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	since, until, err := c.window(r)
	if err != nil {
		return err
	}
	state := r.FormValue("state")
	if state != "" && state != string(session.CRMDead) {
		return fault.New(fault.Malformed, "state must be dead, or left out")
	}
	docs, err := c.store.Stuck(r.Context(), r.PathValue("tenant"), since, until, state != "", maxWindow)
	if err != nil {
		return err
	}
	return c.replayAll(w, r, set, docs)
}

func (c *console) window(r *http.Request) (since, until time.Time, err error) {
	if since, err = time.Parse(time.RFC3339, r.FormValue("since")); err != nil {
		return since, until, fault.Wrap(fault.Malformed, err, "since must be a time such as 2026-01-05T09:00:00Z")
	}
	text := r.FormValue("until")
	if text == "" {
		return since, c.clock().Add(time.Minute), nil // the database's clock may be ahead
	}
	if until, err = time.Parse(time.RFC3339, text); err != nil {
		return since, until, fault.Wrap(fault.Malformed, err, "until must be a time such as 2026-01-06T09:00:00Z")
	}
	return since, until, nil
}

func (c *console) replayAll(w http.ResponseWriter, r *http.Request, set settings.Settings, docs []*store.Document) error {
	keys, err := c.reviveAll(r, set, docs)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"replayed": keys})
}

// reviveAll replays the sessions. One that fails does not hold up the others; it is named, since it may be noted already
// and only lack its task, and then no window finds it again.
func (c *console) reviveAll(r *http.Request, set settings.Settings, docs []*store.Document) (keys []string, err error) {
	keys, failed := []string{}, map[string]error{}
	for _, d := range docs {
		id := store.ID{Tenant: r.PathValue("tenant"), Source: d.Session.Source, Key: d.Session.Key}
		if _, err := c.revive(r, id, set, replaying(set, "")); err != nil {
			failed[id.Key] = err
			continue
		}
		keys = append(keys, id.Key)
	}
	if len(failed) == 0 {
		return keys, nil
	}
	f := fault.Wrap(fault.Unavailable, errors.Join(slices.Collect(maps.Values(failed))...),
		"%d of %d sessions were not taken up: replay each of them", len(failed), len(docs))
	for _, key := range slices.Sorted(maps.Keys(failed)) {
		f = f.At(key, "was not taken up")
	}
	return keys, f
}
