// Package flow knows what a session still owes its CRM (Plan, pure) and does it (Runner): account, record, comments,
// updates, in that order. The plan is computed from the session's state, never from the message that woke us, so a lost,
// repeated or late event cannot strand a session.
//
// It builds requests with shared/crm, keeps its place in shared/store and lives by the rules of shared/work.
package flow

import (
	"maps"
	"slices"
	"strings"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// Step is one thing a session owes its CRM.
type Step struct {
	Name     string
	endpoint *settings.Endpoint
	file     session.Ready // of an upload
	vars     crm.Vars      // values of this step alone: a comment's text, the form in which a number is looked for
	agent    string        // of FindAgent: whom it asks for
	// presigned says that the request only announces the file of an upload, which then goes where the answer says.
	presigned bool
}

// The steps, in the order in which they are owed (docs.cloud.google.com, CCAI Platform, "Custom CRM": account
// operations, then record operations, then what follows the session). The comments about what may happen again have a
// digest of it behind their name.
const (
	FindAccount   = "find_account"
	CreateAccount = "create_account"
	FindOwnRecord = "find_own_record"
	FindRecord    = "find_record"
	CreateRecord  = "create_record"
	AddSession    = "add_session"
	CommentStart  = "comment_start"
	CommentEnd    = "comment_end"
	UpdateRecord  = "update_record"
	UpdateLate    = "update_late"

	commentPrefix = "comment_"
)

// once says whether a step must not be repeated blindly: a second request would make a second thing.
func (s Step) once() bool { return s.creates() || s.adds() || s.carries() }

// adds says whether a step adds a text to the record.
func (s Step) adds() bool { return s.comments() || s.Name == AddSession }

// repeatable says whether the CRM knows a repeat of the step for what it is: its settings have an answer that says so.
func (s Step) repeatable() bool {
	return slices.ContainsFunc(s.endpoint.Answers, func(m settings.Meaning) bool { return m.Means == settings.MeansExists })
}

func (s Step) creates() bool { return s.Name == CreateAccount || s.Name == CreateRecord }

func (s Step) comments() bool { return strings.HasPrefix(s.Name, commentPrefix) }

func (s Step) searches() bool {
	return s.Name == FindAccount || s.Name == FindRecord || s.Name == FindOwnRecord || s.Name == FindAgent
}

// ofAccount says whether a step finds or makes the account.
func (s Step) ofAccount() bool { return s.Name == FindAccount || s.Name == CreateAccount }

// Plan is what the session still owes, the next step first; empty when nothing is. A create is in the plan as long as
// the search before it may find nothing.
func Plan(c *settings.CRM, s session.Session, k session.CRM) []Step {
	if c == nil || !begun(s) {
		return nil
	}
	k = ofItsOwn(c, s, k)
	steps := accountSteps(c, s, k)
	record := recordSteps(c, s, k)
	steps = append(steps, record...)
	if k.RecordID == "" && len(record) == 0 {
		return withAgent(c, s, k, steps) // there is no record to tell anything, and there will be none
	}
	if e := c.Endpoints.AddSession; e != nil && k.Done[AddSession] == "" {
		steps = append(steps, Step{Name: AddSession, endpoint: e})
	}
	steps = append(steps, commentSteps(c, s, k)...)
	if update, owed := updateStep(c, s, k); owed {
		steps = append(steps, update)
	}
	return withAgent(c, s, k, append(steps, uploadSteps(c, k)...)) // files last: what one has to wait for holds up nothing else
}

// begun says whether the session is worth a record: something happened in it, not only an event nobody understood.
func begun(s session.Session) bool {
	return !s.StartedAt.IsZero() || !s.FirstMessageAt.IsZero() || !s.EndedAt.IsZero()
}

func accountSteps(c *settings.CRM, s session.Session, k session.CRM) (steps []Step) {
	if k.AccountID != "" {
		return nil
	}
	if probe, left := nextProbe(c, s, k); k.AccountSearch == "" && left {
		steps = append(steps, probe)
	}
	if c.Endpoints.CreateAccount == nil || c.SkipAccountCreation || c.LookupURLs.Queue != "" || !recordDue(c, s) {
		return steps
	}
	return append(steps, Step{Name: CreateAccount, endpoint: c.Endpoints.CreateAccount})
}

// accountProbes are the ways to search for the account, to be tried one after another until one finds: by the id that the
// contact centre knows, then each search, and each in every form of the customer's number if it asks for that.
func accountProbes(c *settings.CRM, s session.Session) (probes []Step) {
	e := &c.Endpoints
	if e.FindAccountByID != nil && s.Customer.AccountID != "" {
		probes = append(probes, Step{Name: FindAccount, endpoint: e.FindAccountByID, vars: crm.Vars{"ACCOUNT_ID": s.Customer.AccountID}})
	}
	for _, search := range append([]*settings.Endpoint{e.FindAccount}, e.FindAccountAlso...) {
		if search == nil {
			continue
		}
		forms := crm.PhoneForms(c.Phone, s.Customer)
		if len(forms) == 0 || !search.Mentions("PHONE_NUMBER") {
			probes = append(probes, Step{Name: FindAccount, endpoint: search})
			continue
		}
		for _, form := range forms {
			probes = append(probes, Step{Name: FindAccount, endpoint: search, vars: crm.Vars{"PHONE_NUMBER": form}})
		}
	}
	return probes
}

// nextProbe is the first way to search that was not tried in this run.
func nextProbe(c *settings.CRM, s session.Session, k session.CRM) (Step, bool) {
	for _, probe := range accountProbes(c, s) {
		if name, _ := probeName(c, s, k, probe); !slices.Contains(k.Asked, name) {
			return probe, true
		}
	}
	return Step{}, false
}

// probeName names what a probe asks for, so that it is asked anew once the session has learnt more; asks is false where it
// would ask for nothing.
func probeName(c *settings.CRM, s session.Session, k session.CRM, probe Step) (name string, asks bool) {
	v := crm.VarsOf(c, s, k)
	maps.Copy(v, probe.vars)
	r, ok, err := crm.Build(probe.endpoint, v)
	if err != nil || ok && crm.Asks(probe.endpoint, v, probe.identities()...) {
		return r.Digest(), true
	}
	return "nothing of " + r.Digest(), false
}

func recordSteps(c *settings.CRM, s session.Session, k session.CRM) (steps []Step) {
	e := &c.Endpoints
	waits := c.LookupURLs.Queue != "" && k.AccountID == "" // for the customer to be known, or for the temporary id
	if k.RecordID != "" || waits || !recordDue(c, s) {
		return nil
	}
	search, later := recordSearch(c, s), k.RecordSearch == session.FoundLater
	switch {
	case later && mayBeAlone(c, s):
		return nil
	case k.RecordSearch != "" && !later:
	case (inDoubt(k, CreateRecord) || k.Exists == CreateRecord) && e.FindOwnRecord != nil:
		steps = append(steps, Step{Name: FindOwnRecord, endpoint: e.FindOwnRecord})
	case search != nil:
		steps = append(steps, Step{Name: FindRecord, endpoint: search})
	}
	if !creates(c) {
		return steps
	}
	return append(steps, Step{Name: CreateRecord, endpoint: e.CreateRecord})
}

// inDoubt says whether it is not known if the step's request arrived.
func inDoubt(k session.CRM, step string) bool {
	return k.Doubt && k.InFlight != nil && k.InFlight.Step == step
}

// told is under which name Done keeps what the record was last told.
const told = "told"

// untold is what a record has been told that others made.
const untold = "nothing"

// updateStep is the record's update; owed says whether the record lacks what is known. While the session goes on, that is a
// change of what updates it (facts); since its end, any other content than the update would have now, as when a disposition
// arrives later. What comes once the end was told has an endpoint of its own where the settings have one.
func updateStep(c *settings.CRM, s session.Session, k session.CRM) (step Step, owed bool) {
	e := &c.Endpoints
	if e.UpdateRecord == nil {
		return Step{}, false
	}
	step = Step{Name: UpdateRecord, endpoint: e.UpdateRecord}
	if s.EndedAt.IsZero() {
		return step, k.Done[told] != "" && k.Done[told] != facts(c, s)
	}
	if e.UpdateLate != nil && k.Done[UpdateLate] != "" {
		step = Step{Name: UpdateLate, endpoint: e.UpdateLate}
	}
	r, ok, err := crm.Build(step.endpoint, crm.VarsOf(c, s, k))
	if err != nil || !ok { // the record's id is not known yet, or the settings are wrong: the run will say so
		return step, k.Done[step.Name] == ""
	}
	return step, k.Done[step.Name] != r.Digest()
}

// lateOf is a digest of what UpdateLate would say, and need not where the update that tells of the end says it; empty before
// that, and without such an endpoint.
func lateOf(c *settings.CRM, s session.Session, k session.CRM) string {
	e := c.Endpoints.UpdateLate
	if e == nil || s.EndedAt.IsZero() {
		return ""
	}
	r, ok, err := crm.Build(e, crm.VarsOf(c, s, k))
	if err != nil || !ok {
		return ""
	}
	return r.Digest()
}
