package console

import (
	"slices"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// owedState is what becomes of something that a session owes.
type owedState string

// The states of what is owed.
const (
	owedScheduled owedState = "scheduled" // its time is to come, or has just come
	owedRunning   owedState = "running"   // it is being done now
	owedWaiting   owedState = "waiting"   // it failed, and the next attempt has its time
	owedDead      owedState = "dead"      // it was given up; a person must look
	owedForgotten owedState = "forgotten" // nothing will do it: see work.Overdue
)

// owed is one kind of work that a session owes.
type owed struct {
	What    string    `json:"what"`           // crm, file, metadata or quality
	File    string    `json:"file,omitempty"` // its id within the session
	State   owedState `json:"state"`
	At      time.Time `json:"at,omitzero"` // when it is tried next
	Problem string    `json:"problem,omitempty"`
	choose  bool      // it waits for a person to choose among several accounts or records
}

// owedBy is what the session owes, as its document says. What the settings would ask of it besides, since they were
// changed, is not owed before the session changes or is replayed.
func owedBy(d *store.Document, now time.Time) []owed {
	all := []owed{}
	for _, part := range partsOf(d) {
		w := d.Work[part.kind()]
		running := w.Holder != "" && w.Until.After(now)
		switch {
		case part.State == owedDead:
		case running:
			part.State = owedRunning
		case w.Task == "" && part.State == "":
			continue // done, or never asked for
		case w.Task == "", w.TaskAt.Before(now.Add(-work.Overdue)):
			part.State = owedForgotten
		case part.Problem != "":
			part.State = owedWaiting
		default:
			part.State = owedScheduled
		}
		if part.State != owedDead {
			part.At = w.TaskAt
		}
		all = append(all, part)
	}
	return all
}

// partsOf are the kinds of work that the document knows of. The state of what was given up is dead; of what certainly is
// not done yet, waiting; of the rest, empty.
func partsOf(d *store.Document) []owed {
	crm := owed{What: work.CRM, Problem: d.CRM.Problem, choose: len(d.CRM.Candidates) > 0}
	switch d.CRM.State {
	case session.CRMDead:
		crm.State = owedDead
	case session.CRMPending, session.CRMWaiting:
		crm.State = owedWaiting
	}
	parts := []owed{crm}
	for i := range d.Files {
		f := &d.Files[i]
		if f.Own() && f.Problem == "" && !f.Dead { // it is made with the metadata
			continue
		}
		part := partOf("file", f.Problem, f.Dead)
		part.File = f.ID
		parts = append(parts, part)
	}
	return append(parts, partOf(work.Metadata, d.Metadata.Problem, d.Metadata.Dead), partOf(work.Quality, d.Quality.Problem, d.Quality.Dead))
}

// kind is the name of the work in the session's document.
func (o owed) kind() string {
	if o.File != "" {
		return work.File(o.File)
	}
	return o.What
}

func partOf(kind, problem string, dead bool) owed {
	switch {
	case dead:
		return owed{What: kind, Problem: problem, State: owedDead}
	case problem != "":
		return owed{What: kind, Problem: problem, State: owedWaiting}
	}
	return owed{What: kind}
}

// class is where a session stands: each is in exactly one.
type class string

// The classes, the most pressing first.
const (
	classDead       class = "dead"        // something was given up
	classMissing    class = "missing"     // something is owed that nothing will do
	classWaiting    class = "waiting"     // something failed and is tried again
	classInProgress class = "in_progress" // it goes on, or something is owed and has its time
	classComplete   class = "complete"    // it is over and nothing is owed
)

func classOf(d *store.Document, all []owed) class {
	has := func(s owedState) bool { return slices.ContainsFunc(all, func(o owed) bool { return o.State == s }) }
	switch {
	case has(owedDead):
		return classDead
	case has(owedForgotten):
		return classMissing
	case has(owedWaiting):
		return classWaiting
	case len(all) > 0 || !over(d.Session):
		return classInProgress
	}
	return classComplete
}

// over says whether nobody talks any more.
func over(s session.Session) bool {
	switch s.Status {
	case session.StatusEnded, session.StatusWrapUp, session.StatusFinished:
		return true
	}
	return !s.EndedAt.IsZero()
}
