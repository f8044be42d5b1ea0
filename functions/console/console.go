// Package console is the administrators' API: sessions with their plans, deliveries and files, and the tenants' settings.
// Only people whom Identity-Aware Proxy lets through may use it.
package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

func init() { function.Register("console", New) }

type console struct {
	store    *store.Store
	settings *settings.Cache
	people   *inbound.IAP
}

// New builds the function: GET /console/api/tenants/{tenant}/sessions and …/sessions/{key}.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	audience := env.Need("IAP_AUDIENCE")
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	keys := env.Get("IAP_KEYS_URL")
	if keys == "" {
		keys = inbound.IAPKeys
	}
	people, err := inbound.NewIAP(audience, keys, now)
	if err != nil {
		return nil, err
	}
	db := store.Open(env.Get)
	c := &console{db, &settings.Cache{Load: db.Settings, Clock: now}, people}
	mux := http.NewServeMux()
	log := env.Logger()
	mux.Handle("GET /console/api/tenants/{tenant}/sessions", inbound.Handler(log, c.only(c.list)))
	mux.Handle("GET /console/api/tenants/{tenant}/sessions/{key}", inbound.Handler(log, c.only(c.show)))
	mux.Handle("/", inbound.Handler(log, c.only(nothingHere)))
	return function.New(mux, db), nil
}

func nothingHere(_ http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return fault.New(fault.MethodNotAllowed, "only GET is answered here").Allow(http.MethodGet)
	}
	return fault.New(fault.NotFound, "try /console/api/tenants/{tenant}/sessions")
}

// only lets people through whom the proxy has identified.
func (c *console) only(f func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := c.people.Email(r); err != nil {
			return err
		}
		return f(w, r)
	}
}

// view is a session as people and programs see it.
type view struct {
	session.Session
	CRM        session.CRM      `json:"crm"`
	Metadata   store.Metadata   `json:"metadata,omitzero"`
	Plan       []string         `json:"plan"` // the steps still owed to the CRM, the next one first
	Deliveries []store.Delivery `json:"deliveries,omitempty"`
	Files      []store.File     `json:"files,omitempty"`
	Messages   []session.Event  `json:"messages,omitempty"`
}

func viewOf(set settings.Settings, d *store.Document) view {
	v := view{Session: d.Session, CRM: d.CRM, Metadata: d.Metadata, Files: d.Metadata.Files, Plan: []string{}}
	for _, step := range flow.Plan(set.CRM, d.Session, d.CRM) {
		v.Plan = append(v.Plan, step.Name)
	}
	return v
}

func (c *console) show(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	doc, err := c.store.Find(ctx, r.PathValue("tenant"), r.PathValue("key"))
	if errors.Is(err, store.ErrNotFound) {
		return fault.Wrap(fault.NotFound, err, "there is no such session")
	}
	if err != nil {
		return err
	}
	id := store.ID{Tenant: doc.Session.Tenant, Source: doc.Session.Source, Key: doc.Session.Key}
	v := viewOf(set, doc)
	if v.Deliveries, err = c.store.Deliveries(ctx, id); err != nil {
		return err
	}
	if v.Messages, err = c.store.Messages(ctx, id); err != nil {
		return err
	}
	return answer(w, v)
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
		v := viewOf(set, d)
		v.Events = nil // a list is an overview
		views = append(views, v)
	}
	unknown, err := c.store.CountUnknown(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"sessions": views, "unknown_events": unknown})
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
