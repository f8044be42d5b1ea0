package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// eraseAsk is how a session is to be erased.
type eraseAsk struct {
	Anyway bool `json:"anyway"` // even where it goes on, or owes something, which is given up then
	Files  bool `json:"files"`  // its files in the company's storage as well
}

// erased is what came of erasing a session.
type erased struct {
	Key    string `json:"key"`
	Source string `json:"source"`
	store.Erasure
	Stays []stay `json:"stays"` // where something of it still is: nobody can tell once it is erased, so this is told once
}

// erase answers what was erased of the session and where something of it stays. Said again it goes on where it stopped.
func (c *console) erase(w http.ResponseWriter, r *http.Request) error {
	var ask eraseAsk
	if err := asked(r, maxAsked, &ask, `{"anyway": false, "files": false}, each may be left out`); err != nil {
		return err
	}
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	id := store.ID{Tenant: r.PathValue("tenant"), Source: r.URL.Query().Get("source"), Key: r.PathValue("key")}
	if id.Source == "" {
		if _, id, err = c.find(r, id.Key); err != nil {
			return err
		}
	}
	e, err := c.eraseOne(r.Context(), set, id, ask)
	if err != nil {
		return err
	}
	return answer(w, e)
}

// eraseOne erases the session: first what only its document knows of, and last what is below it. Each part can be done twice, so
// that whatever ends it between two, it is asked for again and goes on.
func (c *console) eraseOne(ctx context.Context, set settings.Settings, id store.ID, ask eraseAsk) (e erased, err error) {
	er := &eraser{console: c, set: set, id: id, ask: ask, gone: map[string]bool{}}
	for range eraseRounds {
		if e, err = er.round(ctx); !errors.Is(err, errMoved) {
			break
		}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return e, fault.Wrap(fault.NotFound, err, "there is no such session")
	case errors.Is(err, errMoved):
		return e, fault.Wrap(fault.Conflict, err, "the session changes again and again while it is to be erased: erase it in a moment")
	case err != nil:
		return e, err
	}
	c.log.InfoContext(ctx, "a session is erased", "tenant", id.Tenant, "source", id.Source, "gave_up", e.GaveUp, "left", e.Left)
	return e, nil
}

// refuse says why the session is not to be erased. While something is being done for it, what that leaves behind is not known
// yet; a run that has died counts as one until its time is over.
func refuse(d *store.Document, ask eraseAsk, now time.Time) error {
	all := owedBy(d, now)
	if i := slices.IndexFunc(all, func(o owed) bool { return o.State == owedRunning }); i >= 0 {
		until := d.Work[all[i].kind()].Until
		return fault.New(fault.Conflict, fmt.Sprintf("%s is being done for the session just now: erase it in a moment, after %s at the latest",
			workName(all[i].What), until.UTC().Format(time.RFC3339)))
	}
	if ask.Anyway {
		return nil
	}
	if len(all) > 0 {
		return fault.New(fault.Conflict, "the session still owes something: "+owedText(all)+`: erase it anyway ("anyway": true) to give that up`)
	}
	if !over(d.Session) {
		return fault.New(fault.Conflict, `the session still goes on, and its next event would begin it anew: erase it after its end, or anyway ("anyway": true)`)
	}
	return nil
}

// owedText names what is owed, for people.
func owedText(all []owed) string {
	var texts []string
	for _, o := range all {
		texts = append(texts, strings.TrimSpace(workName(o.What)+" "+o.File)+" ("+plain(o.State)+")")
	}
	return strings.Join(texts, ", ")
}

// erasureOf is what is to stay of the session.
func (c *console) erasureOf(ctx context.Context, d *store.Document) store.Erasure {
	now := c.clock().UTC()
	began := d.Session.StartedAt
	if began.IsZero() { // then it is of the day on which it goes
		began = now
	}
	e := store.Erasure{Source: d.Session.Source, Began: began, By: people.Of(ctx).Email, At: now}
	for _, o := range owedBy(d, now) {
		if !slices.Contains(e.GaveUp, o.What) {
			e.GaveUp = append(e.GaveUp, o.What)
		}
	}
	return e
}

// eraser erases one session, in rounds where it changes meanwhile.
type eraser struct {
	*console
	set  settings.Settings
	id   store.ID
	ask  eraseAsk
	gone map[string]bool // the files that an earlier round deleted, by place and path
}

// eraseRounds is how often the erasing of a session begins anew.
const eraseRounds = 3

// errMoved is a session that is not any more as it was when what is kept of it elsewhere was removed.
var errMoved = errors.New("the session has changed")

// round removes what is kept elsewhere of the session as it is now, and then the session, unless it has changed meanwhile: errMoved.
func (c *eraser) round(ctx context.Context) (e erased, err error) {
	e = erased{Key: c.id.Key, Source: c.id.Source, Stays: []stay{}}
	doc, err := c.store.Session(ctx, c.id)
	if err == nil {
		err = refuse(doc, c.ask, c.clock())
		if err == nil {
			e.Stays, err = c.eraseAround(ctx, doc)
		}
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return e, err
	}
	e.Erasure, err = c.store.Erase(ctx, c.id, func(d *store.Document) (store.Erasure, error) {
		if !reflect.DeepEqual(d, doc) {
			return store.Erasure{}, errMoved
		}
		return c.erasureOf(ctx, d), refuse(d, c.ask, c.clock())
	})
	return e, err
}

// eraseAround removes what is kept of the session elsewhere, and says what stays.
func (c *eraser) eraseAround(ctx context.Context, d *store.Document) ([]stay, error) {
	id := c.id
	if _, err := c.places.RemoveUploads(ctx, files.Upload{Tenant: id.Tenant, Source: id.Source, Session: id.Key}); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "nothing is erased yet: what was uploaded for the session cannot be deleted now; try again, or see the doctor")
	}
	lost, err := c.eraseFiles(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := c.store.ForgetElsewhere(ctx, id, d); err != nil {
		return nil, err
	}
	return append(staysOf(c.set, d, c.ask.Files), lost...), nil
}

// eraseFiles deletes the session's files from the company's storage, if that is wanted; lost are those that were not there. Where
// one cannot be deleted the session stays: it alone knows where its files are.
func (c *eraser) eraseFiles(ctx context.Context, d *store.Document) (lost []stay, err error) {
	st := c.set.ForQueue(d.Session.Queue.ID).Storage
	tags := files.Tags{Tenant: c.id.Tenant, Source: c.id.Source, Session: c.id.Key}
	for i := range d.Files {
		f := &d.Files[i]
		for name, place := range f.Places {
			if !c.ask.Files || !has(st, name) || c.gone[name+":"+place.Path] {
				continue
			}
			err := c.places.Remove(ctx, st, name, tags, place.Stored)
			c.gone[name+":"+place.Path] = err == nil
			if errors.Is(err, places.ErrNotThere) {
				lost = append(lost, stay{Where: name, What: place.Path + ", which is not where it was stored any more: deleted, moved, or another file has its name"})
			} else if err != nil {
				return nil, fault.Wrap(fault.Conflict, err, "the session is not erased: its file %s cannot be deleted from the %s: %s. Mend that, or leave the files where they are",
					cmp.Or(f.ID, f.Kind), name, err.Error())
			}
		}
	}
	return lost, nil
}
