package console_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// beforeDeleting has the console's world begin anew with a Cloud Storage in front of which f runs before each deletion.
func (a *archive) beforeDeleting(t *testing.T, f func()) {
	t.Helper()
	there := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: a.env["STORAGE_EMULATOR_HOST"]})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			f()
		}
		there.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	env := maps.Clone(a.env)
	env["STORAGE_EMULATOR_HOST"] = front.Listener.Addr().String()
	a.world = newWorld(t, env)
	doc, err := json.Marshal(a.set)
	must(t, err)
	a.settle(t, string(doc))
}

// An export that runs whole while the session is erased brings a file of which the erasing did not know.
func TestWhatIsStoredWhileASessionIsErasedIsErasedToo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		times, code int
	}{
		"a file that comes meanwhile goes too":                  {1, http.StatusOK},
		"where there is one each time, the session is kept yet": {3, http.StatusConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newArchive(t, work.Bucket)
			n := 0
			a.beforeDeleting(t, func() {
				if n++; n <= tt.times {
					a.keep(t, chat, fmt.Sprint("late-", n), fmt.Sprintf("late/%d.png", n), []byte("late"))
				}
			})
			a.keep(t, chat, "photo-1", photoPath, []byte("photo"))
			v, code, text := a.erase(t, chat.Key, `{"anyway":true,"files":true}`)
			if code != tt.code || a.gone(t, chat.Key) != (code == http.StatusOK) {
				t.Fatalf("answer is %d %s", code, text)
			}
			client, err := a.keeper.Storage.Get()
			must(t, err)
			_, err = client.Bucket("company").Object("late/1.png").Attrs(t.Context())
			if !errors.Is(err, storage.ErrObjectNotExist) {
				t.Errorf("the file that came meanwhile is there: %v\n%s", err, v.text())
			}
		})
	}
}

// What the settings call the company's bucket now may be another's, where a file of the same name is another tenant's.
func TestAnotherTenantsFileOfTheSameNameStaysAndIsTold(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket)
	other := store.ID{Tenant: "other", Source: chat.Source, Key: chat.Key}
	a.keep(t, other, "photo-1", photoPath, []byte("photo"))
	a.change(t, chat.Key, func(d *store.Document) {
		f := d.AddFile("photo-1", settings.Photos)
		stored := f.Places[work.Bucket].Stored
		stored.Path = photoPath
		f.Put(work.Bucket, stored)
	})
	v, code, text := a.erase(t, chat.Key, `{"anyway":true,"files":true}`)
	if code != http.StatusOK {
		t.Fatalf("answer is %d %s", code, text)
	}
	client, err := a.keeper.Storage.Get()
	must(t, err)
	if _, err := client.Bucket("company").Object(photoPath).Attrs(t.Context()); err != nil || !strings.Contains(v.text(), photoPath+", which is not where it was stored") {
		t.Errorf("another tenant's file: %v\n%s", err, v.text())
	}
}
