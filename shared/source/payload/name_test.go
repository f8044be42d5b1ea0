package payload_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

func TestSafe(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 129)
	tests := map[string]struct{ id, begins string }{
		"safe as it is":         {"3012-out_1", "3012-out_1"},
		"with other signs":      {"3012@2017/out", "3012_2017_out-"},
		"the longest":           {long[1:], long[1:]},
		"too long":              {long, long[:64] + "-"},
		"in another script":     {"号", "_-"},
		"of other signs alone":  {"..", "__-"},
		"nothing is always so":  {"", ""},
		"looks are not enough":  {"3012#2017#out", "3012_2017_out-"},
		"cut between its signs": {strings.Repeat("é", 65), strings.Repeat("_", 32) + "-"},
	}
	ids := map[string]string{}
	for name, tt := range tests {
		got := payload.Safe(tt.id)
		if !strings.HasPrefix(got, tt.begins) || !payload.SafeID(got) || len(got) > 128 {
			t.Errorf("%s: got %s", name, got)
		}
		if other, there := ids[got]; there {
			t.Errorf("%q and %q are both %s", other, tt.id, got)
		}
		ids[got] = tt.id
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	a, b := payload.Named("x@y", "kim", "1"), payload.Named("x@y", "sam", "1")
	if a == b || !strings.HasPrefix(a, "x_y-") || !strings.HasPrefix(b, "x_y-") || len(a) != len("x_y-")+16 {
		t.Errorf("got %s and %s", a, b)
	}
	if payload.ShortHash("a", "b") == payload.ShortHash("ab") {
		t.Error("two texts are as one")
	}
}

func TestPrefixed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]string{
		"agent_1": {"agent", "1"}, "virtual_agent_15": {"virtual_agent", "15"}, "end_user_5": {"end_user", "5"},
		"agent_": {}, "Agent_1": {}, "manager_1": {}, "+15550123456": {}, "": {}, "agent_" + strings.Repeat("1", 129): {},
	} {
		if kind, id := payload.Prefixed(name); [2]string{string(kind), id} != want {
			t.Errorf("%s is %s %s", name, kind, id)
		}
	}
	if kind, _ := payload.Prefixed("virtual_agent_1"); kind != session.PartyVirtualAgent {
		t.Errorf("got %s", kind)
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	const layout = "2006-01-02 15:04:05"
	tests := map[string]string{ // text: time in UTC
		"2026-01-05 09:00:00": "2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z": "2026-01-05T09:00:00Z",
		"": "", "soon": "", "1999-12-31 22:00:00": "", "2100-01-01T00:00:00Z": "", strings.Repeat("2026-01-05 09:00:00", 9): "",
	}
	for text, want := range tests {
		got, ok := payload.ParseTime(text, time.FixedZone("", 3600), layout, time.RFC3339)
		if ok != (want != "") || ok && got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: got %v, %v", text, got, ok)
		}
	}
	if got, _ := payload.ParseTime("2026-01-05 09:00:00", nil, layout); got.Format(time.RFC3339) != "2026-01-05T09:00:00Z" {
		t.Errorf("without a zone: %v", got)
	}
	if nine := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC); payload.First(time.Time{}, nine, nine.Add(1)) != nine || !payload.First().IsZero() {
		t.Error("the first time that is known is another")
	}
}

// TestALenientReaderTakesNotes of what a strict one rejects, and goes on.
func TestALenientReaderTakesNotes(t *testing.T) {
	t.Parallel()
	o, _ := payload.ParseObject([]byte(`{"id":[],"user_id":7,"at":"soon","list":[{},{"at":1}]}`))
	var notes payload.Notes
	r := payload.Lenient(&notes, payload.Place{Object: o})
	if id := r.ID("id", "user_id"); id != "7" {
		t.Errorf("id %q", id)
	}
	if at := r.Time("at"); !at.IsZero() {
		t.Errorf("time %v", at)
	}
	for _, element := range r.Objects("list") {
		element.Time("at")
		element.Time("at")
	}
	const time = "must be an ISO 8601 time, such as 2026-01-05T09:00:00Z"
	want := []string{"id: must be an id: a whole number or a string of at most 128 bytes", "at: " + time, "list[1].at: " + time}
	if diff := cmp.Diff(want, notes.Taken()); diff != "" || r.Problem() != nil {
		t.Errorf("problem %v, notes (-want +got):\n%s", r.Problem(), diff)
	}
}

func TestNotesAreBounded(t *testing.T) {
	t.Parallel()
	var notes payload.Notes
	for i := range 100 {
		notes.Add("a", "%d", i/2)
	}
	taken := notes.Taken()
	if len(taken) != 20 || taken[0] != "a: 0" || taken[18] != "a: 18" || taken[19] != "and more" {
		t.Errorf("%d notes, %q", len(taken), taken)
	}
	(*payload.Notes)(nil).Add("a", "to nobody")
}
