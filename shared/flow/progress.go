package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	told string // what the record knows once it is done: see facts
	late string // and of what may come after the session's end: see lateOf
}

// progress moves a session's document from step to step. It is pure: the runner calls it inside updates, which may
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
	k.AccountSearch, k.RecordSearch, k.Asked, k.AccountAsked = "", "", nil, false
	k.SearchedFor = searchedFor(p.crm, d.Session)
	k.Doubt = k.InFlight != nil
	return p.prepare(d)
}

// prepare readies the next step of the plan and notes it as in flight where it must not be repeated blindly. It returns
// nil, and ends the run, when nothing is owed, the settings must be mended or a person must look.
func (p progress) prepare(d *store.Document) *next {
	k := &d.CRM
	for {
		p.standIn(d)
		d.CRM = ofItsOwn(p.crm, d.Session, d.CRM)
		steps := Plan(p.crm, d.Session, *k)
		if len(steps) == 0 {
			p.end(d, session.CRMDone, "")
			return nil
		}
		s := upNext(steps, *k)
		switch {
		case inDoubt(*k, s.Name) && s.uploads() && k.InFlight.Version != s.file.Version:
			k.InFlight, k.Doubt = nil, false // whatever became of it, there is a newer one to send
		case inDoubt(*k, s.Name) && (p.crm.IdempotencyHeader != "" || s.adds() && s.repeatable()):
			return &next{step: s, sent: *k.InFlight, told: untold} // the same to the letter, under the same key
		case inDoubt(*k, s.Name) && s.uploads():
			note(k, s.Name, markOf(s.file.Version, false)) // no CRM can be asked for a file; two would be worse than none
		case inDoubt(*k, s.Name) && s.adds():
			note(k, s.Name, perhaps)
		case inDoubt(*k, s.Name) && !searched(k, s.Name):
			p.end(d, session.CRMDead, s.Name+": "+errInDoubt)
			return nil
		case s.Name == k.Exists:
			p.end(d, session.CRMDead, s.Name+": "+errExists)
			return nil
		case s.searches() && !crm.Asks(s.endpoint, p.vars(d, s), s.identities()...):
			p.found(d, s, session.NothingAsked)
		default:
			return p.ready(d, s)
		}
	}
}

// standIn gives a customer whom the CRM does not know a temporary account id where the settings want a person to find or
// make the account, at the link that is opened for them ("Custom CRM", open custom URL). The id's form is ours.
func (p progress) standIn(d *store.Document) {
	k := &d.CRM
	looked := k.AccountSearch == session.FoundNobody || !d.Session.EndedAt.IsZero() && k.AccountSearch != "" || len(accountProbes(p.crm, d.Session)) == 0
	if p.crm.LookupURLs.Queue == "" || k.AccountID != "" || !looked || !begun(d.Session) {
		return
	}
	k.AccountID, k.Temporary = "temporary-"+d.Session.Key, true
}

// upNext is the step to be done now: the next of the plan, but before all others a comment or file that is in doubt, since
// another step would take its place.
func upNext(steps []Step, k session.CRM) Step {
	for _, s := range steps {
		if inDoubt(k, s.Name) && !s.creates() {
			return s
		}
	}
	return steps[0]
}

// searchedFor is a digest of what searches go by: all by which the customer is known, and whether the session is over, since
// an agent may have made a record in it.
func searchedFor(c *settings.CRM, s session.Session) string {
	v := crm.VarsOf(c, s, session.CRM{})
	known := []string{s.Customer.Phone, s.Customer.PhoneRaw, s.Customer.AccountID, fmt.Sprint(s.EndedAt.IsZero())}
	for _, name := range customerIdentities {
		known = append(known, v[name])
	}
	sum := sha256.Sum256([]byte(strings.Join(known, "\x00")))
	return hex.EncodeToString(sum[:8])
}

const errInDoubt = "it is not known whether the last request arrived, and repeating it could double it; look in the CRM: a replay sends it again"

var errUnknown = errors.New("a variable in the endpoint's URL is not known yet")

// maxSent bounds a request's body, which is kept in the session's document while it is not known whether it arrived.
const maxSent = 128 << 10

// maxProblem bounds a reason, which may quote an answer.
const maxProblem = 1 << 10

const errExists = "the CRM says that it is there already, and the searches do not find it: one of them must ask for each value that the create sends " +
	"and no two may have; look for it in the CRM, and choose it, mend it or mend the searches"

