package local_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

// TestATaskThatIsLostIsFound deletes a session's tasks by hand and has the watch look: the session finishes, and the log tells
// of it.
func TestATaskThatIsLostIsFound(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(900_700)
	c.play(call)
	c.must(c.Cloud.Drain(patience(t)))
	c.must(c.Purge(t.Context(), "metadata"))
	c.advance(2 * time.Hour)
	if v := c.session(call.Key); !v.Metadata.DoneAt.IsZero() {
		t.Fatal("the call's metadata was written without its task")
	}
	for range 2 {
		if resp, said := c.call(http.MethodPost, "/emulator/watch", "", nil); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", resp.StatusCode, said)
		}
	}
	if v := c.session(call.Key); v.Metadata.DoneAt.IsZero() {
		t.Errorf("after the watch the call's metadata is %+v, want it written", v.Metadata)
	}
	if got, want := c.findings("missing"), []int{1, 0}; !slices.Equal(got, want) {
		t.Errorf("the two looks told of %v missing, want %v", got, want)
	}
}

// findings are the counts that the watch told of a class, the first first.
func (c *cloud) findings(class string) (counts []int) {
	c.Helper()
	for _, line := range c.lines("found") {
		if n, ok := line["count"].(float64); ok && line["class"] == class {
			counts = append(counts, int(n))
		}
	}
	return counts
}

// TestTheLinesOfMetricsAreWritten holds what terraform/metrics.tf looks for against what the functions write.
func TestTheLinesOfMetricsAreWritten(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	c.play(c.aCall(900_710))
	c.must(c.Cloud.Drain(patience(t)))
	for message, fields := range map[string][]string{
		"request": {"tenant", "source", "events", "unknown"},
		"attempt": {"tenant", "work", "action", "verdict", "status_class", "millis"},
	} {
		if !slices.ContainsFunc(c.lines(message), func(line map[string]any) bool {
			return !slices.ContainsFunc(fields, func(field string) bool { return line[field] == nil })
		}) {
			t.Errorf("no line %q has all of %q", message, fields)
		}
	}
}

// lines are those of the functions with a message, the first first.
func (c *cloud) lines(message string) (found []map[string]any) {
	c.Helper()
	var log struct{ Lines []string }
	c.must(c.Get(patience(c.T), "/emulator/logs", &log))
	for _, text := range log.Lines {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) == nil && line["message"] == message {
			found = append(found, line)
		}
	}
	return found
}
