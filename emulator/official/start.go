package official

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"sync"
	"time"
)

const (
	startTimeout = 30 * time.Second       // a slow machine needs five
	pollEvery    = 50 * time.Millisecond  // how often readiness is asked
	pollTimeout  = 500 * time.Millisecond // of one question
)

// start runs java with args on a free port and waits until it serves.
func start(ctx context.Context, args ...string) (addr string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	cmd := command(port, args...)
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start java: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is of no use: it was killed, or await reports that it is gone
		close(exited)
	}()
	stop = sync.OnceFunc(func() { end(cmd, exited) })
	addr = "127.0.0.1:" + port
	if err := await(ctx, addr, exited); err != nil {
		stop()
		return "", nil, err
	}
	return addr, stop, nil
}

// end kills the emulator with whatever it started, and waits until it is gone.
func end(cmd *exec.Cmd, exited <-chan struct{}) {
	killGroup(cmd)
	<-exited
}

// await returns nil once GET / is answered with 200, as both emulators do when they serve.
func await(ctx context.Context, addr string, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !answers(ctx, addr) {
		select {
		case <-exited:
			return errors.New("the official emulator ended at once; is its Java runtime 11 or later?")
		case <-ctx.Done():
			return fmt.Errorf("wait for the official emulator at %s: %w", addr, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

func answers(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}
