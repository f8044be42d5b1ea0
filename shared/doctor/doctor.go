// Package doctor examines a tenant's whole set-up: whether what the settings name is there, lets us in and takes what we would
// bring, and how each fault is mended. It changes nothing that stays, sends no mail, makes no record and reports no session.
//
// It reaches everything by the same ways as the work itself does: shared/outbound, shared/places, shared/schedule, shared/signin
// and, for the CRM's searches, shared/flow. functions/console asks it.
package doctor

import (
	"context"
	"errors"
	"sync"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
)

// Doctor has what the examination needs. One is enough for a process.
type Doctor struct {
	Client *outbound.Client
	Signer *signin.Signer
	Places *places.Keeper
	Tasks  *schedule.Scheduler
	Runner *flow.Runner
	Clock  clock.Clock
	// DeskURL is the desk's address as a browser sees it, such as https://desk.example.com: its frames are by its origin.
	DeskURL string
	Queues  []string // those of the deployment, which all tenants share
}

// Verdict is what came of a check.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Warning Verdict = "warning" // it works, but perhaps not as is meant
	Fault   Verdict = "fault"   // it does not work
	Skipped Verdict = "skipped" // it cannot be told from here
)

// Result is what one check has found.
type Result struct {
	Name    string  `json:"name"`           // what was looked at, for people
	Path    string  `json:"path,omitempty"` // the setting that it is about, as settings.Problem has it
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"`          // in one sentence; no secret and no query of an address
	Mend    string  `json:"mend,omitempty"` // what is to be done, where something is
}

// patience bounds one check. Tests have less.
var patience = 10 * time.Second

const (
	atOnce = 8 // checks
	// MaxChecks bounds how much is looked at; settings with more endpoints and secrets than this are not examined to their end.
	MaxChecks = 200
)

// check is one thing to look at.
type check struct {
	name, path string
	look       func(context.Context) finding
}

// finding is the outcome of a check.
type finding struct {
	verdict     Verdict
	found, mend string
}

// Examine makes all checks that the settings give cause for, each for itself and at most ten seconds long, and answers in their
// order. The session is one to try searches with: what it has in it is looked for in the CRM.
func (d *Doctor) Examine(ctx context.Context, tenant string, set settings.Settings, s session.Session) []Result {
	checks := d.checks(tenant, set, s)
	checks = checks[:min(len(checks), MaxChecks)]
	results, slots := make([]Result, len(checks)), make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, one := range checks {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			f := one.look(ctx)
			results[i] = Result{one.name, one.path, f.verdict, f.found, f.mend}
		})
	}
	all.Wait()
	return results
}

// checks are in the order in which a person mends: what everything needs comes first.
func (d *Doctor) checks(tenant string, set settings.Settings, s session.Session) (all []check) {
	all = append(all, d.secrets(set)...)
	all = append(all, d.queues(set)...)
	all = append(all, d.crm(tenant, set, s)...)
	all = append(all, d.storage(set)...)
	all = append(all, d.mail(set)...)
	all = append(all, d.quality(set)...)
	all = append(all, d.presence(set)...)
	all = append(all, d.sources(set)...)
	all = append(all, d.desk(set, s)...)
	return append(all, d.retention(set)...)
}

func fine(found string) finding { return finding{OK, found, ""} }

func broken(found, mend string) finding { return finding{Fault, found, mend} }

// unreached is a server that gave no answer.
func unreached(err error) finding {
	var failure *outbound.Error
	switch {
	case errors.As(err, &failure) && failure.Verdict == outbound.Refused:
		return broken(err.Error(), "Use a public address with https; one within a private network is to be listed in the deployment's "+outbound.AllowEnv+".")
	case errors.As(err, &failure) && failure.Timeout, errors.Is(err, context.DeadlineExceeded):
		return broken("no answer in time", "See whether the server is up, and whether a firewall lets us through.")
	}
	return broken(err.Error(), "Correct the address, or see whether the server is up and its certificate is valid.")
}
