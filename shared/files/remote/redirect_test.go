package remote_test

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"sessionbridge.internal/shared/files/remote"
)

func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		code, times int
		ok          bool
	}{
		{"moved", 301, 1, true},
		{"found", 302, 1, true},
		{"see other", 303, 1, true},
		{"temporary", 307, 1, true},
		{"permanent", 308, 1, true},
		{"five", 302, 5, true},
		{"six", 302, 6, false},
		{"a loop", 302, 1 << 30, false},
		{"a choice, which is no redirect", 300, 1, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				if n, _ := strconv.Atoi(r.URL.Query().Get("n")); n < row.times {
					w.Header().Set("Location", "?canary&n="+strconv.Itoa(n+1))
					w.WriteHeader(row.code)
					return
				}
				serve("ETag", `"1"`)(w, r)
			})
			if !row.ok {
				if err := s.fails(t); !remote.Passing(err) {
					t.Errorf("error %v lasts", err)
				}
				if n := s.requests.Load(); n > 6 {
					t.Errorf("%d requests", n)
				}
				return
			}
			src := s.source(t)
			for _, from := range []int64{0, 5000} {
				if got, err := read(t, src, from); err != nil || !bytes.Equal(got, recording[from:]) {
					t.Errorf("from %d: %d bytes, %v", from, len(got), err)
				}
			}
		})
	}
}

func TestRedirectToAServerThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	login := newSite(t, text(page))
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, login.url, http.StatusFound) })
	s.Client = client(t, "127.0.0.0/8") // so that nothing but the list of hosts holds it
	err := s.fails(t)
	if !errors.Is(err, remote.ErrHost) || !strings.Contains(err.Error(), login.Hosts[0]) || !strings.Contains(err.Error(), "sign-in") {
		t.Errorf("error %v, want %v with the server's name", err, remote.ErrHost)
	}
	if n := login.requests.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestRedirectToAPrivateAddress(t *testing.T) {
	t.Parallel()
	private := newSite(t, serve())
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, private.url, http.StatusFound) })
	s.Hosts = append(s.Hosts, private.Hosts...) // so that nothing but the guard holds it
	if err := s.fails(t); !errors.Is(err, remote.ErrHost) || private.requests.Load() != 0 {
		t.Errorf("error %v, %d requests arrived", err, private.requests.Load())
	}
}

// Credentials are for the announced server. They must not reach another, nor the first by way of another.
func TestSign(t *testing.T) {
	t.Parallel()
	var first, second *site
	var signedSecond, signedBack atomic.Bool
	second = newSite(t, func(w http.ResponseWriter, r *http.Request) {
		signedSecond.Store(r.Header.Get("Authorization") != "" || r.URL.Query().Get("key") != "")
		http.Redirect(w, r, first.url+"&back=1", http.StatusFound)
	})
	first = newSite(t, func(w http.ResponseWriter, r *http.Request) {
		signed := r.Header.Get("Authorization") == "Bearer canary" && r.URL.Query().Get("key") == "canary"
		switch q := r.URL.Query(); {
		case q.Get("back") != "":
			signedBack.Store(signed)
			serve("ETag", `"1"`)(w, r)
		case !signed:
			w.WriteHeader(http.StatusUnauthorized)
		case q.Get("here") == "":
			w.Header().Set("Location", "?here=1") // still the announced server
			w.WriteHeader(http.StatusFound)
		default:
			http.Redirect(w, r, second.url, http.StatusFound)
		}
	})
	first.Hosts = append(first.Hosts, second.Hosts...)
	first.Client = client(t, first.Hosts...)
	var signed atomic.Int32
	first.Sign = func(r *http.Request) error {
		signed.Add(1)
		r.Header.Set("Authorization", "Bearer canary")
		q := r.URL.Query()
		q.Set("key", "canary")
		r.URL.RawQuery = q.Encode()
		return nil
	}
	src := first.source(t)
	if got, err := read(t, src, 5000); err != nil || !bytes.Equal(got, recording[5000:]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if signed.Load() != 4 || signedSecond.Load() || signedBack.Load() {
		t.Errorf("%d requests signed, want twice 2; to the other server %v, on the way back %v", signed.Load(), signedSecond.Load(), signedBack.Load())
	}
}

func TestSignThatFails(t *testing.T) {
	t.Parallel()
	s := newSite(t, serve())
	none := errors.New("no such secret")
	s.Sign = func(*http.Request) error { return none }
	if err := s.fails(t); !errors.Is(err, none) || s.requests.Load() != 0 {
		t.Errorf("error %v, %d requests arrived", err, s.requests.Load())
	}
}
