package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// differences says where got lacks what is wanted, each with its path. Objects may have more than is wanted; arrays must
// be of one length, and their elements are compared one by one. Null is wanted of what must not be there.
func differences(path string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return objectDifferences(path, want, got)
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			return arrayDifferences(path, want, got)
		}
	default:
		if want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %s, not %s", path, text(got), text(want))}
}

func objectDifferences(path string, want, got map[string]any) (found []string) {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		inner := key
		if path != "" {
			inner = path + "." + key
		}
		found = append(found, differences(inner, want[key], got[key])...)
	}
	return found
}

func arrayDifferences(path string, want, got []any) (found []string) {
	for i := range want {
		found = append(found, differences(fmt.Sprintf("%s[%d]", path, i), want[i], got[i])...)
	}
	return found
}

// text is a value for people.
func text(v any) string {
	if v == nil {
		return "absent"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// check compares what the console has, and its JSON of the session, with what the scenario expects.
func (s *story) check(sc Scenario, session []byte) {
	var got any
	if s.err = json.Unmarshal(session, &got); s.err != nil {
		return
	}
	for _, d := range differences("", sc.Expect, got) {
		s.want(false, "%s: %s", sc.Key, d)
	}
	s.checkAgents(sc)
	for _, key := range sc.Absent {
		err := s.c.Get(s.ctx, sessionPath(key), nil)
		var refusal *Refusal
		s.want(errors.As(err, &refusal) && refusal.Status == http.StatusNotFound, "%s: %s must be no session, but the console answers %v", sc.Key, key, err)
	}
}

// checkAgents compares the agents' states.
func (s *story) checkAgents(sc Scenario) {
	var list struct {
		Agents []map[string]any `json:"agents"`
	}
	if len(sc.Agents) == 0 || s.err != nil {
		return
	}
	if s.err = s.c.Get(s.ctx, "/console/api/tenants/demo/agents", &list); s.err != nil {
		return
	}
	got := map[string]any{}
	for _, a := range list.Agents {
		if agent, ok := a["agent"].(map[string]any); ok {
			got[fmt.Sprintf("%v/%v", a["source"], agent["id"])] = a
		}
	}
	for _, d := range differences("agents", sc.Agents, got) {
		s.want(false, "%s: %s", sc.Key, d)
	}
}
