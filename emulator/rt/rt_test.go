package rt_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/rt"
)

// runEnv has the tests run. They need Debian's packages, so a plain `go test` does without them.
const runEnv = "SESSIONBRIDGE_RT"

// prepare is a Request Tracker of a test's own that does not run yet.
func prepare(t *testing.T) *rt.Server {
	t.Helper()
	if os.Getenv(runEnv) == "" {
		t.Skipf("Request Tracker is not tested: `make test-rt` does, or %s=1", runEnv)
	}
	if missing := rt.Missing(); len(missing) > 0 {
		t.Fatalf("this machine lacks %s; as root: %s", strings.Join(missing, ", "), rt.Install)
	}
	s, err := rt.New(patience(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func start(t *testing.T) *rt.Server {
	t.Helper()
	s := prepare(t)
	if err := s.Start(patience(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

// patience bounds a wait; a test that needs it has failed.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// A server that was stopped has what it had, and no process of it is left meanwhile.
func TestAServerIsStoppedAndStartedAgain(t *testing.T) {
	t.Parallel()
	s := prepare(t)
	for round := range 2 {
		if err := s.Start(patience(t)); err != nil {
			t.Fatal(err)
		}
		tickets, err := s.Client().Tickets(patience(t), "id > 0")
		if err != nil || len(tickets) != round {
			t.Fatalf("round %d: %d tickets, %v", round, len(tickets), err)
		}
		create(t, s.Client(), "/ticket", object{"Queue": "General", "Subject": "kept"})
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if answer, err := s.Client().Send(patience(t), "GET", "/rt", nil); err == nil {
			t.Fatalf("after it was stopped it answers %d", answer.Status)
		}
	}
}
