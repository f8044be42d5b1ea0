// Package console is where supervisors and administrators see what happened to sessions, and repair it: pages for people and
// a JSON API for programs, both of the same views, and the tenants' settings. People sign in at the company's OpenID Connect
// issuer; what each may do stands in routes.go.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/doctor"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

func init() { function.Register("console", New) }

type console struct {
	store    *store.Store
	tasks    *schedule.Scheduler
	settings *settings.Cache
	people   *people.Gate
	clock    clock.Clock
	targets  flow.Targets
	places   *places.Keeper
	runner   *flow.Runner // for what a person tries out
	doctor   *doctor.Doctor
	callback string // where a CRM's sign-in sends people back to
	desk     string // the address of the desks' function
	log      *slog.Logger
}

// New builds the function. Its addresses stand in routes.go; assets/openapi.json describes those for programs. CONSOLE_URL makes
// /console/oauth/callback a whole address, which is to be registered at the CRM's sign-in.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("TASKS_LOCATION")
	desk := strings.TrimSuffix(env.Need("DESK_URL"), "/")
	door := people.ConfigFrom("console", env.Need, env.Get)
	dir := env.Need(secrets.DirEnv)
	targets := flow.TargetsFrom(env.Need)
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	gate, err := people.New(door, now)
	if err != nil {
		return nil, err
	}
	db, tasks := store.Open(env.Get), schedule.Open(env.Get)
	db.Compare = changedPaths
	client, err := outbound.New(outbound.Options{Allow: strings.Split(env.Get(outbound.AllowEnv), ","), Now: now})
	if err != nil {
		return nil, err
	}
	resolver := secrets.NewResolver(dir, now)
	keeper, err := places.New(env.Get, client, resolver, now)
	if err != nil {
		return nil, err
	}
	c := &console{
		store: db, tasks: tasks, settings: &settings.Cache{Load: db.Settings, Clock: now}, people: gate, clock: now, targets: targets,
		places: keeper,
		runner: &flow.Runner{Client: client, Clock: now, Signer: &signin.Signer{
			Secrets: resolver, Client: client, Store: db, Clock: now,
		}},
		callback: door.URL + "/console/oauth/callback", desk: desk, log: env.Logger(),
	}
	c.doctor = &doctor.Doctor{
		Client: client, Signer: c.runner.Signer, Places: keeper, Tasks: tasks, Runner: c.runner, Clock: now, DeskURL: desk,
		Queues: []string{targets.Metadata.Queue, targets.Files.Queue, targets.Quality.Queue},
	}
	gate.Settings, gate.Secrets, gate.Log = c.settings, resolver, env.Logger()
	// People are known by a cookie, which another site's page could make their browser send along.
	return function.New(http.NewCrossOriginProtection().Handler(c.handler(env.Logger())), db, tasks, keeper), nil
}

// view is a session as people and programs see it.
type view struct {
	session.Session
	CRM        session.CRM      `json:"crm"`
	Metadata   store.Metadata   `json:"metadata,omitzero"`
	Quality    qualityView      `json:"quality"`
	Plan       []string         `json:"plan"` // the steps still owed to the CRM, the next one first
	Owed       []owed           `json:"owed"` // the work that is not done, whatever it is for
	Deliveries []store.Delivery `json:"deliveries,omitempty"`
	Files      []fileView       `json:"files,omitempty"`
	Messages   []session.Event  `json:"messages,omitempty"`
	unread     int              // messages beyond maxShown
	LookupURL  string           `json:"lookup_url,omitempty"` // where an agent finds the customer, while the session goes on
}

