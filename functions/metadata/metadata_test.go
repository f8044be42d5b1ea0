package metadata_test

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"sessionbridge.internal/functions/metadata"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
)

// build makes the function in an environment that has all it needs and, above that, what set says.
func build(set map[string]string) (*function.Function, error) {
	env := map[string]string{}
	for _, name := range []string{"GOOGLE_CLOUD_PROJECT", "TASKS_LOCATION", secrets.DirEnv, "METADATA_QUEUE", "METADATA_URL"} {
		env[name] = "x"
	}
	maps.Copy(env, set)
	return metadata.New(&function.Env{Name: "metadata", Lookup: func(name string) string { return env[name] }, Logs: io.Discard})
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lookup func(string) string
		want   string
	}{
		"an empty environment": {
			func(string) string { return "" },
			"function metadata: set the environment variables GOOGLE_CLOUD_PROJECT, TASKS_LOCATION, SECRETS_DIR, METADATA_QUEUE, METADATA_URL",
		},
		"an address that is none": {
			func(name string) string {
				if name == outbound.AllowEnv {
					return "10.0.0.0/99"
				}
				return "x"
			},
			"10.0.0.0/99",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if f, err := metadata.New(&function.Env{Name: "metadata", Lookup: tt.lookup, Logs: io.Discard}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New = %v, %v, want an error that says %q", f, err, tt.want)
			}
		})
	}
}

// What is no task is answered without a look at any other service, so none is needed here.
func TestOnlyTasksAreTaken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method, body string
		want         int
	}{
		"a reader":          {http.MethodGet, "", http.StatusMethodNotAllowed},
		"no task's body":    {http.MethodPost, "hello", http.StatusBadRequest},
		"a list":            {http.MethodPost, "[]", http.StatusBadRequest},
		"no session's name": {http.MethodPost, `{"tenant":"demo","task":"t"}`, http.StatusBadRequest},
		"a poisoned name":   {http.MethodPost, `{"tenant":"demo","key":["call-1"]}`, http.StatusBadRequest},
		"far too much":      {http.MethodPost, strings.Repeat(" ", 1<<20), http.StatusRequestEntityTooLarge},
	}
	f, err := build(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("Close of a function that opened nothing: %v", err)
		}
	})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			f.ServeHTTP(w, httptest.NewRequest(tt.method, "/", strings.NewReader(tt.body)))
			if w.Code != tt.want || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("answer is %d %v, want %d and problem details", w.Code, w.Header(), tt.want)
			}
		})
	}
}

// A task is done only when its work is, or is noted to be done later: a database that refuses has it come again.
func TestATaskIsNotAcknowledgedWithoutADatabase(t *testing.T) {
	t.Parallel()
	f, err := build(map[string]string{"FIRESTORE_EMULATOR_HOST": refuses(t)})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	task := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"tenant":"demo","source":"ccai","key":"call-1","task":"t"}`))
	f.ServeHTTP(w, task)
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "Firestore") {
		t.Errorf("answer is %d %s, want 500 and no word of our insides", w.Code, w.Body)
	}
	if err := f.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// refuses is the address of a database that answers every call with Unimplemented.
func refuses(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	go func() { _ = s.Serve(l) }() // ends with Stop
	t.Cleanup(s.Stop)
	return l.Addr().String()
}
