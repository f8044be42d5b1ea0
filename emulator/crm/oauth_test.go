package crm_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	back  = "https://bridge.example/back?tenant=demo"
	other = "https://bridge.example/other"
)

func asForm(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }

// asClient signs a token request as the client with an address to go back to; its secret needs the encoding of RFC 6749
// section 2.3.1.
func asClient(r *http.Request) {
	asForm(r)
	r.SetBasicAuth("bridge", url.QueryEscape("se:cret%"))
}

// token gets tokens, as the client "bridge" by HTTP Basic authentication.
func (o *office) token(t *testing.T, form string) map[string]any {
	t.Helper()
	r := o.request(t, "POST", "/oauth/token", form, asClient)
	var got map[string]any
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != 200 || got["access_token"] == "" {
		t.Fatalf("%s: %d %s %v", form, r.status, r.body, err)
	}
	if r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", r.header.Get("Cache-Control"))
	}
	return got
}

func TestWrongTokenRequestsAreNamed(t *testing.T) {
	t.Parallel()
	o := open(t)
	for name, row := range map[string]struct {
		body   string
		sign   func(*http.Request)
		status int
		kind   string
		basic  bool // the answer has a challenge, as the client used one
	}{
		"no grant type":           {"x=1", asClient, 400, "invalid_request", false},
		"unknown grant type":      {"grant_type=password&username=demo", asClient, 400, "unsupported_grant_type", false},
		"given twice":             {"grant_type=client_credentials&grant_type=client_credentials", asClient, 400, "invalid_request", false},
		"no form":                 {`{"grant_type":"client_credentials"}`, func(r *http.Request) { asClient(r); r.Header.Set("Content-Type", "application/json") }, 400, "invalid_request", false},
		"broken form":             {"grant_type=%zz", asClient, 400, "invalid_request", false},
		"no client":               {"grant_type=client_credentials", func(r *http.Request) { asForm(r); nobody(r) }, 401, "invalid_client", false},
		"wrong secret":            {"grant_type=client_credentials", func(r *http.Request) { asForm(r); r.SetBasicAuth("bridge", "x") }, 401, "invalid_client", true},
		"wrong secret in body":    {"grant_type=client_credentials&client_id=plain&client_secret=x", func(r *http.Request) { asForm(r); nobody(r) }, 401, "invalid_client", false},
		"a person's password":     {"grant_type=client_credentials", asForm, 401, "invalid_client", true},
		"two secrets":             {"grant_type=client_credentials&client_id=bridge&client_secret=se:cret%25", asClient, 400, "invalid_request", false},
		"two clients":             {"grant_type=client_credentials&client_id=plain", asClient, 401, "invalid_client", true},
		"no code":                 {"grant_type=authorization_code", asClient, 400, "invalid_request", false},
		"unknown code":            {"grant_type=authorization_code&code=x", asClient, 400, "invalid_grant", false},
		"no refresh token":        {"grant_type=refresh_token", asClient, 400, "invalid_request", false},
		"unknown refresh token":   {"grant_type=refresh_token&refresh_token=x", asClient, 400, "invalid_grant", false},
		"longer than can be read": {"grant_type=client_credentials&x=" + strings.Repeat("x", 1<<20), asClient, 413, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := o.request(t, "POST", "/oauth/token", row.body, row.sign)
			var got struct{ Error any }
			if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != row.status || row.kind != "" && got.Error != row.kind {
				t.Errorf("%d %s, want %d %s", r.status, r.body, row.status, row.kind)
			}
			if challenge := r.header.Get("WWW-Authenticate"); strings.HasPrefix(challenge, "Basic ") != row.basic {
				t.Errorf("challenge %q", challenge)
			}
		})
	}
	if r := o.request(t, "GET", "/oauth/token", "", asClient); r.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", r.status)
	}
}

