package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	"sessionbridge.internal/shared/cloud"
)

// childEnv, when set, makes a program that calls ServeFunction one function's process.
const childEnv = "SESSIONBRIDGE_LOCAL_FUNCTION"

// ServeFunction makes this process one function, as the platform would run it, where its environment says so, and does
// not return then. Every program that starts local clouds with Isolate calls it first thing in main (or TestMain), since
// it is its own executable that is started again.
func ServeFunction() {
	if os.Getenv(childEnv) == "" {
		return
	}
	go func() { // the parent holds the other end of our input: when it dies, however it dies, so do we
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	err := funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT"))
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// process runs one function in a process of its own, and starts it again when it dies, as the platform does.
type process struct {
	name  string
	env   map[string]string
	port  string
	logs  io.Writer
	log   *slog.Logger
	proxy *httputil.ReverseProxy

	mu     sync.Mutex
	cmd    *exec.Cmd
	up     chan struct{} // closed once the process answers; a new one when that one has died
	closed bool
	ended  chan struct{} // closed when the last process is gone
}

func startProcess(ctx context.Context, name string, env map[string]string, logs io.Writer, log *slog.Logger) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("local cloud: a port for function %s: %w", name, err)
	}
	p := &process{name: name, env: env, port: port, logs: logs, log: log, ended: make(chan struct{})}
	p.proxy = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "127.0.0.1:" + port})
	p.proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) {
		http.Error(w, "the function's process is gone", http.StatusServiceUnavailable)
	}
	// A connection to a process that died must not fail a request to the next one.
	p.proxy.Transport = &http.Transport{DisableKeepAlives: true}
	if err := p.launch(); err != nil {
		return nil, err
	}
	if err := p.awaitUp(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// freePort finds a port that is free now. Another program could take it first; then the function's process says so.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// launch starts the process; the caller does not hold mu.
func (p *process) launch() error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("local cloud: function %s: %w", p.name, err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"=1", "FUNCTION_TARGET="+p.name, "PORT="+p.port)
	for k, v := range p.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stdout, cmd.Stderr = p.logs, p.logs
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("local cloud: function %s: %w", p.name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("local cloud: function %s: %w", p.name, err)
	}
	p.cmd = cmd
	go p.watch(cmd, stdin, time.Now())
	if p.up == nil || isClosed(p.up) { // else the one before never answered, and who waited for it waits for this one
		p.up = make(chan struct{})
		go p.probe(p.up)
	}
	return nil
}

var errClosed = errors.New("local cloud: closed")

// A process that dies as soon as it is started is started again after a pause, so that one which cannot run does not keep
// the machine busy.
const (
	shortLife = time.Second
	pause     = time.Second
)

// watch starts the function again when its process dies.
func (p *process) watch(cmd *exec.Cmd, stdin io.Closer, born time.Time) {
	err := cmd.Wait()
	stdin.Close()
	if !isClosed(p.upNow()) && time.Since(born) < shortLife {
		_ = cloud.Pause(context.Background(), pause) // which a background context never cuts short
	}
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		close(p.ended)
		return
	}
	p.log.Warn("a function's process died and is started again", "function", p.name, "how", fmt.Sprint(err))
	if err := p.launch(); err != nil {
		if !errors.Is(err, errClosed) {
			p.log.Error("a function cannot be started", "function", p.name, "error", err)
		}
		close(p.ended)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (p *process) upNow() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.up
}

// probe closes up once the process takes connections.
func (p *process) probe(up chan struct{}) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		conn, err := net.Dial("tcp", "127.0.0.1:"+p.port)
		if err == nil {
			conn.Close()
			close(up)
			return
		}
		p.mu.Lock()
		closed := p.closed
		p.mu.Unlock()
		if closed {
			return
		}
	}
}

// startTimeout is how long a function's process may take to answer.
const startTimeout = 20 * time.Second

// awaitUp waits until the process takes connections, as the platform holds a request until an instance is up.
func (p *process) awaitUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case <-p.upNow():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("local cloud: function %s did not start: %w", p.name, ctx.Err())
	}
}

func (p *process) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := p.awaitUp(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	p.proxy.ServeHTTP(w, r)
}

// Kill ends the process as a crash would; a new one is started.
func (p *process) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Kill()
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

// Close ends the process for good.
func (p *process) Close() error {
	p.mu.Lock()
	p.closed = true
	err := p.cmd.Process.Kill()
	p.mu.Unlock()
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("local cloud: ending function %s: %w", p.name, err)
	}
	<-p.ended
	return nil
}
