package sftp_test

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/fault"
	emulator "sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/sftp"
	"sessionbridge.internal/shared/secrets"
)

const user, password = "bridge", "correct horse"

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func nowClock() time.Time { return now }

// company is a company's server: the local cloud's, in a folder of its own.
type company struct {
	*emulator.Server
	dir    string
	faults *fault.Plan
	at     sftp.Server // how it is reached
}

func newCompany(t testing.TB, change ...func(*emulator.Options)) *company {
	t.Helper()
	c := &company{dir: filepath.Join(t.TempDir(), "company"), faults: new(fault.Plan)}
	o := emulator.Options{Dir: c.dir, User: user, Password: password, Faults: c.faults, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&o)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if c.Server, err = emulator.Start(l, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	c.at = sftp.Short(reach(t, l.Addr().String()))
	c.at.HostKeys = []string{c.HostKey()}
	return c
}

// reach is the server at an address, with the password to sign in.
func reach(t testing.TB, address string) sftp.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return sftp.Server{Host: host, Port: n, User: user, Password: secrets.New(password), Now: nowClock}
}

// plan makes the server fail, as people write it: the faults of the target sftp.
func (c *company) plan(t testing.TB, faults string) {
	t.Helper()
	script, err := fault.ParseScript(strings.NewReader(`{"sftp":[` + faults + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	c.faults.Replace(script)
}

func open(t testing.TB, at sftp.Server) *sftp.Store {
	t.Helper()
	s, err := sftp.Open(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// put is one whole invocation: connect, store, close.
func put(at sftp.Server, path string, src files.Source) (files.Stored, error) {
	s, err := sftp.Open(context.Background(), at)
	if err != nil {
		return files.Stored{}, err
	}
	stored, err := s.Put(context.Background(), path, src)
	return stored, errors.Join(err, s.Close())
}

// place writes a file on the server, by nobody's leave.
func (c *company) place(t *testing.T, path string, content []byte) {
	t.Helper()
	file := filepath.Join(c.dir, path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, content, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// holds checks that exactly these files are on the server.
func (c *company) holds(t *testing.T, want map[string][]byte) {
	t.Helper()
	for _, f := range c.Files() {
		content, isWanted := want[f.Path]
		if !isWanted {
			t.Errorf("%s is there, with %d bytes", f.Path, f.Size)
			continue
		}
		if got, err := os.ReadFile(filepath.Join(c.dir, f.Path)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s has %d bytes, %v; want %d, or others", f.Path, len(got), err, len(content))
		}
		delete(want, f.Path)
	}
	for path := range want {
		t.Errorf("%s is not there", path)
	}
}

// some is content nobody could guess, the same for a seed.
func some(seed uint64, size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b)
	return b
}

func crc(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// origin is a source that remembers where it was opened.
type origin struct {
	content    []byte
	version    string
	breakAfter int // reading breaks off once after so many bytes; 0: it does not

	mu    sync.Mutex
	opens []int64
}

var errOrigin = errors.New("the origin broke")

func (o *origin) source() files.Source {
	return files.Source{Type: "audio/mpeg", Size: int64(len(o.content)), Version: o.version, Open: o.open}
}

func (o *origin) open(_ context.Context, offset int64) (io.ReadCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.opens = append(o.opens, offset)
	rest := io.Reader(bytes.NewReader(o.content[offset:]))
	if o.breakAfter > 0 {
		rest = io.MultiReader(io.LimitReader(rest, int64(o.breakAfter)), broken{})
		o.breakAfter = 0
	}
	return io.NopCloser(rest), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errOrigin }

// source is content of a version.
func source(content []byte, version string) files.Source {
	return (&origin{content: content, version: version}).source()
}

func wantPassing(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || !sftp.IsPassing(err) {
		t.Errorf("error is %v (passing: %v), want %v, which passes", err, sftp.IsPassing(err), want)
	}
}

// wantMended checks an error that waits for a person, and what it says to them.
func wantMended(t *testing.T, err, want error, says ...string) {
	t.Helper()
	if !errors.Is(err, want) || sftp.IsPassing(err) {
		t.Fatalf("error is %v (passing: %v), want %v, which does not pass", err, sftp.IsPassing(err), want)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("error is %q, want it to say %q", err, s)
		}
	}
	if strings.Contains(err.Error(), password) {
		t.Errorf("error %q shows the password", err)
	}
}

func (c *company) has(path string, content []byte) bool {
	got, err := os.ReadFile(filepath.Join(c.dir, path))
	return err == nil && bytes.Equal(got, content)
}
