package store_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/terraform"
)

const day = 24 * time.Hour

// ages is a store and the database below it, in a time that can be moved ahead.
type ages struct {
	*testing.T
	*store.Store
	server *firestore.Server
	client *client.Client
	file   string        // of the clock's offset, which both sides read
	ahead  time.Duration // what is in it
}

func newAges(t *testing.T) *ages {
	t.Helper()
	indexes, err := firestore.ParseIndexes(terraform.Indexes)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &ages{T: t, file: filepath.Join(t.TempDir(), "offset")}
	a.pass(0)
	env := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "ages-" + strings.ToLower(rand.Text()), "FIRESTORE_EMULATOR_HOST": l.Addr().String(), clock.OffsetFileEnv: a.file,
	}
	getenv := func(name string) string { return env[name] }
	a.server = firestore.New(clock.FromEnv(getenv))
	a.server.RequireIndexes(indexes)
	g := grpc.NewServer(firestore.ServerOptions()...)
	a.server.Register(g)
	go func() { _ = g.Serve(l) }() // ends with Stop
	t.Cleanup(g.Stop)
	a.Store = store.Open(getenv)
	if a.client, err = client.NewClient(t.Context(), env["GOOGLE_CLOUD_PROJECT"], cloud.Options(l.Addr().String())...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), a.client.Close() })
	return a
}

// pass moves the time ahead.
func (a *ages) pass(d time.Duration) {
	a.Helper()
	a.ahead += d
	whole := a.file + ".new" // the store may read at any moment
	if err := errors.Join(os.WriteFile(whole, []byte(a.ahead.String()), 0o600), os.Rename(whole, a.file)); err != nil {
		a.Fatal(err)
	}
}

func (a *ages) now() time.Time { return time.Now().Add(a.ahead) }

// put writes the session as f makes it, with what else the change has.
func (a *ages) put(id store.ID, c store.Change, f func(*store.Document)) {
	a.Helper()
	_, err := a.Update(a.Context(), id, func(d *store.Document) (store.Change, error) {
		d.Session.Tenant, d.Session.Source, d.Session.Key = id.Tenant, id.Source, id.Key
		f(d)
		return c, nil
	})
	a.must(err)
}

func (a *ages) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

// expiry is in how many days after its last change a document of the group expires, as a text; "-" where it does not, "gone" where
// there is none.
func (a *ages) expiry(group string) string {
	a.Helper()
	docs, err := a.client.CollectionGroup(group).Documents(a.Context()).GetAll()
	a.must(err)
	if len(docs) == 0 {
		return "gone"
	}
	at, _ := docs[0].Data()["expires_at"].(time.Time)
	if at.IsZero() {
		return "-"
	}
	changed := docs[0].UpdateTime
	if c, ok := docs[0].Data()["changed_at"].(time.Time); ok {
		changed = c
	}
	return fmt.Sprint(at.Sub(changed).Round(time.Hour).Hours() / 24)
}

// finished is a session that owes nothing, to be kept for 30 days.
func finished(d *store.Document) {
	d.Session.Status, d.KeepDays = session.StatusFinished, 30
	d.CRM.State, d.Work = session.CRMDone, nil
}

func TestWhenASessionExpires(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		f    func(*store.Document)
		want string
	}{
		"finished, it is kept for its days":                {func(*store.Document) {}, "30"},
		"ended is enough, since some sources tell no more": {func(d *store.Document) { d.Session.Status = session.StatusEnded }, "30"},
		"so is after-work":                                 {func(d *store.Document) { d.Session.Status = session.StatusWrapUp }, "30"},
		"a longer time is a longer time":                   {func(d *store.Document) { d.KeepDays = 400 }, "400"},
		"without days it is kept for good":                 {func(d *store.Document) { d.KeepDays = 0 }, "-"},
		"one with nothing to be done in a CRM":             {func(d *store.Document) { d.CRM.State = session.CRMIdle }, "30"},

		"a task that is to come keeps it":            {func(d *store.Document) { d.Work = map[string]store.Work{"quality": {Task: "t", TaskAt: start}} }, "-"},
		"so does a run":                              {func(d *store.Document) { d.Work = map[string]store.Work{"crm": {Holder: "me", Until: start}} }, "-"},
		"so does what waits for its next attempt":    {func(d *store.Document) { d.CRM.State = session.CRMWaiting }, "-"},
		"so does a file that was refused, and waits": {func(d *store.Document) { d.Files = []store.File{{ID: "1", Problem: "no"}} }, "-"},
		"so does what is owed":                       {func(d *store.Document) { d.CRM.State = session.CRMPending }, "-"},

		"what was given up is kept for a quarter of a year": {func(d *store.Document) { d.CRM.State = session.CRMDead }, "90"},
		"so is one whose file was given up":                 {func(d *store.Document) { d.Files = []store.File{{ID: "1", Dead: true}} }, "90"},
		"and for longer where all are":                      {func(d *store.Document) { d.CRM.State, d.KeepDays = session.CRMDead, 120 }, "120"},
		"given up in part, it owes the rest": {func(d *store.Document) {
			d.CRM.State, d.Work = session.CRMDead, map[string]store.Work{"metadata": {Task: "t", TaskAt: start}}
		}, "-"},

		"one that goes on is kept for a year of silence": {func(d *store.Document) { d.Session.Status = session.StatusConnected }, "365"},
		"so is one that waits to be called":              {func(d *store.Document) { d.Session.Status = session.StatusScheduled }, "365"},
		"and for longer where all of them are":           {func(d *store.Document) { d.Session.Status, d.KeepDays = session.StatusHeld, 1000 }, "1000"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAges(t)
			a.put(id, store.Change{}, func(d *store.Document) { finished(d); tt.f(d) })
			if got := a.expiry("sessions"); got != tt.want {
				t.Errorf("it expires after %s days, want %s", got, tt.want)
			}
			if d, err := a.Session(t.Context(), id); err != nil || tt.want == "30" && d.KeepDays != 30 {
				t.Errorf("read again it is kept for %d days, %v", d.KeepDays, err)
			}
		})
	}
}

