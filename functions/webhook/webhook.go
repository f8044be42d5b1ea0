// Package webhook is the contact centre's doorway: it checks who calls, decodes what they send into session events and
// answers once every event is durable in Pub/Sub. functions/session takes it from there.
package webhook

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/publish"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/agentdesktop"
	"sessionbridge.internal/shared/source/ccai"
	"sessionbridge.internal/shared/source/kustomer"
	"sessionbridge.internal/shared/source/payload"
	"sessionbridge.internal/shared/source/qm"
	"sessionbridge.internal/shared/source/udesk"
	"sessionbridge.internal/shared/store"
)

// MaxBody is the longest body a sender may post, in bytes; of a signed one somewhat more is read, to answer that it was taken.
const MaxBody = 1 << 20

func init() { function.Register("webhook", New) }

// door is one way in: who decodes what comes, and whose sessions it reports. Two doors of one contact centre share its
// sessions.
type door struct {
	family string
	decode source.Decoder
}

// doors are the sources by the last part of the path.
var doors = map[string]door{
	"ccai":         {"ccai", ccai.DecodeWebhook},
	"ccai-adapter": {"ccai", ccai.DecodeAdapter},
	"qm":           {"qm", qm.Decode},
	"kustomer":     {"kustomer", kustomer.Decode},
	"udesk":        {"udesk", udesk.DecodeCall},
	"udesk-chat":   {"udesk", udesk.DecodeChat},
	"agentdesktop": {"agentdesktop", agentdesktop.Decode},
}

type doorway struct {
	settings *settings.Cache
	secrets  *secrets.Resolver
	publish  *publish.Publisher
	clock    clock.Clock
	log      *slog.Logger
}

// New builds the function: POST /webhook/{tenant}/{source}, and GET /webhook/health.
func New(env *function.Env) (*function.Function, error) {
	env.Need("GOOGLE_CLOUD_PROJECT")
	env.Need("EVENTS_TOPIC")
	dir := env.Need(secrets.DirEnv)
	if err := env.Missing(); err != nil {
		return nil, err
	}
	now := clock.FromEnv(env.Get)
	db, topic := store.Open(env.Get), publish.Open(env.Get)
	log := env.Logger()
	d := &doorway{
		settings: &settings.Cache{Load: db.Settings, Clock: now},
		secrets:  secrets.NewResolver(dir, now),
		publish:  topic,
		clock:    now,
		log:      log,
	}
	mux := http.NewServeMux()
	mux.Handle("/webhook/{tenant}/{source}", inbound.Handler(log, d.receive))
	mux.HandleFunc("GET /webhook/health", healthy)
	mux.Handle("/", inbound.Handler(log, nothingHere))
	return function.New(mux, db, topic), nil
}

// healthy answers uptime checks: that the function is built and reached. It asks nobody else, for it is asked often and by
// anybody, and leaves no line in the log. Its path does not end in z, as Cloud Run keeps some of those for itself
// (docs.cloud.google.com/run/docs/known-issues#reserved_url_paths).
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n")) // a caller that left is no news
}

func nothingHere(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "post to /webhook/{tenant}/{source}")
}

// accepted is the answer to a sender.
type accepted struct {
	Events   int        `json:"events"`             // durable now
	Unknown  int        `json:"unknown,omitempty"`  // of these, how many nobody understands yet
	Rejected []rejected `json:"rejected,omitempty"` // entries that could not be read; they are kept too
}

type rejected struct {
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

func (d *doorway) receive(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return fault.New(fault.MethodNotAllowed, "post the events").Allow(http.MethodPost)
	}
	way, set, err := d.find(r)
	if err != nil {
		return err
	}
	body, signed, err := d.admit(r, set)
	if err != nil {
		return err
	}
	receipt := source.Receipt{Tenant: r.PathValue("tenant"), Source: way.family, At: d.clock(), Zone: set.Zone()}
	batch, err := way.decode(receipt, body)
	if bad := (*source.Malformed)(nil); errors.As(err, &bad) {
		if signed {
			return d.keep(w, r, d.unread(receipt, body, bad))
		}
		return fault.Wrap(fault.Malformed, err, "the body is not what this source sends").At(bad.Path, bad.Problem)
	}
	if err != nil {
		return err
	}
	return d.keep(w, r, batch)
}

// unread notes that a signed delivery could not be read. It is answered as if it could: a sender such as Kustomer sends what is
// refused again and then disables the whole webhook, so that one customer's endless mail would silence all others
// (developer.kustomer.com/docs/events/delivery-and-retries). Its content may be anybody's, and is not kept.
func (d *doorway) unread(receipt source.Receipt, body []byte, bad *source.Malformed) source.Batch {
	d.log.Warn("a signed delivery cannot be read", "tenant", receipt.Tenant, "source", receipt.Source, "bytes", len(body), "path", bad.Path, "problem", bad.Problem)
	e := payload.NewEvent(receipt, "unread-"+payload.ShortHash(string(body)))
	e.Kind, e.Notes = session.Unknown, []string{bad.Error()}
	return source.Batch{Events: []session.Event{e}, Rejected: []*source.Malformed{bad}}
}

// keep answers once all events are durable.
func (d *doorway) keep(w http.ResponseWriter, r *http.Request, batch source.Batch) error {
	if err := d.publish.Publish(r.Context(), batch.Events); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the events are not safe yet, send them again").RetryAfter(5 * time.Second)
	}
	answer := summary(batch)
	inbound.Note(r.Context(), slog.String("tenant", r.PathValue("tenant")), slog.String("source", r.PathValue("source")),
		slog.Int("events", answer.Events), slog.Int("unknown", answer.Unknown), slog.Int("rejected", len(answer.Rejected)))
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}

// find finds the door and its settings.
func (d *doorway) find(r *http.Request) (door, settings.Source, error) {
	var none settings.Source
	unknown := fault.New(fault.NotFound, "there is no such tenant or source")
	way, ok := doors[r.PathValue("source")]
	if !ok {
		return way, none, unknown
	}
	set, err := d.settings.Get(r.Context(), r.PathValue("tenant"))
	if errors.Is(err, store.ErrNotFound) {
		return way, none, unknown
	}
	if err != nil {
		return way, none, err
	}
	open, ok := set.Sources[r.PathValue("source")]
	if !ok {
		return way, none, unknown
	}
	return way, open, nil
}

func summary(b source.Batch) accepted {
	a := accepted{Events: len(b.Events), Unknown: b.Unknown()}
	for _, m := range b.Rejected {
		a.Rejected = append(a.Rejected, rejected{m.Path, m.Problem})
	}
	return a
}
