package console

import (
	"context"
	"net/http"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/store"
)

// coverage accounts for every session of one day: each is in exactly one class. What can be missing is a session
// that owes something which nothing will do (see work.Overdue); a session of which no event ever came here, nobody here can
// know of. What came and belongs to no session is counted beside it.
type coverage struct {
	Day        string `json:"day"`  // 2026-01-05
	Zone       string `json:"zone"` // in which it is that day
	Total      int    `json:"total"`
	Complete   int    `json:"complete"`
	InProgress int    `json:"in_progress"`
	Waiting    int    `json:"waiting"`
	Dead       int    `json:"dead"`
	Missing    int    `json:"missing"`
	// Erased are those that a person erased: what they owed is not known any more, and nobody waits for it. One of which an event
	// came later is another session, and counted as well.
	Erased int `json:"erased"`
	// Silent are those in progress of which nothing was heard for a day: their end may never be reported.
	Silent int `json:"silent"`
	// NotUnderstood counts the events within these sessions that nobody understood.
	NotUnderstood int `json:"not_understood"`
	// UnknownEvents and SetAside are of no session: of the day, and of any day.
	UnknownEvents int64 `json:"unknown_events"`
	SetAside      int64 `json:"set_aside"`
	// Expired says that the day is longer ago than sessions are kept: those that were over are not counted any more.
	Expired bool `json:"expired,omitempty"`
	// Truncated says that the day has more sessions than are counted at once; the counts are of the first.
	Truncated bool `json:"truncated,omitempty"`
	// Stuck names the first of those that are dead, missing or wait.
	Stuck []stuck `json:"stuck"`
}

// stuck is a session that a person may have to look at.
type stuck struct {
	Key     string    `json:"key"`
	Source  string    `json:"source"`
	Class   class     `json:"class"`
	Problem string    `json:"problem,omitempty"`
	Next    time.Time `json:"next_attempt_at,omitzero"`
}

// How much one report reads and names.
const (
	maxCounted = 50_000
	maxStuck   = 200
)

// silence is how long a session that goes on may say nothing.
const silence = 24 * time.Hour

// count adds a session to the report.
func (c *coverage) count(l store.Listed, now time.Time) {
	r := rowOf(l, now)
	c.Total++
	c.NotUnderstood += r.UnknownEvents
	switch r.Class {
	case classComplete:
		c.Complete++
	case classInProgress:
		c.InProgress++
		if len(r.Owed) == 0 && l.ChangedAt.Before(now.Add(-silence)) {
			c.Silent++
		}
	case classWaiting:
		c.Waiting++
	case classDead:
		c.Dead++
	case classMissing:
		c.Missing++
	}
	if r.Class != classComplete && r.Class != classInProgress && len(c.Stuck) < maxStuck {
		c.Stuck = append(c.Stuck, stuck{r.Key, r.Source, r.Class, r.Problem, nextOf(r.Owed).At})
	}
}

// nextOf is what is tried next.
func nextOf(all []owed) (next owed) {
	for _, o := range all {
		if !o.At.IsZero() && (next.At.IsZero() || o.At.Before(next.At)) {
			next = o
		}
	}
	return next
}

// errEnough ends the reading of a day.
var errEnough = fault.New(fault.TooLarge, "the day has more sessions than are counted at once")

// coverOf reads the sessions of the day that is asked for.
func (c *console) coverOf(r *http.Request) (report coverage, err error) {
	set, err := c.tenant(r)
	if err != nil {
		return report, err
	}
	of, err := c.dayOf(r)
	if err != nil {
		return report, err
	}
	tenant, now := r.PathValue("tenant"), c.clock()
	report = coverage{Day: of.String(), Zone: of.zone, Stuck: []stuck{}}
	report.Expired = mayBeGone(set, of.until, now)
	err = c.store.EachOfDay(r.Context(), tenant, of.from, of.until, func(l store.Listed) error {
		if report.Total == maxCounted {
			return errEnough
		}
		report.count(l, now)
		return nil
	})
	if err == errEnough {
		report.Truncated, err = true, nil
	}
	if err != nil {
		return report, err
	}
	err = c.countBeside(r.Context(), tenant, of.from, of.until, &report)
	return report, err
}

// countBeside adds what is no session any more, or never was one.
func (c *console) countBeside(ctx context.Context, tenant string, from, until time.Time, report *coverage) (err error) {
	if report.UnknownEvents, err = c.store.CountUnknownOf(ctx, tenant, from, until); err != nil {
		return err
	}
	if report.SetAside, err = c.store.CountAside(ctx, tenant); err != nil {
		return err
	}
	erased, err := c.store.CountErased(ctx, tenant, from, until)
	report.Erased = int(erased)
	report.Total += report.Erased
	return err
}

// cover answers the report to programs.
func (c *console) cover(w http.ResponseWriter, r *http.Request) error {
	report, err := c.coverOf(r)
	if err != nil {
		return err
	}
	return answer(w, report)
}

// coverageView is what the report's page shows.
type coverageView struct {
	coverage
	Before, After string // the days beside it; After is empty where that has not begun
}

func (c *console) coveragePage(w http.ResponseWriter, r *http.Request) error {
	report, err := c.coverOf(r)
	if err != nil {
		return err
	}
	of, err := c.dayOf(r)
	if err != nil {
		return err
	}
	v := coverageView{coverage: report, Before: of.beside(-1)}
	if !of.until.After(c.clock()) {
		v.After = of.beside(1)
	}
	return c.render(w, r, http.StatusOK, "coverage.html", frame{Title: "Coverage of " + report.Day, Tenant: r.PathValue("tenant"), Here: "coverage", Body: v})
}
