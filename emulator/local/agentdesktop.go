package local

import (
	"context"

	"sessionbridge.internal/emulator/agentdesktop"
	"sessionbridge.internal/shared/settings"
)

// The ready-made tenant whose contact centre is AgentDesktop.
const agentDesktopTenant = "agentdesktop"

// startAgentDesktop serves AgentDesktop's widget and its bar at an origin of their own, as in the real world.
func (c *Cloud) startAgentDesktop(context.Context) error {
	l, err := c.listen(portAgentDesktop, "AgentDesktop")
	if err != nil {
		return err
	}
	c.services.desktopAddr = dialable(l)
	c.serve(l, agentdesktop.Handler())
	return nil
}

// agentDesktopSettings are those of the demo tenant, but for a desk that has AgentDesktop and no adapters, and for the one
// source that there is.
func (c *Cloud) agentDesktopSettings() settings.Settings {
	set := c.demoSettings()
	set.Sources = map[string]settings.Source{"agentdesktop": set.Sources["agentdesktop"]}
	set.Quality = nil
	set.Storage = &settings.Storage{Bucket: bucket, Folder: "{TENANT}"}
	set.Desk = &settings.Desk{AgentDesktop: &settings.AgentDesktop{WidgetURL: "http://" + c.services.desktopAddr + agentdesktop.Widget}}
	return set
}
