// Package local is the local cloud put together: every service of the folders beside it, the functions, and one front
// for people, on one machine and one virtual clock. emulator's main runs it; tests start as many as they like.
package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/cost"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/identity"
	"sessionbridge.internal/emulator/people"
)

// Options say how a local cloud is to run. The zero value is one on free ports of 127.0.0.1, in memory and a temporary
// folder, with all functions in this process.
type Options struct {
	Listen   string    // the address to listen on; empty: 127.0.0.1
	BasePort int       // of people's page; the services' follow it. 0: any free ports
	Isolate  bool      // every function in a process of its own, as the platform does
	Official *Official // gcloud's Firestore and Pub/Sub emulators in the place of ours; nil: ours
	Dir      string    // where objects and secrets are kept; empty: a temporary folder, removed at the end
	Logs     io.Writer // what the functions and services log, JSON lines; nil: nowhere but the page
	SignIn   bool      // people must sign in: whoever comes by a browser is nobody yet, and not the developer
	Allow    []string  // host:port of servers beside the local cloud that its functions may call, such as a CRM on this machine
}

// Cloud is a running local cloud.
type Cloud struct {
	URL string // of people's page and the functions, without a slash at the end

	opts    Options
	project string
	dir     string
	clock   *clock.Clock
	faults  *fault.Plan
	meter   cost.Meter
	signer  *identity.Issuer
	issuer  *people.Issuer
	log     *slog.Logger
	lines   *ring

	services  services
	functions map[string]functionHost
	env       map[string]string
	ready     chan struct{} // closed once everything is set up

	advancing chan struct{} // held by the one who moves the clock
	onCall    atomic.Pointer[func()]
	closers   []func() error
}

// Start brings a local cloud up and returns once it is ready. Close ends it.
func Start(ctx context.Context, o Options) (*Cloud, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1"
	}
	c := &Cloud{opts: o, project: "local", faults: &fault.Plan{}, lines: newRing(o.Logs), ready: make(chan struct{}), advancing: make(chan struct{}, 1)}
	if o.Official != nil { // which several clouds may share, each with a project of its own
		c.project = "local-" + strings.ToLower(rand.Text()[:12])
	}
	c.log = slog.New(slog.NewJSONHandler(c.lines, nil))
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cloud) start(ctx context.Context) error {
	front, err := c.listen(portFront, "people's page and the functions")
	if err != nil {
		return err
	}
	c.URL = "http://" + dialable(front)
	if err := c.prepareDir(); err != nil {
		front.Close()
		return err
	}
	c.signer = identity.New(identity.GoogleIssuer, c.clock.Now)
	c.issuer = c.newIssuer()
	c.serve(front, c.front())
	for _, step := range []func(context.Context) error{c.startServices, c.startFunctions, c.furnish} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	close(c.ready)
	return nil
}

// prepareDir makes the folder, the clock whose offset is shared through a file in it, and the demo's secrets.
func (c *Cloud) prepareDir() error {
	c.dir = c.opts.Dir
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "sessionbridge-")
		if err != nil {
			return fmt.Errorf("local cloud: %w", err)
		}
		c.dir = dir
		c.onClose(func() error { return os.RemoveAll(dir) })
	}
	if err := writeSecrets(filepath.Join(c.dir, "secrets")); err != nil { // which makes the folder, if need be
		return err
	}
	c.clock = clock.New()
	c.clock.Moved = c.shareOffset
	c.shareOffset(0)
	return nil
}

// shareOffset tells functions in other processes how far the virtual time is ahead. The file is replaced, never changed,
// so that nobody reads half of it.
func (c *Cloud) shareOffset(d time.Duration) {
	path := c.offsetFile()
	err := os.WriteFile(path+".new", []byte(d.String()), 0o600)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		panic(fmt.Sprintf("local cloud: the clock cannot be shared: %v", err))
	}
}

func (c *Cloud) offsetFile() string { return filepath.Join(c.dir, "clock-offset") }

// serve answers HTTP on l, under this machine's own names, until the cloud closes.
func (c *Cloud) serve(l net.Listener, h http.Handler) {
	dated := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", c.clock.Now().UTC().Format(http.TimeFormat)) // else every server here would seem to have a wrong clock
		h.ServeHTTP(w, r)
	})
	s := &http.Server{Handler: c.named(dated), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelWarn)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			c.log.Error("a server stopped", "address", l.Addr().String(), "error", err)
		}
	}()
	c.onClose(func() error {
		err := s.Close()
		<-done
		return err
	})
}

// tap tells the watcher, if there is one, that a service was called, and returns what tells it that the call is done. Tests
// kill functions between the two, or after them.
func (c *Cloud) tap() (after func()) {
	f := c.onCall.Load()
	if f == nil {
		return func() {}
	}
	(*f)()
	return *f
}

func (c *Cloud) tapped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer c.tap()()
		next.ServeHTTP(w, r)
	})
}

// Kill ends a function's process as a crash would; another is started in its place. It needs Options.Isolate.
func (c *Cloud) Kill(name string) error {
	p, ok := c.functions[name].(*process)
	if !ok {
		return fmt.Errorf("local cloud: there is no process of a function %q; is -isolate set?", name)
	}
	return p.Kill()
}

// onClose registers what Close does, the last first.
func (c *Cloud) onClose(f func() error) { c.closers = append(c.closers, f) }

// Close ends everything, the last started first.
func (c *Cloud) Close() error {
	var errs []error
	for i := len(c.closers) - 1; i >= 0; i-- {
		errs = append(errs, c.closers[i]())
	}
	c.closers = nil
	return errors.Join(errs...)
}
