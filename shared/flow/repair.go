package flow

import (
	"fmt"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Replay takes up at once what was given up or waits, for a person who has mended or looked up what was wrong; Owe names
// the tasks then. A request in doubt over which the work was given up is forgotten, and so sent anew; a create whose doubt
// was not the reason is looked for first.
func Replay(d *store.Document) {
	k, m := &d.CRM, &d.Metadata
	if k.State == session.CRMDead {
		k.Exists = ""
		if k.InFlight == nil || !(Step{Name: k.InFlight.Step}).creates() || strings.HasSuffix(k.Problem, errInDoubt) {
			k.InFlight, k.Doubt = nil, false
		}
	}
	if k.State == session.CRMDead || k.State == session.CRMWaiting {
		k.State, k.NextAttemptAt = session.CRMIdle, time.Time{}
		k.Failures, k.FirstFailedAt, k.Problem = 0, time.Time{}, ""
		work.Forget(d, work.CRM)
	}
	if m.Problem != "" {
		m.Dead, m.Failures, m.FirstFailedAt, m.Problem = false, 0, time.Time{}, ""
		work.Forget(d, work.Metadata)
	}
}

// ReplayStep has one step that is done made again: a comment, or the record's update. Its error is for a step that was not
// done, or that would make a second account or record.
func ReplayStep(d *store.Document, step string) error {
	if step != UpdateRecord && !strings.HasPrefix(step, commentPrefix) {
		return fmt.Errorf("%s cannot be made again by itself: only comments and %s can", step, UpdateRecord)
	}
	if d.CRM.Done[step] == "" {
		return fmt.Errorf("%s was not done yet: replay the session", step)
	}
	delete(d.CRM.Done, step)
	if step == UpdateRecord {
		note(&d.CRM, told, untold)
	}
	if d.CRM.State == session.CRMDone {
		d.CRM.State = session.CRMIdle
	}
	return nil
}

// Choose tells the session which account or record is its own, as a person found; what is empty stays as it is. What waited
// for the choice is taken up.
func Choose(c *settings.CRM, d *store.Document, account, record string) {
	k := &d.CRM
	k.Candidates = nil
	if account != "" {
		k.AccountID, k.Temporary = account, false
		k.AccountURL = crm.Link(c.AccountURL, crm.VarsOf(c, d.Session, *k))
	}
	if record != "" {
		k.RecordID = record
		k.RecordURL = crm.Link(c.RecordURL, crm.VarsOf(c, d.Session, *k))
		note(k, told, untold)
	}
	Replay(d)
}
