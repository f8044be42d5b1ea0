package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/session"
)

// ID names one session document.
type ID struct {
	Tenant string `json:"tenant"`
	Source string `json:"source"`
	Key    string `json:"key"`
}

// String is tenant/source/key.
func (id ID) String() string { return id.Tenant + "/" + id.Source + "/" + id.Key }

// Document is everything kept about one session but its messages and deliveries, which live in collections of their own
// below it, since Firestore takes about one write a second per document.
type Document struct {
	// Version is the oldest one a release must know to change the document; absent: 1. See ErrNewer.
	Version int `json:"version,omitempty"`
	// Born is a random word that is made with the document: it tells a session from one of the same name that was erased before.
	Born     string          `json:"born,omitempty"`
	Session  session.Session `json:"session"`
	CRM      session.CRM     `json:"crm"`
	Metadata Metadata        `json:"metadata,omitzero"`
	Files    []File          `json:"files,omitempty"`
	Quality  Quality         `json:"quality,omitzero"`

	// Work is the bookkeeping of each kind of delayed work, by its name: "crm", "metadata", "quality", and one for each file.
	Work map[string]Work `json:"work,omitempty"`

	// KeepDays is settings.Settings.KeepDays, as of when it was last seen what the session owes. It stands beside the JSON, where
	// Sweep may change it without reading that.
	KeepDays int `json:"-"`
	// ErasedAt is, in a document that is not there yet, when an earlier session of its name was erased; zero: none was. What is older
	// than that must not begin it anew.
	ErasedAt time.Time `json:"-"`
}

// Metadata is how far the work after a session's end has come: the metadata file, the transcript and the mail.
type Metadata struct {
	EndedAt       time.Time `json:"ended_at,omitzero"` // the end that the rest is about
	DueAt         time.Time `json:"due_at,omitzero"`
	ChangedAt     time.Time `json:"changed_at,omitzero"`      // when it was seen to be out of date, to be written again
	Written       string    `json:"written,omitempty"`        // a digest of the document as it was written last; while a run writes, its holder
	Begun         string    `json:"begun,omitempty"`          // a digest of the document that a run set out to write last, whatever came of it
	Made          bool      `json:"made,omitempty"`           // the metadata file's Version is of that one
	MailSendingAt time.Time `json:"mail_sending_at,omitzero"` // recorded before the mail server is asked
	MailSentAt    time.Time `json:"mail_sent_at,omitzero"`    // and after it took the mail
	DoneAt        time.Time `json:"done_at,omitzero"`
	Attempt       int       `json:"attempt,omitempty"`  // attempts so far: numbers the deliveries
	Failures      int       `json:"failures,omitempty"` // in a row
	FirstFailedAt time.Time `json:"first_failed_at,omitzero"`
	Problem       string    `json:"problem,omitempty"` // why it waits or is dead, for people
	Dead          bool      `json:"dead,omitempty"`
}

// Again forgets what failed, so that it is tried anew.
func (m *Metadata) Again() {
	m.Dead, m.Failures, m.FirstFailedAt, m.Problem = false, 0, time.Time{}, ""
}

// Work is the task that will wake one kind of work, and the lease of the run that does it now.
type Work struct {
	Task   string    `json:"task,omitempty"` // the name of the task that must exist; empty: none is needed
	TaskAt time.Time `json:"task_at,omitzero"`
	Serial int       `json:"serial,omitempty"` // numbers the tasks, since a task's name is not to be had twice
	Holder string    `json:"holder,omitempty"` // who runs it; empty: nobody
	Until  time.Time `json:"until,omitzero"`   // when the holder is taken for dead
}

