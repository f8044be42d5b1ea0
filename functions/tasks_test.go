// Package functions_test holds what is true of every function that Cloud Tasks wakes.
package functions_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/functions/crm"
	"sessionbridge.internal/functions/export"
	"sessionbridge.internal/functions/metadata"
	"sessionbridge.internal/functions/quality"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/outbound"
)

// constructor is a function's New and the environment variables it cannot do without, in the order it asks for them.
type constructor struct {
	build func(*function.Env) (*function.Function, error)
	needs []string
}

// needed are the variables of every function that may name further tasks.
var needed = []string{"GOOGLE_CLOUD_PROJECT", "TASKS_LOCATION", "SECRETS_DIR", "CRM_URL", "METADATA_QUEUE", "METADATA_URL", "FILES_QUEUE", "EXPORT_URL", "QUALITY_QUEUE", "QUALITY_URL"}

var constructors = map[string]constructor{
	"crm":      {crm.New, needed},
	"metadata": {metadata.New, needed},
	"export":   {export.New, needed},
	"quality":  {quality.New, []string{"GOOGLE_CLOUD_PROJECT", "TASKS_LOCATION", "SECRETS_DIR", "QUALITY_QUEUE", "QUALITY_URL"}},
}

// forEach runs the test once for each of the functions.
func forEach(t *testing.T, test func(t *testing.T, name string, c constructor)) {
	t.Parallel()
	for name, c := range constructors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name, c)
		})
	}
}

// start makes the function in an environment that has all it needs and, above that, what set says.
func (c constructor) start(t *testing.T, name string, set map[string]string) *function.Function {
	t.Helper()
	env := map[string]string{}
	for _, need := range c.needs {
		env[need] = "x"
	}
	maps.Copy(env, set)
	f, err := c.build(&function.Env{Name: name, Lookup: func(name string) string { return env[name] }, Logs: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return f
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	forEach(t, func(t *testing.T, name string, c constructor) {
		tests := map[string]struct {
			lookup func(string) string
			want   string
		}{
			"an empty environment": {
				func(string) string { return "" },
				"function " + name + ": set the environment variables " + strings.Join(c.needs, ", "),
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
		for wrong, tt := range tests {
			t.Run(wrong, func(t *testing.T) {
				t.Parallel()
				f, err := c.build(&function.Env{Name: name, Lookup: tt.lookup, Logs: io.Discard})
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("New = %v, %v, want an error that says %q", f, err, tt.want)
				}
			})
		}
	})
}

// What is no task is answered without a look at any other service, so none is needed here.
func TestOnlyTasksAreTaken(t *testing.T) {
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
	forEach(t, func(t *testing.T, name string, c constructor) {
		f := c.start(t, name, nil)
		for what, tt := range tests {
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				w := httptest.NewRecorder()
				f.ServeHTTP(w, httptest.NewRequest(tt.method, "/", strings.NewReader(tt.body)))
				if w.Code != tt.want || w.Header().Get("Content-Type") != "application/problem+json" {
					t.Errorf("answer is %d %v, want %d and problem details", w.Code, w.Header(), tt.want)
				}
			})
		}
	})
}

// A task is done only when its work is, or is noted to be done later: a database that refuses has it come again.
func TestATaskIsNotAcknowledgedWithoutADatabase(t *testing.T) {
	forEach(t, func(t *testing.T, name string, c constructor) {
		// Nothing is registered: every call is answered with Unimplemented.
		refuses := emulatortest.Serve(t, new(fault.Plan), fault.Firestore, func(grpc.ServiceRegistrar) {})
		f := c.start(t, name, map[string]string{"FIRESTORE_EMULATOR_HOST": refuses})
		w := httptest.NewRecorder()
		task := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"tenant":"demo","source":"ccai","key":"call-1","task":"t"}`))
		f.ServeHTTP(w, task)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "Firestore") {
			t.Errorf("answer is %d %s, want 500 and no word of our insides", w.Code, w.Body)
		}
	})
}
