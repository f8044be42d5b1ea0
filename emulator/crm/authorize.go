package crm

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
)

// request is an authorisation request (RFC 6749 section 4.1.1) whose client and redirect URI are known to be right.
type request struct {
	client   *Client
	to       string   // the redirect URI, as it is registered
	redirect *url.URL // the same
	values   url.Values
}

// read checks what must be right before anybody may be sent back (RFC 6749 section 4.1.2.1): else this page would send
// people, and codes, wherever a stranger's link says.
func (c *CRM) read(r *http.Request) (request, string) {
	q := r.URL.Query()
	client := c.clientNamed(q.Get("client_id"))
	if client == nil {
		return request{}, "There is no such client here. Its client_id is not registered."
	}
	to := q.Get("redirect_uri")
	if to == "" && len(client.RedirectURIs) == 1 {
		to = client.RedirectURIs[0]
	}
	if !slices.Contains(client.RedirectURIs, to) {
		return request{}, "The address to go back to (redirect_uri) is not registered for this client. It must be written exactly as it was registered."
	}
	redirect, err := url.Parse(to)
	if err != nil || redirect.Host == "" || redirect.Scheme != "http" && redirect.Scheme != "https" {
		return request{}, "The address to go back to (redirect_uri) is registered, and is no web address."
	}
	return request{client, to, redirect, q}, ""
}

// problem is what is wrong that the client is to hear of.
func (q request) problem() (kind, description string) {
	for name, values := range q.values {
		if len(values) > 1 {
			return "invalid_request", name + " is given more than once"
		}
	}
	challenge, method := q.values.Get("code_challenge"), q.values.Get("code_challenge_method")
	switch {
	case q.values.Get("response_type") == "":
		return "invalid_request", "response_type is missing"
	case q.values.Get("response_type") != "code":
		return "unsupported_response_type", "want response_type=code"
	case challenge != "" && method != "S256": // RFC 7636 section 4.4.1; absent is "plain"
		return "invalid_request", "transform algorithm not supported: want code_challenge_method=S256"
	case challenge == "" && method != "":
		return "invalid_request", "code_challenge is missing"
	}
	return "", ""
}

// back sends the person back with the values, and the state they came with.
func (q request) back(values url.Values) answer {
	to := *q.redirect
	sent := to.Query()
	for name := range values {
		sent.Set(name, values.Get(name))
	}
	if state := q.values.Get("state"); state != "" {
		sent.Set("state", state)
	}
	to.RawQuery = sent.Encode()
	return answer{http.StatusSeeOther, http.Header{"Location": {to.String()}, "Cache-Control": {"no-store"}, "Referrer-Policy": {"no-referrer"}}, nil}
}

func (q request) fail(kind, description string) answer {
	return q.back(url.Values{"error": {kind}, "error_description": {description}})
}

// askPerson is GET /oauth/authorize.
func (c *CRM) askPerson(r *http.Request) answer {
	q, wrong := c.read(r)
	if wrong != "" {
		return notAsked(wrong)
	}
	if kind, description := q.problem(); kind != "" {
		return q.fail(kind, description)
	}
	return authorizePage(http.StatusOK, q, "")
}

// personAnswers is POST /oauth/authorize: what the page's buttons send, to the address the page was at.
func (c *CRM) personAnswers(r *http.Request) answer {
	q, wrong := c.read(r)
	if wrong != "" {
		return notAsked(wrong)
	}
	if kind, description := q.problem(); kind != "" {
		return q.fail(kind, description)
	}
	switch r.PostFormValue("decision") {
	case "allow":
		return c.allow(q)
	case "refuse":
		return q.fail("access_denied", "the person refused")
	default:
		return notAsked("Nothing was decided.")
	}
}

func (c *CRM) allow(q request) answer {
	k := code{&grant{client: q.client.ID}, q.values.Get("redirect_uri"), q.to, q.values.Get("code_challenge")}
	text := rand.Text()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens.codes.add(text, &once[code]{value: k}, c.o.Now())
	return q.back(url.Values{"code": {text}})
}

func notAsked(wrong string) answer { return authorizePage(http.StatusBadRequest, request{}, wrong) }

// authorizePage is the page a person confirms. Browsers hold a form to its policy also where it is redirected to
// (https://github.com/w3c/webappsec-csp/issues/8), so the client's origin must be in it.
func authorizePage(status int, q request, wrong string) answer {
	view := map[string]any{"Prefix": "", "Title": "Access to the demo CRM", "Wrong": wrong}
	policy := pagePolicy
	if q.client != nil {
		origin := q.redirect.Scheme + "://" + q.redirect.Host
		view["Client"], view["Origin"] = q.client.ID, origin
		policy += " " + origin // form-action is the last directive
	}
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, "authorize.html", view); err != nil {
		return fail(http.StatusInternalServerError, "", "the page cannot be written")
	}
	a := answer{status, pageHeader(), body.Bytes()}
	a.header.Set("Content-Security-Policy", policy)
	return a
}
