// Package ccai is the local cloud's stand-in for the APIs of a contact centre, the CCAI Platform: the agents with their
// statuses, read and set from outside, changed by the agents themselves, and taken away by calls. It knows nothing of
// Sessionbridge; emulator/local starts it with emulator/fault in front of it, beside emulator/kustomer, whose agents are kept
// in step with these.
//
// Sources: docs.cloud.google.com/contact-center/ccai-platform/docs, "Agent endpoints" (manager-api-agent), "Agent status
// endpoints" (apps-api-agent-status), "Manager API" and "Apps API". README.md says what is inferred.
package ccai

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sessionbridge.internal/emulator/clock"
)

// Options say who may use the APIs and what time it is.
type Options struct {
	Username string // the subdomain
	Password string // the API credential
	Clock    *clock.Clock
	Statuses []string // the custom ones, beside Available
}

// Centre serves the APIs and holds all data in memory. All methods may be called at once from many goroutines.
type Centre struct {
	o   Options
	mux *http.ServeMux

	mu       sync.Mutex
	agents   []*agent // by id, without gaps
	recent   []time.Time
	requests []Request // oldest first
}

// agent is one, whose id is their place among all, from 1 on.
type agent struct {
	id      int64
	name    string
	email   string
	status  string
	before  string // what comes after a call
	since   time.Time
	created time.Time
	teams   []int64
}

// The statuses that the platform itself gives and takes (manager-api-user-status, reason-codes-statuses), and the one that
// everybody can choose.
const (
	Available = "Available"
	InCall    = "In-call"
	WrapUp    = "Wrap-up"
	Offline   = "Offline"
)

var system = []string{InCall, "In-chat", WrapUp, "Missed Call", "Missed Chat", "Unresponsive", Offline}

const (
	maxAgents   = 10_000
	firstID     = 11 // so that an id is not taken for a place in a list
	maxRequests = 2_000
)

// New returns a contact centre without agents.
func New(o Options) *Centre {
	c := &Centre{o: o, mux: http.NewServeMux()}
	c.mux.HandleFunc("POST /apps/api/v1/agent_statuses", c.serve(c.setStatuses))
	c.mux.HandleFunc("GET /manager/api/v1/agents", c.serve(c.listAgents))
	c.mux.HandleFunc("/", c.serve(func(*http.Request, []byte) answer {
		return refuse(http.StatusNotFound, "there is nothing at this path")
	}))
	return c
}

// ServeHTTP is the installation's address.
func (c *Centre) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// AddAgent adds an agent of the teams, who is offline, and returns their id. The error says that the email is empty or another
// agent's.
func (c *Centre) AddAgent(name, email string, teams ...int64) (id int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !strings.Contains(email, "@") || c.find(email) != nil:
		return 0, errors.New("an agent needs an email of their own")
	case len(c.agents) >= maxAgents:
		return 0, errors.New("the contact centre's stand-in has too many agents")
	}
	now := c.now()
	a := &agent{id: firstID + int64(len(c.agents)), name: name, email: email, status: Offline, since: now, created: now, teams: slices.Clone(teams)}
	c.agents = append(c.agents, a)
	return a.id, nil
}

// SetStatus does what an agent does in the widget: choose Available or a custom status, sign in by doing so, or sign out with
// Offline. Nobody can choose another status of the platform's own, or any during one.
func (c *Centre) SetStatus(email, status string) error {
	return c.change(email, func(a *agent) error {
		known := c.known(status)
		switch {
		case known == "" && !strings.EqualFold(status, Offline):
			return fmt.Errorf("there is no status %q to choose", status)
		case isSystem(a.status) && a.status != Offline:
			return fmt.Errorf("the agent is in the system status %q", a.status)
		case known == "":
			known = Offline
		}
		c.put(a, known)
		return nil
	})
}

// Ring connects the agent with a call, which only who is signed in and free can have.
func (c *Centre) Ring(email string) error {
	return c.change(email, func(a *agent) error {
		if isSystem(a.status) {
			return fmt.Errorf("the agent is in the system status %q", a.status)
		}
		a.before = a.status
		c.put(a, InCall)
		return nil
	})
}

// EndCall ends it: the after-work begins.
func (c *Centre) EndCall(email string) error {
	return c.change(email, func(a *agent) error {
		if a.status != InCall {
			return errors.New("the agent has no call")
		}
		c.put(a, WrapUp)
		return nil
	})
}

// EndWrapUp ends the after-work: the agent is in the status before the call.
func (c *Centre) EndWrapUp(email string) error {
	return c.change(email, func(a *agent) error {
		if a.status != WrapUp {
			return errors.New("the agent is at no after-work")
		}
		c.put(a, a.before)
		return nil
	})
}

// Play is what brings the agent into a status, for whoever plays the office with one verb: In-call is a call, Wrap-up its end, and
// any other the agent's choice, which after-work ends with.
func (c *Centre) Play(email, status string) error {
	switch {
	case strings.EqualFold(status, InCall):
		return c.Ring(email)
	case strings.EqualFold(status, WrapUp):
		return c.EndCall(email)
	case c.Status(email) == WrapUp:
		if err := c.EndWrapUp(email); err != nil {
			return err
		}
	}
	return c.SetStatus(email, status)
}

func (c *Centre) change(email string, f func(*agent) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.find(email); a != nil {
		return f(a)
	}
	return errors.New("there is no such agent")
}

// put changes the status, which changes nothing where it is the same.
func (c *Centre) put(a *agent, status string) {
	if a.status != status {
		a.status, a.since = status, c.now()
	}
}

func (c *Centre) find(email string) *agent {
	for _, a := range c.agents {
		if strings.EqualFold(a.email, email) {
			return a
		}
	}
	return nil
}

// known is the status that can be chosen, as it is written here; empty where there is none.
func (c *Centre) known(status string) string {
	for _, s := range append([]string{Available}, c.o.Statuses...) {
		if strings.EqualFold(s, status) {
			return s
		}
	}
	return ""
}

func isSystem(status string) bool {
	return slices.ContainsFunc(system, func(s string) bool { return strings.EqualFold(s, status) })
}

func (c *Centre) now() time.Time { return c.o.Clock.Now().UTC() }
