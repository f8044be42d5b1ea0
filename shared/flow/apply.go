package flow

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// apply notes what came of a step and readies the next one; nil ends the run.
func (p progress) apply(d *store.Document, n *next, a answer) (*next, store.Delivery) {
	k := &d.CRM
	k.Attempt++
	v := judge(p.crm, n.step, a)
	switch {
	case n.step.Name == FindAgent:
		v = p.takeAgent(d, n, a, v)
	case v.nobody:
		v = p.foundNobody(d, n)
	case v.exists:
		v = p.lookAgain(d, n)
	case v.lacking && p.patienceIsOver(d, n):
		v = p.letGo(d, n, v)
	case v.unfit || p.refusesFile(d, n, a, v):
		v = p.letGo(d, n, v)
	case v.outcome == store.Done:
		v = p.take(d, n, a)
	}
	following := p.follow(d, n, v, a.retryAfter)
	return following, delivery(k, n, a, v, p.now)
}

// lookAgain follows the CRM's word that what was to be created is there already: the searches begin anew, and if they do
// not find it now, a person must look.
func (p progress) lookAgain(d *store.Document, n *next) verdict {
	k := &d.CRM
	k.Exists, k.InFlight, k.Doubt = n.step.Name, nil, false
	if n.step.ofAccount() {
		k.AccountSearch, k.Asked, k.AccountAsked = "", nil, false
	} else {
		k.RecordSearch = ""
	}
	return verdict{outcome: store.Done}
}

// take reads a good answer into the document. What a good answer lacks is a fault of the settings or the CRM.
func (p progress) take(d *store.Document, n *next, a answer) verdict {
	k := &d.CRM
	switch {
	case n.step.adds():
		note(k, n.step.Name, sent)
	case n.step.Name == UpdateRecord, n.step.Name == UpdateLate:
		if note(k, told, n.told); n.late != "" {
			note(k, UpdateLate, n.late)
		}
		note(k, n.step.Name, crm.Request{Method: n.sent.Method, URL: n.sent.URL, Body: []byte(n.sent.Body)}.Digest())
	case n.step.uploads():
		return p.takeUpload(d, n, a)
	case n.step.searches():
		return p.takeFound(d, n, a)
	default:
		return p.takeCreated(d, n, a)
	}
	return verdict{outcome: store.Done}
}

func (p progress) takeFound(d *store.Document, n *next, a answer) verdict {
	// A hit is verified by the number as the session has it, in whatever form it was asked for.
	found, err := crm.ReadSearch(n.step.endpoint, crm.VarsOf(p.crm, d.Session, d.CRM), a.Answer)
	switch {
	case err != nil:
		return p.unreadable(a, err)
	case found.ID != "" && n.step.Name == FindRecord && mayBeAlone(p.crm, d.Session):
		d.CRM.RecordSearch = session.FoundLater
		return verdict{outcome: store.Done}
	case found.ID != "":
		return p.have(d, n, found.ID)
	case len(found.Candidates) > 0:
		d.CRM.Candidates = nil
		for _, c := range found.Candidates {
			d.CRM.Candidates = append(d.CRM.Candidates, session.Candidate(c))
		}
		return verdict{outcome: store.Dead, known: true, problem: fmt.Sprintf("%d fit, and a person is to choose one", len(found.Candidates))}
	}
	return p.foundNobody(d, n)
}

func (p progress) takeCreated(d *store.Document, n *next, a answer) verdict {
	id, err := crm.ReadCreated(n.step.endpoint, a.Answer)
	if err != nil {
		return p.unreadable(a, err)
	}
	return p.have(d, n, id)
}

func (p progress) unreadable(a answer, err error) verdict {
	if errors.Is(err, crm.ErrWebPage) {
		return ofWebPage(p.crm)
	}
	if a.Truncated {
		return verdict{outcome: store.Dead, problem: fmt.Sprintf("the answer is longer than %d bytes; let the search ask for less", maxAnswer)}
	}
	return verdict{outcome: store.Dead, problem: err.Error()}
}

