package presets_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/session"
)

// file is the news that a file can be fetched.
func (o *office) file(id string, kind session.FileKind) session.Event {
	return session.Event{Kind: session.FileReady, File: &session.File{ID: id, Kind: kind, URL: o.media + "/" + id}}
}

var contentRules = map[string]rule{
	"the recording is attached": {"U3", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.play("call-1", o.file("recording-1", session.Recording))
		o.wantNote(o.only(), "call-1-recording-1", 1)
		if files := o.Snapshot().Attachments; len(files) != 1 || files[0].SHA256 == "" {
			o.Errorf("the files are %+v, want one that was uploaded", files)
		}
	}},
	"of an outbound call too": {"U3", fromUpdated, func(o *office) {
		o.aCall("call-1", outCall, "")
		o.play("call-1", o.file("recording-1", session.Recording))
		o.wantNote(o.only(), "call-1-recording-1", 1)
	}},
	"who answers has it": {"A1", fromAgent, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), answered)
		o.wantAssigned(o.only(), "kim")
	}},
	"who answers has one that was there too": {"A1", fromAgent, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.play("call-2", comes(ivr, "Orders"), agent(session.Connected, "lee"))
		o.wantAssigned(o.only(), "lee")
	}},
	"who takes a transfer has it then": {"U4", fromUpdated, func(o *office) {
		o.play("call-1", comes(mobileCall, "Orders"), answered, session.Event{Kind: session.Transferred}, agent(session.ParticipantJoined, "lee"))
		o.wantAssigned(o.only(), "lee")
	}},
	"who takes it back has it again": {"U4", fromUpdated, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), answered,
			session.Event{Kind: session.Transferred}, agent(session.ParticipantLeft, "kim"), agent(session.Connected, "lee"),
			session.Event{Kind: session.Transferred}, agent(session.ParticipantLeft, "lee"), agent(session.Connected, "kim"))
		o.wantAssigned(o.only(), "kim")
	}},
	"a guest who has left does not": {"U4", oursGone, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), answered, agent(session.ParticipantJoined, "lee"), agent(session.ParticipantLeft, "lee"))
		o.wantAssigned(o.only(), "kim")
	}},
	"what came of a smart action": {"U7", fromUpdated, func(o *office) {
		done := session.Event{Kind: session.SmartAction, Action: &session.Action{ID: "1", Name: "text", State: session.ActionCompleted, Text: "my order is 4711"}}
		o.play("call-1", comes(mobileCall, "Orders"), answered, done, o.file("photo-1", session.Photo))
		o.wantNote(o.only(), "smart action text completed:\nmy order is 4711", 0)
		o.wantNote(o.only(), "call-1-photo-1", 1)
	}},
	"two that ended alike are two": {"U7", fromUpdated, func(o *office) {
		done := func(id string) session.Event {
			return session.Event{Kind: session.SmartAction, Action: &session.Action{ID: id, Name: "photo", State: session.ActionCompleted}}
		}
		o.play("call-1", comes(mobileCall, "Orders"), answered, done("1"), done("2"))
		o.wantNotes(3) // and on the start
	}},
	"why a smart action failed": {"U8", fromUpdated, func(o *office) {
		asked := session.Event{Kind: session.SmartAction, Action: &session.Action{ID: "1", Name: "verification"}}
		failed := session.Event{Kind: session.SmartAction, Action: &session.Action{ID: "1", State: session.ActionFailed, Text: "no fingerprint is set up"}}
		o.play("call-1", comes(mobileCall, "Orders"), answered, asked, failed)
		o.wantNote(o.only(), "smart action verification failed:\nno fingerprint is set up", 0)
	}},
	"the company's own data": {"U9", fromUpdated, func(o *office) {
		arrival := comes(mobileCall, "Orders")
		arrival.CustomData = &session.Data{Unsigned: json.RawMessage(`{"order-id":{"label":"Order","value":"4711"}}`)}
		o.play("call-1", arrival)
		o.wantCustom(o.only(), "orderIdStr", "4711")
	}},
	"a rating": {"U10", fromUpdated, func(o *office) {
		four := 4
		o.aCall("chat-1", mobileChat, "Orders")
		o.play("chat-1", session.Event{Kind: session.Rated, Rating: &session.Rating{Score: &four, Feedback: "quick"}})
		o.wantCustom(o.only(), "csatRatingNum", 4.0)
		o.wantCustom(o.only(), "csatCommentTxt", "quick")
		o.wantNote(o.only(), "rated 4\nquick", 0)
	}},
	"a rating of a session after which another one came": {"U10", oursLate, func(o *office) {
		four := 4
		o.aCall("call-1", ivr, "Orders")
		o.play("call-2", comes(ivr, "Orders"), agent(session.Connected, "lee"))
		o.play("call-1", session.Event{Kind: session.Rated, Rating: &session.Rating{Score: &four}})
		o.wantAssigned(o.only(), "lee")
		o.wantCustom(o.only(), "sessionIdStr", "2")
		o.wantCustom(o.only(), "csatRatingNum", 4.0)
	}},
	"the number, with its country": {"N1", fromNumber, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.wantNote(o.only(), "Phone number: "+number, 0)
	}},
	"the transcript of a chat": {"T1", fromChat, func(o *office) {
		said := session.Event{Kind: session.MessageSent, Message: &session.Message{Role: session.EndUser, Text: "where is my order?"}}
		o.play("chat-1", comes(mobileChat, "Orders"), answered, said, ended)
		o.settle("chat-1")
		o.wantNote(o.only(), "chat-1.txt", 1)
	}},
	"standard data": {"D1", fromData, func(o *office) {
		o.play("call-1", comes(mobileCall, "Orders / Status"))
		c := o.only()
		o.wantCustom(c, "fromPhoneNumberStr", number)
		o.wantCustom(c, "menuSelectionStr", "Orders / Status")
		if lang := c.Text("defaultLang"); lang != "en" {
			o.Errorf("the language is %q", lang)
		}
	}},
	"the fields of a record": {"F1", fromFields, func(o *office) {
		o.aCall("call-1", ivr, "Orders / Status")
		for name, want := range map[string]any{
			"queueNameStr": "Status", "sessionTypeStr": ivr, "sessionIdStr": "1", "fromPhoneNumberStr": number, "menuSelectionStr": "Orders / Status",
			"channelStr": "voice", "callDurationStr": "01:00", "waitTimeStr": "01:00",
		} {
			o.wantCustom(o.only(), name, want)
		}
		if tags := fmt.Sprint(o.only().Attributes["tags"]); tags != "[Voice Inbound (IVR) IVR_Call]" {
			o.Errorf("the tags are %s, want the session's type by its new and its old name", tags)
		}
	}},
}

