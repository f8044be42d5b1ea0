package crm_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/crm"
)

// nobody takes away what request signs in with.
func nobody(r *http.Request) { r.Header.Del("Authorization") }

func withHeader(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		nobody(r)
		r.Header.Set(name, value)
	}
}

func TestThreeWaysToSignIn(t *testing.T) {
	t.Parallel()
	o := open(t)
	token := o.token(t, "grant_type=client_credentials")["access_token"].(string)
	for name, row := range map[string]struct {
		sign   func(*http.Request)
		status int
		says   string // in the challenge for bearers
	}{
		"Basic":                     {func(*http.Request) {}, 200, ""},
		"API key":                   {withHeader("X-Api-Key", "key-1"), 200, ""},
		"bearer":                    {withHeader("Authorization", "Bearer "+token), 200, ""},
		"bearer in other letters":   {withHeader("Authorization", "bEARER "+token), 200, ""},
		"key beside a wrong bearer": {func(r *http.Request) { withHeader("Authorization", "Bearer x")(r); r.Header.Set("X-Api-Key", "key-1") }, 200, ""},
		"nothing":                   {nobody, 401, `Bearer realm="demo CRM"`},
		"wrong key":                 {withHeader("X-Api-Key", "key-2"), 401, `Bearer realm="demo CRM"`},
		"empty key":                 {withHeader("X-Api-Key", ""), 401, `Bearer realm="demo CRM"`},
		"wrong bearer":              {withHeader("Authorization", "Bearer x"), 401, `error="invalid_token"`},
		"token as a key":            {withHeader("X-Api-Key", token), 401, `Bearer realm="demo CRM"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := o.request(t, "GET", "/api/accounts", "", row.sign)
			if r.status != row.status {
				t.Fatalf("%d %s, want %d", r.status, r.body, row.status)
			}
			challenges := r.header.Values("WWW-Authenticate")
			if r.status == 401 && (len(challenges) != 2 || !strings.HasPrefix(challenges[0], "Basic ") || !strings.Contains(challenges[1], row.says)) {
				t.Errorf("challenges %q", challenges)
			}
		})
	}
}

func TestWithoutAKeyNoKeyOpens(t *testing.T) {
	t.Parallel()
	o := openWith(t, crm.Options{User: "demo", Password: "secret word"})
	for _, key := range []string{"", "key-1"} {
		if r := o.request(t, "GET", "/api/accounts", "", withHeader("X-Api-Key", key)); r.status != 401 {
			t.Errorf("key %q: %d", key, r.status)
		}
	}
}

func TestATokenExpiresByTheVirtualClock(t *testing.T) {
	t.Parallel()
	o := open(t)
	got := o.token(t, "grant_type=client_credentials")
	if got["expires_in"] != 3600.0 || got["token_type"] != "Bearer" || got["refresh_token"] != nil {
		t.Errorf("got %v", got)
	}
	sign := withHeader("Authorization", "Bearer "+got["access_token"].(string))
	o.clock.Advance(time.Hour - time.Second)
	if r := o.request(t, "GET", "/api/accounts", "", sign); r.status != 200 {
		t.Errorf("just in time: %d", r.status)
	}
	o.clock.Advance(time.Second)
	if r := o.request(t, "GET", "/api/accounts", "", sign); r.status != 401 {
		t.Errorf("after an hour: %d", r.status)
	}
}

// A browser that is signed in sends its password with whatever a page of another site has it send.
func TestPagesOfOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Call"}`)
	r := o.request(t, "POST", "/api/records/1001/attachments", formBody("x.txt", "x"), form, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if r.status != http.StatusForbidden || len(o.Snapshot().Attachments) != 0 {
		t.Errorf("%d %s", r.status, r.body)
	}
}
