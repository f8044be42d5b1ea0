package session_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/files"
	model "sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

const keeping = `{"storage":{"bucket":"company"}}`

// photo is one that was uploaded in the call of the demo tenant.
var photo = files.Upload{Tenant: "demo", Source: "ccai", Session: "call-1", Kind: model.Photo, ID: "TWO"}

// finished are the attributes of Cloud Storage's notification about a new object
// (docs.cloud.google.com/storage/docs/pubsub-notifications).
func finished(object string) map[string]string {
	return map[string]string{
		"notificationConfig": "projects/_/buckets/uploads/notificationConfigs/1", "eventType": "OBJECT_FINALIZE", "payloadFormat": "JSON_API_V1",
		"bucketId": "uploads", "objectId": object, "objectGeneration": "7", "eventTime": "2026-01-05T09:03:00.123456Z",
	}
}

// with is the attributes with one of them another.
func with(attributes map[string]string, name, value string) map[string]string {
	a := maps.Clone(attributes)
	a[name] = value
	return a
}

// notify sends a notification as Pub/Sub does. It must be acknowledged.
func (w *world) notify(t *testing.T, message string, attributes map[string]string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"message": map[string]any{
			"data": base64.StdEncoding.EncodeToString([]byte(`{"kind":"storage#object"}`)), "messageId": message,
			"attributes": attributes, "publishTime": start.Add(time.Hour),
		},
		"subscription": "projects/p/subscriptions/uploads",
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := w.send(http.MethodPost, string(body), nil); a.Code != http.StatusNoContent {
		t.Fatalf("answer is %d %s, want 204", a.Code, a.Body)
	}
}

func (w *world) document(t *testing.T, id store.ID) *store.Document {
	t.Helper()
	d, err := w.store.Session(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAnUploadBecomesAFileOfItsSession(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{
		"a plain key":             "call-1",
		"one with odd letters":    "chat-a/b%2F c?#ü",
		"one that leads up a way": "chat-../../x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, keeping)
			began, u := event(model.Started, 0), photo
			began.Session, u.Session = key, key
			w.must(t, began)
			w.notify(t, "7", finished(u.Path()))

			d := w.document(t, store.ID{Tenant: "demo", Source: "ccai", Key: key})
			at := time.Date(2026, 1, 5, 9, 3, 0, 123456000, time.UTC)
			want := model.File{ID: "photo-TWO", Kind: model.Photo, URL: "gs://uploads/" + u.Path(), At: at}
			if len(d.Session.Announced) != 1 || d.Session.Announced[0] != want || len(d.Session.Events) != 2 || !d.Session.UpdatedAt.Equal(at) {
				t.Errorf("the session has %+v, want %+v", d.Session.Announced, want)
			}
			if len(d.Files) != 1 || d.Files[0].ID != "photo-TWO" || d.Files[0].Kind != "photos" || d.Origin("photo-TWO") != want.URL {
				t.Errorf("its files are %+v", d.Files)
			}
			if got := w.tasks(); !maps.Equal(got, map[string]int{"files": 1}) || len(w.poison(t)) != 0 {
				t.Errorf("the queues hold %v, set aside are %+v; want one file's work", got, w.poison(t))
			}
		})
	}
}

// Both Cloud Storage and Pub/Sub may tell twice, the former in a message of another id.
func TestARepeatedNotificationChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping)
	w.must(t, event(model.Started, 0))
	w.notify(t, "7", finished(photo.Path()))
	before := w.document(t, id)
	for _, message := range []string{"7", "8"} {
		w.notify(t, message, finished(photo.Path()))
	}
	if after := w.document(t, id); !reflect.DeepEqual(after, before) {
		t.Errorf("the session is %+v, want %+v", after, before)
	}
	if got := w.tasks(); !maps.Equal(got, map[string]int{"files": 1}) {
		t.Errorf("the queues hold %v, want one task", got)
	}
}

// What becomes of an object after its arrival is nobody's news.
func TestNotificationsOfAnythingElseAreLetGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping)
	w.must(t, event(model.Started, 0))
	for _, kind := range []string{"OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE"} {
		w.notify(t, kind, with(finished(photo.Path()), "eventType", kind))
	}
	if s := w.session(t); len(s.Announced) != 0 || len(s.Events) != 1 || len(w.tasks()) != 0 || len(w.poison(t)) != 0 {
		t.Errorf("the session has %+v, the queues %v, set aside are %+v; want nothing", s.Announced, w.tasks(), w.poison(t))
	}
}

func TestANotificationOfNoUploadIsSetAside(t *testing.T) {
	t.Parallel()
	stranger, ended := photo, photo
	stranger.Tenant, ended.Session = "nobody", "call-9"
	for name, tt := range map[string]struct {
		attributes map[string]string
		problem    string
	}{
		"of a tenant that is not there":  {finished(stranger.Path()), "no such tenant"},
		"of a session that is not there": {finished(ended.Path()), "no such session"},
		"of somebody else's object":      {finished("backup.tar"), "tenant/source/session/kind/id"},
		"of another folder's object":     {finished("demo/ccai/call-1/photo/ONE/more"), "tenant/source/session/kind/id"},
		"of a name with an empty part":   {finished("demo/ccai//photo/ONE"), "its part 3"},
		"of a name that cannot be read":  {finished("demo/ccai/call-1/photo/%zz"), "its part 5"},
		"of what nobody uploads":         {finished("demo/ccai/call-1/recording/ONE"), `"recording"`},
		"of a time that is none":         {with(finished(photo.Path()), "eventTime", "now"), "eventTime"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, keeping)
			w.must(t, event(model.Started, 0))
			for range 2 { // Pub/Sub delivers at least once
				w.notify(t, "7", tt.attributes)
			}
			kept := w.poison(t)
			if len(kept) != 1 || kept[0].Attributes["objectId"] != tt.attributes["objectId"] || !strings.Contains(kept[0].Problem, tt.problem) {
				t.Errorf("set aside are %+v, want the message once, because of %q", kept, tt.problem)
			}
			if s := w.session(t); len(s.Announced) != 0 || len(w.tasks()) != 0 {
				t.Errorf("the session has %+v, the queues %v; want nothing", s.Announced, w.tasks())
			}
			gone := store.ID{Tenant: "demo", Source: "ccai", Key: "call-9"}
			if d, err := w.store.Session(t.Context(), gone); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a session came to be: %+v, %v", d, err)
			}
		})
	}
}
