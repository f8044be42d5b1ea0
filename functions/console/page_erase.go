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
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// eraseView is what the page shows on which a customer's sessions are erased.
type eraseView struct {
	Who     string // who was searched for
	Found   []foundSession
	Asked   bool // whether anything was searched for or named
	More    bool // whether there are more than are found at once
	Storage bool // whether there is a storage of the company's from which files can be deleted
	Results []eraseResult
	Log     []store.Erasure
	Cut     bool // whether any erasing was cut short, be it too old for the log
}

// eraseResult is what came of one session.
type eraseResult struct {
	erased
	Problem string // why it was not erased
}

// maxEraseForm bounds what the form sends: as many sessions as are found at once, with keys of any length that is usual.
const maxEraseForm = 64 << 10

// eraseTime is how long one form may go on erasing; the rest is asked for again.
const eraseTime = 40 * time.Second

// erasePage asks whose sessions are to be erased, or shows the one that the address names, to be confirmed.
func (c *console) erasePage(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	v := eraseView{}
	if key := r.URL.Query().Get("key"); key != "" {
		doc, _, err := c.find(r, key)
		if err != nil {
			return err
		}
		v.Asked, v.Found = true, []foundSession{foundOf(set, doc, c.clock())}
	}
	return c.renderErase(w, r, set, v)
}

// eraseForm searches for a customer's sessions, erases those that were ticked, or goes on with what was cut short.
func (c *console) eraseForm(w http.ResponseWriter, r *http.Request) (err error) {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	v := eraseView{Who: strings.TrimSpace(r.PostFormValue("who"))}
	switch r.PostFormValue("do") {
	case "erase":
		v.Results, err = c.eraseTicked(r, set)
	case "finish":
		err = c.store.FinishErasing(r.Context(), r.PathValue("tenant"))
	default:
		v.Asked = true
		v.Found, v.More, err = c.customer(r.Context(), set, r.PathValue("tenant"), v.Who)
	}
	if err != nil {
		return err
	}
	return c.renderErase(w, r, set, v)
}

func (c *console) renderErase(w http.ResponseWriter, r *http.Request, set settings.Settings, v eraseView) (err error) {
	tenant := r.PathValue("tenant")
	v.Storage = set.Storage != nil
	if v.Log, err = c.store.Erasures(r.Context(), tenant, maxErasures); err != nil {
		return err
	}
	if v.Cut, err = c.store.ErasingLeft(r.Context(), tenant); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "erase.html", frame{Title: "Erase a customer", Tenant: tenant, Here: "erase", Body: v})
}

// eraseTicked erases the sessions that were ticked, one after the other: one that is refused holds up no other.
func (c *console) eraseTicked(r *http.Request, set settings.Settings) (all []eraseResult, err error) {
	ticked := r.PostForm["session"]
	if len(ticked) == 0 || len(ticked) > maxErased {
		return nil, fault.New(fault.Unprocessable, "Tick the sessions that are to be erased, at most 50.")
	}
	ask := eraseAsk{Anyway: r.PostFormValue("anyway") != "", Files: r.PostFormValue("files") != ""}
	began := c.clock()
	for _, name := range ticked {
		id, ok := tickedID(r.PathValue("tenant"), name)
		if !ok {
			return nil, fault.New(fault.Malformed, "This is not what one of these pages' forms sends.")
		}
		if c.clock().Sub(began) > eraseTime {
			all = append(all, eraseResult{erased{Key: id.Key, Source: id.Source}, "its turn did not come: search again, and erase the rest"})
			continue
		}
		result, err := c.eraseOrSay(r.Context(), set, id, ask)
		if err != nil {
			return nil, err
		}
		all = append(all, result)
	}
	return all, nil
}

// eraseOrSay erases a session, or says what is against it. Its error is of our own.
func (c *console) eraseOrSay(ctx context.Context, set settings.Settings, id store.ID, ask eraseAsk) (eraseResult, error) {
	e, err := c.eraseOne(ctx, set, id, ask)
	var no *fault.Error
	switch {
	case errors.As(err, &no) && slices.Contains([]fault.Kind{fault.Conflict, fault.NotFound, fault.Unavailable}, no.Kind):
		return eraseResult{e, no.Detail}, nil
	case err != nil:
		return eraseResult{}, err
	}
	return eraseResult{e, ""}, nil
}

// Tick is the session's name as the form sends it. Sources and keys may hold anything.
func (f foundSession) Tick() string { return url.QueryEscape(f.Source) + "/" + f.Key }

func tickedID(tenant, name string) (store.ID, bool) {
	escaped, key, ok := strings.Cut(name, "/")
	source, err := url.QueryUnescape(escaped)
	return store.ID{Tenant: tenant, Source: source, Key: key}, ok && err == nil && source != "" && key != ""
}

// Unfinished says what would be given up, for people; empty: nothing.
func (f foundSession) Unfinished() string {
	switch {
	case len(f.Owed) > 0:
		return "still owes: " + owedText(f.Owed)
	case !f.over:
		return "still goes on"
	}
	return ""
}

// eraseURL is the page that asks whether the session is to be erased.
func eraseURL(tenant, source, key string) string {
	return tenantURL(tenant) + "erase?" + url.Values{"source": {source}, "key": {key}}.Encode()
}
