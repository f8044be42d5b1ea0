package qm

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// arrival is an event with the thread it belongs to.
type arrival struct {
	kind, key, id string
	event         Event
}

// What is read of the documented shapes.
type (
	wrapped struct {
		Type string `json:"type"`
		Item struct {
			CallID        string `json:"CallID"`
			ParticipantID string `json:"ParticipantID"`
			Email         string `json:"Email"`
			State         string `json:"State"`
			Direction     string `json:"Direction"`
			Initiator     string `json:"Initiator"`
			Participants  []struct {
				ParticipantID *string `json:"ParticipantID"`
				Type          string  `json:"Type"`
				State         string  `json:"State"`
			} `json:"Participants"`
		} `json:"item"`
	}
	flat struct {
		ChatID       json.RawMessage `json:"chat_id"`
		State        string          `json:"state"`
		Direction    string          `json:"direction"`
		Initiator    string          `json:"initiator"`
		Participants []struct {
			DN    *string `json:"dn"`
			Type  string  `json:"type"`
			State string  `json:"state"`
		} `json:"participants"`
	}
)

// event checks one event against the schema and reads what pages show of it.
func (q *QM) event(channel string, body json.RawMessage) (a arrival, err error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return a, refuse(http.StatusBadRequest, "the body is no JSON")
	}
	if err := q.schema.Validate(doc); err != nil {
		return a, refuse(http.StatusUnprocessableEntity, "the schema refuses it: %s", reasons(err))
	}
	var w wrapped
	if err := json.Unmarshal(body, &w); err != nil {
		return a, refuse(http.StatusUnprocessableEntity, "it cannot be read")
	}
	switch w.Type {
	case "":
		a, err = ofChat(body)
	case "AgentState":
		a = arrival{kind: "agent", id: w.Item.ParticipantID, event: Event{State: w.Item.State, Initiator: w.Item.Email}}
	default:
		a = ofCall(w)
	}
	if err == nil && (a.kind == "chat") != (channel == "chat") {
		err = refuse(http.StatusUnprocessableEntity, "the events of a %s are not for /events/%s", a.kind, channel)
	}
	a.event.Body = slices.Clone(body)
	return a, err
}

func ofCall(w wrapped) arrival {
	a := arrival{kind: "call", id: w.Item.CallID, event: Event{State: w.Item.State, Direction: w.Item.Direction, Initiator: w.Item.Initiator}}
	for _, p := range w.Item.Participants {
		a.event.Participants = append(a.event.Participants, Participant{text(p.ParticipantID), p.Type, p.State})
	}
	return a
}

func ofChat(body []byte) (a arrival, err error) {
	var f flat
	if err := json.Unmarshal(body, &f); err != nil {
		return a, refuse(http.StatusUnprocessableEntity, "it cannot be read")
	}
	a = arrival{kind: "chat", id: strings.Trim(string(f.ChatID), `"`), event: Event{State: f.State, Direction: f.Direction, Initiator: f.Initiator}}
	for _, p := range f.Participants {
		a.event.Participants = append(a.event.Participants, Participant{text(p.DN), p.Type, p.State})
	}
	return a, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// reasons are the innermost errors of the schema, in one line.
func reasons(err error) string {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err.Error()
	}
	lines := strings.Split(v.Error(), "\n")
	said := strings.Join(lines[min(1, len(lines)-1):], "; ")
	if len(said) > 1000 {
		said = strings.ToValidUTF8(said[:1000], "") + "…"
	}
	return said
}

// orderingKey names the thread: as the sender says, else by the event's own id.
func orderingKey(h http.Header, id string) string {
	key, err := url.PathUnescape(h.Get("Sessionbridge-Ordering-Key"))
	if err != nil || key == "" {
		return id
	}
	return key
}

// take adds events to their threads and says how many were known already. The lock is held.
func (q *QM) take(events []arrival) (repeats int) {
	for _, a := range events {
		t := q.thread(a)
		if slices.ContainsFunc(t.Events, func(e Event) bool { return e.ID == a.event.ID }) {
			repeats++
			continue
		}
		t.Events = append(t.Events[max(0, len(t.Events)-maxEvents+1):], a.event)
		q.taken++
	}
	q.repeated += repeats
	return repeats
}

func (q *QM) thread(a arrival) *Thread {
	name := a.kind + " " + a.key
	if t := q.byKey[name]; t != nil {
		return t
	}
	if len(q.threads) == maxThreads {
		old := q.threads[0]
		delete(q.byKey, old.Kind+" "+old.Key)
		q.threads = slices.Delete(q.threads, 0, 1)
	}
	q.minted++
	t := &Thread{Number: q.minted, Kind: a.kind, Key: a.key, ID: a.id}
	q.threads, q.byKey[name] = append(q.threads, t), t
	return t
}
