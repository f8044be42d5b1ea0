package console

import (
	"net/http"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// deadView is what waits for a person, or may.
type deadView struct {
	Dead, Waiting []row
	More          bool // whether there are more of either than are shown
	Windows       bool // whether the person may replay all of a time
	Aside         []asideView
	Unknown       []moment
	UnknownCount  int64
	Since         time.Time // what the form for replaying a time begins with
}

// maxUnknown bounds how many events of no session a page shows.
const maxUnknown = 25

// deadPage is what was given up or waits, with what each means and how it is mended.
func (c *console) deadPage(w http.ResponseWriter, r *http.Request) (err error) {
	v := deadView{Since: c.clock().UTC().Add(-24 * time.Hour).Truncate(time.Minute)}
	if v.Aside, err = c.asideOf(r); err != nil {
		return err
	}
	ctx, tenant := r.Context(), r.PathValue("tenant")
	v.Windows = c.people.May(ctx, people.Of(ctx), tenant, people.Administer) == nil
	for trouble, rows := range map[session.CRMState]*[]row{session.CRMDead: &v.Dead, session.CRMWaiting: &v.Waiting} {
		page, err := c.store.Page(ctx, tenant, store.Filter{Trouble: trouble}, pageLength)
		if err != nil {
			return err
		}
		for _, one := range page {
			*rows = append(*rows, rowOf(one, c.clock()))
		}
		v.More = v.More || len(page) == pageLength
	}
	unknown, err := c.store.Unknown(ctx, tenant, maxUnknown)
	if err != nil {
		return err
	}
	hideQueries(unknown)
	for _, e := range unknown {
		v.Unknown = append(v.Unknown, eventMoment(e))
	}
	if v.UnknownCount, err = c.store.CountUnknown(ctx, tenant); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "dead.html", frame{
		Title: "Needs attention", Tenant: tenant, Here: "dead", Body: v, Said: sayings[r.URL.Query().Get("said")],
	})
}

// mends says what is to be done about something owed, by its state and kind.
var mends = map[owedState]map[string]string{
	owedDead: {
		work.CRM:      "The CRM refused it for good, or for a week: mend in the CRM or the settings what the reason names, then replay.",
		work.Metadata: "The metadata, transcript or mail could not be written for a week: mend the storage or mail settings, then replay.",
		work.Quality:  "Quality management refused it for good, or for a week: mend its address or sign-in in the settings, then replay.",
		"file":        "The file could not be fetched or stored for a week: see whether the source still has it and the storage takes it, then replay.",
	},
	owedWaiting: {
		work.CRM:      "The CRM does not take it now. It is tried again by itself for a week; replay to try at once.",
		work.Metadata: "The storage or mail server does not take it now. It is tried again by itself for a week; replay to try at once.",
		work.Quality:  "Quality management does not take it now. It is tried again by itself for a week; replay to try at once.",
		"file":        "The source does not give it or the storage does not take it now. It is tried again by itself for a week; replay to try at once.",
	},
}

// Mend says in one sentence what this means and what is to be done; empty where nothing is.
func (o owed) Mend() string {
	switch {
	case o.choose:
		return "Several accounts or records fit: choose on the session's page which is right, and the rest follows."
	case o.State == owedForgotten:
		return "Its time is over an hour past, or it has none, and nothing is at it: replay. If more sessions say so, look at the queues."
	}
	return mends[o.State][o.What]
}

// windowForm is the page's way to replay what was given up or waits of a time.
func (c *console) windowForm(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	tenant := r.PathValue("tenant")
	since, err := formTime("since", r.PostFormValue("since"))
	if err != nil {
		return err
	}
	until, err := formTime("until", r.PostFormValue("until"))
	if err != nil {
		return err
	}
	if until.IsZero() {
		until = c.clock().Add(time.Minute) // the database's clock may be ahead
	}
	if since.IsZero() {
		return fault.New(fault.Malformed, "since must be a time such as 2026-01-05T09:00")
	}
	docs, err := c.store.Stuck(r.Context(), tenant, since, until, r.PostFormValue("state") == string(session.CRMDead), maxWindow)
	if err != nil {
		return err
	}
	if _, err := c.reviveAll(r, set, docs); err != nil {
		return err
	}
	said := "window"
	switch len(docs) {
	case 0:
		said = "none"
	case maxWindow:
		said = "many"
	}
	return back(w, r, tenantURL(tenant)+"dead", said)
}
