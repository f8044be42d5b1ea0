package demo

import (
	"fmt"
	"slices"
	"strings"

	"sessionbridge.internal/emulator/qm"
	"sessionbridge.internal/shared/quality"
)

// qualityView is what the console has of it.
type qualityView struct {
	State   string `json:"state"`
	Owed    int    `json:"owed"`
	Problem string `json:"problem"`
}

// reportQuality looks for what quality management must have been told of the session. Their order is not held against that of
// the session: what was reported late was told late.
func (s *story) reportQuality(v sessionView, told qm.Snapshot) {
	key := strings.Join([]string{"demo", v.Source, v.Key}, "/")
	got := map[string]bool{}
	for _, t := range slices.Concat(told.Calls, told.Chats) {
		if t.Key != key {
			continue
		}
		for _, e := range t.Events {
			got[e.ID] = true
			fmt.Fprintf(s.out, "    quality     %-13s %-8s %s\n", e.State, e.Direction, participants(e))
		}
	}
	s.want(len(got) > 0, "%s: quality management was told nothing", v.Key)
	for _, p := range quality.Payloads(v.Session) {
		s.want(got[p.ID], "%s: quality management was not told %s", v.Key, p.ID)
	}
	s.want(v.Quality.State == "done", "%s: the work for quality management is %s and still owes %d: %s", v.Key, v.Quality.State, v.Quality.Owed, v.Quality.Problem)
}

func participants(e qm.Event) string {
	var all []string
	for _, p := range e.Participants {
		name := p.Name
		if name == "" {
			name = "?"
		}
		all = append(all, fmt.Sprintf("%s %s (%s)", p.Type, name, p.State))
	}
	return strings.Join(all, ", ")
}

// checkQuality looks for what quality management refused, and why. It tells of all that this local cloud has sent.
func (s *story) checkQuality(told qm.Snapshot) {
	for _, r := range told.Requests {
		s.want(r.Problem == "", "quality management refused %s with %d: %s", r.ID, r.Status, r.Problem)
	}
}
