package main_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

// programEnv, when set, makes the tests' own program the keeper of the program that it names.
const programEnv = "SESSIONBRIDGE_BUNDLE_PROGRAM"

func TestMain(m *testing.M) {
	if program := os.Getenv(programEnv); program != "" {
		keep(program)
		return
	}
	os.Exit(m.Run())
}

// keep runs a program until our input ends, and then ends it. The tests hold the other end: when they end, however they end, so
// does the program, which is built for the platform and would not look at its own input.
func keep(program string) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	cmd := exec.CommandContext(ctx, program)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "the function's program ended:", err)
	}
}

// startProgram runs a built function as the platform does, told what env says, and answers its address once it takes requests.
func startProgram(t *testing.T, program, name string, env map[string]string) (url string) {
	t.Helper()
	addr := freeAddr(t)
	keeper, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(keeper)
	cmd.Env = []string{programEnv + "=" + program, "FUNCTION_TARGET=" + name, fmt.Sprintf("PORT=%d", addr.Port), "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	var logs bytes.Buffer // whole once the process has ended
	cmd.Stdout, cmd.Stderr = &logs, &logs
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the function's keeper: %v", err)
		}
		if t.Failed() {
			t.Logf("the function's log:\n%s", &logs)
		}
	})
	url = "http://" + addr.String()
	awaitUp(t, url)
	return url
}

// freeAddr is where nobody listened just now: the framework wants a port's number, not a listener.
func freeAddr(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr)
}

// awaitUp waits for an answer, whatever it is. That the port takes a connection says too little: another program may have tried
// whether the port is free just then.
func awaitUp(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the function does not answer: %v", err)
		}
	}
}
