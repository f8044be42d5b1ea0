package console

import (
	"errors"
	"net/http"
	"strings"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/presets"
	"sessionbridge.internal/shared/store"
)

// showSettings answers the tenant's document as it was put, its version in the ETag.
func (c *console) showSettings(w http.ResponseWriter, r *http.Request) error {
	doc, version, err := c.store.SettingsVersion(r.Context(), r.PathValue("tenant"))
	if errors.Is(err, store.ErrNotFound) {
		return fault.Wrap(fault.NotFound, err, "there is no such tenant")
	}
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+version+`"`)
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(doc)
	return err
}

// putSettings replaces the tenant's document, or makes the tenant. With If-Match it does so only while the document is the
// version that was read (RFC 9110, section 13.1.1). The functions take a change up within settings.Fresh.
func (c *console) putSettings(w http.ResponseWriter, r *http.Request) error {
	doc, err := inbound.JSON(r, settings.MaxBytes)
	if err != nil {
		return err
	}
	version := strings.Trim(r.Header.Get("If-Match"), `"`)
	if version == "*" {
		version = ""
	}
	if err := c.save(r, version, doc); err != nil {
		return err
	}
	return c.showSettings(w, r)
}

// save checks the document and makes it the tenant's, in this release's version, under the name of who asks for it; with a version, only while it is that
// one's turn.
func (c *console) save(r *http.Request, version string, doc []byte) error {
	if people.Reserved(r.PathValue("tenant")) {
		return fault.New(fault.Unprocessable, "a tenant cannot be called so: people sign in and out at that address")
	}
	set, err := settings.Parse(doc)
	if err == nil {
		doc, err = settings.Upgrade(doc)
	}
	if err == nil {
		err = c.ownNames(r, doc)
	}
	if err != nil {
		return mistakes(err)
	}
	err = c.store.SaveSettings(r.Context(), r.PathValue("tenant"), version, doc, people.Of(r.Context()).Email, c.clock())
	if errors.Is(err, store.ErrChanged) {
		return fault.Wrap(fault.Stale, err, "the settings were changed meanwhile; read them again")
	}
	if err != nil || set.CRM == nil {
		return err
	}
	return c.tasks.Hold(r.Context(), set.CRM.Queue, set.CRM.Rate.PerSecond, set.CRM.Rate.Sessions())
}

// ownNames keeps a tenant's administrators to the names that are the tenant's own: see settings.Foreign.
func (c *console) ownNames(r *http.Request, doc []byte) error {
	if c.people.Everywhere(people.Of(r.Context())) {
		return nil
	}
	now, _, err := c.document(r)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range settings.Foreign(r.PathValue("tenant"), now, doc) {
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

// mistakes names every place in the document that is wrong.
func mistakes(err error) error {
	if p := (*settings.Problem)(nil); !errors.As(err, &p) {
		return err // not of the document
	}
	f := fault.Wrap(fault.Unprocessable, err, "the settings have mistakes")
	problems := []error{err}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		problems = all.Unwrap()
	}
	for _, one := range problems {
		var p *settings.Problem
		if errors.As(one, &p) {
			f = f.At(p.Path, p.Detail)
		}
	}
	return f
}

// schema answers the JSON Schema of settings documents.
func schema(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/schema+json")
	_, err := w.Write(settings.Schema())
	return err
}

// listPresets answers the names of the settings documents to begin with.
func listPresets(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, map[string]any{"presets": presets.Names()})
}

func showPreset(w http.ResponseWriter, r *http.Request) error {
	doc, err := presets.Read(r.PathValue("name"))
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "there is no such preset")
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(doc)
	return err
}
