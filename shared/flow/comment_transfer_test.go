package flow

import (
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// A consultation is told of apart from the session's events: the transfer that it prepares seems cold until it is known. One transfer
// is one comment, and none says what may turn out otherwise.
func TestATransferIsCommentedOnceWhateverIsKnownLater(t *testing.T) {
	t.Parallel()
	main, consulted := session.Leg{ID: "m", Kind: session.MainLeg}, session.Leg{ID: "c", Kind: session.ConsultLeg}
	cold := session.Transfer{At: start.Add(time.Minute), Kind: session.Cold, From: session.End{AgentID: "1"}}
	warm := cold
	warm.Kind, warm.To.Number = session.Warm, "80165"
	later, beside := cold, cold
	later.At, beside.From.AgentID = start.Add(65*time.Second), "2"
	next := session.Transfer{At: start.Add(2 * time.Minute), Kind: session.Cold, From: session.End{AgentID: "2"}}
	const seems, known = "Call 1: transfer at 2026-01-05T09:01:00Z from agent 1.", "Call 1: warm transfer at 2026-01-05T09:01:00Z from agent 1 to 80165."
	for name, tt := range map[string]struct {
		from  string
		legs  []session.Leg
		after [][]session.Transfer // what is known, by and by
		want  []string
	}{
		"a consultation known before is told of":         {fromComment, []session.Leg{main, consulted}, [][]session.Transfer{{warm}}, []string{known}},
		"one known later is not":                         {fromComment, []session.Leg{main}, [][]session.Transfer{{cold}, {warm}}, []string{seems}},
		"the next transfer is another":                   {fromComment, []session.Leg{main}, [][]session.Transfer{{cold}, {warm, next}}, []string{seems, "Call 1: transfer at 2026-01-05T09:02:00Z from agent 2."}},
		"another page's word of an earlier time is none": {fromComment, nil, [][]session.Transfer{{later}, {cold}}, []string{"Call 1: cold transfer at 2026-01-05T09:01:05Z from agent 1."}},
		"two at one time are two":                        {fromComment, nil, [][]session.Transfer{{cold, beside}}, []string{"Call 1: cold transfer at 2026-01-05T09:01:00Z from agent 1.", "Call 1: cold transfer at 2026-01-05T09:01:00Z from agent 2."}},
		"where no legs are told of, cold is what it was": {fromComment, nil, [][]session.Transfer{{cold}}, []string{"Call 1: cold transfer at 2026-01-05T09:01:00Z from agent 1."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := fullCRM()
			c.CommentOn = []string{settings.OnTransfer}
			d := &store.Document{Session: running()}
			d.Session.Legs = tt.legs
			var got []string
			for _, known := range tt.after {
				d.Session.Transfers = known
				got = append(got, commentsIn(t, drive(t, c, d, nil))...)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("the comments are %q, want %q", got, tt.want)
			}
		})
	}
}
