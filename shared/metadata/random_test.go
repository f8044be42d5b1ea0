package metadata_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

var someKinds = []session.Kind{
	session.Started, session.Ringing, session.Connected, session.Held, session.Resumed, session.Transferred,
	session.Conferenced, session.ParticipantJoined, session.ParticipantLeft, session.MessageSent, session.MenuSelected, session.Verified,
	session.FileReady, session.Rated, session.Dispositioned, session.Ended, session.WrapUp, session.Finished, session.Snapshot, session.Unknown,
}

// one of the values, or the zero value.
func one[T any](r *rand.Rand, values ...T) (v T) {
	if i := r.IntN(len(values) + 1); i < len(values) {
		v = values[i]
	}
	return v
}

// someEvents are those of one session, in no order and with no sense.
func someEvents(seed uint64) []session.Event {
	r := rand.New(rand.NewPCG(seed, 0))
	channel := []session.Channel{session.Call, session.Chat}[r.IntN(2)]
	key := session.Key(channel, []string{"7", "007", "eu-7f", "99999999999999999999"}[r.IntN(4)])
	events := make([]session.Event, 1+r.IntN(12))
	for i := range events {
		e := anEvent(r)
		e.ID, e.Tenant, e.Source, e.Session = fmt.Sprint(r.IntN(15)), "demo", "ccai", key
		events[i] = e
	}
	return events
}

func anEvent(r *rand.Rand) session.Event {
	agents := []*session.Agent{&kim, &lee, {Email: "max@example.com"}}
	parties := []session.PartyType{session.PartyEndUser, session.PartyAgent, session.PartyVirtualAgent, session.PartyManager, session.PartyThird}
	e := session.Event{
		Kind: someKinds[r.IntN(len(someKinds))], At: at("09:00:00").Add(time.Duration(r.IntN(600_000)) * time.Millisecond),
		Type:      one(r, "Voice Inbound (App)", "messaging (sms)", "IVR Call", "In-web"),
		Direction: one(r, session.Inbound, session.Outbound), Language: one(r, "en", "日本語"), CompanyNumber: one(r, "+15550199999"),
		Agent: one(r, agents...), Customer: one(r, &session.Customer{ID: "87", Phone: "+12223334444", Name: "Ada\x00\xff"}),
		Queue:        one(r, &session.Queue{ID: "26"}, &session.Queue{Path: "Orders / Status", PathIDs: "7/26"}, &session.Queue{Path: " / ", PathIDs: "//"}),
		VirtualAgent: one(r, &bo), EndedBy: one(r, "agent", "end_user", "disconnected_by_system"),
		FailReason: one(r, "nothing", "eu_abandoned", "ag_canceled", "their own\nwords"), Outcome: one(r, session.Voicemail, session.Deflected),
		Rating: one(r, &session.Rating{Score: new(-3)}, &session.Rating{Feedback: "\u2028"}),
		Party:  &session.Party{Type: parties[r.IntN(len(parties))], ID: one(r, "1", "15"), Name: one(r, "Max", "kim@example.com"), Number: one(r, "+15550100200")},
		Transfer: one(r, &session.Transfer{
			Kind: one(r, session.Cold, session.Warm, session.Conference, session.Redirect),
			From: session.End{AgentID: "1"}, To: session.End{AgentEmail: "LEE@example.com", QueuePath: one(r, "Schemes")},
		}),
		Leg: one(r, &session.Leg{ID: "1", Kind: one(r, session.ConsultLeg, session.MainLeg)}),
	}
	switch e.Kind {
	case session.MessageSent:
		e.Message = &session.Message{Role: one(r, session.HumanAgent, session.VirtualAgent, session.System), Name: one(r, "Bo"), Text: one(r, "hello\xff", "[10:00:00]\n")}
		if e.Message.Role == "" {
			e.Message.Role = session.EndUser
		}
	case session.FileReady:
		kind := []session.FileKind{session.Recording, session.VoicemailFile, session.Photo, session.Video}[r.IntN(4)]
		e.File = &session.File{ID: one(r, "photo-1", "a b.jpg", "recording-9"), Kind: kind, URL: one(r, "https://files.example.com/ä b?s=1")}
	}
	return e
}

func TestAnySessionMakesAValidDocument(t *testing.T) {
	t.Parallel()
	schema, transcripts := schemaOf(t, "schema.json"), schemaOf(t, "transcript.schema.json")
	for seed := range uint64(500) {
		events := someEvents(seed)
		s, _ := session.ApplyAll(session.Session{}, events)
		valid(t, schema, document(t, s, record))
		if doc := transcriptJSON(t, s, events); len(doc) > 0 {
			valid(t, transcripts, doc)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
