package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Replay takes up at once what was given up or waits, for a person who has mended or looked up what was wrong; Owe names
// the tasks then. A request in doubt over which the work was given up is repeated under its own key where the CRM takes
// keys; else it is forgotten, and so sent anew. A create whose doubt was not the reason is looked for first.
func Replay(c *settings.CRM, d *store.Document) {
	k, m := &d.CRM, &d.Metadata
	forgetStrangers(k)
	if k.State == session.CRMDead {
		k.Exists = ""
		if k.InFlight != nil && forgets(c, k) {
			k.InFlight, k.Doubt = nil, false
		}
	}
	if k.State == session.CRMDead || k.State == session.CRMWaiting {
		k.State, k.NextAttemptAt = session.CRMIdle, time.Time{}
		k.Failures, k.FirstFailedAt, k.Problem = 0, time.Time{}, ""
		work.Forget(d, work.CRM)
	}
	if m.Problem != "" {
		m.Again()
		work.Forget(d, work.Metadata)
	}
	if d.Quality.Problem != "" {
		d.Quality.Again()
		work.Forget(d, work.Quality)
	}
	for i := range d.Files {
		if f := &d.Files[i]; f.Problem != "" {
			f.Again()
			work.Forget(d, work.File(f.ID))
			if k.Done[uploadPrefix+f.ID] == noContent {
				delete(k.Done, uploadPrefix+f.ID)
			}
		}
	}
}

// forgets says whether a replay lets go of the request in doubt.
func forgets(c *settings.CRM, k *session.CRM) bool {
	if (Step{Name: k.InFlight.Step}).creates() {
		return strings.HasSuffix(k.Problem, errInDoubt)
	}
	return c == nil || c.IdempotencyHeader == ""
}

// ReplayStep has one step that is done made again: a comment, an upload, or the record's update. Its error is for a step that
// was not done, that would make a second account or record, or that is not owed any more, such as a comment on a rating
// that has changed since.
func ReplayStep(c *settings.CRM, d *store.Document, step string) error {
	s := Step{Name: step}
	if step != UpdateRecord && step != UpdateLate && !s.adds() && !s.uploads() {
		return fmt.Errorf("%s cannot be made again by itself: only comments, uploads and %s can", step, UpdateRecord)
	}
	k := &d.CRM
	if k.Done[step] == "" {
		return fmt.Errorf("%s was not done yet: replay the session", step)
	}
	delete(k.Done, step)
	forgetStrangers(k)
	switch step {
	case UpdateRecord:
		delete(k.Done, UpdateLate)
		note(k, told, untold)
	case UpdateLate:
		note(k, UpdateLate, untold)
	}
	if !slices.ContainsFunc(Plan(c, d.Session, *k), func(s Step) bool { return s.Name == step }) {
		return fmt.Errorf("%s is not owed any more: what it told has changed since, or the settings have", step)
	}
	if k.State == session.CRMDone {
		k.State = session.CRMIdle
	}
	return nil
}

// ReplayQuality has quality management told everything of the session again, under the same ids; Owe names the task then.
// A run that is under way is over with its next step, since it would go on from the middle. The error is for settings that
// have no application for such sessions.
func ReplayQuality(q *settings.Quality, d *store.Document) error {
	channel := string(d.Session.Channel)
	if q.For(channel) == nil {
		return errors.New(work.NobodyToTell(channel))
	}
	d.Quality = store.Quality{Attempt: d.Quality.Attempt}
	work.Forget(d, work.Quality)
	work.End(d, work.Quality)
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
		k.RecordID, k.Reused = record, false
		k.RecordURL = crm.Link(c.RecordURL, crm.VarsOf(c, d.Session, *k))
		note(k, told, untold)
	}
	Replay(c, d)
}
