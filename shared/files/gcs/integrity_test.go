package gcs_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files/gcs"
)

// corrupting changes one byte of what is sent.
func corrupting(r *http.Request) { replaceInBody(r, "hello", "jello") }

// forgetChecksum takes the checksum out of a request, where a multipart upload and a resumable one have it.
func forgetChecksum(r *http.Request) {
	r.Header.Del("X-Goog-Hash")
	replaceInBody(r, `"crc32c":`, `"forget":`)
}

// replaceInBody passes by full chunks: what the tests look for is at the end.
func replaceInBody(r *http.Request, old, new string) {
	if r.ContentLength == 8*mib {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte(old), []byte(new), 1)))
}

func TestContentCorruptedOnItsWayIsNotStored(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"small": "hello", "large": large + "hello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLocal(t, storage.Options{})
			store := w.behind(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				corrupting(r)
				next.ServeHTTP(rw, r)
			})
			if _, err := store.Put(t.Context(), path, tags, text(content)); err == nil {
				t.Error("it was stored")
			}
			w.wantNothing()
		})
	}
}

// TestContentStoredWronglyIsDeletedAgain has a service that does not look at the checksum sent along.
func TestContentStoredWronglyIsDeletedAgain(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"small": "hello", "large": large + "hello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLocal(t, storage.Options{})
			var wrong atomic.Bool
			wrong.Store(true)
			store := w.behind(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				if wrong.Load() && r.Method == http.MethodPost {
					corrupting(r)
					forgetChecksum(r)
				}
				next.ServeHTTP(rw, r)
			})
			_, err := store.Put(t.Context(), path, tags, text(content))
			wantError(t, err, gcs.ErrCorrupted)
			w.wantNothing()
			wrong.Store(false)
			if _, err := store.Put(t.Context(), path, tags, text(content)); err != nil {
				t.Error(err)
			}
			w.wantContent(content)
		})
	}
}

// TestWrongContentThatCannotBeDeletedIsSaid needs no more than that both errors are in the one returned.
func TestWrongContentThatCannotBeDeletedIsSaid(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{Retention: map[string]time.Duration{bucket: time.Hour}})
	store := w.behind(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			corrupting(r)
			forgetChecksum(r)
		}
		next.ServeHTTP(rw, r)
	})
	_, err := store.Put(t.Context(), path, tags, text("hello"))
	wantError(t, err, gcs.ErrCorrupted)
	if !strings.Contains(err.Error(), "delete it again") {
		t.Errorf("%v, want it to say that the object is still there", err)
	}
}

func TestPutRacesAnotherWriter(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		mine, other string
		already     bool
	}{
		"of the same bytes: theirs are ours":  {"same", "same", true},
		"of other bytes: seen, then replaced": {"mine", "other", false},
		"of other bytes, large":               {large, "other", false},
		"of the same bytes, large":            {large, large, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLocal(t, storage.Options{})
			var once sync.Once
			store := w.behind(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				if strings.HasPrefix(r.Header.Get("Content-Range"), "bytes 8388608-") || r.URL.Query().Get("uploadType") == "multipart" {
					once.Do(func() { // the other one is done while the last bytes of this one are on their way
						if _, err := w.store.Put(t.Context(), path, tags, text(row.other)); err != nil {
							t.Error(err)
						}
					})
				}
				next.ServeHTTP(rw, r)
			})
			o, err := store.Put(t.Context(), path, tags, text(row.mine))
			if err != nil || o.Already != row.already {
				t.Errorf("%+v, %v; want already: %v", o, err, row.already)
			}
			w.wantContent(row.mine)
		})
	}
}

// TestPutWhoseUploadIsForgottenDoesNotBlameTheBucket: a session that the service gives up is answered with 404 too.
func TestPutWhoseUploadIsForgottenDoesNotBlameTheBucket(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	store := w.behind(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.Header.Get("Content-Range"), "bytes 8388608-") {
			rw.WriteHeader(http.StatusNotFound)
			return
		}
		next.ServeHTTP(rw, r)
	})
	_, err := store.Put(t.Context(), path, tags, text(large))
	if err == nil || errors.Is(err, gcs.ErrNoBucket) || !strings.Contains(err.Error(), "forgotten") {
		t.Errorf("%v, want it to say that the upload was forgotten", err)
	}
	w.wantNothing()
}
