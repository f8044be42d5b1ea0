package people_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/people"
)

// cookie is what the browser has by the name.
func (w *world) cookie(t *testing.T, name string) *http.Cookie {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, w.URL, nil)
	for _, c := range w.browser.Jar.Cookies(req.URL) {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("the browser has no cookie %s", name)
	return nil
}

// show asks for a page with the cookie alone, in a browser of its own.
func (w *world) show(t *testing.T, name, value string) answer {
	t.Helper()
	w.browser = newBrowser(t)
	return w.visit(t, "GET", tenant, "Accept: application/json", "Cookie: "+name+"="+value)
}

func TestACookieIsBelievedAsItWasSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.leave(t, tenant)
	onTheWay := w.cookie(t, people.SignInCookie).Value
	w.signIn(t, "kim@demo.example")
	good := w.cookie(t, people.SessionCookie).Value
	sealed, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(i int) string {
		b := []byte(string(sealed))
		b[i] ^= 1
		return base64.RawURLEncoding.EncodeToString(b)
	}
	for name, tt := range map[string]struct {
		value string
		want  int
	}{
		"as it was":                      {good, 200},
		"changed at its beginning":       {flip(0), 401},
		"changed in its midst":           {flip(len(sealed) / 2), 401},
		"changed at its end":             {flip(len(sealed) - 1), 401},
		"cut off":                        {good[:len(good)-4], 401},
		"shorter than a nonce":           {"AAAA", 401},
		"what is noted of a way":         {onTheWay, 401},
		"no base64":                      {"@@@", 401},
		"empty":                          {"", 401},
		"plain JSON":                     {base64.RawURLEncoding.EncodeToString([]byte(`{"email":"ada@demo.example","until":"2030-01-01T00:00:00Z"}`)), 401},
		"longer than a browser keeps it": {good + strings.Repeat("A", 5000), 401},
	} {
		t.Run(name, func(t *testing.T) {
			if a := w.show(t, people.SessionCookie, tt.value); a.StatusCode != tt.want {
				t.Errorf("answered is %d %s, want %d", a.StatusCode, a.body, tt.want)
			}
		})
	}
	if strings.Contains(string(sealed), "kim") {
		t.Error("who reads the cookie learns who it is")
	}
}

func TestASignInLastsTwelveHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	value := w.cookie(t, people.SessionCookie).Value
	w.clock.Advance(12*time.Hour - time.Second)
	if a := w.show(t, people.SessionCookie, value); a.StatusCode != 200 {
		t.Errorf("in its last second: %d %s", a.StatusCode, a.body)
	}
	w.clock.Advance(time.Second)
	if a := w.show(t, people.SessionCookie, value); a.StatusCode != 401 || !strings.Contains(a.body, "your sign-in is over") {
		t.Errorf("then: %d %s", a.StatusCode, a.body)
	}
}

func TestCookiesAreForThisHostAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, prefix string }{{"https://console.example.com/", "__Host-"}, {"http://127.0.0.1:8080", ""}} {
		w := newWorld(t)
		a := httptest.NewRecorder()
		w.function(t, w.config(map[string]string{"CONSOLE_URL": tt.url})).ServeHTTP(a, httptest.NewRequest(http.MethodGet, "/console/signin", nil))
		cookies := a.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("the cookies are %v", cookies)
		}
		c := cookies[0]
		if c.Name != tt.prefix+people.SignInCookie || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Secure != (tt.prefix != "") || c.MaxAge != 600 {
			t.Errorf("at %s the cookie is %v", tt.url, c)
		}
	}
}

// Keys change without anybody having to sign in again: the new one is put before the old one, which is taken away a day later.
func TestAnOldKeyIsStillRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(t, "kim@demo.example")
	old := w.cookie(t, people.SessionCookie).Value
	turn := func(keys string) {
		w.keep(t, "cookies", keys)
		w.clock.Advance(6 * time.Second)
	}
	other := strings.Repeat("z", 40)
	turn(other + "\n" + key + "\n")
	if a := w.show(t, people.SessionCookie, old); a.StatusCode != 200 {
		t.Errorf("beside a new one: %d %s", a.StatusCode, a.body)
	}
	w.signIn(t, "kim@demo.example")
	fresh := w.cookie(t, people.SessionCookie).Value
	turn(other + "\n")
	if a := w.show(t, people.SessionCookie, old); a.StatusCode != 401 {
		t.Errorf("taken away: %d %s", a.StatusCode, a.body)
	}
	if a := w.show(t, people.SessionCookie, fresh); a.StatusCode != 200 {
		t.Errorf("sealed with the new one: %d %s", a.StatusCode, a.body)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ keys, says string }{
		"short":    {"canary", "at least 32 random characters"},
		"blank":    {" \n\n ", "from 1 to 8 keys"},
		"too many": {strings.Repeat(key+"\n", 9), "from 1 to 8 keys"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.keep(t, "cookies", tt.keys)
			a := w.visit(t, "GET", "/console/signin")
			if log := w.logs.String(); a.StatusCode != 500 || !strings.Contains(log, "COOKIE_KEY") || !strings.Contains(log, tt.says) || strings.Contains(log, "canary") {
				t.Errorf("answered is %d %s, logged %s", a.StatusCode, a.body, log)
			}
		})
	}
}
