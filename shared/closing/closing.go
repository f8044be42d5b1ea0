// Package closing does what is due a while after a session's end: it writes the metadata file and a chat's transcript
// into the company's storage and sends the metadata email. It is woken and tried again by the rules of shared/work;
// shared/metadata, shared/files and shared/mail say what is written, where, and how it is mailed.
package closing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/mail"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Runner closes sessions.
type Runner struct {
	Store    *store.Store
	Tasks    *schedule.Scheduler
	Settings *settings.Cache
	Secrets  *secrets.Resolver
	Places   *places.Keeper
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // to mail servers, guarded
	Clock    clock.Clock
	Log      *slog.Logger
	Target   work.Target // where this work's own tasks go
}

// run is one run for one session.
type run struct {
	*Runner
	id     store.ID
	all    settings.Settings // the tenant's
	set    settings.Settings // as they are for the session's queue
	holder string
	steps  []step // what was done, for the deliveries
}

// step is one attempt at one thing.
type step struct {
	name  string
	began time.Time
	took  time.Duration
	err   error
}

// Run does what is due. Success, another attempt later and giving up are all noted in the session; an error means that the
// task must come again.
func (r *Runner) Run(ctx context.Context, w work.Wake) error {
	set, err := r.Settings.Get(ctx, w.Tenant)
	if errors.Is(err, store.ErrNotFound) {
		r.Log.WarnContext(ctx, "work of a tenant that is not there any more", "tenant", w.Tenant)
		return nil
	}
	if err != nil {
		return err
	}
	u := &run{Runner: r, id: w.ID, all: set, holder: work.NewHolder()}
	doc, due, err := u.begin(ctx, w.Task)
	if errors.Is(err, work.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	if due {
		if doc, err = u.finish(ctx, u.close(ctx, doc)); err != nil {
			return err
		}
	}
	return work.Ensure(ctx, r.Tasks, doc, w.ID, work.Metadata, r.Target)
}

// begin takes the lease; due is false when nothing is to do, or not yet.
func (u *run) begin(ctx context.Context, task string) (doc *store.Document, due bool, err error) {
	doc, err = u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock()
		due = false
		if d.Session.Key == "" {
			return store.Change{}, work.ErrGone
		}
		u.set = u.all.ForQueue(d.Session.Queue.ID)
		if !work.MetadataOwed(u.set.Storage, d, now) { // done, given up, or the session goes on after all
			if !d.Metadata.Dead {
				d.Metadata.Again()
			}
			work.Skip(d, work.Metadata, task)
			return store.Change{}, nil
		}
		err := work.Begin(d, work.Metadata, u.holder, task, now)
		if errors.Is(err, work.ErrEarly) {
			return store.Change{}, nil
		}
		if err == nil && now.Before(d.Metadata.DueAt) { // the end has moved since the task was named
			work.EndUntil(d, u.id, work.Metadata, d.Metadata.DueAt)
			return store.Change{}, nil
		}
		if due = err == nil; due {
			d.Metadata.Written = u.holder
			u.dated(d, now)
		}
		return store.Change{}, err
	})
	return doc, due, err
}

// dated has the document say that it changed now, where an earlier run set out to write another: some place may have that,
// although the run failed or died, and what replaces it must be newer.
func (u *run) dated(d *store.Document, now time.Time) {
	doc, err := metadata.Document(d.Session, work.Facts(u.set.Storage, d))
	if err != nil {
		return // the run will say so
	}
	m, digest := &d.Metadata, metadata.Digest(doc)
	if m.Begun == digest {
		return
	}
	if m.Begun != "" {
		m.ChangedAt = now.UTC()
	}
	m.Begun, m.Made = digest, false
}

// result is what a run has made.
type result struct {
	made    []made
	written string    // the digest of the metadata document
	mailed  time.Time // zero: no mail was due, or it was not taken
	mail    error     // why it was not taken
	refused bool      // for good, and nothing else is left to do
	err     error     // what stopped it
}

// made is one file that is made here, and where it was put.
type made struct {
	id, kind, ending string
	base             string
	src              files.Source
	stored           map[string]files.Stored // by place
	link             string                  // a signed address, where one was made
}