// What comes late finds an expired session in its place or not: the service deletes at any time after.
func TestWhatComesLatePutsTheEndOff(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	a.put(id, store.Change{Messages: []session.Event{message("a", start)}}, finished)
	a.pass(31 * day)
	a.put(id, store.Change{}, func(d *store.Document) {
		if d.CRM.State != session.CRMDone {
			t.Error("what has expired, and is there, was not found")
		}
		d.Session.Feedback = "late"
	})
	if n := a.server.Expire(); n != 0 || a.expiry("sessions") != "30" {
		t.Errorf("%d documents expired, and the session in %s days, want it put off", n, a.expiry("sessions"))
	}
	a.pass(31 * day)
	a.server.Expire()
	if _, err := a.Session(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after its days: %v, want it gone", err)
	}
	a.put(id, store.Change{}, func(d *store.Document) {
		if d.CRM.State != "" {
			t.Error("a new session is not empty")
		}
		finished(d)
	})
	if got := a.expiry("sessions"); got != "30" {
		t.Errorf("the new one expires after %s days", got)
	}
}

// What is below a document does not go with it.
func TestWhatIsBelowASessionGoesAfterIt(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	a.put(id, everything, finished)
	for _, group := range []string{"messages", "overflow", "deliveries"} {
		if got := a.expiry(group); got != "51" {
			t.Errorf("%s expire after %s days, want three weeks after the session's 30", group, got)
		}
	}
	a.pass(52 * day)
	if n := a.server.Expire(); n != 4 {
		t.Errorf("%d documents expired, want the session and three", n)
	}
}

// everything is one of each that is kept below a session.
var everything = store.Change{
	Messages: []session.Event{message("a", start)}, Overflow: []session.Event{message("b", start)}, Deliveries: []store.Delivery{{Work: "crm", Number: 1}},
}

func TestNothingBelowASessionGoesBeforeIt(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	a.put(id, everything, func(d *store.Document) { finished(d); d.Session.Status = session.StatusConnected })
	for range 12 { // a chat in which somebody writes each month
		a.pass(30 * day)
		_, _, err := a.Renew(t.Context(), a.now())
		a.must(err)
		if n := a.server.Expire(); n != 0 {
			t.Fatalf("after %v, %d documents expired", a.ahead, n)
		}
		a.put(id, store.Change{}, func(d *store.Document) { d.Session.Feedback = a.ahead.String() })
	}
	a.put(id, store.Change{}, finished)
	a.pass(100 * day)
	if n := a.server.Expire(); n != 4 {
		t.Errorf("once it is over, %d expired, want the session and three", n)
	}
	if n, more, err := a.Renew(t.Context(), a.now()); n != 0 || more || err != nil {
		t.Errorf("%d, %t, %v to be dated anew, want nothing", n, more, err)
	}
}

// What is of no session is kept for its own time, whatever a tenant wants.
func TestWhatElseIsKeptExpires(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	ctx := t.Context()
	_, placed := a.UpdatePosition(ctx, id, func(p session.Position) session.Position { p.State = "paused"; return p })
	_, known := a.UpdateAgent(ctx, "demo", "ada@example.com", func(g presence.Agent) presence.Agent { return g })
	a.must(errors.Join(placed, known, a.AddUnknown(ctx, []session.Event{message("c", start)}), a.SetAside(ctx, store.Poison{ID: "1"}),
		a.PutSettings(ctx, "demo", []byte("{}")), a.SaveSettings(ctx, "demo", "", []byte("{}"), "ada@example.com", time.Now())))
	for group, want := range map[string]string{"positions": "90", "agents": "90", "unknown": "90", "poison": "90", "history": "730", "tenants": "-"} {
		if got := a.expiry(group); got != want {
			t.Errorf("%s expire after %s days, want %s", group, got, want)
		}
	}
}
