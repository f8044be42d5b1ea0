package source_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/agentdesktop"
	"sessionbridge.internal/shared/source/ccai"
	"sessionbridge.internal/shared/source/qm"
	"sessionbridge.internal/shared/source/udesk"
)

// doors are the decoders by the names of their sources, and whose sessions they report.
var doors = map[string]struct {
	family string
	decode source.Decoder
}{
	"ccai":         {"ccai", ccai.DecodeWebhook},
	"ccai-adapter": {"ccai", ccai.DecodeAdapter},
	"qm":           {"qm", qm.Decode},
	"udesk":        {"udesk", udesk.DecodeCall},
	"agentdesktop": {"agentdesktop", agentdesktop.Decode},
}

// want is what was worked out by hand for each sequence in testdata; nil is unknown.
var want = map[string]struct {
	key                            string
	status                         session.Status
	outcome                        session.Outcome
	wait, queue, talk, hold, after any
	agents, transfers, legs        int
}{
	"agentdesktop-blind-transfer":         {"call-f7875bc8-0db9-429f-bc7b-02013f72298d", "finished", "completed", 4, nil, 66, 6, 24, 1, 1, 1},
	"agentdesktop-consultation":           {"call-f7875bc8-0db9-429f-bc7b-02013f72298d", "ended", "completed", nil, nil, 81, 31, nil, 1, 1, 2},
	"agentdesktop-cancelled-consultation": {"call-f7875bc8-0db9-429f-bc7b-02013f72298d", "ended", "completed", nil, nil, 100, 17, nil, 1, 0, 2},
	"agentdesktop-manual-call":            {"call-f7875bc8-0db9-429f-bc7b-02013f72298d", "ended", "completed", 12, nil, 60, 15, nil, 1, 0, 1},
	"ccai-adapter-two-agents":             {"call-103646", "ended", "completed", nil, nil, 180, nil, nil, 2, 1, 0},
	"ccai-adapter-chat":                   {"chat-73522", "finished", "completed", nil, nil, 120, nil, 20, 1, 0, 0},
	"ccai-six-steps":                      {"call-103650", "finished", "completed", 22, 17, 300, nil, 30, 1, 0, 0},
	"qm-warm-transfer":                    {"call-846802bf90d1", "ended", "completed", nil, nil, 192, 25, nil, 2, 1, 0},
	"qm-outgoing":                         {"call-e9dd62bb", "ended", "completed", nil, nil, 75, nil, nil, 1, 0, 0},
	"udesk-transfer":                      {"call-d7d539d1-6023-4f63-b1c4-6a72262945ba", "ended", "completed", 20, 10, 152, nil, nil, 2, 1, 3},
}

// post is one payload of a sequence, as it came.
type post struct {
	Source string
	At     time.Time
	Body   json.RawMessage
	events []session.Event
}

func sequence(t *testing.T, name string) []post {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var posts []post
	if err := json.Unmarshal(text, &posts); err != nil {
		t.Fatal(err)
	}
	if len(posts) < 6 {
		t.Fatalf("%d posts are no course of a session", len(posts))
	}
	for i := range posts {
		door := doors[posts[i].Source]
		batch, err := door.decode(source.Receipt{Tenant: "demo", Source: door.family, At: posts[i].At}, posts[i].Body)
		if err != nil || len(batch.Rejected) > 0 {
			t.Fatalf("post %d: %v %v", i, err, batch.Rejected)
		}
		posts[i].events = batch.Events
	}
	return posts
}

// world is what functions/session keeps: sessions and positions, neither of which is ever changed in place.
type world struct {
	sessions  map[string]session.Session
	positions map[string]session.Position
}

