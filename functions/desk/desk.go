// Package desk is the agents' page: the contact centre's adapters in frames, and what they are to do, such as call the
// number that was clicked in the CRM. A link or a program puts a command on the agent's desk; the agent's page is told of it
// at once and takes it. What the adapters tell the page, it forwards, and the desk publishes.
//
// What a command is, and which page gets it, is shared/desk; where desks are kept, shared/store.
package desk

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/publish"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
)

func init() { function.Register("desk", New) }

// pace is how a stream of commands is kept up.
type pace struct {
	beat time.Duration // between signs of life, by which the page sees that the stream is not broken
	life time.Duration // then the stream ends, and the browser begins another where this one ended
}

// usual is below the 5 minutes that Cloud Run gives a request unless it is told otherwise
// (docs.cloud.google.com/run/docs/configuring/request-timeout), and its beat is what the standard advises against proxies
// that end idle connections (html.spec.whatwg.org, section 9.2.7, authoring notes).
var usual = pace{beat: 15 * time.Second, life: 4 * time.Minute}

type server struct {
	store    *store.Store
	settings *settings.Cache
	publish  *publish.Publisher
	people   *people.Gate
	clock    clock.Clock
	log      *slog.Logger
	pace     pace
	open     atomic.Int64 // streams
	asker    asker        // of the CRM
	searches pacer
	console  string // where browsers reach the console, which gives files
}

// New builds the function, below /desk/{tenant}/: GET the page and its assets/, GET call, the link that CRMs have beside
// numbers, POST calls and search, GET events and commands, POST commands/{id}/taken, and POST events/{source}, what the adapters told
// the page; GET desk.js, which other sites' pages include, and relay, the frame it makes. Agents sign in at /desk/signin.
func New(env *function.Env) (*function.Function, error) { return newDesk(env, usual) }

func newDesk(env *function.Env, p pace) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("EVENTS_TOPIC")
	door, dir := people.ConfigFrom("desk", env.Need, env.Get), env.Need(secrets.DirEnv)
	console := strings.TrimSuffix(env.Need("CONSOLE_URL"), "/")
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	gate, err := people.New(door, now)
	if err != nil {
		return nil, err
	}
	client, err := outbound.New(outbound.Options{Allow: strings.Split(env.Get(outbound.AllowEnv), ","), Now: now})
	if err != nil {
		return nil, err
	}
	db, topic, resolver := store.OpenWide(env.Get, connections), publish.Open(env.Get), secrets.NewResolver(dir, now)
	s := &server{
		store: db, publish: topic, settings: &settings.Cache{Load: db.Settings, Clock: now}, people: gate, clock: now, log: env.Logger(), pace: p,
		asker:   asker{client, &signin.Signer{Secrets: resolver, Client: client, Store: db, Clock: now}, now},
		console: console,
	}
	gate.Settings, gate.Secrets, gate.Log = s.settings, resolver, s.log
	// People are known by a cookie, which another site's page could make their browser send along.
	return function.New(http.NewCrossOriginProtection().Handler(s.routes()), db, topic), nil
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	s.people.Mount(mux)
	handle := func(pattern string, f func(http.ResponseWriter, *http.Request) error) {
		mux.Handle(pattern, inbound.Handler(s.log, f))
	}
	handle("GET /desk/{tenant}", s.only(people.Desk, toPage))
	handle("GET /desk/{tenant}/{$}", s.only(people.Desk, s.page))
	handle("GET /desk/{tenant}/assets/{file}", asset)
	handle("GET /desk/{tenant}/desk.js", include)
	handle("GET /desk/{tenant}/relay", s.only(people.Desk, s.relay))
	handle("GET /desk/{tenant}/call", s.only(people.Desk, s.callPage))
	handle("POST /desk/{tenant}/calls", s.only(people.Desk, s.call))
	handle("GET /desk/{tenant}/commands", s.only(people.Desk, s.commands))
	handle("POST /desk/{tenant}/commands/{id}/taken", s.only(people.Desk, s.take))
	mux.Handle("GET /desk/{tenant}/events", s.events())
	handle("POST /desk/{tenant}/search", s.only(people.Desk, s.search))
	handle("POST /desk/{tenant}/events/{source}", s.only(people.Desk, s.forward))
	handle("/", s.only(people.Enter, nothingHere))
	return mux
}

func nothingHere(http.ResponseWriter, *http.Request, agent) error {
	return fault.New(fault.NotFound, "the desk is at /desk/{tenant}/, and a link that calls a number at /desk/{tenant}/call?number=")
}

// tenant are the settings of the path's tenant, which must have a desk.
func (s *server) tenant(r *http.Request) (settings.Settings, error) {
	set, err := s.settings.Get(r.Context(), r.PathValue("tenant"))
	if errors.Is(err, store.ErrNotFound) {
		return set, fault.Wrap(fault.NotFound, err, "there is no such tenant")
	}
	if err == nil && set.Desk == nil {
		err = fault.New(fault.NotFound, `this tenant has no desk: its settings must have "desk"`)
	}
	return set, err
}

func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}
