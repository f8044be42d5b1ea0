package closing_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/mail"
	"sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/closing"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	location = "projects/p/locations/l"
	queue    = "metadata"
	bucket   = "demo-sessions"
)

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// world is everything a run touches, on a clock that stands: Firestore, Cloud Tasks, Cloud Storage and a mail server,
// spoken to through Google's clients.
type world struct {
	*testing.T
	*closing.Runner
	clock   *clock.Clock
	faults  *fault.Plan
	queue   *tasks.Server
	objects *storage.Server
	mails   *mail.Sink
	sftpDir string // what is on the SFTP server

	mu     sync.Mutex
	logs   bytes.Buffer
	onDial func() // called once, when a run turns to the mail server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, clock.Frozen(start), storage.Signer{}, map[string]string{})
}

// newSigningWorld can sign links. Its clock runs, since Google's library signs with the machine's time.
func newSigningWorld(t *testing.T) *world {
	t.Helper()
	const email = "bridge@p.iam.gserviceaccount.com"
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "signer.pem")
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{gcs.SignerEmailEnv: email, gcs.SignerKeyFileEnv: file}
	return newWorldOn(t, clock.New(), storage.Signer{Email: email, Key: &key.PublicKey}, env)
}

func newWorldOn(t *testing.T, c *clock.Clock, signs storage.Signer, env map[string]string) *world {
	t.Helper()
	w := &world{T: t, clock: c, faults: new(fault.Plan)}
	env["GOOGLE_CLOUD_PROJECT"], env["TASKS_LOCATION"] = "p", location
	env["FIRESTORE_EMULATOR_HOST"], env[gcs.EmulatorEnv] = emulatortest.Firestore(t, w.faults, w.clock.Now), w.startStorage(signs)
	// Paused: what comes due is looked at, and sent by the tests themselves.
	w.queue, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, w.faults, w.clock, location, queue)
	getenv := func(name string) string { return env[name] }
	db, scheduler := store.Open(getenv), schedule.Open(getenv)
	client, err := outbound.New(outbound.Options{Allow: []string{"127.0.0.0/8"}, Now: w.clock.Now})
	w.must(err)
	resolver := secrets.NewResolver(w.secretsDir(), w.clock.Now)
	keeper, err := places.New(getenv, client, resolver, w.clock.Now)
	w.must(err)
	for _, c := range []io.Closer{db, scheduler, keeper} {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	w.Runner = &closing.Runner{
		Store: db, Tasks: scheduler, Places: keeper, Dial: w.dial, Clock: w.clock.Now,
		Settings: &settings.Cache{Load: db.Settings, Clock: w.clock.Now},
		Secrets:  resolver,
		Log:      slog.New(slog.NewJSONHandler(w, nil)),
		Target:   work.Target{Queue: queue, URL: "http://127.0.0.1:1/metadata"},
	}
	w.configure(w.settings())
	return w
}

func (w *world) listen() net.Listener {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	return l
}

func (w *world) startStorage(signs storage.Signer) (addr string) {
	w.Helper()
	l := w.listen()
	var err error
	w.objects, err = storage.Start(l, storage.Options{
		Dir: w.TempDir(), Buckets: []string{bucket}, Now: w.clock.Now, Faults: w.faults, Log: slog.New(slog.DiscardHandler),
		Signer: signs,
	})
	w.must(err)
	w.Cleanup(func() { _ = w.objects.Close() })
	return l.Addr().String()
}

// startSFTP has the tenant's files on an SFTP server too, beside the bucket.
func (w *world) startSFTP() {
	w.Helper()
	l := w.listen()
	w.sftpDir = filepath.Join(w.TempDir(), "company")
	server, err := sftp.Start(l, sftp.Options{
		Dir: w.sftpDir, User: "bridge", Password: "right", Faults: w.faults, Log: slog.New(slog.DiscardHandler),
	})
	w.must(err)
	w.Cleanup(func() { _ = server.Close() })
	at := l.Addr().(*net.TCPAddr)
	w.change(func(s *settings.Settings) {
		s.Storage.SFTP = &settings.SFTP{Host: at.IP.String(), Port: at.Port, Username: "bridge", Password: "secret://smtp",
			HostKeys: []string{server.HostKey()}, Folder: "drop"}
	})
}

// onSFTP is a file's content on the SFTP server.
func (w *world) onSFTP(path string) string {
	w.Helper()
	b, err := os.ReadFile(filepath.Join(w.sftpDir, filepath.FromSlash(path)))
	w.must(err)
	return string(b)
}

func (w *world) secretsDir() string {
	w.Helper()
	dir := w.TempDir()
	for name, value := range map[string]string{"smtp": "right", "stale": "wrong"} {
		w.must(os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600))
	}
	return dir
}