var contactRules = map[string]rule{
	"a new number is a new customer": {"P1", fromContact, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.aCall("call-2", ivr, "Returns")
		customers := o.Snapshot().Customers
		if len(customers) != 1 || !strings.Contains(fmt.Sprint(customers[0].Attributes["phones"]), number) {
			o.Errorf("the customers are %+v, want one with the number", customers)
		}
	}},
	"a new identifier is a new customer": {"P2", fromContact, func(o *office) {
		for _, key := range []string{"chat-1", "chat-2"} {
			arrival := comes(mobileChat, "Orders")
			arrival.Customer = &session.Customer{ID: "87", Name: "Kim"}
			arrival.CustomData = &session.Data{Signed: json.RawMessage(`{"identifier":"cust-9"}`)}
			o.play(key, arrival)
		}
		customers := o.Snapshot().Customers
		if len(customers) != 1 || customers[0].Text("externalId") != "cust-9" {
			o.Fatalf("the customers are %+v, want one with the identifier", customers)
		}
		if custom := fmt.Sprint(customers[0].Attributes["custom"]); custom != "map[customUserIdStr:cust-9]" {
			o.Errorf("the customer's fields are %s", custom)
		}
	}},
	"an identifier that is another customer's number at the contact centre": {"P2", oursSpaces, func(o *office) {
		o.aCall("call-1", ivr, "Orders") // of the customer 87
		arrival := comes(mobileChat, "Orders")
		arrival.Customer = &session.Customer{ID: "5000", Name: "Lee"}
		arrival.CustomData = &session.Data{Signed: json.RawMessage(`{"identifier":"87"}`)}
		o.play("chat-2", arrival)
		if n := len(o.Snapshot().Customers); n != 2 {
			o.Errorf("there are %d customers, want two", n)
		}
	}},
	"a customer of another channel is the same by address": {"P2", fromContact, func(o *office) {
		o.send("POST", "/v1/customers", `{"name":"Kim","emails":[{"type":"home","email":"kim@example.com"}]}`)
		arrival := comes(mobileChat, "Orders")
		arrival.Customer = &session.Customer{ID: "87", Email: "Kim@example.com"}
		o.play("chat-1", arrival)
		if n := len(o.Snapshot().Customers); n != 1 {
			o.Errorf("there are %d customers, want the one who was there", n)
		}
	}},
}
