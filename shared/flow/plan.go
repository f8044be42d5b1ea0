// Package flow knows what a session still owes its CRM (Plan, pure) and does it (Runner): account, record, comments,
// updates, in that order. The plan is computed from the session's state, never from the message that woke us, so a lost,
// repeated or late event cannot strand a session.
//
// It builds requests with shared/crm, keeps its place in shared/store and lives by the rules of shared/work.
package flow

import (
	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// Step is one thing a session owes its CRM.
type Step struct {
	Name     string
	endpoint *settings.Endpoint
	comment  string // the text, for a comment
}

// The steps, in the order in which they are owed (docs.cloud.google.com, CCAI Platform, "Custom CRM": account
// operations, then record operations, then what follows the session).
const (
	FindAccount   = "find_account"
	CreateAccount = "create_account"
	FindOwnRecord = "find_own_record"
	FindRecord    = "find_record"
	CreateRecord  = "create_record"
	CommentStart  = "comment_start"
	CommentEnd    = "comment_end"
	UpdateRecord  = "update_record"
)

// once says whether a step must not be repeated blindly: a second request would make a second thing.
func (s Step) once() bool {
	switch s.Name {
	case CreateAccount, CreateRecord, CommentStart, CommentEnd:
		return true
	}
	return false
}

// Plan is what the session still owes, the next step first; empty when nothing is. A create is in the plan as long as
// the search before it may find nothing.
func Plan(c *settings.CRM, s session.Session, k session.CRM) []Step {
	if c == nil || !begun(s) {
		return nil
	}
	steps := accountSteps(&c.Endpoints, k)
	steps = append(steps, recordSteps(c, k)...)
	steps = append(steps, commentSteps(&c.Endpoints, s, k)...)
	if updateOwed(c, s, k) {
		steps = append(steps, Step{Name: UpdateRecord, endpoint: c.Endpoints.UpdateRecord})
	}
	return steps
}

// begun says whether the session is worth a record: something happened in it, not only an event nobody understood.
func begun(s session.Session) bool {
	return !s.StartedAt.IsZero() || !s.FirstMessageAt.IsZero() || !s.EndedAt.IsZero()
}

func accountSteps(e *settings.Endpoints, k session.CRM) (steps []Step) {
	if k.AccountID != "" || e.CreateAccount == nil {
		return nil
	}
	if e.FindAccount != nil && k.AccountSearch == "" {
		steps = append(steps, Step{Name: FindAccount, endpoint: e.FindAccount})
	}
	return append(steps, Step{Name: CreateAccount, endpoint: e.CreateAccount})
}

func recordSteps(c *settings.CRM, k session.CRM) (steps []Step) {
	e := &c.Endpoints
	if k.RecordID != "" || e.CreateRecord == nil {
		return nil
	}
	switch {
	case k.RecordSearch != "":
	case inDoubt(k, CreateRecord) && e.FindOwnRecord != nil:
		steps = append(steps, Step{Name: FindOwnRecord, endpoint: e.FindOwnRecord})
	case c.ReuseRecords:
		steps = append(steps, Step{Name: FindRecord, endpoint: e.FindRecord})
	}
	return append(steps, Step{Name: CreateRecord, endpoint: e.CreateRecord})
}

// inDoubt says whether it is not known if the step's request arrived.
func inDoubt(k session.CRM, step string) bool {
	return k.Doubt && k.InFlight != nil && k.InFlight.Step == step
}

func commentSteps(e *settings.Endpoints, s session.Session, k session.CRM) (steps []Step) {
	if e.Comment == nil {
		return nil
	}
	add := func(name, text string) {
		if k.Done[name] == "" {
			steps = append(steps, Step{Name: name, endpoint: e.Comment, comment: text})
		}
	}
	add(CommentStart, startComment(s))
	if !s.EndedAt.IsZero() {
		add(CommentEnd, endComment(s))
	}
	return steps
}

// updateOwed says whether the record lacks what is known since the session's end: never updated, or with other content
// than it would be now (a disposition may arrive later).
func updateOwed(c *settings.CRM, s session.Session, k session.CRM) bool {
	e := c.Endpoints.UpdateRecord
	if e == nil || s.EndedAt.IsZero() {
		return false
	}
	r, ok, err := crm.Build(e, crm.VarsOf(c, s, k))
	if err != nil || !ok { // the record's id is not known yet, or the settings are wrong: the run will say so
		return k.Done[UpdateRecord] == ""
	}
	return k.Done[UpdateRecord] != r.Digest()
}
