package function_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/shared/function"
)

func env(set map[string]string) *function.Env {
	return &function.Env{Name: "crm", Lookup: func(name string) string { return set[name] }, Logs: io.Discard}
}

func TestMissingNamesAllThatIsNotSet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set  map[string]string
		want string // the whole error; empty: none
	}{
		"everything is there": {map[string]string{"A": "1", "B": "2"}, ""},
		"one is missing":      {map[string]string{"A": "1"}, "function crm: set the environment variables B"},
		"all are missing":     {nil, "function crm: set the environment variables A, B"},
		"an empty one is missing too": {
			map[string]string{"A": "", "B": "2"}, "function crm: set the environment variables A",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := env(tt.set)
			for _, v := range []string{"A", "B"} {
				if got := e.Need(v); got != tt.set[v] {
					t.Errorf("Need(%s) = %q, want %q", v, got, tt.set[v])
				}
			}
			_ = e.Get("C") // may be missing
			got := ""
			if err := e.Missing(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Missing = %q, want %q", got, tt.want)
			}
		})
	}
}

// closer tells that it was closed.
type closer struct {
	err    error
	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return c.err
}

func TestCloseClosesAllAndTellsEveryError(t *testing.T) {
	t.Parallel()
	first, third := errors.New("the database hangs"), errors.New("the queue hangs")
	opened := []*closer{{err: first}, {}, {err: third}}
	err := function.New(http.NotFoundHandler(), opened[0], opened[1], opened[2]).Close()
	if !errors.Is(err, first) || !errors.Is(err, third) {
		t.Errorf("Close = %v, want both errors", err)
	}
	for i, c := range opened {
		if !c.closed {
			t.Errorf("the closer %d was left open", i)
		}
	}
	if err := function.New(http.NotFoundHandler()).Close(); err != nil {
		t.Errorf("Close of a function that opened nothing = %v", err)
	}
}

func TestAFunctionServesWithItsHandler(t *testing.T) {
	t.Parallel()
	f := function.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") }))
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Body.String() != "here" {
		t.Errorf("answer is %q", w.Body)
	}
}

func TestLoggerNamesTheFunction(t *testing.T) {
	t.Parallel()
	var logs bytes.Buffer
	e := env(map[string]string{"GOOGLE_CLOUD_PROJECT": "p"})
	e.Logs = &logs
	e.Logger().Info("ready")
	var line map[string]any
	if err := json.Unmarshal(logs.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, &logs)
	}
	if !strings.Contains(logs.String(), `"crm"`) || line["message"] != "ready" || line["severity"] != "INFO" {
		t.Errorf("the line is %s", &logs)
	}
}
