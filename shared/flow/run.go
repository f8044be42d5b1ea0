package flow

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// Runner does what sessions owe their CRMs.
type Runner struct {
	Store    *store.Store
	Tasks    *schedule.Scheduler
	Settings *settings.Cache
	Signer   *signin.Signer
	Client   *outbound.Client
	Files    Files // where the content of uploads comes from
	Clock    clock.Clock
	Log      *slog.Logger
	Targets  Targets // where tasks go, this work's own among them
}

// Files gives the content of a session's files: shared/places. It is an interface because functions/session, which only
// plans, would else link the clients of Cloud Storage and SFTP, which cost its start more than all the rest.
type Files interface {
	Content(ctx context.Context, set settings.Settings, id store.ID, d *store.Document, file string) (src files.Source, done func(), err error)
}

// maxAnswer bounds what is read of a CRM's answer.
const maxAnswer = 1 << 20

// run is one run for one session.
type run struct {
	*Runner
	id     store.ID
	set    settings.Settings
	crm    *settings.CRM
	began  time.Time
	holder string
	locked []string // the account leases this run holds
	// notBefore is when the CRM bears the next request, as far as it tells; zero: now.
	notBefore time.Time
	settled   bool // the last step brought the session on
}

// Run does what the session owes, step by step, until nothing is owed, the CRM refuses or a person must look; each of
// these is a success, noted in the session. An error means that the task must come again: work.ErrBusy, work.ErrLost, or
// a service of ours that does not answer.
func (r *Runner) Run(ctx context.Context, w work.Wake) error {
	set, err := r.Settings.Get(ctx, w.Tenant)
	if errors.Is(err, store.ErrNotFound) {
		r.Log.WarnContext(ctx, "work of a tenant that is not there any more", "tenant", w.Tenant)
		return nil
	}
	if err != nil {
		return err
	}
	u := &run{Runner: r, id: w.ID, began: r.Clock(), holder: work.NewHolder()}
	doc, err := u.run(ctx, set, w.Task)
	if errors.Is(err, work.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	return Ensure(ctx, r.Tasks, set, doc, w.ID, r.Targets)
}

func (u *run) run(ctx context.Context, set settings.Settings, task string) (*store.Document, error) {
	doc, n, err := u.begin(ctx, set, task)
	for err == nil {
		// The agent is waiting for the record, and what else is owed may take long.
		if doc, err = u.pop(ctx, doc); err != nil || n == nil {
			err = u.unsent(ctx, err)
			break
		}
		doc, n, err = u.step(ctx, doc, n)
	}
	return doc, err
}

// begin takes the session's lease and readies the first step; none when nothing is owed or it is not time yet. The settings
// are those of the session's queue.
func (u *run) begin(ctx context.Context, set settings.Settings, task string) (*store.Document, *next, error) {
	var n *next
	doc, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		n = nil
		u.set = set.ForQueue(d.Session.Queue.ID)
		u.crm = u.set.CRM
		now := u.Clock()
		switch {
		case d.Session.Key == "":
			return store.Change{}, work.ErrGone
		case d.CRM.State == session.CRMDead: // it waits for a person
			work.Skip(d, work.CRM, task)
			return store.Change{}, nil
		case u.crm == nil: // it was taken out of the settings since
			work.Skip(d, work.CRM, task)
			d.CRM.State, d.CRM.Problem = session.CRMDead, work.NoCRM
			return store.Change{}, nil
		}
		err := work.Begin(d, work.CRM, u.holder, task, now)
		if errors.Is(err, work.ErrEarly) {
			return store.Change{}, nil
		}
		if err == nil {
			n = u.progress(now).begin(d)
			holdOn(d, n)
		}
		return store.Change{}, err
	})
	return doc, n, err
}

// holdOn lengthens the lease for an upload.
func holdOn(d *store.Document, n *next) {
	if n != nil && n.step.uploads() {
		work.HoldOn(d, work.CRM, uploadTime)
	}
}

func (u *run) progress(now time.Time) progress { return progress{u.id, u.crm, now} }

// step sends one request and notes what came of it.
func (u *run) step(ctx context.Context, doc *store.Document, n *next) (*store.Document, *next, error) {
	if later, err := u.await(ctx); later != nil || err != nil {
		return later, nil, u.unsent(ctx, err)
	}
	ok, err := u.lockAccount(ctx, doc, n)
	if err != nil {
		return nil, nil, u.unsent(ctx, err)
	}
	if !ok {
		doc, err = u.putOff(ctx, putOffFor, "")
		return doc, nil, err
	}
	if u.Clock().Sub(u.began) > schedule.DispatchDeadline-n.step.most(u.crm) { // an upload needs nearly a task's whole time
		if doc, err = u.putOff(ctx, 0, ""); err == nil {
			u.unlockAccount(ctx, doc, nil)
		}
		return doc, nil, err
	}
	a := u.perform(ctx, n, doc)
	if err := ctx.Err(); err != nil { // our own time is over: the outcome stays in doubt, and the task comes again
		if a.refused || a.notSent {
			err = u.unsent(ctx, err)
		}
		return nil, nil, err
	}
	u.notBefore = u.Clock().Add(a.next)
	doc, following, err := u.note(ctx, n, a)
	if err != nil {
		return nil, nil, err
	}
	u.unlockAccount(ctx, doc, following)
	u.settled = u.progress(u.Clock()).progressed(&doc.CRM, n.step)
	return doc, following, nil
}

