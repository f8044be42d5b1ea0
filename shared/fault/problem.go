package fault

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/telemetry"
)

// problem is RFC 9457's problem details. The type is "about:blank" and so the title is the status's own phrase; errors
// is the extension RFC 9457 itself uses as its example, with a JSON path in place of a pointer.
type problem struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail,omitempty"`
	Instance string  `json:"instance,omitempty"` // the trace's id: it finds the lines of the log
	Errors   []Field `json:"errors,omitempty"`
}

// Write answers the request with err as problem details: the status of its kind, and of its texts only those made for
// outsiders. An error that holds no fault gets no detail.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	code := KindOf(err).Rule().Status
	p := problem{
		Type: "about:blank", Title: http.StatusText(code), Status: code,
		Instance: telemetry.TraceOf(r.Context()).ID,
	}
	var f *Error
	if errors.As(err, &f) {
		p.Detail, p.Errors = f.Detail, f.Fields
		f.setHeaders(w.Header())
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(p) // a caller that left is no news
}

func (e *Error) setHeaders(h http.Header) {
	if e.challenge != "" {
		h.Set("WWW-Authenticate", e.challenge)
	}
	if len(e.allow) > 0 {
		h.Set("Allow", strings.Join(e.allow, ", "))
	}
	if e.retryAfter > 0 {
		seconds := (e.retryAfter + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
}
