package places_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/media"
	"sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	bucket  = "company"
	uploads = "uploads"
	path    = "a/ujet-voice-recordings/call-1.mp3"
)

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	id    = store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
	tags  = files.Tags{Tenant: "demo", Source: "ccai", Session: "call-1", File: "rec-1"}
)

// world is a bucket, an SFTP server and a source, and a Keeper that reaches them.
type world struct {
	*testing.T
	*places.Keeper
	objects *storage.Server
	company string // the SFTP server's folder
	set     settings.Settings
	media   string // the source's address
	faults  *fault.Plan
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, company: filepath.Join(t.TempDir(), "company"), faults: new(fault.Plan)}
	c, log := clock.Frozen(start), slog.New(slog.DiscardHandler)
	storageAt, sftpAt := w.listen(), w.listen()
	var err error
	w.objects, err = storage.Start(storageAt, storage.Options{Dir: t.TempDir(), Buckets: []string{bucket, uploads}, Now: c.Now, Log: log})
	w.must(err)
	server, err := sftp.Start(sftpAt, sftp.Options{Dir: w.company, User: "bridge", Password: "right", Log: log})
	w.must(err)
	source := httptest.NewServer(fault.HTTP(w.faults, fault.Media, media.Handler(c)))
	t.Cleanup(func() {
		_, _ = w.objects.Close(), server.Close()
		source.Close()
	})
	w.media = source.URL
	host, err := url.Parse(source.URL)
	w.must(err)

	client, err := outbound.New(outbound.Options{Allow: []string{"127.0.0.0/8"}, Now: c.Now})
	w.must(err)
	env := map[string]string{gcs.EmulatorEnv: storageAt.Addr().String(), places.UploadsEnv: uploads}
	w.Keeper, err = places.New(func(name string) string { return env[name] }, client, secrets.NewResolver(w.secrets(), c.Now), c.Now)
	w.must(err)
	t.Cleanup(func() { _ = w.Keeper.Close() })
	at := sftpAt.Addr().(*net.TCPAddr)
	w.set = settings.Settings{
		Sources: map[string]settings.Source{"ccai": {FileHosts: []string{host.Host}}},
		Storage: &settings.Storage{Bucket: bucket, SFTP: &settings.SFTP{
			Host: at.IP.String(), Port: at.Port, Username: "bridge", Password: "secret://right", HostKeys: []string{server.HostKey()}, Folder: "drop",
		}},
	}
	return w
}

func (w *world) listen() net.Listener {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	return l
}

func (w *world) secrets() (dir string) {
	w.Helper()
	dir = w.TempDir()
	for name, value := range map[string]string{"right": "right", "wrong": "wrong"} {
		w.must(os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600))
	}
	return dir
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// put stores a text in a place and notes it in the document's recording.
func (w *world) put(d *store.Document, name, text string) {
	w.Helper()
	place, err := w.Open(w.Context(), w.set.Storage, name)
	w.must(err)
	defer func() { w.must(place.Close()) }()
	src := files.Bytes([]byte(text), "audio/mpeg")
	stored, err := place.Put(w.Context(), path, tags, src)
	w.must(err)
	f := d.AddFile("rec-1", settings.Recordings)
	f.Version, f.Type, f.Size = src.Version, src.Type, src.Size
	f.Put(name, stored)
}