// Delivery is one attempt to do one step: what was asked of whom, and what came of it. Credentials are redacted before
// it is made.
type Delivery struct {
	Work     string    `json:"work" firestore:"work"`     // crm or metadata
	Number   int       `json:"number" firestore:"number"` // 1, 2, …: the order of the work's attempts
	Step     string    `json:"step" firestore:"step"`
	At       time.Time `json:"at" firestore:"at"`
	Millis   int64     `json:"millis" firestore:"millis"`
	Method   string    `json:"method,omitempty" firestore:"method,omitempty"`
	URL      string    `json:"url,omitempty" firestore:"url,omitempty"`
	Request  string    `json:"request,omitempty" firestore:"request,omitempty"`
	Status   int       `json:"status,omitempty" firestore:"status,omitempty"`
	Response string    `json:"response,omitempty" firestore:"response,omitempty"`
	Verdict  Verdict   `json:"verdict" firestore:"verdict"`
	Problem  string    `json:"problem,omitempty" firestore:"problem,omitempty"`
	Next     time.Time `json:"next_attempt_at,omitzero" firestore:"next_attempt_at,omitempty"`
	// Since is when the row of failures began that this one continues; it is for the log, and not kept.
	Since time.Time `json:"-" firestore:"-"`
	// ExpiresAt is when it may be deleted, as the store set it; nil: never.
	ExpiresAt *time.Time `json:"-" firestore:"expires_at"`
}

// Verdict is what came of an attempt.
type Verdict string

// The verdicts.
const (
	Done    Verdict = "done"
	Waiting Verdict = "waiting" // there will be another attempt
	Dead    Verdict = "dead"    // given up; a person must look
)

// row is how a Document stands in Firestore: what queries need as fields of their own, the rest as one JSON text, which
// keeps a document of a thousand events from being a thousand index entries.
type row struct {
	Key       string    `firestore:"key"`
	Source    string    `firestore:"source"`
	Status    string    `firestore:"status"`
	CRMState  string    `firestore:"crm_state"` // of the CRM's work, or what is worse of a file's or the metadata's
	StartedAt time.Time `firestore:"started_at"`
	ChangedAt time.Time `firestore:"changed_at"` // by the database's clock: vendors' times may be any
	Customer  []string  `firestore:"customer"`   // by what the customer is found; see customer.go
	// What shared/watch looks for; see owed.go.
	DueAt        *time.Time `firestore:"due_at"`
	FailingSince *time.Time `firestore:"failing_since"`
	// How long it is kept; see retention.go.
	KeepDays  int        `firestore:"keep_days"`
	ExpiresAt *time.Time `firestore:"expires_at"`
	RenewAt   *time.Time `firestore:"renew_at"`
	JSON      string     `firestore:"json"`
}

// fields are the row as an update writes it.
func (r row) fields() []firestore.Update {
	return append(r.retention(), []firestore.Update{
		{Path: "key", Value: r.Key}, {Path: "source", Value: r.Source}, {Path: "status", Value: r.Status},
		{Path: "crm_state", Value: r.CRMState}, {Path: "started_at", Value: r.StartedAt},
		{Path: "changed_at", Value: firestore.ServerTimestamp}, {Path: "json", Value: r.JSON}, {Path: "customer", Value: r.Customer},
		{Path: "due_at", Value: r.DueAt}, {Path: "failing_since", Value: r.FailingSince},
	}...)
}

func toRow(d *Document) (row, error) {
	text, err := encode(d)
	if err != nil {
		return row{}, fmt.Errorf("store: session %s: %w", d.Session.Key, err)
	}
	s := d.Session
	return row{
		Key: s.Key, Source: s.Source, Status: string(s.Status), CRMState: string(d.trouble()), Customer: d.known(),
		StartedAt: s.StartedAt, DueAt: d.dueAt(), FailingSince: d.failingSince(), KeepDays: d.KeepDays, JSON: text,
	}, nil
}

// trouble is the state by which sessions are found that need a person or wait: the CRM's, unless a file, the metadata or
// what quality management is told is worse off.
func (d *Document) trouble() session.CRMState {
	waits, dead := d.Metadata.Problem != "" || d.Quality.Problem != "", d.Metadata.Dead || d.Quality.Dead
	for i := range d.Files {
		waits, dead = waits || d.Files[i].Problem != "", dead || d.Files[i].Dead
	}
	switch {
	case dead || d.CRM.State == session.CRMDead:
		return session.CRMDead
	case waits:
		return session.CRMWaiting
	}
	return d.CRM.State
}

// encode is v as JSON without the escapes for HTML, which would make six bytes of one, and of a session that fits its
// document one that does not.
func encode(v any) (string, error) {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return text.String(), err
}

func (r row) document() (*Document, error) {
	d := &Document{KeepDays: r.KeepDays}
	if err := json.Unmarshal([]byte(r.JSON), d); err != nil {
		return nil, fmt.Errorf("store: session %s: %w", r.Key, err)
	}
	return d, nil
}
