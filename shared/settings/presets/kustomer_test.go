package presets_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

// Where the rules are written. What no page says is ours, and has its reason.
const (
	page        = "docs.cloud.google.com/contact-center/ccai-platform/docs/kustomer: "
	fromCreated = page + "rules and behaviours, creation of the ticket"
	fromUpdated = page + "rules and behaviours, updates of the ticket"
	fromContact = page + "rules and behaviours, creation of the contact"
	fromNumber  = page + "rules and behaviours, phone number"
	fromChat    = page + "rules and behaviours, chat transcript"
	fromAgent   = page + "the agent adapter, the conversation is assigned to who answers"
	fromData    = page + "standard data"
	fromFields  = page + "custom fields"
	fromLimits  = "developer.kustomer.com/docs/concepts/rate-limits: 429"

	ours       = "ours: "
	oursTalk   = ours + "who gives up is a call of the same customer like any other"
	oursStatus = ours + "Kustomer's statuses are open, snoozed and done, and only the first is Open"
	oursOnce   = ours + "a repeat of what may have arrived would make a second thing"
	oursHeavy  = ours + "a list of conversations must fit in what is read of an answer"
	oursSpaces = ours + "an id of the app and one of the contact centre may be alike, and are two customers'"
	oursLate   = ours + "what an earlier session tells late does not take the conversation from the one that goes on in it"
	oursGone   = ours + "who has left the session does not have it"
	oursLatest = ours + "the latest is the one that was updated last"
)

const (
	ivr        = "Voice Inbound (IVR)"
	mobileCall = "Voice Inbound (Mobile)"
	mobileChat = "Messaging (Mobile)"
	outCall    = "Voice Outbound"
	number     = "+12223334444"
)

// comes is the arrival of a session of the type, from the menu where there is one.
func comes(kind, menu string) session.Event {
	e := session.Event{Kind: session.Started, Type: kind, Direction: session.Inbound, Language: "en",
		Customer: &session.Customer{ID: "87", Phone: number, PhoneRaw: number}}
	if menu != "" {
		e.Queue = &session.Queue{ID: "8469", Path: menu}
	}
	if kind == outCall {
		e.Direction, e.CompanyNumber = session.Outbound, "+15550001111"
	}
	return e
}

// agent is an event of an agent's own.
func agent(kind session.Kind, name string) session.Event {
	return session.Event{Kind: kind, Agent: &session.Agent{ID: name, Email: name + "@example.com"}}
}

var (
	answered = agent(session.Connected, "kim")
	ended    = session.Event{Kind: session.Ended}
	message  = session.Event{Kind: session.Snapshot, Outcome: session.Voicemail}
)

// aCall is a whole call that an agent answered.
func (o *office) aCall(key, kind, menu string) {
	o.Helper()
	o.play(key, comes(kind, menu), answered, ended)
}

// mark has an agent set the status of the newest conversation at Kustomer's page.
func (o *office) mark(status string) {
	o.Helper()
	all := o.conversations()
	o.send("PUT", "/v1/conversations/"+all[len(all)-1].ID, `{"status":"`+status+`"}`)
}

// rule is a rule by its number in presets/README.md, and a course of events in which it holds.
type rule struct {
	number, from string
	play         func(o *office)
}

func TestTheRulesOfTheIntegrationWithKustomerHold(t *testing.T) {
	t.Parallel()
	c := openCloud(t)
	for name, r := range allRules() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if page, section, ok := strings.Cut(r.from, ": "); !ok || page == "" || section == "" {
				t.Fatalf("the rule is from %q, want a page and its section, or \"ours\" and why", r.from)
			}
			r.play(c.openOffice(t))
			if t.Failed() {
				t.Logf("the rule %s is from %s", r.number, r.from)
			}
		})
	}
}

// P3 cannot be kept, and is not among them.
func TestEveryRuleIsPlayed(t *testing.T) {
	t.Parallel()
	played := map[string]bool{}
	for _, r := range allRules() {
		for number := range strings.FieldsSeq(r.number) {
			played[number] = true
		}
	}
	for number := range strings.FieldsSeq("C1 C2 C3 C4 C5 U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11 P1 P2 N1 T1 A1 D1") {
		if !played[number] {
			t.Errorf("no row plays the rule %s", number)
		}
	}
}

func allRules() map[string]rule {
	all := map[string]rule{}
	for _, some := range []map[string]rule{creationRules, reuseRules, outboundRules, voicemailRules, contentRules, contactRules} {
		for name, r := range some {
			all[r.number+" "+name] = r
		}
	}
	return all
}

