package local

import (
	"context"

	"sessionbridge.internal/emulator/adapter"
	"sessionbridge.internal/shared/settings"
)

// startAdapter serves the contact centre's agent adapters at an origin of their own, as in the real world, where the desk's
// page can do no more with them than frame them and send them messages.
func (c *Cloud) startAdapter(context.Context) error {
	l, err := c.listen(portAdapter, "the agent adapters")
	if err != nil {
		return err
	}
	signedIn, err := c.whoSignedIn()
	if err != nil {
		return err
	}
	c.services.adapterAddr = dialable(l)
	c.serve(l, adapter.Handler(signedIn))
	return nil
}

// demoDesk frames them. The CRMs' own pages, which are at the desk's origin here, may frame the desk.
func (c *Cloud) demoDesk() *settings.Desk {
	page := "http://" + c.services.adapterAddr + "/agent/"
	return &settings.Desk{Adapters: settings.Adapters{Call: page, Chat: page}}
}
