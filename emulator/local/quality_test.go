package local_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
	"sessionbridge.internal/emulator/qm"
)

// told is what quality management was told.
func (c *cloud) told() (s qm.Snapshot) {
	c.Helper()
	c.must(c.Get(patience(c.T), "/emulator/qm", &s))
	return s
}

// An application for quality management that is down for two days delays nothing else, and is told everything afterwards, once
// and in order.
func TestAQualityApplicationThatIsDownDelaysNothingElse(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call, chat := c.aCall(1), c.aChat(2)
	c.faults(`{"qm":[{"times":1000,"status":503}]}`)
	c.play(call)
	c.play(chat)
	c.insist(demo.Post{Source: "qm", Body: []byte(`{"type":"AgentState","item":{"ParticipantID":"7","Email":"kim@demo.example","State":"login"}}`)})
	c.advance(20 * time.Minute)
	c.arrivedOnce(call)
	c.arrivedOnce(chat)
	c.advance(48 * time.Hour)
	if s := c.told(); s.Taken != 0 {
		t.Fatalf("it is down, and was told %d events", s.Taken)
	}
	c.faults(`{}`)
	c.advance(7 * time.Hour) // the longest wait between two attempts, and more
	s := c.told()
	if s.Rejected != 0 || s.Repeated != 0 || len(s.Calls) != 1 || len(s.Chats) != 1 {
		t.Fatalf("%d requests were rejected, %d events repeated, %d calls and %d chats told", s.Rejected, s.Repeated, len(s.Calls), len(s.Chats))
	}
	if len(s.Agents) != 1 || len(s.Agents[0].Events) != 1 || s.Agents[0].Events[0].State != "login" {
		t.Errorf("the agents told are %+v", s.Agents)
	}
	for _, thread := range slices.Concat(s.Calls, s.Chats) {
		if !slices.IsSortedFunc(thread.Events, func(a, b qm.Event) int { return a.When().Compare(b.When()) }) || len(thread.Events) < 3 {
			t.Errorf("%s was told in the wrong order: %+v", thread.Key, thread.Events)
		}
	}
	c.arrivedOnce(call)
}

// What quality management is told of a recording, another tenant may take from it as a source: that tenant's application is
// told the same again.
func TestWhatIsToldCanBeTakenAndToldAgain(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	rs, err := demo.Recordings(demo.All)
	c.must(err)
	for i, r := range rs {
		s, err := r.Scenario(c.Now().Add(time.Duration(i)), c.Now().Add(-time.Minute), c.media())
		c.must(err)
		c.play(s)
		c.advance(time.Minute)
	}
	first := c.told()
	if first.Rejected != 0 || len(first.Calls) < 8 || len(first.Chats) < 2 {
		t.Fatalf("%d requests were rejected, %d calls and %d chats told: %+v", first.Rejected, len(first.Calls), len(first.Chats), first.Requests)
	}
	for _, thread := range slices.Concat(first.Calls, first.Chats) {
		if strings.HasPrefix(thread.Key, "demo/qm/") {
			continue // the source already; the sessions would be one
		}
		c.passOn(thread)
	}
	c.advance(time.Minute)
	second := c.told()
	again := map[string]qm.Thread{}
	for _, thread := range slices.Concat(second.Calls, second.Chats) {
		again[thread.Key] = thread
	}
	for _, thread := range slices.Concat(first.Calls, first.Chats) {
		_, key, _ := strings.Cut(strings.TrimPrefix(thread.Key, "demo/"), "/")
		if want, got := bodies(thread), bodies(again["demo/qm/"+key]); !slices.Equal(want, got) {
			t.Errorf("%s was told as\n%s\nand, taken from there, as\n%s", thread.Key, strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
}

// passOn has the demo tenant take what quality management was told, as whoever forwards it would, in an envelope.
func (c *cloud) passOn(thread qm.Thread) {
	c.Helper()
	for i, e := range thread.Events {
		body := fmt.Sprintf(`{"version":1,"delivery_id":%q,"sequence":%d,"received_at":%q,"data":%s}`, e.ID, i, e.At, e.Body)
		c.insist(demo.Post{Source: "qm", Body: []byte(body)})
	}
}

func bodies(thread qm.Thread) (all []string) {
	for _, e := range thread.Events {
		all = append(all, string(e.Body))
	}
	return all
}