func viewOf(set settings.Settings, d *store.Document, now time.Time) view {
	set = set.ForQueue(d.Session.Queue.ID)
	if sent := d.CRM.InFlight; sent != nil { // what was sent stands in the deliveries, without credentials
		d.CRM.InFlight = &session.Sent{Step: sent.Step, Key: sent.Key, Method: sent.Method}
	}
	hideQueries(d.Session.Events)
	for i := range d.CRM.Ready {
		d.CRM.Ready[i].Link, _, _ = strings.Cut(d.CRM.Ready[i].Link, "?") // a signed one opens the file
	}
	v := view{Session: d.Session, CRM: d.CRM, Metadata: d.Metadata, Quality: qualityOf(set, d), Files: filesOf(set, d), Plan: []string{}, Owed: owedBy(d, now), LookupURL: flow.LookupURL(set.CRM, d.Session, d.CRM)}
	for _, step := range flow.Plan(set.CRM, d.Session, d.CRM) {
		v.Plan = append(v.Plan, step.Name)
	}
	return v
}

// queries are those of addresses within a vendor's JSON.
var queries = regexp.MustCompile(`(https?:\\?/\\?/[^"\s?]+)\?(?:[^"\\\s]|\\.)+`)

// hideQueries takes the queries off the addresses of files, which may be credentials, and off all addresses in what the
// vendor sent, where nobody knows which are.
func hideQueries(events []session.Event) {
	for i := range events {
		events[i].Raw = queries.ReplaceAll(events[i].Raw, []byte("${1}?[redacted]"))
		if f := events[i].File; f != nil {
			shown := *f
			shown.URL, _, _ = strings.Cut(f.URL, "?")
			events[i].File = &shown
		}
	}
}

// signatures are those of signed addresses, as they stand in the texts that were sent to a CRM: plain, and escaped for a
// form or for JSON.
var signatures = regexp.MustCompile(`(?i)(X-Goog-Signature(?:=|%(?:25)*3D|\\u003d))[0-9a-f]+`)

// hideSignatures takes them out of what was sent and answered: whoever has one can open the file.
func hideSignatures(deliveries []store.Delivery) {
	for i := range deliveries {
		d := &deliveries[i]
		for _, text := range []*string{&d.URL, &d.Request, &d.Response, &d.Problem} {
			*text = signatures.ReplaceAllString(*text, "${1}[redacted]")
		}
	}
}

func (c *console) show(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	doc, id, err := c.find(r, r.PathValue("key"))
	if err != nil {
		return err
	}
	v, err := c.viewWhole(r.Context(), set, doc, id)
	if err != nil {
		return err
	}
	return answer(w, v)
}

// viewWhole is the view of a session with its deliveries and messages.
func (c *console) viewWhole(ctx context.Context, set settings.Settings, doc *store.Document, id store.ID) (v view, err error) {
	v = viewOf(set, doc, c.clock())
	if v.Deliveries, err = c.store.Deliveries(ctx, id); err != nil {
		return v, err
	}
	hideSignatures(v.Deliveries)
	if v.Messages, err = c.store.Messages(ctx, id); err != nil {
		return v, err
	}
	hideQueries(v.Messages)
	v.unread = max(0, len(v.Messages)-maxShown)
	v.Messages = v.Messages[:len(v.Messages)-v.unread]
	return v, nil
}

// maxShown bounds the messages shown of one session; the transcript has all.
const maxShown = 500

// replay takes up at once what was given up or waits; with ?step= it has that step made again. Its answer is the session as
// it stands then.
func (c *console) replay(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	return c.repair(w, r, set, replaying(set, r.FormValue("step")))
}

// replaying takes up again what a session owes or, where a step is named, has that made again.
func replaying(set settings.Settings, step string) func(*store.Document) error {
	return func(d *store.Document) error {
		set := set.ForQueue(d.Session.Queue.ID)
		if step == "" {
			flow.Replay(set.CRM, d)
			return nil
		}
		if step == work.Quality {
			if err := flow.ReplayQuality(set.Quality, d); err != nil {
				return fault.Wrap(fault.Unprocessable, err, "%s", err.Error())
			}
			return nil
		}
		if err := flow.ReplayStep(set.CRM, d, step); err != nil {
			return fault.Wrap(fault.Unprocessable, err, "%s", err.Error())
		}
		return nil
	}
}

