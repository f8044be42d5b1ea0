package attendance

import (
	"context"
	"encoding/json"
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

// pace is how many requests a turn makes in a second: half of what a customer has, whom several tenants may share.
const pace = presence.RequestsPerSecond / 2

func (r *Runner) ccai(t *turn) (*ccai, error) {
	password, err := secret(r.Secrets, "presence.centre.password", t.set.Centre.Password)
	if err != nil {
		return nil, err
	}
	c, err := r.newCaller(t.set.Centre.URL)
	if err != nil {
		return nil, err
	}
	username := t.set.Centre.Username
	c.sign = func(req *http.Request) { req.SetBasicAuth(username, password) }
	c.wait = func(ctx context.Context) error {
		if err := t.renew(ctx); err != nil {
			return err
		}
		return r.Pause(ctx, time.Second/pace)
	}
	return &ccai{c}, nil
}

const agentsPath = "/manager/api/v1/agents"

// read is the status of every agent, as of now. Pages are read until one is empty, or there are as many agents as the header
// Total says: how many a page has at most is not documented.
func (c *ccai) read(ctx context.Context, now time.Time) (out []sighting, err error) {
	n := 0
	for page := 1; page <= maxPages; page++ {
		var raw []json.RawMessage // so that a page of too many costs little
		header, err := c.get(ctx, fmt.Sprintf("%s?page=%d&per=%d", agentsPath, page, perPage), &raw)
		if err != nil {
			return nil, err
		}
		if n += len(raw); len(raw) > maxPage || n > maxList {
			return nil, tooLong(agentsPath, maxList, "records, or too many in one page")
		}
		agents, err := records[agentRecord](agentsPath, raw)
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
		if total, err := strconv.Atoi(header.Get("Total")); len(agents) == 0 || err == nil && n >= total {
			return out, nil
		}
	}
	return nil, tooLong(agentsPath, maxPages, "pages")
}

// write sets the status of all agents of a batch, each of whom is answered for.
func (c *ccai) write(ctx context.Context, p presence.Policy, b presence.Batch) []presence.Result {
	body, err := b.Body()
	if err != nil {
		return failed(b, presence.Refused)
	}
	if c.held() {
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
