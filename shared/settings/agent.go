package settings

import (
	"maps"
	"slices"
)

// agentIdentities are the variables that name one agent.
var agentIdentities = []string{"AGENT_EMAIL", "AGENT_ID", "AGENT_CUSTOM_ID", "CUSTOM_AGENT_ID"}

const agentID = "CRM_AGENT_ID"

// validateAgent holds that an agent is searched for by what names one, and that who is not searched for is not meant.
func (r *CRM) validateAgent(c *checker) {
	const path = "crm.endpoints.find_agent"
	find, all := r.Endpoints.FindAgent, r.Endpoints.All()
	needed := false
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if e := all[name]; e != nil && e != find && e.Mentions(agentID) {
			needed = true
			c.check(find != nil, "crm.endpoints."+name, "has {"+agentID+"}, which requires crm.endpoints.find_agent")
		}
	}
	if find == nil {
		return
	}
	c.check(needed, path, "is asked for {"+agentID+"}, which no other endpoint has")
	c.check(find.Method == "GET", path+".method", "must be GET: it changes nothing")
	c.check(slices.ContainsFunc(agentIdentities, find.Mentions), path+".url", "must contain {AGENT_EMAIL}, {AGENT_ID} or {AGENT_CUSTOM_ID}, or a parameter must: else no agent is meant")
	c.check(find.Choose != "agent", path+".choose", `cannot be "agent": nobody is asked to choose a user of the CRM`)
}
