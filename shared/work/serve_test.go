package work_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/work"
)

const wake = `{"tenant":"demo","source":"ccai","key":"call-1","task":"t-1"}`

// ask has Serve answer one request, run being the work, through the frame every function has.
func ask(r *http.Request, run func(context.Context, work.Wake) error) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	inbound.Handler(slog.New(slog.DiscardHandler), func(w http.ResponseWriter, r *http.Request) error {
		return work.Serve(w, r, run)
	}).ServeHTTP(w, r)
	return w
}

// Cloud Tasks takes any 2xx for done, tries again after all else, and slows the queue at 429 and 503
// (docs.cloud.google.com/tasks/docs/creating-http-target-tasks).
func TestServeAnswersAsTheWorkWent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want int
	}{
		"done is 204":                        {nil, http.StatusNoContent},
		"under way elsewhere is 409":         {work.ErrBusy, http.StatusConflict},
		"also where it is wrapped":           {fmt.Errorf("store: %w", work.ErrBusy), http.StatusConflict},
		"a lost lease is 409":                {work.ErrLost, http.StatusConflict},
		"what the error itself says, is 503": {fault.New(fault.Unavailable, "later"), http.StatusServiceUnavailable},
		"an ended context is 503":            {context.Canceled, http.StatusServiceUnavailable},
		"a time-out is 504":                  {context.DeadlineExceeded, http.StatusGatewayTimeout},
		"anything else is 500":               {errors.New("no idea"), http.StatusInternalServerError},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ask(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(wake)), func(_ context.Context, got work.Wake) error {
				if got != (work.Wake{ID: id, Task: "t-1"}) {
					t.Errorf("woken by %+v", got)
				}
				return tt.err
			})
			if w.Code != tt.want {
				t.Errorf("answer is %d %s, want %d", w.Code, w.Body, tt.want)
			}
			if tt.err == nil && w.Body.Len() != 0 {
				t.Errorf("204 with the body %q", w.Body)
			}
		})
	}
}

func TestServeRefusesWhatIsNoTask(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method, body, contentType string
		want                      int
	}{
		"a reader":          {http.MethodGet, "", "", http.StatusMethodNotAllowed},
		"a form":            {http.MethodPost, "key=call-1", "application/x-www-form-urlencoded", http.StatusUnsupportedMediaType},
		"nothing":           {http.MethodPost, "", "application/json", http.StatusBadRequest},
		"half a task":       {http.MethodPost, wake[:20], "application/json", http.StatusBadRequest},
		"a list":            {http.MethodPost, "[" + wake + "]", "application/json", http.StatusBadRequest},
		"no session":        {http.MethodPost, `{"tenant":"demo","source":"ccai"}`, "application/json", http.StatusBadRequest},
		"no tenant":         {http.MethodPost, `{"source":"ccai","key":"call-1"}`, "application/json", http.StatusBadRequest},
		"a number as a key": {http.MethodPost, `{"tenant":"demo","key":1}`, "application/json", http.StatusBadRequest},
		"far too much":      {http.MethodPost, wake + strings.Repeat(" ", 16<<10), "application/json", http.StatusRequestEntityTooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			w := ask(r, func(context.Context, work.Wake) error {
				t.Error("the work was begun")
				return nil
			})
			if w.Code != tt.want || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("answer is %d %s, want %d and problem details", w.Code, w.Header(), tt.want)
			}
			if tt.want == http.StatusMethodNotAllowed && w.Header().Get("Allow") != http.MethodPost {
				t.Errorf("allowed is %q, want POST", w.Header().Get("Allow"))
			}
		})
	}
}

func TestAWakeIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(work.Wake{ID: id, Task: "t-1"})
	if err != nil || string(b) != wake {
		t.Errorf("written %s, %v; want %s: tasks on the queue outlive a new revision", b, err, wake)
	}
}
