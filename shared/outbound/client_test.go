package outbound_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/outbound"
)

func newClient(t testing.TB, allow ...string) *outbound.Client {
	t.Helper()
	c, err := outbound.New(outbound.Options{Allow: allow, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func request(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// server answers with f, and the client may call it.
func server(t testing.TB, f http.HandlerFunc) (*outbound.Client, string) {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return newClient(t, s.Listener.Addr().String()), s.URL
}

func TestDoAnswers(t *testing.T) {
	t.Parallel()
	c, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Seen", r.Header.Get("User-Agent")+" "+r.Header.Get("X-Api-Key"))
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, "%s %s", r.Method, body)
	})
	r := request(t, "POST", url, "hello")
	r.Header.Set("X-Api-Key", "k")
	res, err := c.Do(t.Context(), r, outbound.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 201 || string(res.Body) != "POST hello" || res.Truncated || res.Header.Get("X-Seen") != "Sessionbridge k" {
		t.Errorf("answer %+v", res)
	}
	if res.Duration <= 0 {
		t.Errorf("duration %v", res.Duration)
	}
	if r.Header.Get("User-Agent") != "" {
		t.Error("the caller's request was changed")
	}
}

func TestDoBoundsTheBody(t *testing.T) {
	t.Parallel()
	plain := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1000)) }
	zipped := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, strings.Repeat("x", 1000))
		_ = z.Close()
	}
	for name, row := range map[string]struct {
		handler   http.HandlerFunc
		limit     int64
		length    int
		truncated bool
	}{
		"at the limit":                        {plain, 1000, 1000, false},
		"over the limit":                      {plain, 999, 999, true},
		"no limit given":                      {plain, 0, 1000, false},
		"compressed, at the limit":            {zipped, 1000, 1000, false},
		"compressed, over it once unpacked":   {zipped, 999, 999, true},
		"compressed small but unpacked large": {zipped, 100, 100, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, url := server(t, row.handler)
			res, err := c.Do(t.Context(), request(t, "GET", url, ""), outbound.Limits{MaxBody: row.limit})
			if err != nil || len(res.Body) != row.length || res.Truncated != row.truncated {
				t.Errorf("%d bytes, truncated %v, %v", len(res.Body), res.Truncated, err)
			}
		})
	}
}

func TestDoFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "POST"} {
		c, url := server(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				t.Error("the redirect was followed")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		})
		res, err := c.Do(t.Context(), request(t, method, url+"/", ""), outbound.Limits{})
		if err != nil || res.Status != 302 || res.Header.Get("Location") != "/elsewhere" {
			t.Errorf("%s: %+v, %v", method, res, err)
		}
	}
}

func TestDoKeepsConnections(t *testing.T) {
	t.Parallel()
	peers := make(chan string, 3)
	c, url := server(t, func(_ http.ResponseWriter, r *http.Request) { peers <- r.RemoteAddr })
	for range 3 {
		if _, err := c.Do(t.Context(), request(t, "POST", url, "x"), outbound.Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	if a, b, c := <-peers, <-peers, <-peers; a != b || b != c {
		t.Errorf("connections %s, %s, %s, want one", a, b, c)
	}
}

func TestDoSpeaksHTTP2(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, "127.0.0.0/8")
	c.Trust(s.Certificate())
	res, err := c.Do(t.Context(), request(t, "GET", s.URL, ""), outbound.Limits{})
	if err != nil || string(res.Body) != "HTTP/2.0" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestDoSendsIdempotencyKeys(t *testing.T) {
	t.Parallel()
	c, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Idempotency-Key")+" "+r.Header.Get("X-Idempotency-Key"))
	})
	r := request(t, "POST", url, "")
	r.Header.Set("Idempotency-Key", "a")
	r.Header.Set("X-Idempotency-Key", "b")
	if res, err := c.Do(t.Context(), r, outbound.Limits{}); err != nil || string(res.Body) != "a b" {
		t.Errorf("%+v, %v", res, err)
	}
}

func BenchmarkDo(b *testing.B) {
	c, url := server(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":"1"}`) })
	b.Run("bare net/http", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			res, err := http.DefaultClient.Do(request(b, "POST", url, "{}"))
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
	})
	b.Run("outbound", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Do(b.Context(), request(b, "POST", url, "{}"), outbound.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
