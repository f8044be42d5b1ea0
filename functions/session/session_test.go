package session_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/functions/session"
	"sessionbridge.internal/shared/function"
	model "sessionbridge.internal/shared/session"
)

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	const want = "function session: set the environment variables GOOGLE_CLOUD_PROJECT, TASKS_LOCATION, CRM_URL, METADATA_QUEUE, METADATA_URL, FILES_QUEUE, EXPORT_URL, QUALITY_QUEUE, QUALITY_URL, PRESENCE_QUEUE, PRESENCE_URL"
	f, err := session.New(&function.Env{Name: "session", Lookup: func(string) string { return "" }, Logs: io.Discard})
	if err == nil || err.Error() != want {
		t.Errorf("New = %v, %v, want %q", f, err, want)
	}
}

// event is one of a call of the demo tenant, so many minutes into it.
func event(kind model.Kind, minute int) model.Event {
	at := start.Add(time.Duration(minute) * time.Minute)
	return model.Event{ID: fmt.Sprint(kind, "-", minute), Tenant: "demo", Source: "ccai", Session: "call-1", Kind: kind, At: at, ReceivedAt: at}
}

// push is the envelope of a message with the data (docs.cloud.google.com/pubsub/docs/push).
func push(data string) string {
	return fmt.Sprintf(`{"message":{"data":%q,"messageId":"7","attributes":{"tenant":"demo"}},"subscription":"projects/p/subscriptions/session","deliveryAttempt":1}`,
		base64.StdEncoding.EncodeToString([]byte(data)))
}

func encode(t *testing.T, events ...model.Event) string {
	t.Helper()
	b, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (w *world) send(method, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	for k := range header {
		r.Header.Set(k, header.Get(k))
	}
	a := httptest.NewRecorder()
	w.ServeHTTP(a, r)
	return a
}

// must sends a push that is to be acknowledged.
func (w *world) must(t *testing.T, events ...model.Event) {
	t.Helper()
	if a := w.send(http.MethodPost, push(encode(t, events...)), nil); a.Code != http.StatusNoContent {
		t.Fatalf("answer is %d %s, want 204", a.Code, a.Body)
	}
}

// A message comes as a push or, where Eventarc brings it, as a CloudEvent in one of its two forms.
func TestAnEventIsFoldedInWhateverFormItComes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		wrap   func(push string) string
		header http.Header
	}{
		"a push": {func(push string) string { return push }, http.Header{"Content-Type": {"application/json"}}},
		"a binary CloudEvent": {func(push string) string { return push }, http.Header{
			"Content-Type": {"application/json"}, "Ce-Id": {"7"}, "Ce-Specversion": {"1.0"},
			"Ce-Type": {"google.cloud.pubsub.topic.v1.messagePublished"}, "Ce-Source": {"//pubsub.googleapis.com/projects/p/topics/t"},
		}},
		"a structured CloudEvent": {func(push string) string {
			return `{"specversion":"1.0","id":"7","type":"google.cloud.pubsub.topic.v1.messagePublished","source":"//p","data":` + push + `}`
		}, http.Header{"Content-Type": {"application/cloudevents+json"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `{}`)
			body := tt.wrap(push(encode(t, event(model.Started, 0), event(model.Connected, 1))))
			if a := w.send(http.MethodPost, body, tt.header); a.Code != http.StatusNoContent || a.Body.Len() != 0 {
				t.Fatalf("answer is %d %s, want 204", a.Code, a.Body)
			}
			if s := w.session(t); s.Status != model.StatusConnected || len(s.Events) != 2 || !s.StartedAt.Equal(start) {
				t.Errorf("the session is %+v", s)
			}
		})
	}
}

