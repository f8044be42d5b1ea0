// Package closing does what is due a while after a session's end: it writes the metadata file and a chat's transcript
// into the company's bucket and sends the metadata email. It is woken and tried again by the rules of shared/work;
// shared/metadata, shared/files and shared/mail say what is written, where, and how it is mailed.
package closing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/mail"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
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
	Storage  *cloud.Lazy[*storage.Client]
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // to mail servers, guarded
	Clock    clock.Clock
	Log      *slog.Logger
	Target   work.Target // where this work's own tasks go
}

// run is one run for one session.
type run struct {
	*Runner
	id     store.ID
	set    settings.Settings
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
	u := &run{Runner: r, id: w.ID, set: set, holder: work.NewHolder()}
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
		if !work.MetadataOwed(d, now) { // done, given up, or the session goes on after all
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
		due = err == nil
		return store.Change{}, err
	})
	return doc, due, err
}

// result is what a run has made.
type result struct {
	files  []store.File
	mailed time.Time // zero: no mail was due, or it was not taken
	err    error     // what stopped it
}

// close stores the files, then mails.
func (u *run) close(ctx context.Context, doc *store.Document) (r result) {
	var c mail.Content
	if c, r.err = u.content(ctx, doc); r.err != nil {
		return r
	}
	if r.files, r.err = u.storeFiles(ctx, doc.Session, c); r.err != nil {
		return r
	}
	r.mailed, r.err = u.mail(ctx, doc, c)
	return r
}

// content is what the files and the mail hold.
func (u *run) content(ctx context.Context, doc *store.Document) (c mail.Content, err error) {
	c.RecordID = doc.CRM.RecordID
	facts := metadata.CRM{RecordID: doc.CRM.RecordID, RecordURL: doc.CRM.RecordURL, AccountID: doc.CRM.AccountID}
	if c.Metadata, err = metadata.Document(doc.Session, facts); err != nil {
		return c, err
	}
	if doc.Session.Channel != session.Chat {
		return c, nil
	}
	messages, err := u.Store.Messages(ctx, u.id)
	c.Transcript = metadata.Transcript(doc.Session, messages)
	return c, err
}

func (u *run) storeFiles(ctx context.Context, s session.Session, c mail.Content) (stored []store.File, err error) {
	if u.set.Storage == nil {
		return nil, nil
	}
	path, err := files.MetadataPath(u.set.Storage.Folder, s)
	if err != nil {
		return nil, err
	}
	f, err := u.put(ctx, "store_metadata", path, "application/json", c.Metadata)
	if err != nil {
		return nil, err
	}
	stored = append(stored, f)
	if len(c.Transcript) == 0 {
		return stored, nil
	}
	if path, err = files.TranscriptPath(u.set.Storage.Folder, s); err != nil {
		return stored, err
	}
	f, err = u.put(ctx, "store_transcript", path, "text/plain; charset=utf-8", c.Transcript)
	if err != nil {
		return stored, err
	}
	return append(stored, f), nil
}

func (u *run) put(ctx context.Context, name, path, contentType string, content []byte) (f store.File, err error) {
	err = u.do(name, func() error {
		tags := map[string]string{"tenant": u.id.Tenant, "session": u.id.Key}
		o, err := gcs.New(u.Storage, u.set.Storage.Bucket).Put(ctx, path, contentType, tags, bytes.NewReader(content))
		f = store.File{Path: path, Size: o.Size, StoredAt: u.Clock().UTC()}
		return err
	})
	return f, err
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
