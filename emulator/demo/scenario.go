// Package demo plays one call and one chat, or recordings of a source's sessions, against a local cloud, the way a contact
// centre would send them, and tells what arrived. Its scenarios also drive the tests of the whole. It starts the cloud of
// emulator/local where none runs, and is a command of the program above it.
package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Post is one request of a contact centre.
type Post struct {
	What   string // for people
	Source string // the last part of the webhook's path
	Body   []byte
}

// Scenario is one session from its first event to its last.
type Scenario struct {
	Key   string // of the session
	Posts []Post

	// A recording's scenario also has a title, and what must come of it: see Recording.
	Title          string
	Expect, Agents map[string]any
	Absent         []string
}

// object is shorter to write than its type.
type object = map[string]any

// Phone is the caller's number in the demo.
const Phone = "+15550123456"

// Call is the six notifications of a call that an agent answered: start, routing, assignment, conversation, end and
// disposition (docs.cloud.google.com, CCAI Platform, "External session events"). It ends at end.
func Call(id int, end time.Time) Scenario { return callFrom(Phone, id, end) }

func callFrom(phone string, id int, end time.Time) Scenario {
	begin := end.Add(-6 * time.Minute)
	customer := object{"type": "external", "state": "connected", "dn": phone}
	agent := func(state string) object {
		return object{"type": "agent", "state": state, "agent_id": 1, "name": "Kim Park", "email": "kim@demo.example"}
	}
	item := func(state string, more object, participants ...object) object {
		i := object{"call_id": id, "session_type": "Voice Inbound (IVR)", "state": state, "connected_at": stamp(begin), "participants": participants}
		for k, v := range more {
			i[k] = v
		}
		return i
	}
	queued := object{"queue_path_names": "Orders/Delivery"}
	over := object{"queue_path_names": "Orders/Delivery", "ends_at": stamp(end)}
	final := object{"queue_path_names": "Orders/Delivery", "ends_at": stamp(end),
		"dispositions": object{"code": "resolved", "note": "A new parcel is on its way."}}
	gone := object{"type": "external", "state": "disconnected", "dn": phone}
	steps := []struct {
		what string
		at   time.Time
		item object
	}{
		{"a customer calls", begin, item("connected", nil, customer)},
		{"the menu sends them to Orders / Delivery", begin.Add(20 * time.Second), item("connected", queued, customer)},
		{"the call is offered to Kim", begin.Add(40 * time.Second), item("connected", queued, customer, agent("accepted"))},
		{"Kim answers", begin.Add(50 * time.Second), item("connected", queued, customer, agent("connected"))},
		{"the customer hangs up", end, item("disconnected", over, gone, agent("disconnected"))},
		{"Kim notes how it went", end.Add(30 * time.Second), item("disconnected", final, gone, agent("dispositionSubmitted"))},
	}
	s := Scenario{Key: fmt.Sprintf("call-%d", id)}
	for i, step := range steps {
		s.Posts = append(s.Posts, Post{step.what, "ccai", notification(fmt.Sprintf("call-%d-step-%d", id, i+1), step.at, step.item)})
	}
	return s
}

// Chat is a chat on a web page: its start and end as the contact centre's server reports them, its messages as the
// agent's browser forwards them. It ends at end.
func Chat(id int, end time.Time) Scenario {
	begin := end.Add(-4 * time.Minute)
	customer := func(state string) object {
		return object{"type": "external", "state": state, "dn": fmt.Sprintf("end_user_%d", id)}
	}
	item := object{"chat_id": id, "session_type": "Messaging Inbound (Web Chat)", "state": "connected",
		"connected_at": stamp(begin), "queue_path_names": "Orders/Delivery", "participants": []object{customer("connected")}}
	over := object{"chat_id": id, "session_type": "Messaging Inbound (Web Chat)", "state": "disconnected",
		"connected_at": stamp(begin), "ends_at": stamp(end), "queue_path_names": "Orders/Delivery", "participants": []object{customer("disconnected")}}
	s := Scenario{Key: fmt.Sprintf("chat-%d", id)}
	add := func(what, source string, body []byte) { s.Posts = append(s.Posts, Post{what, source, body}) }
	browser := func(number int, at time.Time, kind, message string) []byte {
		data := object{"chat_id": id, "session_type": "messaging inbound (web chat)", "agent_id": 1, "agent_email": "kim@demo.example",
			"queue_id": 7678, "queue_path": "Orders / Delivery"}
		if message != "" {
			data["message"] = message
		}
		return encode(object{"version": 1, "delivery_id": fmt.Sprintf("chat-%d-%d", id, number), "sequence": number,
			"received_at": stamp(at), "agent": object{"id": "1", "email": "kim@demo.example"}, "data": object{"type": kind, "data": data}})
	}
	add("a customer opens a chat", "ccai", notification(fmt.Sprintf("chat-%d-start", id), begin, item))
	add("Kim takes it", "ccai-adapter", browser(1, begin.Add(10*time.Second), "New_Chat", ""))
	add("the customer writes", "ccai-adapter", browser(2, begin.Add(30*time.Second), "Chat_Inbound_Message", "Where is my order?"))
	add("Kim answers", "ccai-adapter", browser(3, begin.Add(60*time.Second), "Chat_Outbound_Message", "It is on its way and comes today."))
	add("the customer thanks", "ccai-adapter", browser(4, begin.Add(90*time.Second), "Chat_Inbound_Message", "Thank you!"))
	add("Kim ends the chat", "ccai-adapter", browser(5, end, "End_Chat", ""))
	add("the chat is over", "ccai", notification(fmt.Sprintf("chat-%d-end", id), end, over))
	return s
}

// Recorded adds that the call's recording can be fetched from the server of media: the contact centre says so a minute after
// the end.
func (s Scenario) Recorded(id int, end time.Time, media string) Scenario {
	item := object{"call_id": id, "session_type": "Voice Inbound (IVR)", "state": "disconnected",
		"connected_at": stamp(end.Add(-6 * time.Minute)), "ends_at": stamp(end),
		"recording_url": media + "/recordings/call.mp3", "participants": []object{}}
	return s.and("its recording is ready", "ccai", notification(fmt.Sprintf("call-%d-recording", id), end.Add(time.Minute), item))
}

// Photographed adds that the customer sent a photo in the chat.
func (s Scenario) Photographed(id int, end time.Time, media string) Scenario {
	item := object{"chat_id": id, "session_type": "Messaging Inbound (Web Chat)", "state": "disconnected",
		"connected_at": stamp(end.Add(-4 * time.Minute)), "ends_at": stamp(end), "participants": []object{},
		"photos": []object{{"id": 1, "url": media + "/photos/parcel.jpg"}}}
	return s.and("the photo they sent is ready", "ccai", notification(fmt.Sprintf("chat-%d-photo", id), end.Add(time.Minute), item))
}

func (s Scenario) and(what, source string, body []byte) Scenario {
	s.Posts = append(slices.Clone(s.Posts), Post{what, source, body})
	return s
}

// notification is a payload of the contact centre's server with one event.
func notification(id string, at time.Time, item object) []byte {
	return encode(object{"count": 1, "events": []object{{"event_id": id, "timestamp": at.UnixMilli(), "item": item}}})
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // what is made here always has a JSON form
	}
	return b
}
