package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/telemetry"
)

const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

func write(t *testing.T, err error) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("traceparent", "00-"+traceID+"-00f067aa0ba902b7-01")
	w := httptest.NewRecorder()
	fault.Write(w, r.WithContext(telemetry.WithTrace(r.Context(), r.Header)), err)
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("the answer is not JSON: %v", err)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type = %q", got)
	}
	return w, body
}

func TestWrite(t *testing.T) {
	t.Parallel()
	secret := errors.New("password hunter2 was refused by 10.0.0.7")
	for name, row := range map[string]struct {
		err  error
		want map[string]any
	}{
		"a fault shows its detail": {
			fault.New(fault.NotFound, "there is no tenant of that name"),
			map[string]any{"title": "Not Found", "status": 404.0, "detail": "there is no tenant of that name"},
		},
		"places in the input are listed": {
			fault.New(fault.Malformed, "the body is not valid").At("events[3].item", "is missing"),
			map[string]any{
				"title": "Bad Request", "status": 400.0, "detail": "the body is not valid",
				"errors": []any{map[string]any{"path": "events[3].item", "detail": "is missing"}},
			},
		},
		"what a fault wraps stays inside": {
			fault.Wrap(fault.Unavailable, secret, "the settings cannot be read"),
			map[string]any{"title": "Service Unavailable", "status": 503.0, "detail": "the settings cannot be read"},
		},
		"what wraps a fault stays inside": {
			fmt.Errorf("%w: %w", secret, fault.New(fault.Busy, "try again")),
			map[string]any{"title": "Conflict", "status": 409.0, "detail": "try again"},
		},
		"an error that is no fault says nothing": {
			secret,
			map[string]any{"title": "Internal Server Error", "status": 500.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.want["type"], row.want["instance"] = "about:blank", traceID
			w, got := write(t, row.err)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if w.Code != int(row.want["status"].(float64)) {
				t.Errorf("status %d differs from the body's", w.Code)
			}
		})
	}
}

func TestWriteSetsHeaders(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		err         error
		header, val string
	}{
		"401 challenges":              {fault.New(fault.Unauthorized, "").Challenge(`Basic realm="webhook"`), "WWW-Authenticate", `Basic realm="webhook"`},
		"405 names the methods":       {fault.New(fault.MethodNotAllowed, "").Allow("GET", "POST"), "Allow", "GET, POST"},
		"503 says when, rounded up":   {fault.New(fault.Unavailable, "").RetryAfter(1100 * time.Millisecond), "Retry-After", "2"},
		"a header survives wrapping":  {fmt.Errorf("x: %w", fault.New(fault.Busy, "").RetryAfter(time.Second)), "Retry-After", "1"},
		"no time given, none is sent": {fault.New(fault.Unavailable, ""), "Retry-After", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := write(t, row.err)
			if got := w.Header().Get(row.header); got != row.val {
				t.Errorf("%s = %q, want %q", row.header, got, row.val)
			}
		})
	}
}
