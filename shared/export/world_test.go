package export_test

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
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/media"
	"sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/export"
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
	queue    = "files"
	bucket   = "demo-sessions"
	signer   = "bridge@p.iam.gserviceaccount.com"
)

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	call  = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
)

// world is everything a run touches: Firestore, Cloud Tasks, Cloud Storage, a company's SFTP server and the contact
// centre's server of recordings, spoken to as in earnest.
type world struct {
	*testing.T
	*export.Runner
	clock   *clock.Clock
	faults  *fault.Plan
	queue   *tasks.Server
	objects *storage.Server
	company string // the SFTP server's folder
	media   *url.URL

	original settings.Settings // before any change

	mu      sync.Mutex
	logs    bytes.Buffer
	fetches []string                              // what the server of recordings was asked for
	onFetch func()                                // called once, when it is asked
	answer  http.HandlerFunc                      // in the place of what it would answer; nil: none
	watch   func(r *http.Request, b []byte) error // sees what it sends; nil: nobody
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, clock.Frozen(start), storage.Signer{}, map[string]string{})
}

// newSigningWorld can sign links. Its clock runs, since Google's library signs with the machine's time.
func newSigningWorld(t *testing.T) *world {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "signer.pem")
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{gcs.SignerEmailEnv: signer, gcs.SignerKeyFileEnv: file}
	return newWorldOn(t, clock.New(), storage.Signer{Email: signer, Key: &key.PublicKey}, env)
}

// newKey is made once: it takes its time.
var newKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newWorldOn(t *testing.T, c *clock.Clock, signs storage.Signer, env map[string]string) *world {
	t.Helper()
	w := &world{T: t, clock: c, faults: new(fault.Plan)}
	env["GOOGLE_CLOUD_PROJECT"], env["TASKS_LOCATION"] = "p", location
	env["FIRESTORE_EMULATOR_HOST"] = emulatortest.Firestore(t, w.faults, w.clock.Now)
	env[gcs.EmulatorEnv] = w.startStorage(signs)
	w.queue, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, w.faults, w.clock, location, queue)
	getenv := func(name string) string { return env[name] }
	client, err := outbound.New(outbound.Options{Allow: []string{"127.0.0.0/8"}, Now: w.clock.Now})
	w.must(err)
	dir := w.TempDir()
	w.must(os.WriteFile(filepath.Join(dir, "sftp"), []byte("right"), 0o600))
	keeper, err := places.New(getenv, client, secrets.NewResolver(dir, w.clock.Now), w.clock.Now)
	w.must(err)
	db, scheduler := store.Open(getenv), schedule.Open(getenv)
	for _, c := range []io.Closer{db, scheduler, keeper} {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	w.Runner = &export.Runner{
		Store: db, Tasks: scheduler, Places: keeper, Clock: w.clock.Now,
		Settings: &settings.Cache{Load: db.Settings, Clock: w.clock.Now},
		Log:      slog.New(slog.NewJSONHandler(w, nil)),
		Target:   work.Target{Queue: queue, URL: "http://127.0.0.1:1/export"},
	}
	w.startMedia()
	w.original = settings.Settings{
		Sources: map[string]settings.Source{"ccai": {Username: "a", Password: "secret://sftp", FileHosts: []string{w.media.Host}}},
		Storage: &settings.Storage{Bucket: bucket, Folder: "contact-centre", SFTP: w.startSFTP()},
	}
	w.configure(w.original)
	return w
}

func (w *world) startStorage(signs storage.Signer) (addr string) {
	w.Helper()
	l := w.listen()
	var err error
	w.objects, err = storage.Start(l, storage.Options{
		Dir: w.TempDir(), Buckets: []string{bucket}, Now: w.clock.Now, Faults: w.faults, Log: slog.New(slog.DiscardHandler), Signer: signs,
	})
	w.must(err)
	w.Cleanup(func() { _ = w.objects.Close() })
	return l.Addr().String()
}

func (w *world) startSFTP() *settings.SFTP {
	w.Helper()
	l := w.listen()
	w.company = filepath.Join(w.TempDir(), "company")
	server, err := sftp.Start(l, sftp.Options{
		Dir: w.company, User: "bridge", Password: "right", Faults: w.faults, Log: slog.New(slog.DiscardHandler),
	})
	w.must(err)
	w.Cleanup(func() { _ = server.Close() })
	at := l.Addr().(*net.TCPAddr)
	return &settings.SFTP{Host: at.IP.String(), Port: at.Port, Username: "bridge", Password: "secret://sftp",
		HostKeys: []string{server.Fingerprint()}, Folder: "drop"}
}

