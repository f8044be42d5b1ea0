package cost

import (
	"net/http"
	"strings"
)

// HTTP counts the requests of Cloud Storage by their class (cloud.google.com/storage/pricing, "Operations that apply to each
// class"). An upload in parts is one operation, which its first request counts as; to delete is free.
func HTTP(m *Meter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if class := classOf(r); class != "" {
			m.Add(class, 1)
		}
		next.ServeHTTP(w, r)
	})
}

func classOf(r *http.Request) string {
	lists := strings.HasSuffix(r.URL.Path, "/o") || strings.HasSuffix(r.URL.Path, "/b")
	switch {
	case r.Method == http.MethodDelete, r.Method == http.MethodOptions, r.URL.Query().Has("upload_id"):
		return ""
	case r.Method == http.MethodGet && !lists, r.Method == http.MethodHead:
		return ClassB
	}
	return ClassA
}
