package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/store"
)

// Content is the message as people read it, without what may be a credential in an address, and cut where it is long.
func (v asideView) Content() string {
	var b bytes.Buffer
	if json.Indent(&b, queries.ReplaceAll(v.Data, []byte("${1}?[redacted]")), "", "  ") != nil {
		return ""
	}
	return cut(b.String(), maxRaw)
}

// asideForm sends a message again that was set aside, or has it forgotten.
func (c *console) asideForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.tenant(r); err != nil {
		return err
	}
	tenant, id := r.PathValue("tenant"), r.PostFormValue("id")
	var err error
	said := "sent"
	switch r.PostFormValue("do") {
	case "send":
		err = c.sendAside(r, id)
	case "forget":
		said, err = "dropped", c.forgetAside(r, id)
	default:
		err = fault.New(fault.Malformed, "do must be send or forget")
	}
	if err != nil {
		return err
	}
	return back(w, r, tenantURL(tenant)+"dead", said)
}

// forgetAside is for what nobody will understand, once a person has read it.
func (c *console) forgetAside(r *http.Request, id string) error {
	p, err := c.store.AsideOne(r.Context(), r.PathValue("tenant"), id)
	if errors.Is(err, store.ErrNotFound) {
		return fault.Wrap(fault.NotFound, err, "there is no such message")
	}
	if err != nil {
		return err
	}
	return c.store.Forget(r.Context(), p.ID)
}