// have notes the account or record that a step found or made.
func (p progress) have(d *store.Document, n *next, id string) verdict {
	k := &d.CRM
	k.Candidates = nil
	knows := n.told
	if n.step.searches() {
		knows = untold
	}
	switch {
	case n.step.ofAccount() && k.AccountID != "" && !k.Temporary:
	case n.step.ofAccount():
		k.AccountID, k.Temporary = id, false
		k.AccountURL = crm.Link(p.crm.AccountURL, crm.VarsOf(p.crm, d.Session, *k))
	case k.RecordID == "": // else a person has chosen one meanwhile
		k.RecordID, k.Reused = id, n.step.Name == FindRecord
		k.RecordURL = crm.Link(p.crm.RecordURL, crm.VarsOf(p.crm, d.Session, *k))
		note(k, told, knows)
	}
	if k.InFlight != nil && settles(n.step, k.InFlight.Step) {
		k.InFlight, k.Doubt = nil, false
	}
	if settles(n.step, k.Exists) {
		k.Exists = ""
	}
	return verdict{outcome: store.Done}
}

// foundNobody notes that the CRM has not what was searched, unless the session has learnt meanwhile what would be searched
// for now.
func (p progress) foundNobody(d *store.Document, n *next) verdict {
	r, ok, err := crm.Build(n.step.endpoint, p.vars(d, n.step))
	if err == nil && ok && r.URL == n.sent.URL && string(r.Body) == n.sent.Body {
		p.found(d, n.step, session.FoundNobody)
	}
	return verdict{outcome: store.Done}
}

// settles says whether having what a step found or made ends the doubt about a create.
func settles(s Step, create string) bool {
	if s.ofAccount() {
		return create == CreateAccount
	}
	return create == CreateRecord
}

func note(k *session.CRM, step, what string) {
	if k.Done == nil {
		k.Done = map[string]string{}
	}
	k.Done[step] = what
	if k.InFlight != nil && k.InFlight.Step == step {
		k.InFlight, k.Doubt = nil, false
	}
}

// follow decides what comes after a verdict.
func (p progress) follow(d *store.Document, n *next, v verdict, after time.Duration) *next {
	k := &d.CRM
	if v.outcome == store.Done {
		if p.progressed(k, n.step) {
			k.Failures, k.FirstFailedAt, k.Problem = 0, time.Time{}, ""
		}
		return p.prepare(d)
	}
	if k.InFlight != nil && k.InFlight.Step == n.step.Name {
		k.Doubt = k.Doubt || !v.known // what is known of a repeat says nothing of the request it repeats
		if !k.Doubt {
			k.InFlight = nil
		}
	}
	if v.outcome == store.Waiting && p.wait(d, n.step.Name+": "+v.problem, after) {
		return nil
	}
	p.end(d, session.CRMDead, n.step.Name+": "+v.problem)
	return nil
}

// progressed says whether a good answer brought the session on. A search that found nobody did not: what is refused after
// it is refused in the same row as before it.
func (p progress) progressed(k *session.CRM, s Step) bool {
	switch {
	case !s.searches():
		return true
	case s.ofAccount():
		return k.AccountID != ""
	case s.Name == FindAgent:
		return k.Agents[s.agent] != ""
	}
	return k.RecordID != ""
}

// wait puts the work off until its next attempt; false when the week is over.
func (p progress) wait(d *store.Document, problem string, after time.Duration) bool {
	k := &d.CRM
	k.Failures++
	if k.FirstFailedAt.IsZero() {
		k.FirstFailedAt = p.now
	}
	at, ok := work.Next(p.now, k.FirstFailedAt, k.Failures, p.id.String(), after)
	if !ok {
		return false
	}
	k.State, k.Problem, k.NextAttemptAt = session.CRMWaiting, cutTo(problem, maxProblem), at
	work.EndUntil(d, p.id, work.CRM, at)
	return true
}

// maxKept bounds how much of a request and an answer a delivery keeps.
const maxKept = 4 << 10

func delivery(k *session.CRM, n *next, a answer, v verdict, now time.Time) store.Delivery {
	if v.gaveUp {
		v.outcome = store.Dead
	}
	hide := withoutSignatures(k.Ready)
	return store.Delivery{
		Work: work.CRM, Number: k.Attempt, Step: n.step.Name, At: now, Millis: a.took.Milliseconds(),
		Method: n.sent.Method, URL: shown(n.sent.URL), Request: cut(hide(n.sent.Body)), Status: a.Status, Response: cut(hide(kept(n.step, a, v))),
		Verdict: v.outcome, Problem: v.problem, Next: k.NextAttemptAt, Since: k.FirstFailedAt,
	}
}

// shown is a URL without credentials.
func shown(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return outbound.Redact(u)
}

func cut(s string) string { return cutTo(s, maxKept) }

func cutTo(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
