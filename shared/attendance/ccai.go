package attendance

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sessionbridge.internal/shared/presence"
)

// ccai is the CCAI Platform's side: agents are read by the Manager API and set by the Apps API
// (docs.cloud.google.com/contact-center/ccai-platform/docs, manager-api-agent and apps-api-agent-status).
type ccai struct{ *caller }

// agentRecord is the platform's agent, as far as it is read.
type agentRecord struct {
	ID     int64  `json:"id"`
	Email  string `json:"email"`
	Status struct {
		Name string `json:"name"`
	} `json:"status"`
	StatusUpdatedAt time.Time `json:"status_updated_at"`
}

// perPage is how many agents are asked for at once (manager-api-agent, the parameters page and per).
const perPage = 200

func (r *Runner) ccai(t *turn) (*ccai, error) {
	password, err := secret(r.Secrets, "presence.centre.password", t.set.Centre.Password)
	if err != nil {
		return nil, err
	}
	c, err := newCaller(r.Client, t.set.Centre.URL)
	if err != nil {
		return nil, err
	}
	username := t.set.Centre.Username
	c.sign = func(req *http.Request) { req.SetBasicAuth(username, password) }
	c.paced(r.Pause, presence.RequestsPerSecond)
	return &ccai{c}, nil
}

// read is the status of every agent, as of now. Pages are read until one is empty, or there are as many agents as the header
// Total says: how many a page has at most is not documented.
func (c *ccai) read(ctx context.Context, now time.Time) (out []sighting, err error) {
	n := 0
	for page := 1; page <= maxPages; page++ {
		var agents []agentRecord
		header, err := c.get(ctx, fmt.Sprintf("/manager/api/v1/agents?page=%d&per=%d", page, perPage), &agents)
		if err != nil {
			return nil, err
		}
		for _, a := range agents {
			if a.Email != "" && a.Status.Name != "" {
				out = append(out, sighting{a.Email, presence.Observation{
					Side: presence.Centre, Login: strconv.FormatInt(a.ID, 10), State: a.Status.Name, At: a.StatusUpdatedAt, LearntAt: now, Read: true,
				}})
			}
		}
		n += len(agents)
		if total, err := strconv.Atoi(header.Get("Total")); len(agents) == 0 || err == nil && n >= total {
			return out, nil
		}
	}
	return nil, fmt.Errorf("GET /manager/api/v1/agents: %w: it has more than %d pages", ErrUnavailable, maxPages)
}

// write sets the status of all agents of a batch, each of whom is answered for.
func (c *ccai) write(ctx context.Context, p presence.Policy, b presence.Batch) []presence.Result {
	body, err := b.Body()
	if err != nil {
		return failed(b, presence.Refused)
	}
	resp, err := c.send(ctx, http.MethodPost, "/apps/api/v1/agent_statuses", body)
	if o := outcome(resp, err); o != presence.Done {
		return failed(b, o)
	}
	answers, err := presence.ReadAnswers(resp.Body)
	if err != nil || resp.Truncated {
		return failed(b, presence.Lost)
	}
	return b.Results(p, answers)
}

func failed(b presence.Batch, o presence.Outcome) (out []presence.Result) {
	for _, w := range b.Writes {
		out = append(out, presence.Result{Write: w, Outcome: o})
	}
	return out
}
