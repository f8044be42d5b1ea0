package quality_test

import (
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
)

func labels(payloads []quality.Payload) (out []string) {
	for _, id := range ids(payloads) {
		label, _, _ := strings.Cut(id, "-")
		out = append(out, label)
	}
	return out
}

// Of sources without times of their own an answer may seem to follow what the agent did then: it is told nevertheless, once.
func TestAnAnswerIsToldWhateverSeemsToPrecedeIt(t *testing.T) {
	t.Parallel()
	for _, kind := range []session.Kind{session.Muted, session.Unmuted, session.Held, session.Resumed, session.Redacted, session.Unredacted, session.Conferenced} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := fold(t, []session.Event{
				on(session.Started, 0, nil), on(session.Ringing, 1, kim), on(kind, 2, kim), on(session.Connected, 3, kim), on(session.Connected, 4, kim), on(session.Ended, 9, nil),
			})
			got := labels(quality.Payloads(s))
			if n := len(slices.DeleteFunc(slices.Clone(got), func(l string) bool { return l != "joined" })); n != 1 {
				t.Errorf("told %q", got)
			}
		})
	}
}

// What an agent did before their answer, and is reported late, takes nothing away of what was told.
func TestWhatIsReportedLateTakesNoAnswerAway(t *testing.T) {
	t.Parallel()
	for _, kind := range []session.Kind{session.Muted, session.Held, session.Redacted} {
		d := deliver([]session.Event{on(session.Started, 0, nil), on(session.Connected, 3, kim), on(session.Ended, 9, nil), on(kind, 2, kim)})
		owed := ids(quality.Payloads(d.s))
		for id := range d.given {
			if !slices.Contains(owed, id) {
				t.Errorf("%s: %s is not owed any more", kind, id)
			}
		}
	}
}

// An agent who is known by mail first, and by id later, stays the same one.
func TestAnAgentsIDThatIsLearntChangesNoID(t *testing.T) {
	t.Parallel()
	mail, both := &session.Agent{Email: "kim@example.com"}, &session.Agent{ID: "5", Email: "Kim@example.com"}
	d := deliver([]session.Event{on(session.Started, 0, nil), on(session.Connected, 1, mail), on(session.Muted, 2, mail), on(session.Held, 3, both), on(session.Unmuted, 4, both)})
	if owed := ids(quality.Payloads(d.s)); !slices.Equal(owed, d.order) || len(owed) != 4 {
		t.Errorf("told %q, owed %q", d.order, owed)
	}
}