var creationRules = map[string]rule{
	"a call of the app has one before anybody answers": {"C1", fromCreated, func(o *office) {
		o.play("call-1", comes(mobileCall, "Orders"))
		o.wantConversations("call-1")
	}},
	"a chat of the app too": {"C1", fromCreated, func(o *office) {
		o.play("chat-1", comes(mobileChat, "Orders"))
		o.wantConversations("chat-1")
	}},
	"once the menu is known, by which an open one is looked for": {"C1", fromUpdated, func(o *office) {
		o.play("call-1", comes(mobileCall, ""))
		o.wantConversations()
		o.play("call-1", session.Event{Kind: session.MenuSelected, Queue: &session.Queue{Path: "Orders"}})
		o.wantConversations("call-1")
	}},
	"a call of the IVR has none before it is answered": {"C2", fromCreated, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), agent(session.Ringing, "kim"))
		o.wantConversations()
		o.play("call-1", answered)
		o.wantConversations("call-1")
	}},
	"nor one that an app began by telephone": {"C2", fromCreated, func(o *office) {
		o.play("call-1", comes("Voice Inbound (IVR using Mobile)", "Orders"))
		o.wantConversations()
	}},
	"who gives up has one": {"C4", fromCreated, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), ended)
		o.wantConversations("call-1")
	}},
	"who gives up is added to the open one": {"C4 U1", oursTalk, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.play("call-2", comes(ivr, "Orders"), ended)
		o.wantConversations("call-1 call-2")
	}},
}

var reuseRules = map[string]rule{
	"a call from the same menu is added": {"U1", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders / Status")
		o.aCall("call-2", ivr, "Orders / Status")
		o.wantConversations("call-1 call-2")
	}},
	"a call of the app is added once it is answered": {"U1 C1", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.play("call-2", comes(mobileCall, "Orders"))
		o.wantConversations("call-1")
		o.play("call-2", answered)
		o.wantConversations("call-1 call-2")
	}},
	"a chat of the app is added at once": {"U1 C1", fromUpdated, func(o *office) {
		o.aCall("chat-1", mobileChat, "Orders")
		o.play("chat-2", comes(mobileChat, "Orders"))
		o.wantConversations("chat-1 chat-2")
	}},
	"another menu has its own": {"U1", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.aCall("call-2", ivr, "Returns")
		o.wantConversations("call-1", "call-2")
	}},
	"a transfer does not change what was selected": {"U1", fromUpdated, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), answered, session.Event{Kind: session.Transferred, Queue: &session.Queue{Path: "Experts"}}, ended)
		o.aCall("call-2", ivr, "Orders")
		o.wantConversations("call-1 call-2")
	}},
	"another channel has its own": {"U1", fromUpdated, func(o *office) {
		o.aCall("call-1", mobileCall, "Orders")
		o.aCall("chat-2", mobileChat, "Orders")
		o.wantConversations("call-1", "chat-2")
	}},
	"another customer has their own": {"U1", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		other := comes(ivr, "Orders")
		other.Customer = &session.Customer{Phone: "+12225556666", PhoneRaw: "+12225556666"}
		o.play("call-2", other, answered)
		o.wantConversations("call-1", "call-2")
	}},
	"one that is done is left alone": {"U1", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.mark("done")
		o.aCall("call-2", ivr, "Orders")
		o.wantConversations("call-1", "call-2")
	}},
	"so is one that is snoozed": {"U1", oursStatus, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.mark("snoozed")
		o.aCall("call-2", ivr, "Orders")
		o.wantConversations("call-1", "call-2")
	}},
	"what is recorded is recorded once, though an answer is lost": {"U1", oursOnce, func(o *office) {
		o.fail(`{"kustomer": [{"mode": "reset", "after": true, "match": "/messages"}, {"mode": "reset", "after": true, "match": "/notes"}]}`)
		o.aCall("call-1", ivr, "Orders")
		o.settle("call-1")
		o.wantConversations("call-1")
		o.wantNotes(2) // on the start and the end
	}},
	"and recorded, though a request is lost": {"U1", oursOnce, func(o *office) {
		o.fail(`{"kustomer": [{"mode": "reset", "match": "/messages"}, {"mode": "reset", "match": "/notes"}]}`)
		o.aCall("call-1", ivr, "Orders")
		o.settle("call-1")
		o.wantConversations("call-1")
		o.wantNotes(2)
	}},
	"a customer with long conversations has it too": {"U1", oursHeavy, func(o *office) {
		o.aCall("call-1", ivr, "Other")
		customer, text := o.Snapshot().Customers[0].ID, strings.Repeat("y", 1000)
		for range 60 {
			o.send("POST", "/v1/conversations", fmt.Sprintf(`{"customer":%q,"custom":{"aTxt":%[2]q,"bTxt":%[2]q,"cTxt":%[2]q,"dTxt":%[2]q,"eTxt":%[2]q,"fTxt":%[2]q,
				"gTxt":%[2]q,"hTxt":%[2]q,"iTxt":%[2]q,"jTxt":%[2]q,"kTxt":%[2]q,"lTxt":%[2]q,"mTxt":%[2]q,"nTxt":%[2]q,"oTxt":%[2]q,"pTxt":%[2]q,"qTxt":%[2]q,"rTxt":%[2]q}}`, customer, text))
		}
		o.aCall("call-2", ivr, "Orders")
		all := o.conversations()
		if got := sessionsIn(all[len(all)-1]); got != "call-2" {
			o.Errorf("the newest conversation holds %q, want call-2", got)
		}
	}},
	"a refusal for a while delays it": {"U1", fromLimits, func(o *office) {
		o.fail(`{"kustomer": [{"status": 429, "times": 2}]}`)
		o.aCall("call-1", ivr, "Orders")
		o.settle("call-1")
		o.wantConversations("call-1")
	}},
}

