package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// next is a step ready to be sent.
type next struct {
	step Step
	sent session.Sent
}

// progress moves a session's document from step to step. It is pure: the runner calls it inside transactions, which may
// run more than once.
type progress struct {
	id  store.ID
	crm *settings.CRM
	now time.Time
}

// begin opens a run: what an earlier run left in flight is in doubt now, and what it searched must be searched again,
// since others worked meanwhile.
func (p progress) begin(d *store.Document) *next {
	k := &d.CRM
	k.State, k.NextAttemptAt = session.CRMPending, time.Time{}
	k.AccountSearch, k.RecordSearch = "", ""
	k.Doubt = k.InFlight != nil
	return p.prepare(d)
}

// prepare readies the next step of the plan and notes it as in flight where it must not be repeated blindly. It returns
// nil, and ends the run, when nothing is owed or a person must look.
func (p progress) prepare(d *store.Document) *next {
	for {
		steps := Plan(p.crm, d.Session, d.CRM)
		if len(steps) == 0 {
			p.end(d, session.CRMDone, "")
			return nil
		}
		n, err := p.build(d, steps[0])
		if err != nil {
			p.end(d, session.CRMDead, steps[0].Name+": "+err.Error())
			return nil
		}
		if n != nil {
			return n
		}
		found(&d.CRM, steps[0].Name, session.NothingAsked)
	}
}

var errInDoubt = errors.New("it is not known whether the last request arrived, and repeating it could double it; look in the CRM, then replay")

// build makes the step's request, or none for a search that has nothing to search for.
func (p progress) build(d *store.Document, s Step) (*next, error) {
	k := &d.CRM
	if inDoubt(*k, s.Name) && p.crm.IdempotencyHeader != "" {
		return &next{s, *k.InFlight}, nil // the same to the letter, under the same key
	}
	if inDoubt(*k, s.Name) && !searched(k, s.Name) {
		return nil, errInDoubt
	}
	vars := crm.VarsOf(p.crm, d.Session, *k)
	vars["COMMENT_BODY"] = s.comment
	r, ok, err := crm.Build(s.endpoint, vars)
	if err != nil {
		return nil, err
	}
	if !ok && s.searches() {
		return nil, nil
	}
	if !ok {
		return nil, fmt.Errorf("its URL %s has a variable that is not known", s.endpoint.URL)
	}
	n := &next{s, session.Sent{Step: s.Name, Key: p.key(s.Name, k.Attempt), Method: r.Method, URL: r.URL, Body: string(r.Body)}}
	if s.once() {
		k.InFlight, k.Doubt = &n.sent, false
	}
	return n, nil
}

func (s Step) searches() bool {
	return s.Name == FindAccount || s.Name == FindRecord || s.Name == FindOwnRecord
}

// searched says whether the CRM itself said that the thing is not there.
func searched(k *session.CRM, step string) bool {
	return step == CreateAccount && k.AccountSearch == session.FoundNobody ||
		step == CreateRecord && k.RecordSearch == session.FoundNobody
}

// found notes how a search ended that found nothing.
func found(k *session.CRM, step string, end session.Search) {
	if step == FindAccount {
		k.AccountSearch = end
	} else {
		k.RecordSearch = end
	}
}

// key is the idempotency key of one request: another for every attempt whose outcome became known.
func (p progress) key(step string, attempt int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", p.id, step, attempt))
	return hex.EncodeToString(sum[:16])
}

func (p progress) end(d *store.Document, state session.CRMState, problem string) {
	d.CRM.State, d.CRM.Problem = state, problem
	work.End(d, work.CRM)
}