func (w world) after(events []session.Event) world {
	w = world{maps.Clone(w.sessions), maps.Clone(w.positions)}
	for _, e := range events {
		w.apply(e)
		at := e.Position()
		if at == "" {
			continue
		}
		before := w.positions[at]
		p := before.Note(e)
		w.positions[at] = p
		for _, key := range p.Sessions(before) {
			w.sessions[key] = session.Attach(w.sessions[key], p.Attached(key))
		}
	}
	return w
}

// plain is the world without the revisions that tell which of two attachments is the newer.
func (w world) plain() world {
	sessions := map[string]session.Session{}
	for key, s := range w.sessions {
		s.Attached = slices.Clone(s.Attached)
		for i := range s.Attached {
			s.Attached[i].Revision = 0
		}
		sessions[key] = s
	}
	return world{sessions, w.positions}
}

func (w world) apply(e session.Event) {
	if e.Session != "" {
		w.sessions[e.Session] = session.Apply(w.sessions[e.Session], e)
	}
}

var empty = world{map[string]session.Session{}, map[string]session.Position{}}

func play(posts []post) world {
	w := empty
	for _, p := range posts {
		w = w.after(p.events)
	}
	return w
}

// TestSequences compares each course of a session with what was worked out by hand.
func TestSequences(t *testing.T) {
	t.Parallel()
	for name, want := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := play(sequence(t, name))
			if keys := slices.Collect(maps.Keys(w.sessions)); len(keys) != 1 || keys[0] != want.key {
				t.Fatalf("sessions are %q, want %q alone", keys, want.key)
			}
			s := w.sessions[want.key]
			got := []any{s.Status, s.Outcome, value(s.WaitSeconds), value(s.QueueSeconds), value(s.TalkSeconds), value(s.HoldSeconds), value(s.WrapUpSeconds), len(s.Agents), len(s.Transfers), len(s.Legs)}
			expected := []any{want.status, want.outcome, want.wait, want.queue, want.talk, want.hold, want.after, want.agents, want.transfers, want.legs}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("status, outcome, wait, queue, talk, hold, wrap-up, agents, transfers, legs (-want +got):\n%s", diff)
			}
			if s.UnknownEvents > 0 {
				t.Errorf("%d events were not understood", s.UnknownEvents)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(want) {
		t.Errorf("%d sequences in testdata, %d expected results, %v", len(files), len(want), err)
	}
}

func value(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

// TestEveryOrderOfEverySequenceGivesOneSession applies every permutation of each sequence, with posts repeated at random.
// Orders that begin alike share the work of their beginning.
func TestEveryOrderOfEverySequenceGivesOneSession(t *testing.T) {
	t.Parallel()
	for name := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			posts := sequence(t, name)
			s := search{want: play(posts), random: rand.New(rand.NewPCG(7, uint64(len(posts))))}
			s.orders(t, empty, nil, posts)
			if want := factorial(len(posts)); s.tried != want {
				t.Errorf("%d orders were tried, want %d", s.tried, want)
			}
		})
	}
}

type search struct {
	want   world
	random *rand.Rand
	tried  int
}

// orders goes on from w, which saw the posts done, through every order of the rest.
func (s *search) orders(t *testing.T, w world, done, rest []post) {
	if len(rest) == 0 {
		s.tried++
		if !reflect.DeepEqual(w.plain(), s.want.plain()) {
			t.Fatalf("order %s (-want +got):\n%s", bodies(done), cmp.Diff(s.want.sessions, w.sessions))
		}
		return
	}
	for i, next := range rest {
		now := append(slices.Clone(done), next)
		after := w.after(next.events)
		if s.random.IntN(8) == 0 {
			after = after.after(now[s.random.IntN(len(now))].events)
		}
		s.orders(t, after, now, slices.Delete(slices.Clone(rest), i, i+1))
	}
}

func bodies(posts []post) string {
	var out []string
	for _, p := range posts {
		out = append(out, string(p.Body))
	}
	return strings.Join(out, "\n")
}

func factorial(n int) int {
	if n < 2 {
		return 1
	}
	return n * factorial(n-1)
}
