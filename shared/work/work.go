// Package work is the life of delayed work on a session, whatever the work is: a named task wakes it, a lease lets one
// run at a time do it, and what fails is tried again for a week.
//
// The invariant is in the session's document: while Work.Task is set, a task of that name must exist, and whoever has
// written or read the document makes sure that it does (Ensure) before it acknowledges what woke it. So no crash between
// two steps can strand a session. shared/flow and shared/closing do the work itself.
package work

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/store"
)

// The kinds of delayed work. Each file has one of its own besides: see File.
const (
	CRM      = "crm"
	Metadata = "metadata"
	Quality  = "quality"
)

// LeaseFor is how long a run of a kind of work may be silent before it is taken for dead: longer than its longest step, so
// that no step is done by two runs. A step in the CRM takes two sign-ins of half a minute and two requests of ten seconds
// at most, and one for quality management one request; an upload is given longer (HoldOn); the metadata's files and mail may take as long as the task itself; and who
// brings a file tells that it lives while it reads.
func LeaseFor(kind string) time.Duration {
	switch {
	case kind == CRM, kind == Quality:
		return 2 * time.Minute
	case strings.HasPrefix(kind, filePrefix):
		return 3 * time.Minute
	}
	return schedule.DispatchDeadline + time.Minute
}

var (
	// ErrBusy says that another run holds the lease. The task must be tried again: the holder may be dead.
	ErrBusy = errors.New("work: another run of this session is under way")
	// ErrEarly says that the work waits for a later task than the one that came.
	ErrEarly = errors.New("work: it is not time yet")
	// ErrGone says that there is no such session any more: nothing is to be done.
	ErrGone = errors.New("work: the session is not there")
	// ErrLost says that the run's lease ran out and another run may have begun.
	ErrLost = errors.New("work: the lease of this run is lost")
)

// Wake is the body of a task: which session's work is to be done.
type Wake struct {
	store.ID
	Kind string `json:"kind,omitempty"` // which of its work
	Task string `json:"task"`           // the task's own name
	// Login is set in a task about no session; ID then names the agent.
	Login *Login `json:"login,omitempty"`
}

// Owe names the task that will wake the work at the given time, unless one is named already: a session has one pending
// task for each kind of work, however many events arrive.
func Owe(d *store.Document, id store.ID, kind string, at time.Time) {
	w := d.Work[kind]
	if w.Task != "" {
		return
	}
	w.Serial++
	w.Task, w.TaskAt = taskName(id, kind, d.Born, w.Serial), at
	put(d, kind, w)
}

// taskName begins with a hash, since Cloud Tasks is slow to take names in sequence, and holds no personal data. A name that was
// had lately is not to be had again (docs.cloud.google.com/tasks/docs/reference/rpc, CreateTaskRequest), so it tells a session that was
// begun anew from the one that was erased before.
func taskName(id store.ID, kind, born string, serial int) string {
	of := id.String() + "/" + kind
	if born != "" { // the documents of an earlier release have none, and their tasks' names stay
		of += "/" + born
	}
	sum := sha256.Sum256([]byte(of))
	return fmt.Sprintf("%s-%s-%d", hex.EncodeToString(sum[:12]), kind, serial)
}

func put(d *store.Document, kind string, w store.Work) {
	if d.Work == nil {
		d.Work = map[string]store.Work{}
	}
	d.Work[kind] = w
}

// NewHolder names one run.
func NewHolder() string { return rand.Text() }

// Begin takes the lease for holder, woken by the named task: ErrBusy while another run holds it, ErrEarly when the work
// waits for a later task, ErrGone when there is no such session.
func Begin(d *store.Document, kind, holder, task string, now time.Time) error {
	w := d.Work[kind]
	switch {
	case d.Session.Key == "":
		return ErrGone
	case w.Holder != "" && w.Until.After(now):
		return ErrBusy
	case w.Task == task:
		w.Task, w.TaskAt = "", time.Time{}
	case w.Task != "" && w.TaskAt.After(now):
		return ErrEarly
	}
	w.Holder, w.Until = holder, now.Add(LeaseFor(kind))
	put(d, kind, w)
	return nil
}

// Forget takes whatever task is named out of the document, so that Owe names another. Should the old one come all the same
// it finds nothing to do.
func Forget(d *store.Document, kind string) {
	w := d.Work[kind]
	w.Task, w.TaskAt = "", time.Time{}
	put(d, kind, w)
}

// Skip takes the named task out of the document, where it is the one that came and there is nothing to do for it.
func Skip(d *store.Document, kind, task string) {
	if w := d.Work[kind]; w.Task == task && task != "" {
		w.Task, w.TaskAt = "", time.Time{}
		put(d, kind, w)
	}
}

// Hold lengthens the holder's lease: ErrLost when it is not the holder's any more.
func Hold(d *store.Document, kind, holder string, now time.Time) error {
	w := d.Work[kind]
	if w.Holder != holder {
		return ErrLost
	}
	w.Until = now.Add(LeaseFor(kind))
	put(d, kind, w)
	return nil
}

// HoldOn lengthens the holder's lease further, for a step that may take so much longer than others.
func HoldOn(d *store.Document, kind string, longer time.Duration) {
	w := d.Work[kind]
	w.Until = w.Until.Add(longer)
	put(d, kind, w)
}

// End gives the lease back.
func End(d *store.Document, kind string) {
	w := d.Work[kind]
	w.Holder, w.Until = "", time.Time{}
	put(d, kind, w)
}

// EndUntil gives the lease back and names a new task for the given time, in the place of any other.
func EndUntil(d *store.Document, id store.ID, kind string, at time.Time) {
	End(d, kind)
	w := d.Work[kind]
	w.Task = ""
	put(d, kind, w)
	Owe(d, id, kind, at)
}

// Target is where the tasks of a kind of work go.
type Target struct {
	Queue string
	URL   string
}

// Ensure makes sure that the task the document names exists. It is called after every change and before what caused the
// change is acknowledged.
func Ensure(ctx context.Context, s *schedule.Scheduler, d *store.Document, id store.ID, kind string, to Target) error {
	w := d.Work[kind]
	if w.Task == "" {
		return nil
	}
	body, err := json.Marshal(Wake{ID: id, Kind: kind, Task: w.Task})
	if err != nil {
		return fmt.Errorf("work: %w", err)
	}
	t := schedule.Task{Queue: to.Queue, Name: w.Task, URL: to.URL, At: w.TaskAt, Body: body}
	if strings.HasPrefix(kind, filePrefix) {
		t.Deadline = schedule.LongestDeadline
	}
	return s.Ensure(ctx, t)
}
