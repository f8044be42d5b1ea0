package demo

import (
	"fmt"
	"time"
)

// scenes are sessions of three customers of the tenant whose CRM is Kustomer, one after the other, the last a little before
// now; each conversation they must become stands beside them.
func scenes(now time.Time, media string) ([]Scenario, []conversation) {
	id := int(now.Unix() % 1e9)
	first, second := fmt.Sprintf("+1555%07d", id%1e7), fmt.Sprintf("+1556%07d", id%1e7)
	end := func(minutes int) time.Time {
		return now.Add(-time.Duration(minutes)*time.Minute - 2*time.Minute).Truncate(time.Second)
	}
	sessions := []Scenario{
		titled("A customer calls, and the call is recorded", callFrom(first, id, end(12)).Recorded(id, end(12), media)),
		titled("Kim calls them back", followUp(first, id+1, end(8))),
		titled("Another customer gives up waiting", abandoned(second, id+2, end(6))),
		titled("The first one leaves a message", voicemail(first, id+3, end(4), media)),
		titled("Somebody chats, and says how it was", rated(id+4, end(0))),
	}
	return sessions, []conversation{
		{customer: first, assigned: []string{"Kim Park"}, messages: []string{"ccai-call-%d in", "ccai-call-%d out"}, ids: []int{id, id + 1},
			fields: object{"menuSelectionStr": "Orders / Delivery", "fromPhoneNumberStr": first, "callDurationStr": present, "queueNameStr": "Delivery"},
			files:  []string{".mp3"}},
		{customer: second, messages: []string{"ccai-call-%d in"}, ids: []int{id + 2},
			fields: object{"menuSelectionStr": "Orders / Delivery", "fromPhoneNumberStr": second, "sessionTypeStr": ivr}},
		{customer: first, messages: []string{"ccai-call-%d in"}, ids: []int{id + 3},
			fields: object{"menuSelectionStr": "Orders / Delivery", "fromPhoneNumberStr": first}, files: []string{".mp3"}},
		{customer: fmt.Sprint("ccai-", id+4), assigned: []string{"Kim Park"}, messages: []string{"ccai-chat-%d in"}, ids: []int{id + 4},
			fields: object{"csatRatingNum": 5.0, "csatCommentTxt": "Quick and kind."}, files: []string{".txt"}},
	}
}

// The session types of the scenes (docs.cloud.google.com, CCAI Platform, "Session type terminology").
const (
	ivr      = "Voice Inbound (IVR)"
	outbound = "Voice Outbound (Agent)"
	webChat  = "Messaging Inbound (Web Chat)"
)

func titled(title string, s Scenario) Scenario {
	s.Title = title
	return s
}

// call is one on the way: its items are made of what all its notifications say and of what is different.
type call struct {
	id    int
	kind  string
	begin time.Time
}

// step is one notification of it, so long after its beginning.
func (c call) step(s Scenario, what string, after time.Duration, item object, participants ...object) Scenario {
	all := object{"call_id": c.id, "session_type": c.kind, "connected_at": stamp(c.begin), "participants": participants}
	for k, v := range item {
		all[k] = v
	}
	return s.and(what, "ccai", notification(fmt.Sprintf("call-%d-step-%d", c.id, len(s.Posts)+1), c.begin.Add(after), all))
}

func customer(phone, state string) object {
	return object{"type": "external", "state": state, "dn": phone}
}

func kim(state string) object {
	return object{"type": "agent", "state": state, "agent_id": 1, "name": "Kim Park", "email": "kim@demo.example"}
}

// followUp is a call that Kim makes to a customer. It ends at end.
func followUp(phone string, id int, end time.Time) Scenario {
	c := call{id, outbound, end.Add(-2 * time.Minute)}
	s := Scenario{Key: fmt.Sprintf("call-%d", id)}
	s = c.step(s, "Kim dials", 0, object{"state": "connected"}, customer(phone, "ringing"), kim("connected"))
	s = c.step(s, "the customer answers", 10*time.Second, object{"state": "connected"}, customer(phone, "connected"), kim("connected"))
	return c.step(s, "Kim hangs up", 2*time.Minute, object{"state": "disconnected", "ends_at": stamp(end), "dispositions": object{"code": "resolved"}},
		customer(phone, "disconnected"), kim("dispositionSubmitted"))
}

// abandoned is a call that no agent answers before the customer hangs up. It ends at end.
func abandoned(phone string, id int, end time.Time) Scenario {
	c := call{id, ivr, end.Add(-time.Minute)}
	queued := object{"state": "connected", "queue_path_names": "Orders/Delivery"}
	s := Scenario{Key: fmt.Sprintf("call-%d", id)}
	s = c.step(s, "a customer calls", 0, object{"state": "connected"}, customer(phone, "connected"))
	s = c.step(s, "the menu sends them to Orders / Delivery", 10*time.Second, queued, customer(phone, "connected"))
	return c.step(s, "they hang up", time.Minute, object{"state": "disconnected", "queue_path_names": "Orders/Delivery", "ends_at": stamp(end)},
		customer(phone, "disconnected"))
}

// voicemail is a call that ends with a message on the tape. It ends at end.
func voicemail(phone string, id int, end time.Time, media string) Scenario {
	c := call{id, ivr, end.Add(-time.Minute)}
	queued := object{"state": "connected", "queue_path_names": "Orders/Delivery"}
	s := Scenario{Key: fmt.Sprintf("call-%d", id)}
	s = c.step(s, "a customer calls", 0, object{"state": "connected"}, customer(phone, "connected"))
	s = c.step(s, "the menu sends them to Orders / Delivery", 10*time.Second, queued, customer(phone, "connected"))
	return c.step(s, "they leave a message", time.Minute, object{
		"state": "disconnected", "queue_path_names": "Orders/Delivery", "ends_at": stamp(end),
		"voicemail_reason": "over_capacity", "recording_url": media + "/voicemails/call.mp3",
	}, customer(phone, "disconnected"))
}

// rated is the demo's chat, whose customer says afterwards how it was.
func rated(id int, end time.Time) Scenario {
	item := object{"chat_id": id, "session_type": webChat, "state": "disconnected", "connected_at": stamp(end.Add(-4 * time.Minute)), "ends_at": stamp(end),
		"participants": []object{}, "rating": 5, "feedback": "Quick and kind."}
	return Chat(id, end).and("the customer rates it", "ccai", notification(fmt.Sprintf("chat-%d-rating", id), end.Add(time.Minute), item))
}
