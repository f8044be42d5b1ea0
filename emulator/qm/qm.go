// Package qm is the local cloud's stand-in for a company's application for quality management: it takes the events of
// calls, chats and agents as the CCAI Platform exports them, strict about what it refuses, and shows what it was told.
// It knows nothing of who sends; emulator/local starts it with emulator/fault in front.
package qm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionbridge.internal/shared/quality"
)

// Options make a QM.
type Options struct {
	User, Password string // of HTTP Basic
	Secret         string // "whsec_…", with which requests must be signed; empty: none is
	Now            func() time.Time
}

// How much is kept; the oldest is forgotten.
const (
	maxThreads  = 10_000
	maxEvents   = 5_000 // of one thread
	maxRequests = 2_000
)

// QM is the application. It is an http.Handler with POST /events/call and POST /events/chat.
type QM struct {
	o      Options
	key    []byte
	schema *jsonschema.Schema
	mux    *http.ServeMux

	mu       sync.Mutex
	minted   int
	threads  []*Thread          // the oldest first
	byKey    map[string]*Thread // by Kind and ordering key
	requests []Request          // the oldest first
	taken    int
	repeated int
	rejected int
}

// New makes an application that was told nothing yet. Its error is for a secret that is none.
func New(o Options) (*QM, error) {
	schema, err := compile()
	if err != nil {
		return nil, fmt.Errorf("qm: %w", err)
	}
	q := &QM{o: o, schema: schema, mux: http.NewServeMux(), byKey: map[string]*Thread{}}
	if q.key, err = signingKey(o.Secret); err != nil {
		return nil, err
	}
	q.mux.HandleFunc("POST /events/call", func(w http.ResponseWriter, r *http.Request) { q.serve(w, r, "call") })
	q.mux.HandleFunc("POST /events/chat", func(w http.ResponseWriter, r *http.Request) { q.serve(w, r, "chat") })
	return q, nil
}

func compile() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(quality.Schema()))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("events.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("events.json")
}

// ServeHTTP takes events.
func (q *QM) ServeHTTP(w http.ResponseWriter, r *http.Request) { q.mux.ServeHTTP(w, r) }

// Thread is what was told of one call, chat or agent.
type Thread struct {
	Number int     `json:"number"` // its page
	Kind   string  `json:"kind"`   // call, chat or agent
	Key    string  `json:"key"`    // its ordering key, or where there was none its id
	ID     string  `json:"id"`     // as the events have it
	Events []Event `json:"events"` // in the order of their arrival
}

// Event is one that was taken.
type Event struct {
	ID           string          `json:"id"`
	At           string          `json:"at,omitempty"` // when it happened, if that was told
	ReceivedAt   time.Time       `json:"received_at"`
	State        string          `json:"state"`
	Direction    string          `json:"direction,omitempty"`
	Initiator    string          `json:"initiator,omitempty"`
	Participants []Participant   `json:"participants,omitempty"`
	Body         json.RawMessage `json:"body"`
}

// Participant is one who takes part, by their state.
type Participant struct {
	Name  string `json:"name,omitempty"` // empty: nobody knows
	Type  string `json:"type"`
	State string `json:"state"`
}

// Request is one that was received, whatever came of it.
type Request struct {
	Time    time.Time `json:"time"`
	Channel string    `json:"channel"`
	ID      string    `json:"webhook_id,omitempty"`
	Status  int       `json:"status"`
	Events  int       `json:"events,omitempty"`
	Repeats int       `json:"repeats,omitempty"` // of these, were known
	Problem string    `json:"problem,omitempty"` // why it was refused
}

// Snapshot is everything the application was told.
type Snapshot struct {
	Calls    []Thread  `json:"calls"`
	Chats    []Thread  `json:"chats"`
	Agents   []Thread  `json:"agents"`
	Requests []Request `json:"requests"`
	Taken    int       `json:"taken"`    // events
	Repeated int       `json:"repeated"` // events that were known, and dropped
	Rejected int       `json:"rejected"` // requests
}

// Snapshot copies what there is, the oldest first.
func (q *QM) Snapshot() Snapshot {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := Snapshot{
		Calls: []Thread{}, Chats: []Thread{}, Agents: []Thread{}, Requests: append([]Request{}, q.requests...),
		Taken: q.taken, Repeated: q.repeated, Rejected: q.rejected,
	}
	for _, t := range q.threads {
		shown := t.copied()
		switch t.Kind {
		case "call":
			s.Calls = append(s.Calls, shown)
		case "chat":
			s.Chats = append(s.Chats, shown)
		default:
			s.Agents = append(s.Agents, shown)
		}
	}
	return s
}

func (t *Thread) copied() Thread {
	c := *t
	c.Events = append([]Event{}, t.Events...)
	return c
}