var outboundRules = map[string]rule{
	"a first call to a customer has its own": {"C3", fromCreated, func(o *office) {
		o.aCall("call-1", outCall, "")
		o.wantConversations("call-1")
	}},
	"after one that is done it has its own": {"C3", fromCreated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.mark("done")
		o.aCall("call-2", outCall, "")
		o.wantConversations("call-1", "call-2")
	}},
	"an older one that is open does not count": {"C3", oursLatest, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.aCall("call-2", ivr, "Returns")
		o.mark("done")
		o.aCall("call-3", outCall, "")
		o.wantConversations("call-1", "call-2", "call-3")
	}},
	"the latest, open, is gone on with": {"U2 C3", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.aCall("call-2", outCall, "")
		o.wantConversations("call-1 call-2")
	}},
	"the latest is the one updated last": {"U2", oursLatest, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.aCall("call-2", ivr, "Returns")
		o.mark("done")
		o.clock.Advance(time.Minute)
		o.send("POST", "/v1/conversations/"+o.conversations()[0].ID+"/notes", `{"body":"see to it"}`)
		o.aCall("call-3", outCall, "")
		o.wantConversations("call-1 call-3", "call-2")
	}},
	"hang up and call back goes on with it": {"U5 C3", fromUpdated, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), answered, agent(session.Ended, "kim"))
		o.pace = time.Second
		o.aCall("call-2", outCall, "")
		o.wantConversations("call-1 call-2")
	}},
	"so does a call back after a few seconds": {"U6 C3", fromUpdated, func(o *office) {
		o.pace = 3 * time.Second
		o.aCall("call-1", ivr, "Orders")
		o.aCall("call-2", outCall, "")
		o.wantConversations("call-1 call-2")
	}},
}

var voicemailRules = map[string]rule{
	"it has its own, though one is open": {"C5 U1", fromCreated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.play("call-2", comes(ivr, "Orders"), message, ended)
		o.wantConversations("call-1", "call-2")
		if name := o.conversations()[1].Text("name"); name != "Voicemail 2" {
			o.Errorf("its name is %q", name)
		}
	}},
	"so has that of a call of the app": {"C5 U1", fromCreated, func(o *office) {
		o.aCall("call-1", mobileCall, "Orders")
		o.play("call-2", comes(mobileCall, "Orders"), message, ended)
		o.wantConversations("call-1", "call-2")
	}},
	"the news may come after the end": {"C5 U1", fromCreated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.play("call-2", comes(ivr, "Orders"), ended)
		o.wantConversations("call-1 call-2")
		o.play("call-2", message)
		o.wantConversations("call-1 call-2", "") // the message stays where it was recorded
		o.wantNote(o.conversations()[1], "Session: Voice Inbound (IVR) 2", 0)
	}},
	"its file is attached": {"C5", fromCreated, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), message, ended, o.file("voicemail-1", session.VoicemailFile))
		o.wantNote(o.only(), "call-1-voicemail-1", 1)
	}},
	"one that an agent's call reaches is no voicemail of the customer's": {"C5 U2", fromUpdated, func(o *office) {
		o.aCall("call-1", ivr, "Orders")
		o.play("call-2", comes(outCall, ""), message, ended)
		o.wantConversations("call-1 call-2")
	}},
	"a call back goes on with it": {"U11", fromUpdated, func(o *office) {
		o.play("call-1", comes(ivr, "Orders"), message, ended)
		o.aCall("call-2", outCall, "")
		o.wantConversations("call-1 call-2")
	}},
}
