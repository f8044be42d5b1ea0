package fault_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sessionbridge.internal/emulator/fault"
)

// crm is a server that counts the work it does, behind the faults of script.
func crm(t *testing.T, script string) (url string, worked *atomic.Int32) {
	t.Helper()
	worked = new(atomic.Int32)
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		worked.Add(1)
		w.Header().Set("Location", "/records/1")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
	})
	srv := httptest.NewServer(fault.HTTP(plan(t, script), fault.CRM, work))
	t.Cleanup(srv.Close)
	return srv.URL, worked
}

func post(t *testing.T, ctx context.Context, url string) (status int, body string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "POST", url+"/api/records", strings.NewReader(`{"subject":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func TestHTTPFaults(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault  string
		status int // 0: no answer
		worked int32
	}{
		"status: refused, nothing done":        {`"status":503`, 503, 0},
		"status after: done, but reported bad": {`"status":503,"after":true`, 503, 1},
		"delay: done, late":                    {`"delay":"20ms"`, 201, 1},
		"delay after: done, reported late":     {`"delay":"20ms","after":true`, 201, 1},
		"slow status: both":                    {`"delay":"20ms","status":400`, 400, 0},
		"reset: broken, nothing done":          {`"mode":"reset"`, 0, 0},
		"reset after: done, then broken":       {`"mode":"reset","after":true`, 0, 1},
		"garbage: unreadable, nothing done":    {`"mode":"garbage"`, 200, 0},
		"page: not JSON, nothing done":         {`"mode":"page"`, 200, 0},
		"page after: done, and not JSON":       {`"mode":"page","after":true`, 200, 1},
		"match of path and method: befalls":    {`"status":500,"match":"POST /api/rec"`, 500, 0},
		"match of another path: passes by":     {`"status":500,"match":"/api/accounts"`, 201, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, worked := crm(t, `{"crm":[{`+row.fault+`}]}`)
			status, body, err := post(t, t.Context(), url)
			if status != row.status || (err != nil) != (row.status == 0) {
				t.Errorf("status %d, error %v, want status %d", status, err, row.status)
			}
			if status == http.StatusCreated && body != `{"subject":"x"}` {
				t.Errorf("body %q, want the work's own answer", body)
			}
			if strings.Contains(name, "garbage") && json.Valid([]byte(body)) {
				t.Errorf("body %q can be read", body)
			}
			if strings.Contains(name, "page") != strings.HasPrefix(body, "<!DOCTYPE html>") {
				t.Errorf("body %q", body)
			}
			if strings.Contains(name, "broken") && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
				t.Errorf("error %v, want a broken connection", err)
			}
			if n := worked.Load(); n != row.worked {
				t.Errorf("worked %d times, want %d", n, row.worked)
			}
		})
	}
}

// That the servers then close at all (they wait for their handlers) shows that what hangs ends with its client.
func TestHTTPWaitsAsLongAsItsClient(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault string
		works bool
	}{
		"a delay before the work": {`"delay":"10m"`, false},
		"a delay after the work":  {`"delay":"10m","after":true`, true},
		"a hang before the work":  {`"mode":"hang"`, false},
		"a hang after the work":   {`"mode":"hang","after":true`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, worked := crm(t, `{"crm":[{"times":9,`+row.fault+`}]}`)
			var err error
			for limit := 100 * time.Millisecond; limit < 10*time.Second; limit *= 4 { // on a busy machine the work takes longer
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				_, _, err = post(t, ctx, url)
				cancel()
				if worked.Load() > 0 == row.works {
					break
				}
			}
			if n := worked.Load(); !errors.Is(err, context.DeadlineExceeded) || n > 0 != row.works {
				t.Errorf("error %v after %d works, want the client's own timeout", err, n)
			}
		})
	}
}

func TestHTTPGoesOnOnceThePlanIsUsedUp(t *testing.T) {
	t.Parallel()
	url, worked := crm(t, `{"crm":[{"times":2,"status":429}]}`)
	for _, want := range []int{429, 429, 201} {
		if status, _, err := post(t, t.Context(), url); err != nil || status != want {
			t.Errorf("status %d, error %v, want %d", status, err, want)
		}
	}
	if worked.Load() != 1 {
		t.Errorf("worked %d times, want once", worked.Load())
	}
}
