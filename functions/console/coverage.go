package console

import (
	"net/http"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/store"
)

// coverage accounts for every session of one day, in UTC: each is in exactly one class. What can be missing is a session
// that owes something which nothing will do (see work.Overdue); a session of which no event ever came here, nobody here can
// know of. What came and belongs to no session is counted beside it.
type coverage struct {
	Day        string `json:"day"` // 2026-01-05
	Total      int    `json:"total"`
	Complete   int    `json:"complete"`
	InProgress int    `json:"in_progress"`
	Waiting    int    `json:"waiting"`
	Dead       int    `json:"dead"`
	Missing    int    `json:"missing"`
	// Silent are those in progress of which nothing was heard for a day: their end may never be reported.
	Silent int `json:"silent"`
	// NotUnderstood counts the events within these sessions that nobody understood.
	NotUnderstood int `json:"not_understood"`
	// UnknownEvents and SetAside are of no session: of the day, and of any day.
	UnknownEvents int64 `json:"unknown_events"`
	SetAside      int64 `json:"set_aside"`
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

// coverOf reads the sessions of the day in ?day=, by default today's.
func (c *console) coverOf(r *http.Request) (report coverage, err error) {
	if _, err := c.tenant(r); err != nil {
		return report, err
	}
	from := c.clock().UTC().Truncate(24 * time.Hour)
	if text := r.URL.Query().Get("day"); text != "" {
		if from, err = time.Parse(time.DateOnly, text); err != nil {
			return report, fault.Wrap(fault.Malformed, err, "day must be a day such as 2026-01-05")
		}
	}
	tenant, now := r.PathValue("tenant"), c.clock()
	report = coverage{Day: from.Format(time.DateOnly), Stuck: []stuck{}}
	until := from.AddDate(0, 0, 1)
	err = c.store.EachOfDay(r.Context(), tenant, from, until, func(l store.Listed) error {
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
	if report.UnknownEvents, err = c.store.CountUnknownOf(r.Context(), tenant, from, until); err != nil {
		return report, err
	}
	report.SetAside, err = c.store.CountAside(r.Context(), tenant)
	return report, err
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
	day, err := time.Parse(time.DateOnly, report.Day)
	if err != nil {
		return err
	}
	v := coverageView{coverage: report, Before: day.AddDate(0, 0, -1).Format(time.DateOnly)}
	if after := day.AddDate(0, 0, 1); !after.After(c.clock()) {
		v.After = after.Format(time.DateOnly)
	}
	return c.render(w, r, http.StatusOK, "coverage.html", frame{Title: "Coverage of " + report.Day, Tenant: r.PathValue("tenant"), Here: "coverage", Body: v})
}
