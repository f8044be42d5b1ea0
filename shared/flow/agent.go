package flow

import (
	"net/http"
	"slices"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// FindAgent is the step that finds the session's agent among the CRM's own users, whose id is {CRM_AGENT_ID}. It is asked once
// for each agent of the session, also where it finds nobody, and again once more of the agent is known.
//
// A CRM that is down holds it up like any step; but whom it does not know, or does not tell us of, must not keep a
// session from its record: a refusal that does not pass, and one that lasts a day, is let go, and stands in its delivery.
const FindAgent = "find_agent"

// maxAgents bounds how many agents of a session are remembered.
const maxAgents = 50

// agentIdentities are the variables that name one agent.
var agentIdentities = []string{"AGENT_EMAIL", "AGENT_ID", "AGENT_CUSTOM_ID", "CUSTOM_AGENT_ID"}

// withAgent puts the search for the agent, where it is due, before the first of the steps that tells the CRM who has the
// session: never between the search for an account and its creation, which are under one lease.
func withAgent(c *settings.CRM, s session.Session, k session.CRM, steps []Step) []Step {
	search, due := agentSearch(c, s, k)
	if !due {
		return steps
	}
	i := slices.IndexFunc(steps, func(s Step) bool { return s.endpoint.Mentions("CRM_AGENT_ID") })
	switch {
	case i >= 0 && steps[i].ofAccount(), i < 0 && knownLate(c, s, k):
		i = 0
	case i < 0:
		return steps
	}
	return slices.Insert(steps, i, search)
}

// knownLate says whether the record may lack an agent of whom more became known since its last update, which is owed only once
// they are found.
func knownLate(c *settings.CRM, s session.Session, k session.CRM) bool {
	update := c.Endpoints.UpdateRecord
	return !s.EndedAt.IsZero() && k.RecordID != "" && update != nil && update.Mentions("CRM_AGENT_ID")
}

// agentSearch is the search for the agent who has the session, unless they were searched for.
func agentSearch(c *settings.CRM, s session.Session, k session.CRM) (Step, bool) {
	a, came := crm.LastAgent(s)
	key := crm.AgentKey(a)
	if _, asked := k.Agents[key]; asked || !came || c.Endpoints.FindAgent == nil {
		return Step{}, false
	}
	return Step{Name: FindAgent, endpoint: c.Endpoints.FindAgent, agent: key, vars: crm.Vars{ // another may have come when it is answered
		"AGENT_ID": a.ID, "AGENT_EMAIL": a.Email, "AGENT_CUSTOM_ID": a.CustomID, "CUSTOM_AGENT_ID": a.CustomID,
	}}, true
}

// remember notes an agent's id in the CRM; empty: they are not there.
func remember(k *session.CRM, agent, id string) {
	if k.Agents == nil || len(k.Agents) >= maxAgents {
		k.Agents = map[string]string{}
	}
	k.Agents[agent] = id
}

// forgetStrangers has the agents whom the CRM did not know searched for again.
func forgetStrangers(k *session.CRM) {
	for agent, id := range k.Agents {
		if id == "" {
			delete(k.Agents, agent)
		}
	}
}

// takeAgent reads who the agent is, or lets them go.
func (p progress) takeAgent(d *store.Document, n *next, a answer, v verdict) verdict {
	k := &d.CRM
	switch {
	case v.nobody:
		remember(k, n.step.agent, "")
		return verdict{outcome: store.Done}
	case v.outcome == store.Done:
		found, err := crm.ReadSearch(n.step.endpoint, p.vars(d, n.step), a.Answer)
		if err == nil {
			remember(k, n.step.agent, found.ID)
			return verdict{outcome: store.Done}
		}
		v = p.unreadable(a, err)
	}
	if v.outcome == store.Waiting && mayPass(a) && !p.isOld(k.FirstFailedAt) {
		return v
	}
	remember(k, n.step.agent, "")
	return verdict{outcome: store.Done, gaveUp: true, problem: v.problem}
}

// mayPass says whether a refusal is of the moment, and not of what was asked.
func mayPass(a answer) bool {
	switch a.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return a.Status < 400 || a.Status >= 500
}
