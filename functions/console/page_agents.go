package console

import (
	"net/http"
)

// agentsPage is the tenant's agents with their states.
func (c *console) agentsPage(w http.ResponseWriter, r *http.Request) error {
	agents, err := c.agentsOf(r)
	if err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "agents.html", frame{Title: "Agents", Tenant: r.PathValue("tenant"), Here: "agents", Refresh: 20, Body: agents})
}

// Name is the agent's, as far as known.
func (v agentView) Name() string { return agentName(v.Agent) }