func read(t *testing.T, src files.Source) string {
	t.Helper()
	body, err := src.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// announced is a document whose source has announced a file.
func announced(file string, kind session.FileKind, address string) *store.Document {
	d := &store.Document{Session: session.Apply(session.Session{}, session.Event{
		ID: "f", Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: session.FileReady, At: start,
		File: &session.File{ID: file, Kind: kind, URL: address},
	})}
	work.FilesOwed(&settings.Storage{Bucket: bucket}, d)
	return d
}

func TestAPlaceTakesAndGives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range work.Places(w.set.Storage) {
		place, err := w.Open(t.Context(), w.set.Storage, name)
		w.must(err)
		if _, err := place.Source(t.Context(), path); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, gcs.ErrNotExist) {
			t.Errorf("%s: before, Source = %v", name, err)
		}
		for _, already := range []bool{false, true} {
			stored, err := place.Put(t.Context(), path, tags, files.Bytes([]byte("hello"), "audio/mpeg"))
			if err != nil || stored.Path != path || stored.Size != 5 || stored.Already != already {
				t.Errorf("%s: Put = %+v, %v; want it at %s, there already: %v", name, stored, err, path, already)
			}
		}
		src, err := place.Source(t.Context(), path)
		w.must(err)
		if got := read(t, src); got != "hello" || src.Size != 5 {
			t.Errorf("%s gives %q, %d bytes", name, got, src.Size)
		}
		w.must(place.Close())
	}
	if b, err := os.ReadFile(filepath.Join(w.company, "drop", filepath.FromSlash(path))); string(b) != "hello" {
		t.Errorf("the server's folder has %q, %v", b, err)
	}
	if all := w.objects.Objects(); len(all) != 1 || all[0].Path != path || all[0].Bucket != bucket {
		t.Errorf("the bucket has %+v", all)
	}
}

func TestAPlaceThatCannotBeOpenedSaysWhichSetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := map[string]struct {
		change func(*settings.SFTP)
		want   string
	}{
		"the password is not there":      {func(s *settings.SFTP) { s.Password = "secret://none" }, "storage.sftp.password: secrets: secret://none: not found"},
		"the password is no reference":   {func(s *settings.SFTP) { s.Password = "CANARY" }, "storage.sftp.password: "},
		"the password is wrong":          {func(s *settings.SFTP) { s.Password = "secret://wrong" }, "storage.sftp.password"},
		"the key is not there":           {func(s *settings.SFTP) { s.PrivateKey = "secret://none" }, "storage.sftp.private_key: secrets: secret://none"},
		"the key is none":                {func(s *settings.SFTP) { s.PrivateKey = "secret://wrong" }, "storage.sftp.private_key"},
		"the passphrase is not there":    {func(s *settings.SFTP) { s.Passphrase = "secret://none" }, "storage.sftp.passphrase: secrets: secret://none"},
		"the server is another one":      {func(s *settings.SFTP) { s.HostKeys = []string{"SHA256:" + strings.Repeat("A", 43)} }, "storage.sftp.host_keys"},
		"the server is one of our own":   {func(s *settings.SFTP) { s.Host = "169.254.169.254" }, "storage.sftp.host"},
		"there is no server at the port": {func(s *settings.SFTP) { s.Port = 1 }, "cannot be reached"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := *w.set.Storage.SFTP
			tt.change(&server)
			place, err := w.Open(context.WithoutCancel(t.Context()), &settings.Storage{SFTP: &server}, work.SFTP)
			if place != nil || err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("Open = %v, %v; want an error with %q", place, err, tt.want)
			}
		})
	}
}

func TestABucketIsNotAskedBeforeItIsUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	place, err := w.Open(t.Context(), &settings.Storage{Bucket: "not-made"}, work.Bucket)
	w.must(err)
	if _, err := place.Put(t.Context(), path, tags, files.Bytes([]byte("x"), "")); !errors.Is(err, gcs.ErrNoBucket) {
		t.Errorf("Put = %v, want ErrNoBucket", err)
	}
}

func TestNewSaysWhatIsWrongWithTheSigner(t *testing.T) {
	t.Parallel()
	env := map[string]string{gcs.SignerEmailEnv: "a@b"}
	if _, err := places.New(func(name string) string { return env[name] }, nil, nil, nil); err == nil || !strings.Contains(err.Error(), gcs.SignerKeyFileEnv) {
		t.Errorf("New = %v, want an error that names %s", err, gcs.SignerKeyFileEnv)
	}
}

func TestKindsThatAreNoFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, _, err := w.Content(t.Context(), w.set, id, new(store.Document), "rec-1"); err == nil || !strings.Contains(err.Error(), "rec-1") {
		t.Errorf("Content = %v, want an error that names the file", err)
	}
	if _, _, err := w.Content(t.Context(), w.set, id, announced("rec-1", session.Recording, "https://elsewhere.example/a.mp3?CANARY"), "rec-1"); !errors.Is(err, remote.ErrHost) || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("Content = %v, want ErrHost", err)
	}
}