// unsent takes back, where err is that our time is over, that the step is in flight: it was not sent, and is in no doubt.
func (u *run) unsent(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	_, failed := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		if !d.CRM.Doubt {
			d.CRM.InFlight = nil
		}
		return store.Change{}, work.Hold(d, work.CRM, u.holder, u.Clock())
	})
	return errors.Join(err, failed)
}

// lastWord bounds what is written once a run's time is over.
const lastWord = 5 * time.Second

// note writes what came of a step, with the next step, in one update.
func (u *run) note(ctx context.Context, n *next, a answer) (*store.Document, *next, error) {
	var (
		following *next
		made      store.Delivery
	)
	doc, err := u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock()
		if err := work.Hold(d, work.CRM, u.holder, now); err != nil {
			return store.Change{}, err
		}
		following, made = u.progress(now).apply(d, n, a)
		holdOn(d, following)
		if following == nil {
			Owe(u.set, d, u.id, now) // a file or the metadata's work may follow from what the CRM said
		}
		return store.Change{Deliveries: []store.Delivery{made}}, nil
	})
	if err != nil {
		return nil, nil, err
	}
	work.Log(ctx, u.Log, u.id, made)
	return doc, following, nil
}

// send makes the request with the tenant's credentials; once more with a new token where the CRM refused one that it gave
// us itself, which servers do when a person or a restart has withdrawn it.
func (u *run) send(ctx context.Context, n *next, doc *store.Document) answer {
	a, req := u.try(ctx, n, doc)
	if a.Status != http.StatusUnauthorized || u.crm.OAuth == nil || !u.Signer.Drop(u.id.Tenant, req) {
		return a
	}
	if n.step.carries() { // a second one may not fit the time that is left
		return answer{err: errNewToken, refused: true}
	}
	a, _ = u.try(ctx, n, doc)
	return a
}

var errNewToken = errors.New("the CRM refused our token; a new one is asked for")

func (u *run) try(ctx context.Context, n *next, doc *store.Document) (answer, *http.Request) {
	if err := cloud.Pause(ctx, u.crm.Rate.Spacing()); err != nil {
		return answer{err: err, refused: true}, nil
	}
	req, done, err := u.request(ctx, n, doc)
	if err != nil {
		return answer{err: err, refused: true}, nil
	}
	defer done()
	if n.step.once() && u.crm.IdempotencyHeader != "" {
		req.Header.Set(u.crm.IdempotencyHeader, n.sent.Key)
	}
	if err := u.Signer.Sign(ctx, u.id.Tenant, u.crm, req); err != nil {
		return answer{err: err, refused: true}, nil
	}
	began := u.Clock()
	resp, err := u.Client.Do(ctx, req, outbound.Limits{Timeout: n.step.time(u.crm), MaxBody: maxAnswer})
	if err != nil {
		var failure *outbound.Error
		errors.As(err, &failure) // Do returns no other
		return answer{err: err, took: u.Clock().Sub(began), notSent: failure.Verdict == outbound.NotSent, refused: failure.Verdict == outbound.Refused}, nil
	}
	again, following := outbound.Waits(resp.Status, resp.Header, u.Clock())
	return answer{
		Answer: crm.Answer{
			Status: resp.Status, Header: resp.Header, Body: resp.Body, Truncated: resp.Truncated,
			Sent: crm.Request{Method: n.sent.Method, URL: n.sent.URL, Body: []byte(n.sent.Body)},
		},
		took: resp.Duration, retryAfter: again, next: following,
	}, req
}

// time bounds a request.
func (s Step) time(c *settings.CRM) time.Duration {
	if s.carries() {
		return uploadTime
	}
	return c.Timeout()
}

// most is how long the step may take with what it waits for before.
func (s Step) most(c *settings.CRM) time.Duration {
	if s.uploads() {
		return uploadTime
	}
	return maxPause + c.Rate.Spacing() + c.Timeout()
}

// request is ready to be signed and sent; done is to be called once the answer is there.
func (u *run) request(ctx context.Context, n *next, doc *store.Document) (req *http.Request, done func(), err error) {
	if n.step.carries() {
		return u.upload(ctx, n, doc)
	}
	req, err = crm.Request{Method: n.sent.Method, URL: n.sent.URL, Body: []byte(n.sent.Body)}.HTTP(ctx)
	return req, func() {}, err
}
