package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/agentdesktop"
	"sessionbridge.internal/shared/source/ccai"
)

// doorway is a source whose events happen in the agent's browser, and whose sessions it reports.
type doorway struct {
	family string
	decode source.Decoder
}

// doors are open to the agents of every tenant with a desk: they need no password, since agents have signed in.
var doors = map[string]doorway{
	"ccai-adapter": {"ccai", ccai.DecodeAdapter},
	"agentdesktop": {"agentdesktop", agentdesktop.Decode},
}

const (
	maxForwarded = 256 << 10 // bytes of a body
	maxEnvelopes = 50
)

// forwarded is the answer to the page: how many events are durable, and where those are that could not be read. They are kept,
// too, and need not come again.
type forwarded struct {
	Events   int      `json:"events"`
	Rejected []string `json:"rejected,omitempty"`
}

// forward is POST of what the adapters told the page, an array of envelopes (shared/source/agentdesktop has their contract).
// It answers once every event is durable. The agent of each is who signed in, whatever the browser says: 403 where it says
// another's address.
func (s *server) forward(w http.ResponseWriter, r *http.Request, who agent) error {
	way, ok := doors[r.PathValue("source")]
	if !ok {
		return fault.New(fault.NotFound, "there is no such source: ccai-adapter and agentdesktop are heard by the agents' pages")
	}
	if _, err := s.tenant(r); err != nil {
		return err
	}
	body, err := inbound.JSON(r, maxForwarded)
	if err != nil {
		return err
	}
	if body, err = vouch(body, who); err != nil {
		return err
	}
	batch, err := way.decode(source.Receipt{Tenant: r.PathValue("tenant"), Source: way.family, At: s.clock()}, body)
	if bad := (*source.Malformed)(nil); errors.As(err, &bad) {
		return fault.Wrap(fault.Malformed, err, "the body is not what this source sends").At(bad.Path, bad.Problem)
	}
	if err != nil {
		return err
	}
	if err := ownEvents(batch.Events, who); err != nil {
		return err
	}
	if err := s.publish.Publish(r.Context(), batch.Events); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the events are not safe yet, send them again").RetryAfter(5 * time.Second)
	}
	// As functions/webhook notes it: metrics count both.
	inbound.Note(r.Context(), slog.String("tenant", r.PathValue("tenant")), slog.String("source", r.PathValue("source")),
		slog.Int("events", len(batch.Events)), slog.Int("unknown", batch.Unknown()), slog.Int("rejected", len(batch.Rejected)))
	a := forwarded{Events: len(batch.Events)}
	for _, m := range batch.Rejected {
		a.Rejected = append(a.Rejected, m.Error())
	}
	return answer(w, http.StatusOK, a)
}

// vouch makes the envelopes those of the agent. A bare event is none: it could not be told from a repeat.
func vouch(body []byte, who agent) ([]byte, error) {
	var envelopes []map[string]json.RawMessage
	if err := json.Unmarshal(body, &envelopes); err != nil || len(envelopes) == 0 || len(envelopes) > maxEnvelopes {
		return nil, fault.New(fault.Malformed, fmt.Sprintf(`the body must be an array of 1 to %d envelopes {"version", "delivery_id", "data", …}`, maxEnvelopes))
	}
	for i, e := range envelopes {
		path := fmt.Sprintf("[%d].", i)
		if e["delivery_id"] == nil {
			return nil, fault.New(fault.Malformed, "an event has no envelope").At(path+"delivery_id", "absent; must be a text that no other event has")
		}
		claimed := map[string]json.RawMessage{}
		if raw := e["agent"]; raw != nil && json.Unmarshal(raw, &claimed) != nil {
			return nil, fault.New(fault.Malformed, "an envelope cannot be read").At(path+"agent", `must be an object, such as {"email": "kim@example.com"}`)
		}
		var email string
		if raw := claimed["email"]; raw != nil && (json.Unmarshal(raw, &email) != nil || !who.is(email)) {
			return nil, anothers(path + "agent.email")
		}
		if claimed == nil { // agent: null
			claimed = map[string]json.RawMessage{}
		}
		claimed["email"], _ = json.Marshal(who) // a text always can be
		e["agent"], _ = json.Marshal(claimed)   // and so can what was read
	}
	return json.Marshal(envelopes)
}

// ownEvents makes the events those of the agent, and says where one is of another address. An id is taken at its word, since the
// page has it from the adapter: it always comes with the agent's own address, beside which it takes nothing of another's
// (session.Event.ToldBy). That a colleague has joined is told by whoever is there.
func ownEvents(events []session.Event, who agent) error {
	for i := range events {
		e := &events[i]
		e.ToldBy = strings.ToLower(string(who))
		if e.Agent == nil || e.Kind == session.ParticipantJoined {
			continue
		}
		if e.Agent.Email != "" && !who.is(e.Agent.Email) {
			return anothers("data.agent_email")
		}
		e.Agent.Email = string(who)
	}
	return nil
}

func (a agent) is(email string) bool { return strings.EqualFold(string(a), email) }

func anothers(path string) error {
	return fault.New(fault.Forbidden, "an event is another agent's: sign in to the contact centre as the one who has signed in here").
		At(path, "must be the address of who has signed in, or be left out")
}
