package session_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

// full is a session with the given number of events, each with so many bytes of Raw. It is filled as a reading from the
// store fills it, and folded once.
func full(n, raw int) session.Session {
	first := webhookCall.event(session.Unknown, 0, id("u0"), rawOf(raw))
	s := session.Apply(session.Session{}, first)
	for i := 1; i < n; i++ {
		e := webhookCall.event(session.Unknown, i, id(fmt.Sprint("u", i)), rawOf(raw))
		s.Events = append(s.Events, e)
	}
	return session.Apply(s, first)
}

func rawOf(n int) func(*session.Event) {
	return func(e *session.Event) { e.Raw = json.RawMessage(`"` + strings.Repeat("x", n) + `"`) }
}

func TestAFullSessionCountsWhatItCannotKeepAndStillEnds(t *testing.T) {
	t.Parallel()
	rooms := map[string]session.Session{
		"full by count": full(session.MaxEvents, 1),
		"full by size":  full(66, 9_000),
	}
	for name, s := range rooms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, over := len(s.Events), s.Overflow
			s = session.Apply(s, webhookCall.event(session.MenuSelected, 5_000, queue("Q"), rawOf(9_000)))
			if s.Overflow != over+1 || len(s.Events) != kept || s.Queue.Path != "" || s.UpdatedAt != at(5_000) {
				t.Errorf("after an event without room: overflow %d, %d events, queue %q", s.Overflow, len(s.Events), s.Queue.Path)
			}
			s = session.Apply(s, s.Events[0])
			if s.Overflow != over+1 {
				t.Error("a repeat of what is kept counted as overflow")
			}
			for _, kind := range []session.Kind{session.Ended, session.Dispositioned, session.Finished} {
				s = session.Apply(s, webhookCall.event(kind, 6_000, disposition("done")))
			}
			recording := func(e *session.Event) {
				e.File = &session.File{ID: "1", Kind: session.Recording, URL: "https://media.example/1.mp3"}
			}
			s = session.Apply(s, webhookCall.event(session.FileReady, 7_000, recording, rawOf(40_000)))
			if len(s.Announced) != 1 || s.Events[len(s.Events)-1].File == nil {
				t.Errorf("the recording, which comes last, is not known: %+v", s.Announced)
			}
			if s.Status != session.StatusFinished || s.Disposition == nil || s.EndedAt != at(6_000) {
				t.Errorf("a full session did not end: %q, %v", s.Status, s.Disposition)
			}
		})
	}
}

func TestTheReserveHasAnEndToo(t *testing.T) {
	t.Parallel()
	s := full(session.MaxEvents, 1)
	for i := range 100 {
		s = session.Apply(s, webhookCall.event(session.Dispositioned, i, id(fmt.Sprint("d", i))))
	}
	if len(s.Events) != session.MaxEvents+50 || s.Overflow != 50 {
		t.Errorf("%d events kept and %d over", len(s.Events), s.Overflow)
	}
}

// A source may announce what it likes, and the session must still end.
func TestFilesLeaveRoomForTheEnd(t *testing.T) {
	t.Parallel()
	s := full(session.MaxEvents, 1)
	for i := range 100 {
		s = session.Apply(s, webhookCall.event(session.FileReady, i, id(fmt.Sprint("f", i)), func(e *session.Event) {
			e.File = &session.File{ID: fmt.Sprint(i), Kind: session.Photo, URL: "https://media.example/1.jpg"}
		}))
	}
	if len(s.Announced) != 25 || s.Overflow != 75 {
		t.Errorf("%d files are kept and %d over", len(s.Announced), s.Overflow)
	}
	if s = session.Apply(s, webhookCall.event(session.Ended, 6_000)); s.EndedAt != at(6_000) {
		t.Error("it does not end")
	}
}

// TestTheFullestSessionFitsItsDocument holds the estimate of sizes against the real JSON: Firestore takes 1 MiB.
func TestTheFullestSessionFitsItsDocument(t *testing.T) {
	t.Parallel()
	var s session.Session
	for i := 0; i < 1_000 && s.Overflow == 0; i += 10 { // ten at once, to fold less often
		var events []session.Event
		for j := range 10 {
			e := webhookCall.event(session.Dispositioned, i, id(fmt.Sprintf("%0128d", i+j)), by(kim), disposition("x"), rawOf(1_000))
			e.Customer = &session.Customer{Name: "n", Phone: "+15550123456", PhoneRaw: "+1 555 012-3456", Email: "a@example.com"}
			events = append(events, e)
		}
		s, _ = session.ApplyAll(s, events)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 1<<20-200<<10 || s.Overflow == 0 {
		t.Errorf("%d bytes with %d events over", len(b), s.Overflow)
	}
}

func TestEventsOfNoOrAnotherSessionChangeNothing(t *testing.T) {
	t.Parallel()
	s := applyAll(sequences["a chat"])
	foreign := map[string]func(*session.Event){
		"no session":      func(e *session.Event) { e.Session = "" },
		"another session": func(e *session.Event) { e.Session = "chat-1" },
		"another tenant":  func(e *session.Event) { e.Tenant = "other" },
		"another source":  func(e *session.Event) { e.Source = "other" },
	}
	for name, change := range foreign {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := chat.event(session.Finished, 999)
			change(&e)
			if diff := cmp.Diff(s, session.Apply(s, e)); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		})
	}
}

func TestMessagesOnlyLowerTheFirstMessage(t *testing.T) {
	t.Parallel()
	s := applyAll(sequences["a chat"])
	later := session.Apply(s, chat.event(session.MessageSent, 999, id("m9")))
	if diff := cmp.Diff(s, later); diff != "" {
		t.Errorf("a later message changed the session (-before +after):\n%s", diff)
	}
	s.FirstMessageAt = at(1)
	if diff := cmp.Diff(s, session.Apply(later, chat.event(session.MessageSent, 1, id("m0")))); diff != "" {
		t.Errorf("an earlier message (-want +got):\n%s", diff)
	}
}

func BenchmarkApply(b *testing.B) {
	for _, n := range []int{10, 100, 1_000} {
		s := full(n-1, 100)
		last := webhookCall.event(session.Ended, 5_000)
		b.Run(fmt.Sprint(n, " events"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				session.Apply(s, last)
			}
		})
	}
}
