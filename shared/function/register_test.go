package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	"sessionbridge.internal/shared/function"
)

// portEnv makes this test program one that serves two registered functions there. The framework cannot be stopped, and
// what a function logs goes to its process's output: both want a process of their own.
const portEnv = "FUNCTION_TEST_PORT"

func TestMain(m *testing.M) {
	if port := os.Getenv(portEnv); port != "" {
		fmt.Fprintln(os.Stderr, serve(port))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func serve(port string) error {
	go func() { // the test holds the other end: when it dies, so does this process
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var built atomic.Int32
	function.Register("sound", func(*function.Env) (*function.Function, error) {
		n := built.Add(1)
		return function.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, n) })), nil
	})
	function.Register("broken", func(e *function.Env) (*function.Function, error) {
		e.Need("DATABASE_OF_THE_TEST")
		e.Need("QUEUE_OF_THE_TEST")
		return nil, e.Missing()
	})
	return funcframework.StartHostPort("127.0.0.1", port)
}

// framework is a process that serves the two functions.
type framework struct {
	url  string
	cmd  *exec.Cmd
	logs bytes.Buffer // whole once the process has ended
}

func start(t *testing.T) *framework {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil { // the framework wants a port's number, not a listener
		t.Fatal(err)
	}
	f := &framework{url: "http://" + addr.String(), cmd: exec.Command(os.Args[0])}
	f.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", portEnv, addr.Port), "FUNCTION_TARGET=")
	f.cmd.Stdout, f.cmd.Stderr = &f.logs, os.Stderr
	if _, err := f.cmd.StdinPipe(); err != nil { // open as long as this process lives
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.stop() })
	f.awaitUp(t, addr.String())
	return f
}

func (f *framework) awaitUp(t *testing.T, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the framework does not answer: %v", err)
		}
	}
}

// stop ends the process; all it wrote is in logs then.
func (f *framework) stop() {
	_ = f.cmd.Process.Kill() // it may have ended
	_ = f.cmd.Wait()         // "signal: killed" is as it should be
}

// answer is what the framework answered; where it did not, the test has failed and the answer is empty.
type answer struct {
	status      int
	contentType string
	body        string
}

func (f *framework) get(t *testing.T, name string) answer {
	t.Helper()
	resp, err := http.Get(f.url + "/" + name)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Content-Type"), string(body)}
}

func TestRegisterBuildsAFunctionOnceAtItsFirstRequests(t *testing.T) {
	t.Parallel()
	f := start(t)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if got := f.get(t, "sound"); got.body != "1" {
				t.Errorf("the function answers %+v, want 1: it was built that often", got)
			}
		})
	}
	all.Wait()
}

func TestAFunctionInAWrongEnvironmentAnswersAndLogs(t *testing.T) {
	t.Parallel()
	f := start(t)
	for range 2 {
		got := f.get(t, "broken")
		var problem struct {
			Status int
			Detail string
		}
		if err := json.Unmarshal([]byte(got.body), &problem); err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		if got.status != 500 || got.contentType != "application/problem+json" ||
			problem.Status != 500 || problem.Detail != "the function is not set up" {
			t.Errorf("answer is %+v, want problem details", got)
		}
		if strings.Contains(got.body, "OF_THE_TEST") {
			t.Errorf("the answer tells strangers of the environment: %s", got.body)
		}
	}
	f.stop()
	for _, want := range []string{"DATABASE_OF_THE_TEST, QUEUE_OF_THE_TEST", `"severity":"ERROR"`, "the function cannot start"} {
		if !strings.Contains(f.logs.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &f.logs)
		}
	}
}
