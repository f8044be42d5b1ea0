package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
)

// patience bounds how long an answer to GET may take. Google's clients ask again for ten minutes where an answer might still
// come, and whoever waits for a page has left by then. It is enough for a report of 50,000 sessions. What changes something is
// not cut short: it has the function's own time.
const patience = time.Minute

// handler answers a request, or says why not.
type handler = func(http.ResponseWriter, *http.Request) error

// patiently is the route with an end to its waiting, if it only reads.
func (r route) patiently(most time.Duration) route {
	if strings.HasPrefix(r.pattern, http.MethodGet+" ") {
		r.answer, r.page = within(most, r.answer), within(most, r.page)
	}
	return r
}

func within(most time.Duration, f handler) handler {
	if f == nil {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), most)
		defer cancel()
		err := f(w, r.WithContext(ctx))
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fault.Wrap(fault.Timeout, err, "This took longer than a minute. Ask for less, or try again later.")
		}
		return err
	}
}