// close makes the files, stores them and mails. None of the places, nor the mail, waits for another.
func (u *run) close(ctx context.Context, doc *store.Document) (r result) {
	var c mail.Content
	if c, r.err = u.content(ctx, doc, &r); r.err != nil {
		return r
	}
	stored := u.storeFiles(ctx, doc, r.made)
	if ctx.Err() != nil {
		r.err = ctx.Err()
		return r
	}
	r.mailed, r.mail = u.mail(ctx, doc, c)
	r.err = errors.Join(stored, r.mail)
	r.refused = stored == nil && mail.IsPermanent(r.mail)
	return r
}

// content makes what the files and the mail hold. A transcript is of whatever was written, in a chat or beside a call.
func (u *run) content(ctx context.Context, doc *store.Document, r *result) (c mail.Content, err error) {
	c.RecordID = doc.CRM.RecordID
	if c.Metadata, err = metadata.Document(doc.Session, work.Facts(u.set.Storage, doc)); err != nil {
		return c, err
	}
	r.written = metadata.Digest(c.Metadata)
	if !u.wrote(doc) {
		r.add(store.MetadataFile, settings.Metadata, ".json", "application/json", c.Metadata)
	}
	messages, err := u.Store.Messages(ctx, u.id)
	if err != nil || len(messages) == 0 {
		return c, err
	}
	c.Transcript = metadata.Transcript(doc.Session, messages)
	r.add(store.TranscriptFile, settings.Transcripts, ".txt", "text/plain; charset=utf-8", c.Transcript)
	entries, err := metadata.TranscriptJSON(doc.Session, messages)
	r.add(store.TranscriptJSON, settings.Transcripts, ".json", "application/json", entries)
	return c, err
}

// wrote says whether the metadata file is as it is to be wherever it is wanted. One that differs in nothing but updated_at
// is: it would be a new version to whoever has it, and no news.
func (u *run) wrote(doc *store.Document) bool {
	f := doc.File(store.MetadataFile)
	return f != nil && doc.Metadata.Made && !work.FileOwed(u.set.Storage, f)
}

func (r *result) add(id, kind, ending, mime string, content []byte) {
	if len(content) > 0 {
		r.made = append(r.made, made{id: id, kind: kind, ending: ending, src: files.Bytes(content, mime), stored: map[string]files.Stored{}})
	}
}

// do runs one step and remembers how it went.
func (u *run) do(name string, f func() error) error {
	began := u.Clock()
	err := f()
	u.steps = append(u.steps, step{name, began, u.Clock().Sub(began), err})
	return err
}

// mail sends the metadata email where one is due and was not taken yet. That it is about to be sent is recorded before,
// so that a run which dies in between leaves a trace; the repeat has the same Message-ID, by which mailboxes know it.
func (u *run) mail(ctx context.Context, doc *store.Document, c mail.Content) (time.Time, error) {
	m := u.set.Mail
	if m == nil || !metadata.Completed(doc.Session) || !doc.Metadata.MailSentAt.IsZero() {
		return doc.Metadata.MailSentAt, nil
	}
	server, err := u.server(m)
	if err != nil {
		return time.Time{}, err
	}
	message, err := mail.Compose(doc.Session, c, mail.Settings{From: m.From, To: m.To, Subject: m.Subject}, doc.Metadata.DueAt)
	if err != nil {
		return time.Time{}, err
	}
	if err := u.note(ctx, func(d *store.Document) { d.Metadata.MailSendingAt = u.Clock().UTC() }); err != nil {
		return time.Time{}, err
	}
	err = u.do("mail", func() error { return mail.Send(ctx, server, message) })
	return u.Clock().UTC(), err
}

func (u *run) server(m *settings.Mail) (mail.Server, error) {
	s := mail.Server{Host: m.Host, Port: m.Port, Username: m.Username, Dial: u.Dial}
	if m.Password == "" {
		return s, nil
	}
	ref, err := secrets.ParseRef(m.Password)
	if err == nil {
		s.Password, err = u.Secrets.Resolve(ref)
	}
	if err != nil {
		return s, fmt.Errorf("mail.password: %w", err)
	}
	return s, nil
}

// note changes the session's document under the lease.
func (u *run) note(ctx context.Context, f func(*store.Document)) error {
	_, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		if err := work.Hold(d, work.Metadata, u.holder, u.Clock()); err != nil {
			return store.Change{}, err
		}
		f(d)
		return store.Change{}, nil
	})
	return err
}
