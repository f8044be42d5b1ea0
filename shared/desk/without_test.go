package desk_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/desk"
)

func TestADeskForgetsASession(t *testing.T) {
	t.Parallel()
	var d desk.Desk
	for _, c := range []desk.Command{
		{Kind: desk.Pop, Session: "ccai/call-1"}, {Kind: desk.Media, Session: "ccai/call-1", File: "photo-1"},
		{Kind: desk.Pop, Session: "ccai/call-10"}, {Kind: desk.Call, Number: "+390212345678"},
	} {
		d, _ = d.Put(c, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
	}
	for session, want := range map[string]int{"ccai/call-1": 2, "ccai/call-10": 3, "udesk/call-1": 4, "": 4} {
		if got := d.Without(session); len(got.Commands) != want || got.Last != d.Last {
			t.Errorf("without %q there are %d commands, want %d", session, len(got.Commands), want)
		}
	}
	if len(d.Commands) != 4 {
		t.Error("the desk itself was changed")
	}
}
