package console

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/settings/presets"
	"sessionbridge.internal/shared/store"
)

// maxTenants bounds the list of tenants.
const maxTenants = 500

// tenantsView is the page on which one chooses a tenant, or a desk, and on which the deployment's administrators make one.
type tenantsView struct {
	Tenants []tenantView
	Makes   bool // the person may make one
	Presets []string
	Name    string // what was typed for a new one
	Preset  string
	Problem string // what is wrong with the name
}

// tenantView is a tenant of which the person has a role.
type tenantView struct {
	Name string
	Sees bool   // its sessions; else the desk alone
	Desk string // where it is, if there is one at which the person may work
}

func (c *console) tenantsPage(w http.ResponseWriter, r *http.Request) error {
	return c.showTenants(w, r, http.StatusOK, tenantsView{})
}

func (c *console) showTenants(w http.ResponseWriter, r *http.Request, status int, v tenantsView) error {
	names, err := c.store.Tenants(r.Context(), maxTenants)
	if err != nil {
		return err
	}
	for _, name := range names {
		one := tenantView{Name: name, Sees: c.may(r, name, people.Look)}
		if c.may(r, name, people.Desk) && c.hasDesk(r, name) {
			one.Desk = c.desk + "/desk/" + url.PathEscape(name) + "/"
		}
		if one.Sees || one.Desk != "" {
			v.Tenants = append(v.Tenants, one)
		}
	}
	v.Makes, v.Presets = c.people.Everywhere(people.Of(r.Context())), presets.Names()
	return c.render(w, r, status, "tenants.html", frame{Title: "Tenants", Body: v})
}

func (c *console) may(r *http.Request, tenant string, right people.Right) bool {
	return c.people.May(r.Context(), people.Of(r.Context()), tenant, right) == nil
}

// hasDesk says whether the tenant has a desk. Of settings that cannot be read it is not known, and the page of the others is shown.
func (c *console) hasDesk(r *http.Request, tenant string) bool {
	set, err := c.settings.Get(r.Context(), tenant)
	return err == nil && set.Desk != nil
}

// newTenantForm leads to the settings of a tenant that is to be. It comes into being when they are saved.
func (c *console) newTenantForm(w http.ResponseWriter, r *http.Request) error {
	if !c.people.Everywhere(people.Of(r.Context())) {
		return fault.New(fault.Forbidden, "Only the deployment's administrators, who are named in CONSOLE_ADMINS, make tenants.")
	}
	v := tenantsView{Name: strings.TrimSpace(r.PostFormValue("name")), Preset: r.PostFormValue("preset")}
	if v.Problem = nameProblem(v.Name); v.Problem == "" {
		_, err := c.store.Settings(r.Context(), v.Name)
		switch {
		case err == nil:
			v.Problem = "There is a tenant of this name already."
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	if v.Problem != "" {
		return c.showTenants(w, r, http.StatusUnprocessableEntity, v)
	}
	to := settingsURL(v.Name, "")
	if slices.Contains(presets.Names(), v.Preset) {
		to = settingsURL(v.Name, "json") + "?preset=" + url.QueryEscape(v.Preset)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// A tenant's name stands in addresses, and before two hyphens in the names of its secrets (terraform/settings.tf has the same rule).
var tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// ours are the names at which the console has addresses of its own, beside those of people.Reserved.
var ours = []string{"api", "assets", "oauth"}

// nameProblem is what is wrong with the name of a new tenant; empty: nothing.
func nameProblem(name string) string {
	switch {
	case !tenantName.MatchString(name) || strings.Contains(name, "--"):
		return "A name has 1 to 63 lower-case letters, digits and single hyphens, and does not begin with a hyphen."
	case people.Reserved(name) || slices.Contains(ours, name):
		return "This name is an address of the console's own: choose another."
	}
	return ""
}