func (p progress) vars(d *store.Document, s Step) crm.Vars {
	v := crm.VarsOf(p.crm, d.Session, d.CRM)
	maps.Copy(v, s.vars)
	if s.creates() || s.adds() {
		v["IDEMPOTENCY_KEY"] = p.key(s.Name, d.CRM.Attempt)
	}
	return v
}

// ready makes the step's request. What cannot be made waits: for settings to be mended, or for the value of a variable.
func (p progress) ready(d *store.Document, s Step) *next {
	k := &d.CRM
	r, ok, err := p.request(d, s, p.vars(d, s))
	if err == nil && !ok {
		err = errUnknown
	}
	if err != nil {
		if problem := s.Name + ": " + err.Error(); !p.wait(d, problem, 0) {
			p.end(d, session.CRMDead, problem)
		}
		return nil
	}
	if len(r.Body) > maxSent {
		p.end(d, session.CRMDead, fmt.Sprintf("%s: the request would have %d bytes; at most %d can be kept and sent", s.Name, len(r.Body), maxSent))
		return nil
	}
	n := &next{s, session.Sent{
		Step: s.Name, Key: p.key(s.Name, k.Attempt), Method: r.Method, URL: r.URL, Body: string(r.Body), Version: s.file.Version,
	}, facts(p.crm, d.Session), lateOf(p.crm, d.Session, *k)}
	if s.once() {
		k.InFlight, k.Doubt = &n.sent, false
	}
	return n
}

// request makes the step's request; an upload's has no file in it yet.
func (p progress) request(d *store.Document, s Step, v crm.Vars) (crm.Request, bool, error) {
	if s.presigned {
		return crm.BuildPresigned(p.crm.Endpoints.Upload, v, fileOf(s.file, ""))
	}
	if !s.uploads() {
		return crm.Build(s.endpoint, v)
	}
	u, ok, err := crm.BuildUpload(p.crm.Endpoints.Upload, v, fileOf(s.file, ""))
	if err != nil || !ok {
		return crm.Request{}, ok, err
	}
	return crm.Request{Method: u.Method, URL: u.URL, ContentType: u.ContentType, Body: []byte(u.Text())}, true, nil
}

// customerIdentities are the variables that name one customer.
var customerIdentities = []string{
	"PHONE_NUMBER", "EMAIL", "UJET_ID", "PHONE_DIGITS", "ANI", "CUSTOMER_PHONE_NUMBER", "CUID", "CUSTOM_USER_ID",
	"SDK_IDENTIFIER", "SDK_EMAIL", "SDK_PHONE",
}

// identities are the variables by which a search may ask: those that name one customer or one session, or one agent.
func (s Step) identities() []string {
	switch s.Name {
	case FindAccount:
		return append(slices.Clone(customerIdentities), "ACCOUNT_ID")
	case FindAgent:
		return agentIdentities
	}
	return append(slices.Clone(customerIdentities), "ACCOUNT_ID", "SESSION_KEY", "SESSION_ID", "CALL_ID", "CHAT_ID")
}

// searched says whether the CRM itself said that the thing is not there.
func searched(k *session.CRM, step string) bool {
	return step == CreateAccount && k.AccountSearch == session.FoundNobody ||
		step == CreateRecord && k.RecordSearch == session.FoundNobody
}

// found notes how a search ended that found nothing. The account may be searched for in several ways: only the last one
// ends the search, and it ended with nobody where any of them asked.
func (p progress) found(d *store.Document, s Step, end session.Search) {
	k := &d.CRM
	if s.Name == FindAgent {
		remember(k, s.agent, "")
		return
	}
	if !s.ofAccount() {
		k.RecordSearch = end
		return
	}
	name, asks := probeName(p.crm, d.Session, *k, s)
	k.Asked = append(k.Asked, name)
	k.AccountAsked = k.AccountAsked || asks && end == session.FoundNobody
	if _, left := nextProbe(p.crm, d.Session, *k); left {
		return
	}
	k.AccountSearch = session.NothingAsked
	if k.AccountAsked {
		k.AccountSearch = session.FoundNobody
	}
}

// key is the idempotency key of one request: another for every attempt whose outcome became known.
func (p progress) key(step string, attempt int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", p.id, step, attempt))
	return hex.EncodeToString(sum[:16])
}

func (p progress) end(d *store.Document, state session.CRMState, problem string) {
	d.CRM.State, d.CRM.Problem = state, cutTo(problem, maxProblem)
	if state == session.CRMDone {
		d.CRM.Failures, d.CRM.FirstFailedAt = 0, time.Time{}
	}
	work.End(d, work.CRM)
}
