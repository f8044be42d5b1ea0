// Package rt runs a Request Tracker 5 of a test's own, as Debian packages it. It was not written for us, so it shows
// whether the settings can describe a real system: the tests here play sessions through emulator/local into it, with the
// preset that ships in shared/settings/presets, and look at what arrived through a client of its own API.
package rt

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sessionbridge.internal/shared/cloud"
)

// Install is the command that brings what Missing names.
const Install = "apt-get install -y --no-install-recommends request-tracker5 rt5-db-sqlite starman"

const (
	setupProgram  = "/usr/sbin/rt-setup-database-5"
	serverProgram = "/usr/share/request-tracker5/libexec/rt-server"
)

// Missing names the Debian packages that this machine lacks.
func Missing() (packages []string) {
	for _, p := range []struct{ name, file string }{
		{"request-tracker5", serverProgram},
		{"rt5-db-sqlite", "/usr/share/doc/rt5-db-sqlite"}, // all that it brings are dependencies
		{"starman", "/usr/share/perl5/Starman.pm"},
	} {
		if _, err := os.Stat(p.file); err != nil {
			packages = append(packages, p.name)
		}
	}
	return packages
}

//go:embed RT_SiteConfig.pm
var siteConfig []byte

//go:embed seed.pl
var seed []byte

// Server is one Request Tracker on the loopback, with a database and a token of its own. It can be stopped and started
// again, and then has what it had.
type Server struct {
	URL   string // without a slash at the end
	Token string // of the user "connector", who may do what the preset needs

	dir   string
	port  string
	cmd   *exec.Cmd // nil while it is stopped
	stdin io.Closer
}

// New sets a Request Tracker up in an empty folder, on a free port. Start starts it.
func New(ctx context.Context, dir string) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("rt: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("rt: %w", err)
	}
	s := &Server{URL: "http://127.0.0.1:" + port, dir: dir, port: port}
	if err := s.write(); err != nil {
		return nil, fmt.Errorf("rt: %w", err)
	}
	for _, args := range [][]string{
		{"--action", "init", "--root-password-file", s.path("root.pw")},
		{"--action", "insert", "--datafile", s.path("seed.pl")},
	} {
		if err := s.setUp(ctx, args); err != nil {
			return nil, err
		}
	}
	token, err := os.ReadFile(s.path("token"))
	if err != nil {
		return nil, fmt.Errorf("rt: the seed made no token: %w", err)
	}
	s.Token = string(token)
	return s, nil
}

// freePort finds a port that is free now. Another program could take it first; then the server says so.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) write() error {
	for _, folder := range []string{"conf.d", "mason", "session", "var", "tmp"} {
		if err := os.MkdirAll(s.path(folder), 0o700); err != nil {
			return err
		}
	}
	for name, content := range map[string][]byte{"RT_SiteConfig.pm": siteConfig, "seed.pl": seed, "root.pw": []byte("root-pw\n")} {
		if err := os.WriteFile(s.path(name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// environment moves everything that Debian's Request Tracker keeps elsewhere into the server's folder, so that it needs
// neither root nor what the package's installation made.
func (s *Server) environment() []string {
	return append(os.Environ(),
		"RT_SITE_CONFIG="+s.path("RT_SiteConfig.pm"), "RT_SITE_CONFIG_DIR="+s.path("conf.d"),
		"RT_DATA="+s.dir, "RT_PORT="+s.port, "RT_TOKEN_FILE="+s.path("token"), "HOME="+s.dir, "TMPDIR="+s.path("tmp"))
}

func (s *Server) setUp(ctx context.Context, args []string) error {
	cmd := exec.CommandContext(ctx, setupProgram, append(args, "--skip-create")...)
	cmd.Env, cmd.Dir = s.environment(), s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("rt: %s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// guard runs a command until its own input ends, which it does when we end, however we end.
const guard = `"$@" </dev/null & read -r _; kill $!; wait $!`

// Start starts the server and returns once it answers.
func (s *Server) Start(ctx context.Context) error {
	// A worker serves one kept-alive connection at a time and leaves other clients waiting for seconds; hence no keep-alive.
	cmd := exec.Command("sh", "-c", guard, "rt", serverProgram, "--server", "Starman", "--host", "127.0.0.1",
		"--port", s.port, "--workers", "4", "--disable-keepalive")
	cmd.Env, cmd.Dir = s.environment(), s.dir
	output := &bytes.Buffer{} // read only once the command has ended
	cmd.Stdout, cmd.Stderr = output, output
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("rt: starting: %w", err)
	}
	s.cmd, s.stdin = cmd, stdin
	if err := s.await(ctx); err != nil {
		err = errors.Join(err, s.Stop())
		return fmt.Errorf("rt: starting: %w\n%s", err, output)
	}
	return nil
}

// await asks until the server knows who we are.
func (s *Server) await(ctx context.Context) error {
	c := s.Client()
	for {
		answer, err := c.Send(ctx, http.MethodGet, "/rt", nil)
		if err == nil && answer.Status == http.StatusOK {
			return nil
		}
		if pause := cloud.Pause(ctx, 50*time.Millisecond); pause != nil {
			return errors.Join(pause, err)
		}
	}
}

// Stop ends the server and waits until it is gone.
func (s *Server) Stop() error {
	if s.cmd == nil {
		return nil
	}
	s.stdin.Close()
	err := s.cmd.Wait()
	s.cmd = nil
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) { // how a server ends that was told to does not matter
		return fmt.Errorf("rt: stopping: %w", err)
	}
	return nil
}

// Client speaks to the server as the connector.
func (s *Server) Client() Client { return Client{URL: s.URL, Authorization: "token " + s.Token} }

// As speaks to the server as another of the users in seed.pl.
func (s *Server) As(user string) Client {
	req := http.Request{Header: http.Header{}}
	req.SetBasicAuth(user, user+"-pw")
	return Client{URL: s.URL, Authorization: req.Header.Get("Authorization")}
}
