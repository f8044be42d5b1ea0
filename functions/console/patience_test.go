package console_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/functions/console"
	"sessionbridge.internal/shared/fault"
)

// What is no text must be refused before the database's client sees it, which would try for ten minutes.
func TestWhatIsNoTextIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := base64.RawURLEncoding.EncodeToString([]byte("2026-01-05T09:00:00Z \xff"))
	for _, path := range []string{
		"/console/demo/?q=%ff", "/console/demo/?status=%ff", "/console/demo/?trouble=%ff", "/console/demo/?since=%ff", "/console/demo/?after=" + broken,
		"/console/demo/sessions/%ff", "/console/demo/sessions/call-1?source=%ff", "/console/d%ff/", "/console/demo/coverage?day=%ff",
		"/console/demo/coverage?zone=%ff", sessions + "?status=%ff", sessions + "/%ff", sessions + "/call-1?source=%ff",
	} {
		if a := w.ask(t, "GET", path, audience); a.Code != 400 {
			t.Errorf("%s is answered %d %s, want 400", path, a.Code, a.Body)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/console/demo/erase", strings.NewReader(url.Values{"do": {"find"}, "who": {"\xff"}}.Encode()))
	if a := w.send(t, r, "ada@example.com", audience, "Content-Type: application/x-www-form-urlencoded"); a.Code != 400 {
		t.Errorf("a form is answered %d, want 400", a.Code)
	}
}

func TestWordsThatAreNoneOfTheListAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, query := range []string{"status=gone", "trouble=much", "channel=fax", "direction=up", "q=" + strings.Repeat("x", 201)} {
		if a := w.ask(t, "GET", "/console/demo/?"+query, audience); a.Code != 400 {
			t.Errorf("%.40s is answered %d, want 400", query, a.Code)
		}
	}
	if a := w.ask(t, "GET", sessions+"?status=gone", audience); a.Code != 400 {
		t.Errorf("a program's status is answered %d, want 400", a.Code)
	}
}

func TestReadingHasAnEnd(t *testing.T) {
	t.Parallel()
	waits := func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	}
	err := console.Within(time.Millisecond, waits)(nil, httptest.NewRequest(http.MethodGet, "/", nil))
	if fault.KindOf(err) != fault.Timeout || !strings.Contains(err.Error(), "Ask for less") {
		t.Errorf("it ends with %v, want that it took too long", err)
	}
	for _, tt := range []struct {
		pattern string
		bounded bool
	}{{"GET /console/demo/", true}, {"POST /console/demo/erase", false}} {
		if got := console.Bounded(tt.pattern); got != tt.bounded {
			t.Errorf("%s has an end: %v, want %v", tt.pattern, got, tt.bounded)
		}
	}
}