func TestSecretsInTheBodyAreTakenToo(t *testing.T) {
	t.Parallel()
	o := open(t)
	body := url.Values{"grant_type": {"client_credentials"}, "client_id": {"bridge"}, "client_secret": {"se:cret%"}, "scope": {"all"}}.Encode()
	r := o.request(t, "POST", "/oauth/token", body, func(r *http.Request) { asForm(r); nobody(r) })
	if r.status != 200 || !strings.Contains(r.body, `"scope":"api"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	kept := o.Snapshot().Requests[0]
	if strings.Contains(kept.Body, "cret%25") || !strings.Contains(kept.Body, "client_credentials") {
		t.Errorf("kept: %s", kept.Body)
	}
}

// person answers the page of /oauth/authorize, and returns where the browser is sent.
func (o *office) person(t *testing.T, query url.Values, decision string) (int, *url.URL) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", o.url+"/oauth/authorize?"+query.Encode(), strings.NewReader("decision="+decision))
	if err != nil {
		t.Fatal(err)
	}
	asForm(req)
	req.SetBasicAuth("demo", "secret word")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	to, _ := resp.Location() // none is what some tests want
	return resp.StatusCode, to
}

func asked(change url.Values) url.Values {
	q := url.Values{"response_type": {"code"}, "client_id": {"bridge"}, "redirect_uri": {back}, "state": {"st&te"}}
	for name, values := range change {
		q[name] = values
	}
	return q
}

func (o *office) code(t *testing.T, query url.Values) string {
	t.Helper()
	status, to := o.person(t, query, "allow")
	if status != http.StatusSeeOther || to == nil || to.Query().Get("code") == "" || to.Query().Get("state") != "st&te" || to.Query().Get("tenant") != "demo" {
		t.Fatalf("%d to %v", status, to)
	}
	return to.Query().Get("code")
}

// refused wants an error of a token request.
func (o *office) refused(t *testing.T, name, form, kind string) {
	t.Helper()
	if r := o.request(t, "POST", "/oauth/token", form, asClient); r.status != 400 || !strings.Contains(r.body, `"error":"`+kind+`"`) {
		t.Errorf("%s: %d %s, want %s", name, r.status, r.body, kind)
	}
}

func redeem(code string) string {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}}.Encode()
}

func TestAPersonGrantsAndTokensRotate(t *testing.T) {
	t.Parallel()
	o := open(t)
	first := o.token(t, redeem(o.code(t, asked(nil))))
	second := o.token(t, "grant_type=refresh_token&refresh_token="+first["refresh_token"].(string))
	if second["refresh_token"] == first["refresh_token"] || second["access_token"] == first["access_token"] {
		t.Error("the tokens are the old ones")
	}
	for _, tokens := range []map[string]any{first, second} {
		if r := o.request(t, "GET", "/api/accounts", "", withHeader("Authorization", "Bearer "+tokens["access_token"].(string))); r.status != 200 {
			t.Errorf("token: %d", r.status)
		}
	}
	o.refused(t, "used refresh token", "grant_type=refresh_token&refresh_token="+first["refresh_token"].(string), "invalid_grant")
	o.refused(t, "what came of a token that was used twice", "grant_type=refresh_token&refresh_token="+second["refresh_token"].(string), "invalid_grant")
	if r := o.request(t, "GET", "/api/accounts", "", withHeader("Authorization", "Bearer "+second["access_token"].(string))); r.status != 401 {
		t.Errorf("its access token: %d", r.status)
	}
}

func TestARefreshTokenLivesLongerThanAnAccessToken(t *testing.T) {
	t.Parallel()
	o := open(t)
	tokens := o.token(t, redeem(o.code(t, asked(nil))))
	o.clock.Advance(89 * 24 * time.Hour)
	tokens = o.token(t, "grant_type=refresh_token&refresh_token="+tokens["refresh_token"].(string))
	o.clock.Advance(90 * 24 * time.Hour)
	o.refused(t, "after 90 days", "grant_type=refresh_token&refresh_token="+tokens["refresh_token"].(string), "invalid_grant")
}

func TestACodeIsForOneUseOfOneClientSoon(t *testing.T) {
	t.Parallel()
	o := open(t)
	code := o.code(t, asked(nil))
	tokens := o.token(t, redeem(code))
	o.refused(t, "second use", redeem(code), "invalid_grant")
	if r := o.request(t, "GET", "/api/accounts", "", withHeader("Authorization", "Bearer "+tokens["access_token"].(string))); r.status != 401 {
		t.Errorf("what a code gave that was used twice: %d", r.status)
	}
	code = o.code(t, asked(nil))
	o.clock.Advance(10 * time.Minute)
	o.refused(t, "after ten minutes", redeem(code), "invalid_grant")
	o.refused(t, "another address", url.Values{"grant_type": {"authorization_code"}, "code": {o.code(t, asked(nil))}, "redirect_uri": {other}}.Encode(), "invalid_grant")
	o.refused(t, "no address", "grant_type=authorization_code&code="+o.code(t, asked(nil)), "invalid_grant")
	another := o.request(t, "POST", "/oauth/token", redeem(o.code(t, asked(nil)))+"&client_id=plain&client_secret=plain", func(r *http.Request) { asForm(r); nobody(r) })
	if another.status != 400 || !strings.Contains(another.body, "invalid_grant") {
		t.Errorf("another client: %d %s", another.status, another.body)
	}
}

func TestPKCE(t *testing.T) {
	t.Parallel()
	o := open(t)
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	challenged := asked(url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}})
	o.token(t, redeem(o.code(t, challenged))+"&code_verifier="+verifier)
	o.refused(t, "wrong verifier", redeem(o.code(t, challenged))+"&code_verifier=w"+verifier, "invalid_grant")
	o.refused(t, "no verifier", redeem(o.code(t, challenged)), "invalid_grant")
	o.refused(t, "a verifier nobody announced", redeem(o.code(t, asked(nil)))+"&code_verifier="+verifier, "invalid_grant")
}

func TestTheOnlyAddressNeedNotBeNamed(t *testing.T) {
	t.Parallel()
	o := open(t)
	query := url.Values{"response_type": {"code"}, "client_id": {"single"}}
	for _, named := range []string{"", "&redirect_uri=" + url.QueryEscape(other)} {
		_, to := o.person(t, query, "allow")
		if to == nil || !strings.HasPrefix(to.String(), other) || to.Query().Has("state") {
			t.Fatalf("sent to %v", to)
		}
		r := o.request(t, "POST", "/oauth/token", "grant_type=authorization_code&client_id=single&client_secret=single&code="+to.Query().Get("code")+named, func(r *http.Request) { asForm(r); nobody(r) })
		if r.status != 200 {
			t.Errorf("with %q: %d %s", named, r.status, r.body)
		}
	}
}

func TestOnlyRegisteredAddressesAreSentAnything(t *testing.T) {
	t.Parallel()
	o := open(t)
	for name, row := range map[string]struct {
		change   url.Values
		decision string
		kind     string // empty: nobody is sent anywhere
	}{
		"refused":              {nil, "refuse", "access_denied"},
		"no response type":     {url.Values{"response_type": nil}, "allow", "invalid_request"},
		"implicit grant":       {url.Values{"response_type": {"token"}}, "allow", "unsupported_response_type"},
		"plain PKCE":           {url.Values{"code_challenge": {"x"}}, "allow", "invalid_request"},
		"scope twice":          {url.Values{"scope": {"a", "b"}}, "allow", "invalid_request"},
		"unknown client":       {url.Values{"client_id": {"stranger"}}, "allow", ""},
		"unregistered address": {url.Values{"redirect_uri": {"https://bridge.example/back"}}, "allow", ""},
		"address of a client":  {url.Values{"client_id": {"plain"}}, "allow", ""},
		"no address of two":    {url.Values{"redirect_uri": nil}, "allow", ""},
		"script as an address": {url.Values{"client_id": {"odd"}, "redirect_uri": {"javascript:alert(1)"}}, "allow", ""},
		"no decision":          {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, to := o.person(t, asked(row.change), row.decision)
			if row.kind == "" {
				if status != 400 || to != nil {
					t.Errorf("%d to %v", status, to)
				}
				return
			}
			if status != 303 || to == nil || to.Query().Get("error") != row.kind || to.Query().Get("state") != "st&te" || to.Query().Has("code") {
				t.Errorf("%d to %v, want %s", status, to, row.kind)
			}
		})
	}
}

func TestThePersonIsAskedOnAPage(t *testing.T) {
	t.Parallel()
	o := open(t)
	r := o.request(t, "GET", "/oauth/authorize?"+asked(nil).Encode(), "")
	policy := r.header.Get("Content-Security-Policy")
	if r.status != 200 || !strings.Contains(r.body, "May bridge use") || !strings.HasSuffix(policy, "form-action 'self' https://bridge.example") {
		t.Errorf("%d %s\n%s", r.status, policy, r.body)
	}
	if strings.Contains(r.body, "st&te") || regexp.MustCompile(`<script|style=`).MatchString(r.body) {
		t.Error("the page has more than it should")
	}
	if r := o.request(t, "GET", "/oauth/authorize?"+asked(nil).Encode(), "", nobody); r.status != 401 {
		t.Errorf("without a person: %d", r.status)
	}
	if r := o.request(t, "GET", "/oauth/authorize?"+asked(nil).Encode(), "", withHeader("X-Api-Key", "key-1")); r.status != 401 {
		t.Errorf("a program: %d", r.status)
	}
}
