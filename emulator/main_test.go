package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// mainEnv makes this test program the emulator itself.
const mainEnv = "SESSIONBRIDGE_TEST_MAIN"

func TestMain(m *testing.M) {
	local.ServeFunction() // with -isolate the functions' processes are this program
	if os.Getenv(mainEnv) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// emulator is a run of the program, with a folder of its own for what is temporary.
type emulator struct {
	cmd       *exec.Cmd
	tmp       string
	out, errs bytes.Buffer // whole once it has ended; errs without the lines that were awaited
	said      *bufio.Reader
}

func begin(t *testing.T, args ...string) *emulator {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // a test that needs it has failed
	e := &emulator{cmd: exec.CommandContext(ctx, os.Args[0], args...), tmp: t.TempDir()}
	// The race detector would have each process sleep a second before it ends.
	e.cmd.Env = append(os.Environ(), mainEnv+"=1", "TMPDIR="+e.tmp, "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	e.cmd.Stdout = &e.out
	errs, err := e.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	e.said = bufio.NewReader(errs)
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = e.cmd.Wait() // of one that ended, again
	})
	return e
}

// end waits for the program to end and returns its exit status.
func (e *emulator) end(t *testing.T) int {
	t.Helper()
	if _, err := io.Copy(&e.errs, e.said); err != nil {
		t.Error(err)
	}
	err := e.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return e.cmd.ProcessState.ExitCode()
}

// left are the files and folders that are in the temporary folder.
func (e *emulator) left(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(e.tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

var ready = regexp.MustCompile(`^The local cloud is ready after [0-9.]+m?s: (http://127\.0\.0\.1:\d+)/emulator/ \(Ctrl\+C ends it\)\n$`)

// awaitReady reads the ready line and returns the address in it.
func (e *emulator) awaitReady(t *testing.T) (url string) {
	t.Helper()
	line, err := e.said.ReadString('\n')
	match := ready.FindStringSubmatch(line)
	if match == nil {
		e.end(t)
		t.Fatalf("no ready line: %v\n%s%s", err, line, &e.errs)
	}
	return match[1]
}

func (e *emulator) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := e.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// anyPort has the services listen where they find place.
const anyPort = "-base-port=0"

func TestTheCloudRunsUntilItIsTold(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		sig  os.Signal
	}{
		"ended by SIGTERM":                   {[]string{anyPort}, syscall.SIGTERM},
		"ended by Ctrl+C":                    {[]string{anyPort}, os.Interrupt},
		"with functions in processes beside": {[]string{anyPort, "-isolate"}, syscall.SIGTERM},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := begin(t, tt.args...)
			url := e.awaitReady(t)
			resp, err := http.Get(url + "/emulator/healthz")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK || len(e.left(t)) != 1 {
				t.Errorf("once it is ready it answers %d, and has the temporary folders %q", resp.StatusCode, e.left(t))
			}
			e.signal(t, tt.sig)
			if status := e.end(t); status != 0 || e.errs.String() != "Closing.\n" {
				t.Errorf("exit status %d after %q, want 0 after a farewell", status, &e.errs)
			}
			if left := e.left(t); len(left) != 0 {
				t.Errorf("it leaves %q behind", left)
			}
			if c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
				c.Close()
				t.Error("somebody still listens")
			}
		})
	}
}

func TestAFolderOfOnesOwnIsMadeAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/not/there/yet"
	e := begin(t, anyPort, "-dir", dir)
	e.awaitReady(t)
	e.signal(t, syscall.SIGTERM)
	if status := e.end(t); status != 0 {
		t.Errorf("exit status %d: %s", status, &e.errs)
	}
	if _, err := os.Stat(dir + "/storage"); err != nil || len(e.left(t)) != 0 {
		t.Errorf("the objects' folder: %v; beside it there is %q", err, e.left(t))
	}
}

func TestAPortThatIsTakenIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	e := begin(t, fmt.Sprint("-base-port=", port))
	if status := e.end(t); status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	for _, want := range []string{fmt.Sprintf("127.0.0.1:%d is taken", port), fmt.Sprint("-base-port ", port+1000)} {
		if !strings.Contains(e.errs.String(), want) {
			t.Errorf("it says %q, not %q", &e.errs, want)
		}
	}
	if left := e.left(t); len(left) != 0 {
		t.Errorf("it leaves %q behind", left)
	}
}

func TestTheCommandLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args   []string
		status int
		says   []string
	}{
		"help is no failure":          {[]string{"-h"}, 0, []string{"Usage: emulator [demo] [flags]", "-base-port", "-isolate", "-official", "-listen", "-dir"}},
		"nor is it for the demo":      {[]string{"demo", "-h"}, 0, []string{"Usage:", "-base-port", "-source"}},
		"an unknown argument":         {[]string{"dmeo"}, 1, []string{`unknown argument "dmeo"`, "-h"}},
		"an argument too many":        {[]string{"demo", "twice"}, 1, []string{`unknown argument "twice"`, "-h"}},
		"a source of no recording":    {[]string{"demo", "-source", "fax"}, 1, []string{`"fax"`, "agentdesktop, ccai, ccai-adapter, qm, udesk, udesk-chat, and all"}},
		"a source without the demo":   {[]string{"-source", "qm"}, 1, []string{"-source", "-h"}},
		"an unknown flag":             {[]string{"-port", "1"}, 1, []string{"-port", "-h"}},
		"a port that is no number":    {[]string{"-base-port", "high"}, 1, []string{`"high"`, "-base-port", "-h"}},
		"a port beyond all":           {[]string{"-base-port", "70000"}, 1, []string{"70000"}},
		"an address of no machine":    {[]string{"-listen", "256.0.0.1", anyPort}, 1, []string{"256.0.0.1"}},
		"a folder that cannot be one": {[]string{anyPort, "-dir", "/dev/null/x"}, 1, []string{"/dev/null: not a directory"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := begin(t, tt.args...)
			if status := e.end(t); status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
			said := e.errs.String()
			for _, want := range tt.says {
				if !strings.Contains(said, want) {
					t.Errorf("it says %q, not %q", said, want)
				}
			}
			if tt.status != 0 && strings.Count(said, "\n") != 1 {
				t.Errorf("it says more than one line: %q", said)
			}
		})
	}
}

func TestTheDemoTellsHowItWent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		faults string // of the cloud it is played on
		status int
		told   []string // on the output
		errs   []string
	}{
		"everything arrived": {`{}`, 0, []string{"Using the local cloud at", "Everything arrived, once."}, nil},
		"the CRM refuses": {`{"crm":[{"times":1000,"status":403}]}`, 1, []string{"What arrived"},
			[]string{"not everything arrived", "the CRM work is dead and still owes [", "is not in the CRM", "has 0 comments"}},
		"no mail, no files": {`{"smtp":[{"times":1000,"status":550}],"storage":[{"times":1000,"status":403}]}`, 1, []string{"What arrived"},
			[]string{"the file ujet-metadata/call-", "the file ujet-chat-transcripts/chat-", "0 mails arrived, not one"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := begin(t, anyPort)
			url := cloud.awaitReady(t)
			if err := (demo.Client{URL: url}).Faults(t.Context(), tt.faults); err != nil {
				t.Fatal(err)
			}
			e := begin(t, "demo", "-base-port", url[strings.LastIndex(url, ":")+1:])
			if status := e.end(t); status != tt.status {
				t.Errorf("exit status %d, want %d: %s%s", status, tt.status, &e.out, &e.errs)
			}
			for _, want := range tt.told {
				if !strings.Contains(e.out.String(), want) {
					t.Errorf("it does not tell %q:\n%s", want, &e.out)
				}
			}
			for _, want := range tt.errs {
				if !strings.Contains(e.errs.String(), want) {
					t.Errorf("it does not name %q:\n%s", want, &e.errs)
				}
			}
			if tt.status != 0 && strings.Contains(e.out.String(), "Everything arrived") {
				t.Errorf("it says that all is well:\n%s", &e.out)
			}
		})
	}
}

func TestTheDemoStartsACloudWhereNoneRuns(t *testing.T) {
	t.Parallel()
	e := begin(t, "demo", anyPort)
	if status := e.end(t); status != 0 || !strings.Contains(e.out.String(), "Started a local cloud of its own") {
		t.Errorf("exit status %d: %s%s", status, &e.out, &e.errs)
	}
	if left := e.left(t); len(left) != 0 {
		t.Errorf("it leaves %q behind", left)
	}
}