// What is no push of Pub/Sub is nobody's message, and refused.
func TestWhatIsNoPushIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{}`)
	tests := map[string]struct {
		method, body string
		want         int
		says         string
	}{
		"a reader":               {http.MethodGet, "", http.StatusMethodNotAllowed, "Pub/Sub's push"},
		"no JSON":                {http.MethodPost, "hello", http.StatusBadRequest, `"path":"$"`},
		"no envelope":            {http.MethodPost, `{}`, http.StatusBadRequest, `"path":"message"`},
		"no message id":          {http.MethodPost, `{"message":{"data":""}}`, http.StatusBadRequest, `"path":"message.messageId"`},
		"data that is no base64": {http.MethodPost, `{"message":{"messageId":"7","data":"{}"}}`, http.StatusBadRequest, "base64"},
		"an empty CloudEvent":    {http.MethodPost, `{"specversion":"1.0","id":"7"}`, http.StatusBadRequest, `"path":"data"`},
		"far too much":           {http.MethodPost, strings.Repeat(" ", 15<<20+1), http.StatusRequestEntityTooLarge, "longer than"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.send(tt.method, tt.body, nil)
			if a.Code != tt.want || !strings.Contains(a.Body.String(), tt.says) || a.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("answer is %d %s, want %d, problem details and %q", a.Code, a.Body, tt.want, tt.says)
			}
			if n := len(w.poison(t)); n != 0 {
				t.Errorf("%d messages are set aside", n)
			}
		})
	}
}

// A message that nobody will ever understand is kept for a person, once, and acknowledged: those of its ordering key would
// wait for it.
func TestPoisonIsSetAside(t *testing.T) {
	t.Parallel()
	stranger := event(model.Started, 0)
	stranger.Tenant = "nobody"
	tests := map[string]struct{ data, problem string }{
		"no data":                     {"", "list of session events"},
		"data of somebody else":       {"ping", "list of session events"},
		"no list":                     {`{"id":"e1"}`, "list of session events"},
		"an empty list":               {`[]`, "tenant's session events"},
		"an event of nobody":          {`[{"id":"e1"}]`, "tenant's session events"},
		"an event with a broken time": {`[{"id":"e1","tenant":"demo","at":"yesterday"}]`, "list of session events"},
		"a tenant that is not there":  {encode(t, stranger), "no such tenant"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, `{}`)
			for range 2 { // Pub/Sub delivers at least once
				if a := w.send(http.MethodPost, push(tt.data), nil); a.Code != http.StatusNoContent {
					t.Fatalf("answer is %d %s, want 204", a.Code, a.Body)
				}
			}
			kept := w.poison(t)
			if len(kept) != 1 || kept[0].ID != "7" || string(kept[0].Data) != tt.data || !strings.Contains(kept[0].Problem, tt.problem) {
				t.Errorf("set aside are %+v, want the message once, because of %q", kept, tt.problem)
			}
		})
	}
}

// A message is not acknowledged until it is safely set aside.
func TestPoisonThatCannotBeSetAsideComesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{}`)
	emulatortest.Plan(t, w.faults, `{"firestore":[{"code":"PERMISSION_DENIED"}]}`)
	if a := w.send(http.MethodPost, push("ping"), nil); a.Code != http.StatusInternalServerError {
		t.Errorf("answer is %d, want 500", a.Code)
	}
}

func TestEventsOfNoSessionAreKeptAndCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{}`)
	unknown := event(model.Unknown, 0)
	unknown.Session = ""
	for range 2 { // Pub/Sub delivers at least once
		w.must(t, unknown)
	}
	if n, err := w.store.CountUnknown(t.Context(), "demo"); n != 1 || err != nil {
		t.Errorf("%d unknown events, %v; want 1", n, err)
	}
}

func TestMessagesAreKeptBesideTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{}`)
	var said []model.Event
	for minute := range 3 {
		e := event(model.MessageSent, minute)
		e.Message = &model.Message{Role: model.EndUser, Text: fmt.Sprint("line ", minute)}
		said = append(said, e)
	}
	w.must(t, said[1], said[2])
	w.must(t, said[0], said[1])
	got, err := w.store.Messages(t.Context(), id)
	if err != nil || len(got) != 3 || got[0].Message.Text != "line 0" {
		t.Errorf("messages are %+v, %v; want three in order", got, err)
	}
	if s := w.session(t); len(s.Events) != 0 || !s.FirstMessageAt.Equal(start) {
		t.Errorf("the session is %+v", s)
	}
}

const everything = `{
  "crm": {"queue": "crm-demo", "endpoints": {"create_account": {"method": "POST", "url": "https://crm.example.com/accounts"}}},
  "storage": {"bucket": "demo-sessions"}
}`

func TestASessionIsOwedItsTasks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		settings string
		kinds    []model.Kind
		want     string // the tasks by queue
	}{
		"a tenant with nothing":   {`{}`, []model.Kind{model.Started, model.Connected, model.Ended}, "map[]"},
		"a session that goes on":  {everything, []model.Kind{model.Started, model.Connected}, "map[crm-demo:1]"},
		"a session that is over":  {everything, []model.Kind{model.Started, model.Connected, model.Ended}, "map[crm-demo:1 metadata:1]"},
		"a tenant without a CRM":  {`{"storage": {"bucket": "demo-sessions"}}`, []model.Kind{model.Started, model.Ended}, "map[metadata:1]"},
		"a session known by name": {everything, []model.Kind{model.Unknown}, "map[]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.settings)
			for range 2 { // and no task twice, however often an event comes
				for minute, kind := range tt.kinds {
					w.must(t, event(kind, minute))
				}
			}
			if got := fmt.Sprint(w.tasks()); got != tt.want {
				t.Errorf("tasks are %s, want %s", got, tt.want)
			}
		})
	}
}

// The event is folded and its task is not there: only because the push is refused, and comes again, is nothing stranded.
func TestAPushIsNotAcknowledgedBeforeItsTaskExists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everything)
	emulatortest.Plan(t, w.faults, `{"tasks":[{"code":"PERMISSION_DENIED"}]}`)
	body := push(encode(t, event(model.Started, 0)))
	if a := w.send(http.MethodPost, body, nil); a.Code != http.StatusInternalServerError {
		t.Fatalf("answer is %d, want 500", a.Code)
	}
	if s := w.session(t); len(s.Events) != 1 || len(w.tasks()) != 0 {
		t.Fatalf("the session is %+v, the tasks are %v", s, w.tasks())
	}
	if a := w.send(http.MethodPost, body, nil); a.Code != http.StatusNoContent || fmt.Sprint(w.tasks()) != "map[crm-demo:1]" {
		t.Errorf("again: %d, tasks %v; want 204 and one", a.Code, w.tasks())
	}
}
