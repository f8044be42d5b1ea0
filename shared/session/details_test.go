package session_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

func TestDetailsAreTakenFromTheLatestEventThatHasThem(t *testing.T) {
	t.Parallel()
	says := func(seconds int, f func(*session.Event)) session.Event {
		e := webhookCall.event(session.Snapshot, seconds, f)
		e.ID += e.At.String()
		return e
	}
	four, five := 4, 5
	s := applyAll([]session.Event{
		says(0, func(e *session.Event) {
			e.Language, e.CompanyNumber, e.VirtualAgent = "en", "+15550100", &session.Bot{ID: "15", Name: "Bo"}
			e.CustomData = &session.Data{Signed: json.RawMessage(`{"a":1}`), Unsigned: json.RawMessage(`{"b":1}`)}
			e.Rating, e.Answer = &session.Rating{Score: &four, Feedback: "good"}, &session.Answer{Text: "yes"}
			e.File = &session.File{ID: "r1", Kind: session.Recording, URL: "https://files.example/r1.mp3?Signature=secret"}
		}),
		says(5, func(e *session.Event) {
			e.Language, e.VirtualAgent = "it", &session.Bot{ID: "15"}
			e.CustomData = &session.Data{Unsigned: json.RawMessage(`{"b":2}`), SIPHeaders: json.RawMessage(`{"x":1}`)}
			e.Rating, e.Answer = &session.Rating{Score: &five}, &session.Answer{Question: "again?", Text: "no"}
			e.File = &session.File{ID: "r1", URL: "https://files.example/r1.wav"}
		}),
		says(9, func(e *session.Event) {
			e.Answer, e.VirtualAgent = &session.Answer{Text: "rather"}, &session.Bot{Name: "Bo 2"}
		}),
	})
	got := []any{s.Language, s.CompanyNumber, *s.VirtualAgent, *s.Rating, s.Feedback, s.Survey, s.Announced}
	want := []any{
		"it", "+15550100", session.Bot{ID: "15", Name: "Bo 2"}, 5, "good",
		[]session.Answer{{Text: "rather"}, {Question: "again?", Text: "no"}},
		[]session.File{{ID: "r1", Kind: session.Recording, URL: "https://files.example/r1.wav", At: at(0)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	data := session.Data{Signed: json.RawMessage(`{"a":1}`), Unsigned: json.RawMessage(`{"b":2}`), SIPHeaders: json.RawMessage(`{"x":1}`)}
	if diff := cmp.Diff(data, s.CustomData); diff != "" {
		t.Errorf("custom data (-want +got):\n%s", diff)
	}
	if s := applyAll(s.Events[:1]); s.Announced[0].URL != "https://files.example/r1.mp3" {
		t.Errorf("the session shows the address %s", s.Announced[0].URL)
	}
}

// TestTheBestKnownNumberStays feeds numbers in the order of time.
func TestTheBestKnownNumberStays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sent []session.Customer
		want session.Customer
	}{
		"a word does not replace a number":                  {[]session.Customer{{PhoneRaw: "3393669393"}, {PhoneRaw: "customer"}}, session.Customer{PhoneRaw: "3393669393"}},
		"a number replaces a word":                          {[]session.Customer{{PhoneRaw: "anonymous"}, {PhoneRaw: "3393669393"}}, session.Customer{PhoneRaw: "3393669393"}},
		"a SIP address is no number":                        {[]session.Customer{{PhoneRaw: "3393669393"}, {PhoneRaw: "80165@desk.example"}}, session.Customer{PhoneRaw: "3393669393"}},
		"the international form replaces the national":      {[]session.Customer{{PhoneRaw: "3393669393"}, {Phone: "+393393669393", PhoneRaw: "+39 339 3669393"}}, session.Customer{Phone: "+393393669393", PhoneRaw: "+39 339 3669393"}},
		"the national form does not replace the other":      {[]session.Customer{{Phone: "+393393669393", PhoneRaw: "+393393669393"}, {PhoneRaw: "3393669393"}}, session.Customer{Phone: "+393393669393", PhoneRaw: "+393393669393"}},
		"the second of two numbers may be a third party's":  {[]session.Customer{{Phone: "+15550123456", PhoneRaw: "+15550123456"}, {Phone: "+15550199999", PhoneRaw: "+15550199999"}}, session.Customer{Phone: "+15550123456", PhoneRaw: "+15550123456"}},
		"names and ids are completed":                       {[]session.Customer{{Name: "A", ID: "5"}, {Name: "B", Email: "b@example.com"}}, session.Customer{Name: "B", Email: "b@example.com", ID: "5"}},
		"a word is all that is known where nothing else is": {[]session.Customer{{PhoneRaw: "anonymous"}}, session.Customer{PhoneRaw: "anonymous"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s session.Session
			for i, c := range tt.sent {
				s = session.Apply(s, webhookCall.event(session.Snapshot, i, from(c), id(string('a'+rune(i)))))
			}
			if diff := cmp.Diff(tt.want, s.Customer); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedactions(t *testing.T) {
	t.Parallel()
	toggle := func(e *session.Event) { e.Toggle = true; e.ID = e.At.String() }
	b := adapterCall
	tests := map[string]struct {
		events []session.Event
		want   []session.Interval
	}{
		"begun and ended":        {[]session.Event{b.event(session.Redacted, 5), b.event(session.Unredacted, 9)}, span(5, 9)},
		"begun twice is once":    {[]session.Event{b.event(session.Redacted, 5), b.event(session.Redacted, 6, id("again")), b.event(session.Unredacted, 9)}, span(5, 9)},
		"still on at the end":    {[]session.Event{b.event(session.Redacted, 5)}, span(5, 60)},
		"ended without a start":  {[]session.Event{b.event(session.Unredacted, 5)}, nil},
		"reported after the end": {[]session.Event{b.event(session.Redacted, 70)}, nil},
		"ended after the end":    {[]session.Event{b.event(session.Redacted, 50), b.event(session.Unredacted, 70)}, span(50, 60)},
		"the source does not tell which is which": {
			[]session.Event{b.event(session.Redacted, 5, toggle), b.event(session.Redacted, 9, toggle), b.event(session.Redacted, 20, toggle)},
			append(span(5, 9), span(20, 60)...),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applyAll(append(tt.events, b.event(session.Connected, 0, by(kim)), b.event(session.Ended, 60, by(kim))))
			if diff := cmp.Diff(tt.want, s.Redactions); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	b, leg := adapterCall, contact(main13b)
	named := func(seconds int, from, to string) session.Event {
		return b.event(session.Transferred, seconds, id(from+to+at(seconds).String()), func(e *session.Event) {
			e.Transfer = &session.Transfer{From: session.End{AgentID: from}, To: session.End{AgentID: to}}
		})
	}
	consulted := func(kind session.Kind, seconds int, reason string) session.Event {
		return b.event(kind, seconds, contact(session.Leg{ID: "c", Kind: session.ConsultLeg, Number: "80165", Reason: reason}))
	}
	given := b.event(session.Transferred, 50, leg, by(kim))
	ends := func(from, to string) (session.End, session.End) {
		return session.End{AgentID: from}, session.End{AgentID: to}
	}
	kimTo, lee5 := ends("1", "5")
	tests := map[string]struct {
		events []session.Event
		want   []session.Transfer
	}{
		"reported by both agents' pages is one": {[]session.Event{named(10, "1", "5"), named(12, "1", "5")}, []session.Transfer{{At: at(10), From: kimTo, To: lee5}}},
		"there and back are two":                {[]session.Event{named(10, "1", "5"), named(12, "5", "1")}, []session.Transfer{{At: at(10), From: kimTo, To: lee5}, {At: at(12), From: lee5, To: kimTo}}},
		"a contact without consultation: cold":  {[]session.Event{given}, []session.Transfer{{At: at(50), Kind: session.Cold}}},
		"after a consultation: warm":            {[]session.Event{consulted(session.Started, 10, ""), consulted(session.Connected, 20, ""), given}, []session.Transfer{{At: at(50), Kind: session.Warm, To: session.End{Number: "80165"}}}},
		"after one that was cancelled: cold":    {[]session.Event{consulted(session.Connected, 20, ""), consulted(session.Ended, 30, ""), given}, []session.Transfer{{At: at(50), Kind: session.Cold}}},
		"one cleared early by the transfer":     {[]session.Event{consulted(session.Connected, 20, ""), consulted(session.Ended, 49, "transferred"), given}, []session.Transfer{{At: at(50), Kind: session.Warm, To: session.End{Number: "80165"}}}},
		"one nobody answered: cold":             {[]session.Event{consulted(session.Ringing, 20, ""), given}, []session.Transfer{{At: at(50), Kind: session.Cold}}},
		"a conference":                          {[]session.Event{b.event(session.Conferenced, 50)}, []session.Transfer{{At: at(50), Kind: session.Conference}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := applyAll(append(tt.events, b.event(session.Connected, 0, by(kim))))
			if diff := cmp.Diff(tt.want, s.Transfers); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
