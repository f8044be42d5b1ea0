package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Presence keeps agents' states in step between the CRM and the contact centre (docs.cloud.google.com/contact-center/ccai-platform/docs,
// "Kustomer": agent status inheritance). Names of states are compared without regard to letter case and to spaces around.
type Presence struct {
	// ToCentre has the contact centre's state for each of the CRM's; several may have the same. A state without a counterpart
	// leaves the other side as it is ("Kustomer": status mapping).
	ToCentre map[string]string `json:"to_centre,omitempty"`
	// ToCRM has the CRM's state for one of the contact centre's, where the way back is not to be the first by the alphabet of
	// those that lead there.
	ToCRM map[string]string `json:"to_crm,omitempty"`
	// TwoWay also takes the contact centre's changes to the CRM; else only the CRM's are taken to the contact centre.
	TwoWay bool `json:"two_way,omitempty"`
	// Priority says whose change holds: the "latest" (the default), or always the "crm"'s ("Kustomer": agent status priority).
	Priority string `json:"priority,omitempty"`
	// SystemStates are states of the contact centre that nobody chooses, besides those it always has, such as In-call.
	SystemStates []string `json:"system_states,omitempty"`
	// CRMSystemStates are the CRM's; absent: "Busy" and "Offline", as Kustomer has them (help.kustomer.com, "User statuses").
	CRMSystemStates []string `json:"crm_system_states,omitempty"`
	// WindowSeconds is how far a side's clock may be off, 1 to 3600; 0 means 120.
	WindowSeconds int `json:"window_seconds,omitempty"`

	// CRM is where the agents' states are read and written on the CRM's side.
	CRM PresenceCRM `json:"crm"`
	// Centre is where they are on the contact centre's. Absent: it only reports them, as one of type "events".
	Centre *PresenceCentre `json:"centre,omitempty"`
}

// PresenceCRM is a CRM's API for its agents' states.
type PresenceCRM struct {
	Type string `json:"type"` // "kustomer"
	URL  string `json:"url"`  // such as https://org.api.kustomerapp.com
	// Key is an API key that may read users and routing, and, for two ways, update routing
	// (developer.kustomer.com/docs/get-started/api-keys-and-roles).
	Key string `json:"key"` // secret://name
}

// PresenceCentre is a contact centre's API for its agents' states.
type PresenceCentre struct {
	// Type is "ccai" for the CCAI Platform, whose agents are read and written, or "events" for a contact centre that only
	// reports logins, pauses and logouts to a source: these are the states "logged_in", "paused" and "logged_out".
	Type     string `json:"type"`
	URL      string `json:"url,omitempty"`      // such as https://customer.uc1.ccaiplatform.com
	Username string `json:"username,omitempty"` // the subdomain ("Apps API": basic authentication)
	Password string `json:"password,omitempty"` // secret://name
}

// The words of Presence.
const (
	PriorityLatest = "latest"
	PriorityCRM    = "crm"
	CRMKustomer    = "kustomer"
	CentreCCAI     = "ccai"
	CentreEvents   = "events"
)

// Reports says whether the contact centre only reports its agents' states, which can neither be asked for nor set.
func (p *Presence) Reports() bool { return p.Centre == nil || p.Centre.Type == CentreEvents }

// CRMSystem are the CRM's states that nobody chooses.
func (p *Presence) CRMSystem() []string {
	if len(p.CRMSystemStates) == 0 {
		return []string{"Busy", "Offline"}
	}
	return p.CRMSystemStates
}

// centreStates are set by the contact centre alone (docs.cloud.google.com/contact-center/ccai-platform/docs,
// manager-api-user-status and reason-codes-statuses).
var centreStates = []string{"In-call", "In-chat", "Wrap-up", "Missed Call", "Missed Chat", "Unresponsive", "Offline"}

// maxStates bounds a mapping, each of whose names is compared with all others.
const maxStates = 1_000

func (p *Presence) validate(c *checker) {
	if !c.states("presence.to_centre", p.ToCentre) || !c.states("presence.to_crm", p.ToCRM) {
		return
	}
	crm := slices.Sorted(maps.Keys(p.ToCentre))
	for _, from := range crm {
		to := p.ToCentre[from]
		c.check(indexState(centreStates, to) < 0 && indexState(p.SystemStates, to) < 0, join("presence.to_centre", from),
			fmt.Sprintf("%q is set by the contact centre alone; choose another", to))
	}
	for _, from := range slices.Sorted(maps.Keys(p.ToCRM)) {
		path, to := join("presence.to_crm", from), p.ToCRM[from]
		if i := indexState(crm, to); i >= 0 {
			there := p.ToCentre[crm[i]]
			c.check(sameState(there, from), path, fmt.Sprintf("%q is %q in to_centre; choose one that is %q there", to, there, from))
		}
		c.check(indexState(centreStates, from) < 0 && indexState(p.SystemStates, from) < 0, path,
			"the contact centre sets it by itself, so it is no choice to take over; remove the pair")
		c.check(indexState(p.CRMSystem(), to) < 0, path, fmt.Sprintf("%q is set by the CRM alone; choose another", to))
	}
	c.baseURL("presence.crm.url", p.CRM.URL)
	if p.Centre != nil {
		p.Centre.validate(c)
	}
}

func (p *PresenceCentre) validate(c *checker) {
	for _, f := range []struct{ key, value string }{{"url", p.URL}, {"username", p.Username}, {"password", p.Password}} {
		path := "presence.centre." + f.key
		c.check(f.value != "" || p.Type != CentreCCAI, path, `is required where presence.centre.type is "ccai"`)
		c.check(f.value == "" || p.Type != CentreEvents, path, `counts only where presence.centre.type is "ccai": events come by themselves`)
	}
	if p.URL != "" {
		c.baseURL("presence.centre.url", p.URL)
	}
}

// baseURL checks the beginning of an API's addresses.
func (c *checker) baseURL(path, raw string) {
	c.wholeURL(path, raw)
	c.check(!strings.ContainsAny(raw, "{?#"), path, "must have no variable, query or fragment: what is asked for is put behind it")
}

// states checks the names in a mapping: each has one, and no two read the same. It is false where there are too many to
// compare.
func (c *checker) states(path string, m map[string]string) bool {
	names := slices.Sorted(maps.Keys(m))
	if len(names) > maxStates {
		c.check(false, path, fmt.Sprintf("has %d states; the most is %d", len(names), maxStates))
		return false
	}
	for i, from := range names {
		at := join(path, from)
		c.check(!sameState(from, "") && !sameState(m[from], ""), at, "a state has no name; remove the pair or name both")
		for _, other := range names[:i] {
			c.check(!sameState(from, other), at, fmt.Sprintf("%q reads the same; keep one", other))
		}
	}
	return true
}

func indexState(states []string, name string) int {
	return slices.IndexFunc(states, func(s string) bool { return sameState(s, name) })
}

// sameState compares names as people read them: the sides do not agree on letter case and on spaces around.
func sameState(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
