package console

import (
	"net/http"
	"net/http/httptest"
	"time"
)

// Within is a handler that ends.
var Within = within

// Bounded says whether what answers at a pattern has a deadline.
func Bounded(pattern string) (bounded bool) {
	look := func(_ http.ResponseWriter, r *http.Request) error { _, bounded = r.Context().Deadline(); return nil }
	r := route{pattern: pattern, page: look}.patiently(time.Minute)
	_ = r.page(nil, httptest.NewRequest(http.MethodGet, "/", nil))
	return bounded
}
