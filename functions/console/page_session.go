package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// sessionView is what a session's page shows.
type sessionView struct {
	view
	Class    class
	Timeline timelineView
	Document string
	Again    []string // the steps that can be made again
	Choose   string   // account_id or record_id, where a person is to choose among the candidates
	Tells    bool     // whether quality management is told of such sessions
	JSON     string   // the address of all this as JSON
}

// Who is the customer, as far as known.
func (v sessionView) Who() string { return whoIs(v.Customer) }

// Next is what is tried next and when.
func (v sessionView) Next() owed { return nextOf(v.Owed) }

// Agent is the agent's name, for a list of them.
func (v sessionView) Agent(a session.Agent) string { return agentName(a) }

// sessionPage answers what happened to a session.
func (c *console) sessionPage(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	doc, id, err := c.find(r, r.PathValue("key"))
	if err != nil {
		return err
	}
	full, err := c.viewWhole(r.Context(), set, doc, id)
	if err != nil {
		return err
	}
	v := c.sessionView(set, doc, full, r.URL.Query().Get("show"))
	f := frame{Title: id.Key, Tenant: id.Tenant, Here: "sessions", Body: v, Said: sayings[r.URL.Query().Get("said")]}
	if f.Refresh = 60; v.Class == classInProgress || v.Class == classWaiting {
		f.Refresh = 5
	}
	return c.render(w, r, http.StatusOK, "session.html", f)
}

// sessionView is the session with the timeline's entries of the kind to show.
func (c *console) sessionView(set settings.Settings, doc *store.Document, full view, show string) sessionView {
	set = set.ForQueue(doc.Session.Queue.ID)
	v := sessionView{view: full, Tells: set.Quality.For(string(doc.Session.Channel)) != nil}
	v.Class = classOf(doc, v.Owed)
	v.Timeline = shownOf(timelineOf(full), show)
	v.Timeline.Unread = full.unread
	v.Document = documentOf(set, doc)
	v.Again = again(set.CRM, doc)
	v.JSON = "/console/api/tenants/" + strings.TrimPrefix(sessionURL(full.Tenant, full.Source, full.Key), "/console/")
	if len(doc.CRM.Candidates) > 0 {
		v.Choose = "account_id"
		if doc.CRM.AccountID != "" && !doc.CRM.Temporary {
			v.Choose = "record_id"
		}
	}
	return v
}

// documentOf is the metadata document as it would be written now.
func documentOf(set settings.Settings, doc *store.Document) string {
	text, err := metadata.Document(doc.Session, work.Facts(set.Storage, doc))
	if err != nil {
		return "" // the run that writes it says so
	}
	return cut(string(text), 64<<10)
}

// again are the steps that a person may have made again.
func again(c *settings.CRM, doc *store.Document) (steps []string) {
	for _, step := range slices.Sorted(maps.Keys(doc.CRM.Done)) {
		trial := *doc
		trial.CRM.Done = maps.Clone(doc.CRM.Done)
		if flow.ReplayStep(c, &trial, step) == nil {
			steps = append(steps, step)
		}
	}
	return steps
}

// replayForm is the page's way to replay a session, or a step of it.
func (c *console) replayForm(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	step, said := r.PostFormValue("step"), "replayed"
	if step != "" {
		said = "step"
	}
	return c.repairForm(w, r, set, replaying(set, step), said)
}

// chooseForm is the page's way to choose among the accounts or records that fit.
func (c *console) chooseForm(w http.ResponseWriter, r *http.Request) error {
	set, err := c.withCRM(r)
	if err != nil {
		return err
	}
	account, record := r.PostFormValue("account_id"), r.PostFormValue("record_id")
	if account == "" && record == "" {
		return fault.New(fault.Malformed, "Choose one of those that fit.")
	}
	return c.repairForm(w, r, set, func(d *store.Document) error {
		flow.Choose(set.CRM, d, account, record)
		return nil
	}, "chosen")
}

func (c *console) repairForm(w http.ResponseWriter, r *http.Request, set settings.Settings, change func(*store.Document) error, said string) error {
	_, id, err := c.find(r, r.PathValue("key"))
	if err != nil {
		return err
	}
	if _, err := c.revive(r, id, set, change); err != nil {
		return err
	}
	to := sessionURL(id.Tenant, id.Source, id.Key)
	if r.PostFormValue("from") == "dead" {
		to = tenantURL(id.Tenant) + "dead"
	}
	return back(w, r, to, said)
}
