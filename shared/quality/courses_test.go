package quality_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
)

const sequences = "../source/testdata"

// course reads a whole session, post by post, as the sources send it.
func course(t testing.TB, name string) (events []session.Event) {
	t.Helper()
	var posts []struct {
		Source string
		At     time.Time
		Body   json.RawMessage
	}
	if err := json.Unmarshal(read(t, sequences, name+".json"), &posts); err != nil {
		t.Fatal(err)
	}
	for _, p := range posts {
		events = append(events, decode(t, p.Source, p.At, p.Body)...)
	}
	return events
}

// samplesOf are payloads of one source's testdata as one course.
func samplesOf(door, dir string, names ...string) func(testing.TB) []session.Event {
	return func(t testing.TB) (events []session.Event) {
		for _, name := range names {
			events = append(events, decode(t, door, at(600), read(t, "../source", dir, "testdata", name+".json"))...)
		}
		return events
	}
}

// courses are whole sessions of all sources, by the name of their golden file.
func courses(t testing.TB) map[string]func(testing.TB) []session.Event {
	t.Helper()
	out := map[string]func(testing.TB) []session.Event{
		"webhook-samples": samplesOf("ccai", "ccai", "webhook-1-start", "webhook-2-routing", "webhook-3-assigned",
			"webhook-4-active", "webhook-5-end", "webhook-6-final"),
		"webhook-metadata":       samplesOf("ccai", "ccai", "webhook-metadata"),
		"webhook-third-party":    samplesOf("ccai", "ccai", "webhook-third-party"),
		"webhook-voicemail":      samplesOf("ccai", "ccai", "webhook-voicemail"),
		"webhook-chat-abandoned": samplesOf("ccai", "ccai", "webhook-chat-abandoned"),
		"adapter-redaction":      samplesOf("ccai-adapter", "ccai", "adapter-redaction-enveloped"),
		"adapter-agents":         samplesOf("ccai-adapter", "ccai", "adapter-agent-login", "adapter-agent-logout"),
		"adapter-bot":            samplesOf("ccai-adapter", "ccai", "adapter-task-va-joined"),
		"desktop-transfer":       samplesOf("agentdesktop", "agentdesktop", "course-blind-transfer"),
		"desktop-conference":     samplesOf("agentdesktop", "agentdesktop", "course-conference"),
		"desktop-cancelled":      samplesOf("agentdesktop", "agentdesktop", "course-consult-cancelled"),
		"desktop-consultation":   samplesOf("agentdesktop", "agentdesktop", "course-consult-transfer"),
		"desktop-manual-call":    samplesOf("agentdesktop", "agentdesktop", "course-manual-call"),
		"desktop-agent-states":   samplesOf("agentdesktop", "agentdesktop", "agent-states"),
		"udesk-legs":             samplesOf("udesk", "udesk", "call-series-of-legs"),
	}
	paths, err := filepath.Glob(sequences + "/*.json")
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d sequences, %v", len(paths), err)
	}
	for _, p := range paths {
		name := strings.TrimSuffix(filepath.Base(p), ".json")
		out["sequence-"+name] = func(t testing.TB) []session.Event { return course(t, name) }
	}
	return out
}

// TestWhatIsExportedOfWholeSessions is part of the review: run with -update after a change and read the difference.
func TestWhatIsExportedOfWholeSessions(t *testing.T) {
	t.Parallel()
	for name, events := range courses(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			for _, p := range owed(t, events(t)) {
				fmt.Fprintf(&text, "%s %s %s %s\n%s\n", p.At.Format("15:04:05.000"), p.Channel, p.Key, p.ID, p.Body)
				if err := valid(t, p.Body); err != nil {
					t.Errorf("%v\nin %s", err, p.Body)
				}
			}
			golden(t, name+".golden.txt", text.String())
		})
	}
}

// received reads payloads as a QM source's events, at their times.
func received(t testing.TB, payloads []quality.Payload) (events []session.Event) {
	t.Helper()
	for i, p := range payloads {
		body := fmt.Sprintf(`{"version":1,"delivery_id":%q,"sequence":%d,"received_at":%q,"data":%s}`,
			p.ID, i, p.At.Format(time.RFC3339Nano), p.Body)
		events = append(events, decode(t, "qm", p.At, []byte(body))...)
	}
	return events
}

// TestWhatIsExportedReadsAsTheSameCall compares each course with what a reader of its payloads makes of them.
func TestWhatIsExportedReadsAsTheSameCall(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"sequence-ccai-adapter-two-agents", "sequence-ccai-six-steps", "sequence-agentdesktop-manual-call", "sequence-qm-warm-transfer",
		"sequence-qm-outgoing", "desktop-cancelled",
	} {
		events := courses(t)[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := events(t)
			s := fold(t, all)
			again := fold(t, received(t, owed(t, all)))
			if diff := cmp.Diff(essence(s), essence(again)); diff != "" {
				t.Errorf("(-source +payloads):\n%s", diff)
			}
		})
	}
}

// essence is what both a source and the payloads tell of a call.
func essence(s session.Session) map[string]any {
	var agents []string
	for _, a := range s.Agents {
		agents = append(agents, a.ID)
	}
	slices.Sort(agents)
	return map[string]any{
		"key": s.Key, "direction": s.Direction, "over": !s.EndedAt.IsZero(), "end": s.EndedAt, "outcome": s.Outcome, "agents": agents,
		"phone": s.Customer.Phone, "redactions": s.Redactions, "held": s.HoldSeconds, "talk": s.TalkSeconds,
	}
}