func (w *world) startMedia() {
	w.Helper()
	server := httptest.NewServer(fault.HTTP(w.faults, fault.Media, http.HandlerFunc(w.serveMedia)))
	w.Cleanup(server.Close)
	var err error
	w.media, err = url.Parse(server.URL)
	w.must(err)
}

func (w *world) serveMedia(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.fetches = append(w.fetches, r.URL.Path)
	onFetch, answer := w.onFetch, w.answer
	w.onFetch = nil
	w.mu.Unlock()
	if onFetch != nil {
		onFetch()
	}
	if answer != nil {
		answer(rw, r)
		return
	}
	media.Handler(w.clock).ServeHTTP(watched{rw, r, w}, r)
}

// watched has the world see what is sent, a piece at a time.
type watched struct {
	http.ResponseWriter
	r *http.Request
	w *world
}

func (a watched) Write(b []byte) (int, error) {
	if a.w.watch != nil {
		if err := a.w.watch(a.r, b); err != nil {
			return 0, err
		}
	}
	return a.ResponseWriter.Write(b)
}

func (w *world) listen() net.Listener {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	return l
}

func (w *world) configure(s settings.Settings) {
	w.Helper()
	doc, err := json.Marshal(s)
	w.must(err)
	w.must(w.Store.PutSettings(w.Context(), "demo", doc))
}

// change alters the settings as they stand. A run takes them up once it has forgotten the former.
func (w *world) change(f func(*settings.Settings)) {
	w.Helper()
	s, err := w.Settings.Get(w.Context(), "demo")
	w.must(err)
	f(&s)
	w.configure(s)
	w.clock.Advance(settings.Fresh)
}

func (w *world) plan(script string) {
	w.Helper()
	emulatortest.Plan(w.T, w.faults, script)
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

// announce tells a session of a file on the server of recordings, as functions/session does, and returns its kind of work.
func (w *world) announce(id store.ID, file string, kind session.FileKind, address string) (workKind string) {
	w.Helper()
	set, err := w.Settings.Get(w.Context(), "demo")
	w.must(err)
	_, err = w.Store.Update(w.Context(), id, func(d *store.Document) (store.Change, error) {
		e := session.Event{Tenant: id.Tenant, Source: id.Source, Session: id.Key, At: w.clock.Now()}
		for i, kindOf := range []session.Kind{session.Started, session.FileReady} {
			e.ID, e.Kind, e.File = string(kindOf)+file, kindOf, nil
			if i == 1 {
				e.File = &session.File{ID: file, Kind: kind, URL: w.media.String() + address}
			}
			d.Session = session.Apply(d.Session, e)
		}
		for _, owed := range work.FilesOwed(set.Storage, d) {
			work.Owe(d, id, work.File(owed), w.clock.Now())
		}
		return store.Change{}, nil
	})
	w.must(err)
	return work.File(file)
}

// recording announces call-1's recording, 40 kB of MP3.
func (w *world) recording() (workKind string) {
	w.Helper()
	return w.announce(call, "rec-1", session.Recording, "/recordings/a.mp3?token=CANARY")
}

func (w *world) doc(id store.ID) *store.Document {
	w.Helper()
	d, err := w.Store.Session(w.Context(), id)
	w.must(err)
	return d
}

func (w *world) file(id store.ID, kind string) *store.File {
	w.Helper()
	f := work.FileOf(w.doc(id), kind)
	if f == nil {
		w.Fatalf("there is no file of %s", kind)
	}
	return f
}

// Run is the runner's; the test has a method of that name too.
func (w *world) Run(ctx context.Context, wake work.Wake) error { return w.Runner.Run(ctx, wake) }

// wake runs the work the way the named task of the document does.
func (w *world) wake(id store.ID, kind string) error {
	w.Helper()
	return w.Run(w.Context(), w.named(id, kind))
}

func (w *world) named(id store.ID, kind string) work.Wake {
	w.Helper()
	return work.Wake{ID: id, Kind: kind, Task: w.doc(id).Work[kind].Task}
}

// wakeAtItsTime moves the clock to the named task and runs.
func (w *world) wakeAtItsTime(id store.ID, kind string) {
	w.Helper()
	w.clock.AdvanceTo(w.doc(id).Work[kind].TaskAt)
	w.must(w.wake(id, kind))
}
