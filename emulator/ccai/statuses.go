package ccai

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// changed is one agent in the answer of agent_statuses.
type changed struct {
	AgentID  int64  `json:"agent_id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Number   string `json:"agent_number"`
	Previous string `json:"previous_status"`
	Current  string `json:"current_status"`
	Message  string `json:"message,omitempty"`
}

// setStatuses is POST /apps/api/v1/agent_statuses. Every agent who was asked for is in the answer, changed or not; who is in the
// answer twice, by id and by team, is once.
func (c *Centre) setStatuses(_ *http.Request, body []byte) answer {
	var in struct {
		Status   string  `json:"status"`
		AgentIDs []int64 `json:"agent_ids"`
		TeamIDs  []int64 `json:"team_ids"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return refuse(http.StatusBadRequest, "want a JSON object with status, agent_ids and team_ids")
	}
	if in.Status == "" || in.AgentIDs == nil || in.TeamIDs == nil {
		return refuse(http.StatusBadRequest, "status, agent_ids and team_ids are required")
	}
	status := c.known(in.Status)
	if status == "" && !isSystem(in.Status) {
		return refuse(http.StatusUnprocessableEntity, "there is no such status")
	}
	out := []changed{}
	for _, a := range c.agents {
		inTeam := slices.ContainsFunc(a.teams, func(t int64) bool { return slices.Contains(in.TeamIDs, t) })
		if inTeam || slices.Contains(in.AgentIDs, a.id) {
			out = append(out, c.set(a, in.Status, status))
		}
	}
	return reply(http.StatusOK, out)
}

// set changes one agent. A status that is none to choose is the platform's own.
func (c *Centre) set(a *agent, asked, status string) changed {
	out := changed{AgentID: a.id, Name: a.name, Email: a.email, Number: a.number(), Previous: a.status}
	switch {
	case isSystem(a.status):
		out.Message = fmt.Sprintf("Agent can't be changed from system status '%s'", a.status)
	case status == "":
		out.Message = fmt.Sprintf("Agent can't be changed to system status '%s'", asked)
	default:
		c.put(a, status)
	}
	out.Current = a.status
	return out
}

func (a *agent) number() string { return "Agent No." + strconv.FormatInt(a.id, 10) }

// maxPer is how many agents a page has at most; the documentation does not say.
const maxPer = 100

// listAgents is GET /manager/api/v1/agents?page=&per=. A page beyond the last is empty.
func (c *Centre) listAgents(r *http.Request, _ []byte) answer {
	page, per := number(r, "page", 1), min(number(r, "per", 20), maxPer)
	if page < 1 || per < 1 {
		return refuse(http.StatusBadRequest, "page and per must be whole numbers from 1 on")
	}
	out := []map[string]any{}
	from := min((page-1)*per, len(c.agents))
	to := min(from+per, len(c.agents))
	for _, a := range c.agents[from:to] {
		out = append(out, c.object(a))
	}
	a := reply(http.StatusOK, out)
	a.header.Set("Total", strconv.Itoa(len(c.agents)))
	if to < len(c.agents) {
		a.header.Set("Link", fmt.Sprintf(`<http://%s/manager/api/v1/agents?page=%d&per=%d>; rel="next"`, r.Host, page+1, per))
	}
	return a
}

func number(r *http.Request, name string, absent int) int {
	text := r.URL.Query().Get(name)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > 1_000_000 {
		return 0
	}
	return n
}

// object is an agent as manager-api-agent shows one.
func (c *Centre) object(a *agent) map[string]any {
	first, last, _ := strings.Cut(a.name, " ")
	teams := []map[string]any{}
	for _, id := range a.teams {
		teams = append(teams, map[string]any{"id": id, "name": "Team " + strconv.FormatInt(id, 10), "deleted": false})
	}
	calls := 0
	if a.status == InCall {
		calls = 1
	}
	return map[string]any{
		"id": a.id, "email": a.email, "first_name": first, "middle_name": "", "last_name": last, "agent_number": a.number(),
		"created_at": stamp(a.created), "last_login_time": stamp(a.created), "avatar_url": "", "location": "", "crm_authenticated": true,
		"status":            map[string]any{"id": c.statusID(a.status), "name": a.status, "color": "#336699"},
		"status_updated_at": stamp(a.since), "online": a.status != Offline, "wrap_up": a.status == WrapUp,
		"call_count": calls, "chat_count": 0, "roles": []string{"agent"}, "teams": teams, "channels": []any{},
	}
}

func (c *Centre) statusID(status string) int {
	return 1 + slices.Index(slices.Concat(system, []string{Available}, c.o.Statuses), status)
}

// stamp writes a time as the platform does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
