package watch_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/functions/watch"
	"sessionbridge.internal/shared/function"
	"sessionbridge.internal/shared/store"
)

const location = "projects/p/locations/l"

// environment is all that the function needs, with what is only named.
func environment() map[string]string {
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location, "METADATA_QUEUE": "metadata"}
	for _, name := range []string{"CRM_URL", "METADATA_URL", "EXPORT_URL", "FILES_QUEUE", "QUALITY_URL", "QUALITY_QUEUE"} {
		env[name] = "http://127.0.0.1:1/"
	}
	return env
}

func start(t *testing.T, env map[string]string, logs io.Writer) *function.Function {
	t.Helper()
	f, err := watch.New(&function.Env{Name: "watch", Lookup: func(name string) string { return env[name] }, Logs: logs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func call(f http.Handler, method string) *httptest.ResponseRecorder {
	a := httptest.NewRecorder()
	f.ServeHTTP(a, httptest.NewRequest(method, "/", strings.NewReader("{}")))
	return a
}

func TestALookTakesUpWhatWasLost(t *testing.T) {
	t.Parallel()
	faults, now, env, logs := new(fault.Plan), clock.New(), environment(), new(bytes.Buffer)
	env["FIRESTORE_EMULATOR_HOST"] = emulatortest.Firestore(t, faults, now.Now)
	queue, addr := emulatortest.VainTasks(t, faults, now, location, "metadata")
	env["CLOUD_TASKS_EMULATOR_HOST"] = addr
	db := store.Open(func(name string) string { return env[name] })
	defer db.Close()
	if err := db.PutSettings(t.Context(), "demo", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	_, err := db.Update(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}, func(d *store.Document) (store.Change, error) {
		d.Session.Tenant, d.Session.Source, d.Session.Key = "demo", "ccai", "call-1"
		d.Work = map[string]store.Work{"metadata": {Task: "lost", TaskAt: now.Now().Add(-2 * time.Hour)}}
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := call(start(t, env, logs), http.MethodPost); a.Code != http.StatusNoContent {
		t.Errorf("answer is %d %s, want 204", a.Code, a.Body)
	}
	if n := len(queue.Snapshot().Queues[0].Tasks); n != 1 || !strings.Contains(logs.String(), `"class":"missing","count":1`) {
		t.Errorf("%d tasks and the log %s, want one, and it told", n, logs)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	const want = "function watch: set the environment variables GOOGLE_CLOUD_PROJECT, TASKS_LOCATION, CRM_URL, METADATA_QUEUE, METADATA_URL, FILES_QUEUE, EXPORT_URL, QUALITY_QUEUE, QUALITY_URL"
	f, err := watch.New(&function.Env{Name: "watch", Lookup: func(string) string { return "" }, Logs: io.Discard})
	if err == nil || err.Error() != want {
		t.Errorf("New = %v, %v, want %q", f, err, want)
	}
}

func TestOnlyPostsAreTaken(t *testing.T) {
	t.Parallel()
	if a := call(start(t, environment(), io.Discard), http.MethodGet); a.Code != http.StatusMethodNotAllowed {
		t.Errorf("answer is %d, want 405", a.Code)
	}
}

// Cloud Scheduler shows a look that failed, and the watch's alert tells of it.
func TestWithoutADatabaseALookFails(t *testing.T) {
	t.Parallel()
	env := environment()
	// Nothing is registered: every call is answered with Unimplemented.
	env["FIRESTORE_EMULATOR_HOST"] = emulatortest.Serve(t, new(fault.Plan), fault.Firestore, func(grpc.ServiceRegistrar) {})
	if a := call(start(t, env, io.Discard), http.MethodPost); a.Code != http.StatusInternalServerError || strings.Contains(a.Body.String(), "Firestore") {
		t.Errorf("answer is %d %s, want 500 and no word of our insides", a.Code, a.Body)
	}
}
