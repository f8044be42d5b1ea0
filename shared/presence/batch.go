package presence

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// RequestsPerSecond is how many requests the contact centre takes for one customer (apps-api).
const RequestsPerSecond = 10

// Batch is one request to the contact centre: POST /apps/api/v1/agent_statuses (apps-api-agent-status).
type Batch struct {
	Status   string
	AgentIDs []int64 // those of Writes
	Writes   []Write
}

// Body is the request's JSON.
func (b Batch) Body() ([]byte, error) {
	return json.Marshal(struct {
		Status   string  `json:"status"`
		AgentIDs []int64 `json:"agent_ids"`
		TeamIDs  []int64 `json:"team_ids"`
	}{b.Status, b.AgentIDs, []int64{}})
}

// ErrAgentID is in an error of Batches for each write whose login is no agent's id.
var ErrAgentID = errors.New("presence: the contact centre's agent ids are whole numbers")

// Batches groups the contact centre's writes by status, at most size agents in each, in a fixed order. Writes to the CRM
// are left out. The batches are good even if there is an error, which is for the writes that cannot be in one.
func Batches(writes []Write, size int) ([]Batch, error) {
	var out []Batch
	var problems []error
	sorted := slices.Clone(writes)
	slices.SortStableFunc(sorted, func(a, b Write) int { return cmp.Compare(a.State, b.State) })
	for _, w := range sorted {
		if w.Side != Centre {
			continue
		}
		id, err := strconv.ParseInt(w.Login, 10, 64)
		if err != nil {
			problems = append(problems, fmt.Errorf("%w: %.20q is none", ErrAgentID, w.Login))
			continue
		}
		last := len(out) - 1
		if last < 0 || out[last].Status != w.State || len(out[last].Writes) >= max(size, 1) {
			out = append(out, Batch{Status: w.State})
			last++
		}
		out[last].AgentIDs = append(out[last].AgentIDs, id)
		out[last].Writes = append(out[last].Writes, w)
	}
	return out, errors.Join(problems...)
}

// Answer is what the contact centre says of one agent. Names and addresses that it sends too are not kept.
type Answer struct {
	AgentID  int64  `json:"agent_id"`
	Previous string `json:"previous_status"`
	Current  string `json:"current_status"`
	Message  string `json:"message"` // empty where the status was set
}

// Limits of an answer.
const (
	maxAnswer  = 1 << 20
	maxAnswers = 1000
)

// ErrAnswer is in every error of ReadAnswers.
var ErrAnswer = errors.New("presence: the contact centre's answer is no list of agents' statuses")

// ReadAnswers reads the body of a 200: a list with one entry for each agent, changed or not.
func ReadAnswers(body []byte) ([]Answer, error) {
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("%w: it has %d bytes, more than %d", ErrAnswer, len(body), maxAnswer)
	}
	var out []Answer
	if err := json.Unmarshal(body, &out); err != nil || out == nil {
		return nil, fmt.Errorf("%w: its JSON is another, or none", ErrAnswer)
	}
	if len(out) > maxAnswers {
		return nil, fmt.Errorf("%w: it has %d entries, more than %d", ErrAnswer, len(out), maxAnswers)
	}
	return out, nil
}

// Results are those of the batch's writes, in their order. An agent who has the status is Done, whatever the message; of
// whom the answer says nothing is Lost.
func (b Batch) Results(p Policy, answers []Answer) []Result {
	out := make([]Result, len(b.Writes))
	for i, w := range b.Writes {
		out[i] = Result{Write: w, Outcome: Lost}
		for _, a := range answers {
			if a.AgentID == b.AgentIDs[i] {
				out[i] = Result{w, a.outcome(p, w.State), a.Previous, a.Current}
			}
		}
	}
	return out
}

func (a *Answer) outcome(p Policy, want string) Outcome {
	switch {
	case sameName(a.Current, want), a.Message == "" && !p.system(Centre, a.Current):
		return Done
	case p.system(Centre, a.Current):
		return Busy
	}
	return Refused
}

// clip bounds a name from outside.
func clip(name string) string { return name[:min(len(name), maxName)] }
