package people

import (
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// asked is an authorization request that keeps all rules (OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636, section 4.3).
type asked struct {
	client    string
	redirect  *url.URL
	state     string
	nonce     string
	challenge string
}

// refusal is an error that the client is told (RFC 6749, section 4.1.2.1).
type refusal struct{ code, says string }

func (r refusal) Error() string { return r.code + ": " + r.says }

const maxParameter = 1 << 10 // bytes of one

// read is the request of the query. A fault of the client or its redirect URI is told to the person alone, since nobody knows
// then who would get it; any other is a refusal.
func (i *Issuer) read(q url.Values) (asked, error) {
	for name, values := range q {
		if len(values) > 1 || len(values[0]) > maxParameter {
			return asked{}, fmt.Errorf("the parameter %.50q stands there twice or is too long", name)
		}
	}
	a := asked{client: q.Get("client_id"), state: q.Get("state"), nonce: q.Get("nonce"), challenge: q.Get("code_challenge")}
	c, ok := i.client(a.client)
	if !ok {
		return a, errors.New("no application has this client_id")
	}
	if !slices.Contains(c.RedirectURIs, q.Get("redirect_uri")) {
		return a, errors.New("the application has not registered this redirect_uri: it must be the same to the letter")
	}
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		return a, errors.New("the redirect_uri is no address")
	}
	a.redirect = redirect
	return a, a.check(q)
}

func (a asked) check(q url.Values) error {
	switch {
	case q.Get("response_type") != "code":
		return refusal{"unsupported_response_type", "response_type must be code"}
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return refusal{"invalid_scope", "scope must contain openid"}
	case q.Get("code_challenge_method") != "S256" || len(a.challenge) != 43:
		return refusal{"invalid_request", "a code_challenge with the code_challenge_method S256 is required"}
	case a.state == "":
		return refusal{"invalid_request", "a state is required"}
	case a.nonce == "": // which the standard leaves to the client; here it is to be noticed that one forgot it
		return refusal{"invalid_request", "a nonce is required"}
	case q.Get("prompt") == "none":
		return refusal{"interaction_required", "a person has to choose"}
	}
	return nil
}

// back is where the browser goes with the answer (RFC 9207 has the issuer name itself).
func (i *Issuer) back(a asked, answer url.Values) string {
	to := *a.redirect
	q := to.Query()
	q.Set("iss", i.options.URL)
	if a.state != "" {
		q.Set("state", a.state)
	}
	for name := range answer {
		q.Set(name, answer.Get(name))
	}
	to.RawQuery = q.Encode()
	return to.String()
}

// grant is what a code is worth, once and for a minute.
type grant struct {
	asked
	person Person
	until  time.Time
}

const (
	codeLife = time.Minute
	maxCodes = 1000 // that nobody fetched yet
)

// newCode makes a code, and forgets those that are over.
func (i *Issuer) newCode(a asked, p Person) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.options.Now()
	for code, g := range i.codes {
		if !now.Before(g.until) {
			delete(i.codes, code)
		}
	}
	if len(i.codes) >= maxCodes {
		return "", refusal{"temporarily_unavailable", "too many sign-ins are under way"}
	}
	code := rand.Text()
	i.codes[code] = grant{a, p, now.Add(codeLife)}
	return code, nil
}

// askPerson is the page on which a person chooses who to be. Whom the client has named (login_hint) has the focus, so that one
// presses Enter; nobody is signed in without a person's doing.
func (i *Issuer) askPerson(w http.ResponseWriter, r *http.Request) {
	a, err := i.read(r.URL.Query())
	if i.refuse(w, r, a, err) {
		return
	}
	show(w, http.StatusOK, a.redirect, map[string]any{"Client": a.client, "Host": a.redirect.Host, "People": i.options.People, "Hint": r.URL.Query().Get("login_hint")})
}

// personChose is what a button of the page sends, to the address the page was at.
func (i *Issuer) personChose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	a, err := i.read(r.URL.Query())
	if i.refuse(w, r, a, err) {
		return
	}
	p, ok := i.person(r.PostFormValue("person"))
	if !ok {
		i.refuse(w, r, a, refusal{"access_denied", "nobody was chosen"})
		return
	}
	code, err := i.newCode(a, p)
	if i.refuse(w, r, a, err) {
		return
	}
	http.Redirect(w, r, i.back(a, url.Values{"code": {code}}), http.StatusSeeOther)
}

// refuse says whether there was an error, which it has told the client or the person.
func (i *Issuer) refuse(w http.ResponseWriter, r *http.Request, a asked, err error) bool {
	var told refusal
	switch {
	case err == nil:
		return false
	case errors.As(err, &told):
		http.Redirect(w, r, i.back(a, url.Values{"error": {told.code}, "error_description": {told.says}}), http.StatusSeeOther)
	default:
		show(w, http.StatusBadRequest, nil, map[string]any{"Problem": err.Error()})
	}
	return true
}

var (
	//go:embed assets/authorize.html
	pageText string
	//go:embed assets/style.css
	style []byte

	page = template.Must(template.New("authorize").Parse(pageText))
)

// show writes the page. Its buttons lead back to the application, which the policy must allow beside the page's own site: a
// redirect after a form counts for it (www.w3.org/TR/CSP3, form-action).
func show(w http.ResponseWriter, status int, to *url.URL, data map[string]any) {
	policy := "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
	if to != nil {
		policy += " " + to.Scheme + "://" + to.Host
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin") // a browser that tells no origin is refused as another site's page
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = page.Execute(w, data) // as in answer
}

func showStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(style) // as in answer
}
