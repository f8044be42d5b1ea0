package gcs_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"sessionbridge.internal/emulator/storage"
)

// Whoever knows the address of a large upload could go on with it. It is in the client's errors, and a service that answers
// with a page may repeat it there.
func TestErrorsTellNoUploadsAddress(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer http.HandlerFunc // to a chunk
		say    string
	}{
		"an error of the network": {func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Location", "://")
			rw.WriteHeader(http.StatusFound)
		}, `o": failed to parse Location header`},
		"a page in the place of an answer": {func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(rw, "<p>Not <code>%s</code>, nor http://user:%[2]s@host%[1]s %[3]s", r.RequestURI, r.FormValue("upload_id"), strings.Repeat("ü", 10_000))
		}, "<code>/upload/storage/v1/b/company-sessions/o</code>, nor http://host/upload/storage/v1/b/company-sessions/o üüü"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var id atomic.Value
			store := newLocal(t, storage.Options{}).behind(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				upload := r.URL.Query().Get("upload_id")
				if upload == "" {
					next.ServeHTTP(rw, r)
					return
				}
				id.Store(upload)
				tt.answer(rw, r)
			})
			_, err := store.Put(patient(t), path, tags, text(large))
			if err == nil || !strings.Contains(err.Error(), tt.say) || len(err.Error()) > 1000 {
				t.Errorf("it ends with %v, want it to say %q", err, tt.say)
			}
			if strings.Contains(err.Error(), id.Load().(string)) {
				t.Errorf("the upload %s ends with %v", id.Load(), err)
			}
		})
	}
}
