// Package session folds each event into its session and schedules what the session then owes: its CRM's work and, after
// its end, the metadata. Pub/Sub pushes the events, in order per session; functions/crm and functions/metadata do the
// work.
package session

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func init() { function.Register("session", New) }

type folder struct {
	store    *store.Store
	tasks    *schedule.Scheduler
	settings *settings.Cache
	clock    clock.Clock
	log      *slog.Logger
	targets  flow.Targets
	turns    work.Target // where the tasks for agents' states go
}

// New builds the function: POST / with a Pub/Sub push.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("TASKS_LOCATION")
	f := &folder{targets: flow.TargetsFrom(env.Need), turns: attendance.TargetFrom(env.Need)}
	if err := env.Missing(); err != nil {
		return nil, err
	}
	f.store, f.tasks, f.clock = store.Open(env.Get), schedule.Open(env.Get), clock.FromEnv(env.Get)
	f.settings = &settings.Cache{Load: f.store.Settings, Clock: f.clock}
	f.log = env.Logger()
	f.targets.Log = f.log
	return function.New(inbound.Handler(f.log, f.receive), f.store, f.tasks), nil
}

// receive acknowledges events (204) once they are folded and every task that the session needs exists; trouble with
// those for quality management and agents' states holds up nobody (see flow.Ensure, tellLogin, attend). A message that will
// never be understood is set aside where a person finds it, and acknowledged: those behind it must not wait for it.
func (f *folder) receive(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return fault.New(fault.MethodNotAllowed, "this is for Pub/Sub's push").Allow(http.MethodPost)
	}
	body, err := inbound.Body(r, inbound.MaxPush)
	if err != nil {
		return err
	}
	push, err := inbound.DecodePush(body)
	if err != nil {
		return err
	}
	err = f.takePush(r.Context(), push)
	if fault.KindOf(err).Rule().DeadLetter {
		f.log.ErrorContext(r.Context(), "a message is set aside", "message", push.ID, "why", string(fault.KindOf(err)))
		err = f.store.SetAside(r.Context(), store.Poison{
			ID: push.ID, At: f.clock().UTC(), Attributes: push.Attributes, Data: push.Data, Problem: err.Error(),
		})
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (f *folder) takePush(ctx context.Context, push inbound.Push) error {
	if push.Attributes["eventType"] != "" { // only a notification of Cloud Storage has one
		return f.takeUpload(ctx, push)
	}
	var events []session.Event
	if err := json.Unmarshal(push.Data, &events); err != nil {
		return fault.Wrap(fault.Malformed, err, "the message must be a list of session events")
	}
	if len(events) == 0 || events[0].Tenant == "" {
		return fault.New(fault.Malformed, "the message must be a list of a tenant's session events")
	}
	return unknownTenant(f.take(ctx, events))
}

// takeUpload folds the news that an end user's file has arrived. Notices of anything else than an arrival are let go. Unlike
// a source's events an upload begins no session: its address was given out for one that was there.
func (f *folder) takeUpload(ctx context.Context, push inbound.Push) error {
	event, ok, err := files.Uploaded(push.Attributes)
	if err != nil {
		return fault.Wrap(fault.Malformed, err, "the notification is of no upload of ours")
	}
	if !ok {
		return nil
	}
	event.ReceivedAt = event.At // a repeated notification must not differ
	err = f.change(ctx, store.ID{Tenant: event.Tenant, Source: event.Source, Key: event.Session}, func(d *store.Document) (c store.Change) {
		if d.Session.Key != "" {
			d.Session, c.Overflow = session.ApplyAll(d.Session, []session.Event{event})
		}
		return c
	})
	if errors.Is(err, errErased) {
		return fault.Wrap(fault.NotFound, err, "there is no such session")
	}
	return unknownTenant(err)
}

// unknownTenant makes of an error, where it says so, one after which a message is set aside.
func unknownTenant(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.Wrap(fault.NotFound, err, "there is no such tenant")
	}
	return err
}

