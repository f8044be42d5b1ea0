package sftp_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	client "github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/sftp"
)

const user, password = "bridge", "correct horse"

// start runs a server in a folder of its own, with faults as people write them.
func start(t *testing.T, faults string, change ...func(*sftp.Options)) (*sftp.Server, string) {
	t.Helper()
	o := sftp.Options{
		Dir: filepath.Join(t.TempDir(), "company"), User: user, Password: password,
		Faults: new(fault.Plan), Log: slog.New(slog.DiscardHandler),
	}
	if faults != "" {
		script, err := fault.ParseScript(strings.NewReader(faults))
		if err != nil {
			t.Fatal(err)
		}
		o.Faults.Replace(script)
	}
	for _, c := range change {
		c(&o)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sftp.Start(l, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, l.Addr().String()
}

// dial signs in, by the server's own key alone.
func dial(s *sftp.Server, address string, auth ...ssh.AuthMethod) (*client.Client, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.HostKey()))
	if err != nil {
		return nil, err
	}
	conn, err := ssh.Dial("tcp", address, &ssh.ClientConfig{
		User: user, Auth: auth, HostKeyCallback: ssh.FixedHostKey(key), Timeout: 20 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return client.NewClient(conn)
}

func connect(t *testing.T, s *sftp.Server, address string) *client.Client {
	t.Helper()
	c, err := dial(s, address, ssh.Password(password))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func write(c *client.Client, path string, content []byte) error {
	f, err := c.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.ReadFrom(bytes.NewReader(content))
	return errors.Join(err, f.Close())
}

func read(c *client.Client, path string) ([]byte, error) {
	f, err := c.Open(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(f)
	return content, errors.Join(err, f.Close())
}

func TestFilesAreWrittenReadListedAndRemoved(t *testing.T) {
	t.Parallel()
	s, address := start(t, "")
	c := connect(t, s, address)
	content := bytes.Repeat([]byte("0123456789"), 20_000)
	if err := errors.Join(c.MkdirAll("a/b"), write(c, "a/b/call-1.mp3", content), write(c, "/a/.call-2.part", nil)); err != nil {
		t.Fatal(err)
	}
	if got, err := read(c, "/a/b/call-1.mp3"); err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, %v; want %d", len(got), err, len(content))
	}
	sum := sha256.Sum256(content)
	shown := s.Files()
	if len(shown) != 2 || shown[0].Path != "a/.call-2.part" || shown[1].Path != "a/b/call-1.mp3" ||
		shown[1].Size != int64(len(content)) || shown[1].SHA256 != hex.EncodeToString(sum[:]) || shown[1].ModTime.IsZero() {
		t.Errorf("shown are %+v", shown)
	}
	if err := errors.Join(c.Remove("a/b/call-1.mp3"), c.RemoveDirectory("a/b")); err != nil {
		t.Error(err)
	}
	if _, err := c.Stat("a/b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the removal: %v", err)
	}
	if names, err := c.ReadDir("a"); err != nil || len(names) != 1 {
		t.Errorf("left are %v, %v", names, err)
	}
}

func TestWhatIsShownFollowsTheFile(t *testing.T) {
	t.Parallel()
	s, address := start(t, "")
	c := connect(t, s, address)
	if err := write(c, "x", []byte("one")); err != nil {
		t.Fatal(err)
	}
	first := s.Files()[0].SHA256
	if err := errors.Join(write(c, "x", []byte("two")), c.Chtimes("x", time.Unix(0, 0), time.Unix(1_000_000_000, 0))); err != nil {
		t.Fatal(err)
	}
	if now := s.Files()[0]; now.SHA256 == first || now.ModTime.Unix() != 1_000_000_000 {
		t.Errorf("shown is %+v", now)
	}
	f, err := s.OpenFile("/x")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if content, err := io.ReadAll(f); err != nil || string(content) != "two" {
		t.Errorf("content is %q, %v", content, err)
	}
	if _, err := s.OpenFile("y"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestRenames(t *testing.T) {
	t.Parallel()
	s, address := start(t, "")
	c := connect(t, s, address)
	if err := errors.Join(write(c, "new", []byte("new")), write(c, "old", []byte("old"))); err != nil {
		t.Fatal(err)
	}
	if err := c.Rename("new", "old"); err == nil {
		t.Error("a rename replaced a file, which version 3 of the protocol does not")
	}
	if err := c.PosixRename("new", "old"); err != nil {
		t.Error(err)
	}
	if got, err := read(c, "old"); err != nil || string(got) != "new" {
		t.Errorf("the file is %q, %v", got, err)
	}
	if err := c.Rename("old", "free"); err != nil {
		t.Error(err)
	}
	if err := c.PosixRename("gone", "free"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a rename of nothing: %v", err)
	}
}

func TestResumedWritesKeepWhatIsThere(t *testing.T) {
	t.Parallel()
	s, address := start(t, "")
	c := connect(t, s, address)
	if err := write(c, "x", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	f, err := c.OpenFile("x", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(", world"), 5)
	if err := errors.Join(err, f.Close(), c.Truncate("x", 9)); err != nil {
		t.Fatal(err)
	}
	if got, err := read(c, "x"); err != nil || string(got) != "hello, wo" {
		t.Errorf("the file is %q, %v", got, err)
	}
}

func TestNoPathLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	var dir string
	s, address := start(t, "", func(o *sftp.Options) { dir = o.Dir })
	outside := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"absolute": outside, "climbing": "../secret", "dir": ".."} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	c := connect(t, s, address)
	for _, path := range []string{"../secret", "/../secret", "a/../../secret", "absolute", "climbing", "dir/secret", outside} {
		_ = write(c, path, []byte("mine")) // a path that climbs ends in the folder, and is fine there
		if content, err := read(c, path); err == nil && string(content) != "mine" {
			t.Errorf("%s: read %q", path, content)
		}
	}
	if err := c.Symlink("/etc/passwd", "link"); err == nil {
		t.Error("a client made a symbolic link")
	}
	if wd, err := c.Getwd(); err != nil || wd != "/" {
		t.Errorf("the folder is shown as %q, %v", wd, err)
	}
	if content, err := os.ReadFile(outside); err != nil || string(content) != "secret" {
		t.Errorf("the file outside is %q, %v", content, err)
	}
}

func newKey(t *testing.T) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	mine, other := newKey(t), newKey(t)
	s, address := start(t, "", func(o *sftp.Options) {
		o.AuthorizedKeys = []string{string(ssh.MarshalAuthorizedKey(mine.PublicKey()))}
	})
	answer := func(with string) ssh.AuthMethod {
		return ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			return []string{with}[:len(questions)], nil
		})
	}
	for _, row := range []struct {
		name string
		auth ssh.AuthMethod
		ok   bool
	}{
		{"password", ssh.Password(password), true},
		{"wrong password", ssh.Password("x"), false},
		{"password, interactively", answer(password), true},
		{"wrong password, interactively", answer("x"), false},
		{"key", ssh.PublicKeys(mine), true},
		{"stranger's key", ssh.PublicKeys(other), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := dial(s, address, row.auth)
			if (err == nil) != row.ok {
				t.Errorf("sign-in: %v", err)
			}
			if err == nil {
				_ = c.Close()
			}
		})
	}
}

func TestTheHostKeyOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "company")
	in := func(o *sftp.Options) { o.Dir = dir }
	first, address := start(t, "", in)
	connect(t, first, address)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, _ := start(t, "", in)
	if first.HostKey() != second.HostKey() || !strings.HasPrefix(first.Fingerprint(), "SHA256:") || first.Fingerprint() != second.Fingerprint() {
		t.Errorf("the keys are %s and %s", first.HostKey(), second.HostKey())
	}
	if n := len(second.Files()); n != 0 {
		t.Errorf("%d files: the key is among the company's", n)
	}
	given := newKey(t)
	third, address := start(t, "", func(o *sftp.Options) { o.HostKey = given })
	if third.Fingerprint() != ssh.FingerprintSHA256(given.PublicKey()) {
		t.Error("the given key is not used")
	}
	connect(t, third, address)
}

func TestStartRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.WriteFile(filepath.Join(dir, "k.hostkey"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]sftp.Options{
		"folder that is a file":  {Dir: file},
		"authorized key, broken": {Dir: filepath.Join(dir, "a"), AuthorizedKeys: []string{"ssh-ed25519 nonsense"}},
		"kept host key, broken":  {Dir: filepath.Join(dir, "k")},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if s, err := sftp.Start(l, o); err == nil {
			_ = s.Close()
			t.Errorf("%s: started", name)
		}
		_ = l.Close()
	}
}

func TestFilesThatAreNotOpenedAgain(t *testing.T) {
	t.Parallel()
	for _, noReopen := range []bool{false, true} {
		s, address := start(t, "", func(o *sftp.Options) { o.NoReopen = noReopen })
		c := connect(t, s, address)
		for range 2 { // begun anew it may be, and read
			if err := write(c, "x", []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := read(c, "x"); err != nil || string(got) != "x" {
			t.Errorf("read %q, %v", got, err)
		}
		f, err := c.OpenFile("x", os.O_WRONLY)
		var status *client.StatusError
		if isRefused := errors.As(err, &status) && status.FxCode() == client.ErrSSHFxOpUnsupported; isRefused != noReopen || !noReopen && err != nil {
			t.Errorf("opened again: %v, want it refused: %v", err, noReopen)
		}
		if err == nil {
			_ = f.Close()
		}
	}
}
