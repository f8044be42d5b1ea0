package gcs_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files/gcs"
)

func TestPutKeepsWhatRetentionKeeps(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{Retention: map[string]time.Duration{bucket: time.Hour}})
	first, err := w.store.Put(t.Context(), path, tags, text("first"))
	if err != nil || first.Note != "" {
		t.Fatalf("%+v, %v", first, err)
	}
	for _, content := range []string{"other", large} {
		o, err := w.store.Put(t.Context(), path, tags, text(content))
		if err != nil || o.Already || o.Generation != first.Generation || o.Size != 5 || !strings.Contains(o.Note, "retention") {
			t.Errorf("%+v, %v; want the first version, and a note", o, err)
		}
	}
	if o, err := w.store.Put(t.Context(), path, tags, text("first")); err != nil || !o.Already || o.Note != "" {
		t.Errorf("%+v, %v; want it already there", o, err)
	}
	w.clock.Advance(time.Hour)
	if o, err := w.store.Put(t.Context(), path, tags, text("later")); err != nil || o.Note != "" {
		t.Errorf("%+v, %v; want it replaced", o, err)
	}
	w.wantContent("later")
}

// TestPutKeepsWhatAHoldKeeps has the answers the service documents for holds, and the one it was seen to send.
func TestPutKeepsWhatAHoldKeeps(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		reason, message string
		kept            bool
	}{
		"documented":         {"objectUnderActiveHold", "Object replacement is not allowed.", true},
		"seen":               {"forbidden", "Object 'b/o' is under active Temporary hold and cannot be deleted, overwritten or archived until hold is removed.", true},
		"permission missing": {"forbidden", "someone does not have storage.objects.delete access to the object.", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLocal(t, storage.Options{})
			store := w.behind(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				if g := r.URL.Query().Get("ifGenerationMatch"); g == "" || g == "0" {
					next.ServeHTTP(rw, r)
					return
				}
				rw.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(rw, `{"error":{"code":403,"message":"`+row.message+`","errors":[{"reason":"`+row.reason+`"}]}}`)
			})
			if _, err := store.Put(t.Context(), path, tags, text("first")); err != nil {
				t.Fatal(err)
			}
			o, err := store.Put(t.Context(), path, tags, text("other"))
			if !row.kept {
				wantError(t, err, gcs.ErrDenied)
			} else if err != nil || o.Size != 5 || !strings.Contains(o.Note, "hold") {
				t.Errorf("%+v, %v; want the first version, and a note", o, err)
			}
			w.wantContent("first")
		})
	}
}
