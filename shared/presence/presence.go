// Package presence keeps an agent's state in step between the company's CRM and the contact centre. What is known of an
// agent is an Agent, made of observations of both sides and of our own writes to them; Decide says what is to be written
// now. All of it is pure: no network, no storage, no clock.
//
// A change is what somebody chose. The latest one holds on both sides, or the CRM's always does (Policy.Priority); what
// is no choice - a state the contact centre sets itself, its end, an echo of our own write - never does. What is known is
// a fold over the observations in the order of their side's clock, so that late, repeated and disordered ones come to the
// same.
//
// Neighbours: shared/settings holds each tenant's Policy, shared/attendance observes and writes, shared/store keeps agents;
// nothing here knows how. The rules are those of the integration guide for Kustomer (docs.cloud.google.com/contact-center/ccai-platform/docs,
// "Kustomer": agent status inheritance, status mapping, one-way and two-way synchronisation) and of the contact centre's
// agent status endpoint (same place, apps-api-agent-status).
package presence

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Side is one of the two systems in which an agent has a state.
type Side string

// The two sides.
const (
	CRM    Side = "crm"
	Centre Side = "centre"
)

func (s Side) other() Side {
	if s == CRM {
		return Centre
	}
	return CRM
}

// Priority says whose change holds.
type Priority string

// The two priorities, in the guide's words: the latest change of state is applied, whether it comes from the CRM or from
// the contact centre; or the CRM always overrides the agent's following state. The CRM overrides as long as the agent is
// signed in there, with a state that has a counterpart: else it has nothing to override with, and the latest holds. What it
// overrode does not come back when the agent leaves it.
const (
	LatestChange Priority = "latest"
	CRMOverrides Priority = "crm"
)

// DefaultWindow is how far a side's clock may be off before it is believed no more.
const DefaultWindow = 2 * time.Minute

// Policy is how one tenant wants states kept in step, in the shape of settings.
type Policy struct {
	Mapping
	// TwoWay also takes the contact centre's changes to the CRM; else only the CRM's are taken to the contact centre.
	TwoWay bool `json:"two_way,omitempty"`
	// Priority is LatestChange when empty.
	Priority Priority `json:"priority,omitempty"`
	// SystemStates are the contact centre's states that nobody chooses, besides those it always has (see SystemStates).
	SystemStates []string `json:"system_states,omitempty"`
	// CRMSystemStates are the CRM's: in Kustomer those of the types busy and offline. A session that is offline can not be
	// written (developer.kustomer.com, "Update work session by ID"). One that is mapped is a choice all the same.
	CRMSystemStates []string `json:"crm_system_states,omitempty"`
	// WindowSeconds is how far a side's clock may be off, 0 is DefaultWindow.
	WindowSeconds int `json:"window_seconds,omitempty"`
}

// SystemStates are the states that the contact centre itself gives and takes. A change from one is refused, and so is one
// to it (apps-api-agent-status; the names: manager-api-user-status and reason-codes-statuses).
func SystemStates() []string {
	return []string{"In-call", "In-chat", "Wrap-up", "Missed Call", "Missed Chat", "Unresponsive", "Offline"}
}

// resumed is the state into which the contact centre puts an agent by itself when a system state ends.
const resumed = "Available"

// ErrPolicy is in every error of Check: a person has to mend the settings.
var ErrPolicy = errors.New("presence: the settings of agent states do not fit together")

// Check names all that is wrong with the policy, nil where nothing is. Nothing it finds is dangerous: Decide does not
// write what Check would refuse.
func (p Policy) Check() error {
	var problems []error
	add := func(path, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%w: %s: %s", ErrPolicy, path, fmt.Sprintf(format, args...)))
	}
	if p.Priority != "" && p.Priority != LatestChange && p.Priority != CRMOverrides {
		add("priority", "%q is neither %q nor %q", p.Priority, LatestChange, CRMOverrides)
	}
	if p.WindowSeconds < 0 || p.WindowSeconds > 3600 {
		add("window_seconds", "%d is not between 0 and 3600", p.WindowSeconds)
	}
	checkNames(add, "to_centre", p.ToCentre)
	checkNames(add, "to_crm", p.ToCRM)
	for _, from := range slices.Sorted(maps.Keys(p.ToCentre)) {
		if to := p.ToCentre[from]; p.system(Centre, to) {
			add("to_centre."+from, "%q is set by the contact centre alone; choose another", to)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(p.ToCRM)) {
		to := p.ToCRM[from]
		if there, ok := p.toCentre(to); ok && !sameName(there, from) {
			add("to_crm."+from, "%q is %q in to_centre; choose one that is %q there", to, there, from)
		}
		if p.system(Centre, from) {
			add("to_crm."+from, "the contact centre sets it by itself, so it is no choice to take over; remove the pair")
		}
		if p.system(CRM, to) {
			add("to_crm."+from, "%q is set by the CRM alone; choose another", to)
		}
	}
	return errors.Join(problems...)
}

func (p Policy) window() time.Duration {
	return cmp.Or(time.Duration(p.WindowSeconds)*time.Second, DefaultWindow)
}

// system says whether the side gives and takes this state by itself.
func (p Policy) system(side Side, state string) bool {
	is := func(s string) bool { return sameName(s, state) }
	if side == CRM {
		return slices.ContainsFunc(p.CRMSystemStates, is)
	}
	return slices.ContainsFunc(SystemStates(), is) || slices.ContainsFunc(p.SystemStates, is)
}

// same says whether two of a side's states are one to us: of the same name, or, in the CRM, with the same counterpart.
func (p Policy) same(side Side, a, b string) bool {
	if sameName(a, b) {
		return true
	}
	x, ok := p.toCentre(a)
	y, ok2 := p.toCentre(b)
	return side == CRM && ok && ok2 && sameName(x, y)
}

// sameName compares names as people read them: the sides do not agree on letter case and on spaces around.
func sameName(a, b string) bool {
	return a == b || strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
