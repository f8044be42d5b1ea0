package webhook_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/functions/webhook"
	"sessionbridge.internal/shared/function"
)

// alone is the function with nobody to ask: neither database nor Pub/Sub is there.
func alone(t *testing.T, logs *bytes.Buffer) *function.Function {
	t.Helper()
	f, err := webhook.New(&function.Env{Name: "webhook", Lookup: func(string) string { return "127.0.0.1:1" }, Logs: logs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestHealthIsToldWithoutAskingAnybody(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method string
		want   int
	}{
		"a check": {http.MethodGet, http.StatusOK},
		"events":  {http.MethodPost, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logs bytes.Buffer
			a := httptest.NewRecorder()
			alone(t, &logs).ServeHTTP(a, httptest.NewRequest(tt.method, "/webhook/health", strings.NewReader("{}")))
			if a.Code != tt.want || (logs.Len() == 0) != (tt.want == http.StatusOK) {
				t.Errorf("answer is %d %s with the log %s, want %d", a.Code, a.Body, &logs, tt.want)
			}
		})
	}
}