// repair changes the session that the path names, sees to what it owes then, and answers it.
func (c *console) repair(w http.ResponseWriter, r *http.Request, set settings.Settings, change func(*store.Document) error) error {
	_, id, err := c.find(r, r.PathValue("key"))
	if err != nil {
		return err
	}
	doc, err := c.revive(r, id, set, change)
	if err != nil {
		return err
	}
	return answer(w, viewOf(set, doc, c.clock()))
}

func (c *console) revive(r *http.Request, id store.ID, set settings.Settings, change func(*store.Document) error) (*store.Document, error) {
	doc, err := c.store.Update(r.Context(), id, func(d *store.Document) (store.Change, error) {
		if d.Session.Key == "" {
			return store.Change{}, fault.New(fault.NotFound, "there is no such session")
		}
		if err := change(d); err != nil {
			return store.Change{}, err
		}
		flow.Owe(set, d, id, c.clock())
		return store.Change{}, nil
	})
	if err != nil {
		return nil, err
	}
	return doc, flow.Ensure(r.Context(), c.tasks, set, doc, id, c.targets)
}

// find is the tenant's session with the key, of the source in ?source=, which may be left out where only one has it.
func (c *console) find(r *http.Request, key string) (*store.Document, store.ID, error) {
	tenant, source := r.PathValue("tenant"), r.URL.Query().Get("source")
	docs, err := c.store.Find(r.Context(), tenant, source, key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, store.ID{}, fault.Wrap(fault.NotFound, err, "there is no such session")
	case err != nil:
		return nil, store.ID{}, err
	case len(docs) > 1:
		return nil, store.ID{}, fault.New(fault.Conflict, fmt.Sprintf("sessions of several sources have this key: add ?source=%s or ?source=%s",
			url.QueryEscape(docs[0].Session.Source), url.QueryEscape(docs[1].Session.Source)))
	}
	return docs[0], store.ID{Tenant: tenant, Source: docs[0].Session.Source, Key: key}, nil
}

// maxListed bounds one list.
const maxListed = 100

// list answers the sessions that changed since ?since= (RFC 3339), the latest first, those of ?status= only, and how many
// events of the tenant nobody understood.
func (c *console) list(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	var since time.Time
	if err := oneOf("status", session.Status(r.FormValue("status")), statuses); err != nil {
		return err
	}
	if text := r.FormValue("since"); text != "" {
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return fault.Wrap(fault.Malformed, err, "since must be a time such as 2026-01-05T09:00:00Z")
		}
	}
	docs, err := c.store.List(r.Context(), r.PathValue("tenant"), since, session.Status(r.FormValue("status")), maxListed)
	if err != nil {
		return err
	}
	views := []view{}
	for _, d := range docs {
		v := viewOf(set, d, c.clock())
		v.Events = nil // a list is an overview
		views = append(views, v)
	}
	unknown, err := c.store.CountUnknown(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"sessions": views, "unknown_events": unknown})
}

// unknown answers the events of no session, the latest first: those that could not be read, with the reason in their
// notes, and those whose vendor's type nobody knows.
func (c *console) unknown(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.tenant(r); err != nil {
		return err
	}
	events, err := c.store.Unknown(r.Context(), r.PathValue("tenant"), maxListed)
	if err != nil {
		return err
	}
	hideQueries(events)
	return answer(w, map[string]any{"events": append([]session.Event{}, events...)})
}

func (c *console) tenant(r *http.Request) (settings.Settings, error) {
	set, err := c.settings.Get(r.Context(), r.PathValue("tenant"))
	if errors.Is(err, store.ErrNotFound) {
		return set, fault.Wrap(fault.NotFound, err, "there is no such tenant")
	}
	return set, err
}

func answer(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}
