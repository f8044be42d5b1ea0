package people_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestForgedTokensAreNoBurdenToTheIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var reads atomic.Int64
	w.answers = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			reads.Add(1)
		}
		w.issuer.ServeHTTP(rw, r)
	})
	forge := func(token string) string {
		i := strings.LastIndex(token, ".") + 1
		return token[:i] + strings.Repeat("A", len(token)-i)
	}
	good := w.token(t, "kim@demo.example", clientID)
	refused := func(what, token string, want int64) {
		t.Helper()
		for range 5 {
			if a := w.ask(t, tenant, token); a.StatusCode != http.StatusUnauthorized {
				t.Fatalf("%s is answered %d %s", what, a.StatusCode, a.body)
			}
		}
		if n := reads.Load(); n != want {
			t.Errorf("after %s the keys were read %d times, want %d", what, n, want)
		}
	}
	refused("those for somebody else", forge(w.token(t, "kim@demo.example", "other-client")), 0)
	refused("those for us", forge(good), 1)
	if a := w.ask(t, tenant, good); a.StatusCode != http.StatusOK {
		t.Errorf("a good one among them is answered %d %s", a.StatusCode, a.body)
	}
	w.clock.Advance(5 * time.Second)
	refused("more, later", forge(good), 2)
}

func TestAWayTooLongForACookieLeadsHome(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		letters int
		home    bool
	}{"short": {100, false}, "too long": {1_000, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			next := tenant + "?q=" + strings.Repeat("&", tt.letters) // six bytes each in JSON
			a := w.visit(t, "GET", w.choose(t, w.leave(t, next), "kim@demo.example"))
			if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || (to == "/console/") != tt.home || !tt.home && to != next {
				t.Errorf("answered is %d, led to %.60q", a.StatusCode, to)
			}
		})
	}
}