// take folds the events of one session, or of none, and notes those that belong to an agent's position there.
func (f *folder) take(ctx context.Context, events []session.Event) error {
	if first := events[0]; first.Session != "" {
		err := f.foldInto(ctx, store.ID{Tenant: first.Tenant, Source: first.Source, Key: first.Session}, events)
		if errors.Is(err, errErased) { // nor must a position know of it
			events = slices.DeleteFunc(slices.Clone(events), func(e session.Event) bool { return e.Session == first.Session })
		} else if err != nil {
			return err
		}
	}
	var lost []session.Event
	at := map[string][]session.Event{} // by position
	for i := range events {
		switch key := events[i].Position(); {
		case key != "":
			at[key] = append(at[key], events[i])
		case events[i].Session == "":
			lost = append(lost, events[i])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(at)) {
		if err := f.note(ctx, key, at[key]); err != nil {
			return err
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return f.store.AddUnknown(ctx, lost)
}

// foldInto applies events to one session and sees to what it owes then. A CRM may tell of a session that is not kept any more, and
// Pub/Sub may deliver once more what came before it was erased: that is errErased.
func (f *folder) foldInto(ctx context.Context, id store.ID, events []session.Event) error {
	how := func(d *store.Document) (c store.Change) {
		events := since(d.ErasedAt, events)
		d.Session, c.Overflow = session.ApplyAll(d.Session, events)
		for _, e := range events {
			if e.Kind == session.MessageSent {
				c.Messages = append(c.Messages, e)
				d.Metadata.Written = "" // a transcript that was written lacks it
			}
		}
		return c
	}
	if onlyTold(events) {
		_, err := f.update(ctx, id, how)
		return err
	}
	return f.change(ctx, id, how)
}

// since are the events that are not older than the given time; all of them where that is zero.
func since(t time.Time, events []session.Event) []session.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e session.Event) bool { return e.At.Before(t) })
}

// onlyTold says that the CRM alone tells of the session. That owes nothing: to edit the record of an old session must not make
// the work that settings of today would have it owe.
func onlyTold(events []session.Event) bool {
	return !slices.ContainsFunc(events, func(e session.Event) bool { return e.Kind != session.RecordChanged })
}

// update changes a session that is kept.
func (f *folder) update(ctx context.Context, id store.ID, how func(*store.Document) store.Change) (*store.Document, error) {
	return f.store.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		c := how(d)
		if d.Session.Key == "" {
			return c, errErased
		}
		return c, nil
	})
}

// change is update, and sees to what the session owes then.
func (f *folder) change(ctx context.Context, id store.ID, how func(*store.Document) store.Change) error {
	set, err := f.settings.Get(ctx, id.Tenant)
	if err != nil {
		return err
	}
	doc, err := f.update(ctx, id, func(d *store.Document) store.Change {
		c := how(d)
		if d.Session.Key != "" {
			flow.Owe(set, d, id, f.clock())
		}
		return c
	})
	if err != nil {
		return err
	}
	return flow.Ensure(ctx, f.tasks, set, doc, id, f.targets)
}

// note keeps events at their agent's position, sees to what they say of the agent, and tells sessions what the position now knows to be theirs: a consultation
// and the hold it was made in are reported apart, in any order.
func (f *folder) note(ctx context.Context, key string, events []session.Event) error {
	id := store.ID{Tenant: events[0].Tenant, Source: events[0].Source, Key: key}
	var before session.Position
	p, err := f.store.UpdatePosition(ctx, id, func(p session.Position) session.Position {
		before = p
		for _, e := range events {
			p = p.Note(e)
		}
		return p
	})
	if err != nil {
		return err
	}
	if err := f.attend(ctx, p, events); err != nil {
		return err
	}
	if err := f.tellLogins(ctx, p, events); err != nil {
		return err
	}
	for _, key := range p.Sessions(before) {
		of := store.ID{Tenant: id.Tenant, Source: id.Source, Key: key}
		err := f.change(ctx, of, func(d *store.Document) store.Change {
			if d.Session.Key != "" {
				d.Session = session.Attach(d.Session, p.Attached(key))
			}
			return store.Change{}
		})
		if errors.Is(err, errErased) {
			_, err = f.store.UpdatePosition(ctx, id, func(p session.Position) session.Position { return p.Without(key) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errErased is a session that a position still knows and that is not kept any more.
var errErased = errors.New("the session is not there any more")