// settings connect the tenant to the bucket and the mail server, which wants a password.
func (w *world) settings() settings.Settings {
	w.Helper()
	l := w.listen()
	w.mails = mail.Start(l, mail.Options{
		User: "bridge", Password: "right", Now: w.clock.Now, Faults: w.faults, Log: slog.New(slog.DiscardHandler),
	})
	w.Cleanup(func() { _ = w.mails.Close() })
	at := l.Addr().(*net.TCPAddr)
	return settings.Settings{
		Storage: &settings.Storage{Bucket: bucket, Folder: "contact-centre"},
		Mail: &settings.Mail{From: "bridge@example.com", To: "crm@example.org", Host: at.IP.String(), Port: at.Port,
			Username: "bridge", Password: "secret://smtp"},
	}
}

// configure puts the tenant's settings into the database. A run takes them up once it has forgotten the former.
func (w *world) configure(s settings.Settings) {
	w.Helper()
	doc, err := json.Marshal(s)
	w.must(err)
	w.must(w.Store.PutSettings(w.Context(), "demo", doc))
}

func (w *world) configured() settings.Settings {
	w.Helper()
	s, err := w.Settings.Get(w.Context(), "demo")
	w.must(err)
	return s
}

// change alters the settings as they stand.
func (w *world) change(f func(*settings.Settings)) {
	w.Helper()
	s := w.configured()
	f(&s)
	w.configure(s)
	w.clock.Advance(settings.Fresh)
}

func (w *world) plan(script string) {
	w.Helper()
	emulatortest.Plan(w.T, w.faults, script)
}

// dial is the way to the mail server, and tells the test that it was taken.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if f := w.onDial; f != nil {
		w.onDial = nil
		f()
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// Write takes the runner's log.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.Write(b)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

var agent = &session.Agent{ID: "1", Name: "Kim Park", Email: "kim@demo.example"}

// ended puts a session into the database that ended well just now, with its metadata due in fifteen minutes, and moves
// the clock there. A chat has one message.
func (w *world) ended(key string) store.ID {
	w.Helper()
	return w.over(key, session.Started, session.Connected, session.Ended)
}

// over is ended for a session that had these events, a minute apart.
func (w *world) over(key string, kinds ...session.Kind) store.ID {
	w.Helper()
	id := store.ID{Tenant: "demo", Source: "ccai", Key: key}
	now := w.clock.Now()
	_, err := w.Store.Update(w.Context(), id, func(d *store.Document) (c store.Change, err error) {
		e := session.Event{Tenant: id.Tenant, Source: id.Source, Session: key}
		for i, kind := range kinds {
			e.ID, e.Kind, e.At, e.Agent = string(kind), kind, now.Add(time.Duration(i-len(kinds))*time.Minute), nil
			if kind == session.Connected {
				e.Agent = agent
			}
			d.Session = session.Apply(d.Session, e)
		}
		if d.Session.Channel == session.Chat {
			e.ID, e.Kind, e.Message = "m1", session.MessageSent, &session.Message{Role: session.EndUser, Text: "Where is my order?"}
			d.Session = session.Apply(d.Session, e)
			c.Messages = append(c.Messages, e)
		}
		d.CRM.RecordID = "77"
		if !work.MetadataOwed(w.configured().Storage, d, now) {
			w.Error("the session has not ended")
		}
		work.Owe(d, id, work.Metadata, d.Metadata.DueAt)
		return c, nil
	})
	w.must(err)
	w.clock.Advance(work.MetadataDelay)
	return id
}

func (w *world) doc(id store.ID) *store.Document {
	w.Helper()
	d, err := w.Store.Session(w.Context(), id)
	w.must(err)
	return d
}

// wake runs the work the way the named task of the document does.
func (w *world) wake(id store.ID) error {
	w.Helper()
	return w.Run(w.Context(), work.Wake{ID: id, Task: w.doc(id).Work[work.Metadata].Task})
}

// Run is the runner's; the test has a method of that name too.
func (w *world) Run(ctx context.Context, wake work.Wake) error { return w.Runner.Run(ctx, wake) }

// wakeAtItsTime moves the clock to the named task and runs.
func (w *world) wakeAtItsTime(id store.ID) {
	w.Helper()
	w.clock.AdvanceTo(w.doc(id).Work[work.Metadata].TaskAt)
	w.must(w.wake(id))
}

// deliveries are the session's attempts, the first first.
func (w *world) deliveries(id store.ID) []store.Delivery {
	w.Helper()
	all, err := w.Store.Deliveries(w.Context(), id)
	w.must(err)
	return all
}

// tasksLeft are the names of the tasks on the queue, without the queue's.
func (w *world) tasksLeft() (names []string) {
	for _, t := range w.queue.Snapshot().Queues[0].Tasks {
		names = append(names, t.Name[strings.LastIndex(t.Name, "/")+1:])
	}
	return names
}

func (w *world) object(path string) string {
	w.Helper()
	r, _, err := w.objects.Open(bucket, path)
	w.must(err)
	defer r.Close()
	b, err := io.ReadAll(r)
	w.must(err)
	return string(b)
}
