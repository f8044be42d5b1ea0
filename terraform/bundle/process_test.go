package main_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

// startProgram runs a built function as the platform does, told what env says, and answers its address once it takes requests.
func startProgram(t *testing.T, program, name string, env map[string]string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil { // the framework wants a port's number, not a listener
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = []string{"FUNCTION_TARGET=" + name, fmt.Sprintf("PORT=%d", addr.Port), "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	var logs bytes.Buffer // whole once the process has ended
	cmd.Stdout, cmd.Stderr = &logs, &logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // "signal: killed" is as it should be
		if t.Failed() {
			t.Logf("the function's log:\n%s", &logs)
		}
	})
	url = "http://" + addr.String()
	awaitUp(t, url)
	return url
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
