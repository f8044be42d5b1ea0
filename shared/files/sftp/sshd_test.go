package sftp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sessionbridge.internal/shared/files/sftp"
	"sessionbridge.internal/shared/secrets"
)

// sshdEnv set to 1 makes a machine without OpenSSH's server fail these tests instead of leaving them out.
const sshdEnv = "SESSIONBRIDGE_SSHD"

const sshdPath = "/usr/sbin/sshd"

// newSSHD is OpenSSH's server with its internal SFTP, run for this test as the user who runs it.
func newSSHD(t *testing.T, options string) (at sftp.Server, dir string) {
	t.Helper()
	if _, err := os.Stat(sshdPath); err != nil {
		if os.Getenv(sshdEnv) == "1" {
			t.Fatalf("%s=1, and there is no %s", sshdEnv, sshdPath)
		}
		t.Skipf("no %s: install openssh-server to run this against OpenSSH", sshdPath)
	}
	me, err := osuser.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" { // where the service was never started its folder may be missing
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	base := t.TempDir()
	dir = filepath.Join(base, "company")
	hostPublic, hostKey := newKey(t)
	public, key := newKey(t)
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(base, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("host_key", hostKey)
	write("authorized_keys", public)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	write("config", fmt.Sprintf(`
ListenAddress 127.0.0.1:%d
HostKey %[2]s/host_key
AuthorizedKeysFile %[2]s/authorized_keys
Subsystem sftp internal-sftp -d %[3]s %[4]s
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
MaxStartups 100
LogLevel INFO
`, port, base, dir, options))
	run(t, sshdPath, "-D", "-e", "-f", filepath.Join(base, "config"))
	return sftp.Short(sftp.Server{
		Host: "127.0.0.1", Port: port, User: me.Username, PrivateKey: secrets.New(key), HostKeys: []string{hostPublic}, Now: nowClock,
	}), dir
}

// run starts the server and returns when it listens.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(said)
	var all strings.Builder
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Server listening") {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return
		}
		all.WriteString(lines.Text() + "\n")
	}
	t.Fatalf("%s does not listen:\n%s", name, all.String())
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func TestOpenSSH(t *testing.T) {
	t.Parallel()
	at, dir := newSSHD(t, "")
	content := some(1, 3*sftp.Segment+1000)
	t.Run("puts, replaces, reads and removes", func(t *testing.T) {
		s := open(t, at)
		for _, content := range [][]byte{nil, content[:100], content, content} {
			got, err := s.Put(t.Context(), "a/b/one", source(content, fmt.Sprint(len(content))))
			if err != nil || got.Size != int64(len(content)) || got.CRC32C != crc(content) {
				t.Errorf("stored is %+v, %v", got, err)
			}
			wantOnly(t, dir, "a/b/one", content)
		}
		if got, err := s.Put(t.Context(), filepath.Join(dir, "a/b/one"), source(content, "")); err != nil || !got.Already {
			t.Errorf("by its absolute path, stored is %+v, %v", got, err)
		}
		src, err := s.Open(t.Context(), "a/b/one")
		if err != nil {
			t.Fatal(err)
		}
		body, err := src.Open(t.Context(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		read, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close()); err != nil || !bytes.Equal(read, content[1000:]) {
			t.Errorf("read %d bytes, %v", len(read), err)
		}
		if err := s.Remove(t.Context(), "a/b/one"); err != nil {
			t.Error(err)
		}
		wantOnly(t, dir, "", nil)
	})
	t.Run("passes the check", func(t *testing.T) {
		if err := open(t, at).Check(t.Context(), "exports/2026"); err != nil {
			t.Error(err)
		}
		wantOnly(t, dir, "", nil)
	})
	t.Run("is gone on with after cuts", func(t *testing.T) {
		cuts := 0
		for after := int64(100_000); ; after += 250_000 {
			got, err := put(cutAfter(at, after), "a/cut", source(content, "v1"))
			if err == nil {
				if cuts < 2 || got.CRC32C != crc(content) {
					t.Errorf("after %d cuts stored is %+v", cuts, got)
				}
				break
			}
			wantPassing(t, err, sftp.ErrCut)
			cuts++
		}
		wantOnly(t, dir, "a/cut", content)
		if err := os.Remove(filepath.Join(dir, "a/cut")); err != nil {
			t.Error(err)
		}
	})
	t.Run("takes racing Puts that are cut", func(t *testing.T) {
		racePutsThatAreCut(t, at, dir)
		wantOnly(t, dir, recording, some(1, 3*sftp.Segment))
		if err := os.Remove(filepath.Join(dir, recording)); err != nil {
			t.Error(err)
		}
	})
	t.Run("takes racing Puts", func(t *testing.T) {
		race(4, func(int) {
			if _, err := put(at, "x/y/z/raced", source(content, "v1")); err != nil {
				t.Error(err)
			}
		})
		wantOnly(t, dir, "x/y/z/raced", content)
	})
	t.Run("names what is wrong", func(t *testing.T) {
		s := open(t, at)
		_, err := s.Put(t.Context(), "x/y/z/raced/below", source(nil, ""))
		wantMended(t, err, sftp.ErrNoFolder)
		_, err = s.Put(t.Context(), "x/y", source(nil, ""))
		wantMended(t, err, sftp.ErrPath)
		stranger := at
		_, key := newKey(t)
		stranger.PrivateKey = secrets.New(key)
		_, err = sftp.Open(t.Context(), stranger)
		wantMended(t, err, sftp.ErrSignIn)
		stranger.HostKeys = []string{line(newHostKey(t))}
		_, err = sftp.Open(t.Context(), stranger)
		wantMended(t, err, sftp.ErrHostKey, "SHA256:")
	})
	t.Run("may be for reading alone", func(t *testing.T) {
		at, dir := newSSHD(t, "-R")
		_, err := put(at, "x", source(nil, ""))
		wantMended(t, err, sftp.ErrPermission)
		wantMended(t, open(t, at).Check(t.Context(), "exports"), sftp.ErrPermission)
		wantOnly(t, dir, "", nil)
	})
}

// wantOnly checks that this file, and no other, is in the folder.
func wantOnly(t *testing.T, dir, path string, content []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(at string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && at != filepath.Join(dir, path) {
			t.Errorf("%s is there too", at)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if path == "" {
		return
	}
	if got, err := os.ReadFile(filepath.Join(dir, path)); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%s has %d bytes, %v; want %d, or others", path, len(got), err, len(content))
	}
}

// cutAfter is the server over a network that breaks when so many bytes have been sent.
func cutAfter(at sftp.Server, bytes int64) sftp.Server {
	at.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &cut{Conn: conn}
		c.left.Store(bytes)
		return c, nil
	}
	return at
}

type cut struct {
	net.Conn
	left atomic.Int64
}

func (c *cut) Write(b []byte) (int, error) {
	if c.left.Add(-int64(len(b))) < 0 {
		_ = c.Conn.Close()
	}
	return c.Conn.Write(b)
}
