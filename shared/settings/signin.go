package settings

import (
	"fmt"
	"slices"
	"strings"

	"sessionbridge.internal/shared/secrets"
)

// reserved are headers that the request itself decides: RFC 9110, sections 7.2, 8.3, 8.4, 8.6 and 10.1.1, the coding in which
// answers are read (12.5.3), and those that belong to one connection (7.6.1).
var reserved = []string{
	"host", "content-length", "content-type", "content-encoding", "accept-encoding", "expect", "connection", "keep-alive",
	"proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
}

// noKey are headers that have a meaning of their own beside, and so carry no key of a repeat.
var noKey = append([]string{"accept", "authorization", "cookie", "user-agent"}, reserved...)

func (r *CRM) validateSignIn(c *checker) {
	c.check(r.Basic == nil || r.OAuth == nil, "crm.oauth", "cannot stand beside crm.basic: there is one way to sign in")
	seen := map[string]int{}
	for i, h := range r.Headers {
		path, name := index("crm.headers", i), strings.ToLower(h.Name)
		h.validate(c, path)
		first, again := seen[name]
		c.check(!again, path+".name", fmt.Sprintf("stands already at crm.headers[%d].name", first))
		c.check(name != "authorization" || r.Basic == nil && r.OAuth == nil, path+".name", "is what crm.basic or crm.oauth sends")
		c.check(name != strings.ToLower(r.IdempotencyHeader), path+".name", "is crm.idempotency_header already")
		seen[name] = i
	}
	c.check(!slices.Contains(noKey, strings.ToLower(r.IdempotencyHeader)), "crm.idempotency_header", "has another meaning; mostly it is Idempotency-Key")
	if r.OAuth != nil {
		r.OAuth.validate(c)
	}
}

func (h *Header) validate(c *checker, path string) {
	name := strings.ToLower(h.Name)
	c.check(!slices.Contains(reserved, name), path+".name", "is decided by the request itself and cannot be set")
	c.check(h.Value != "" || h.Secret != "", path+".value", "is required, or a secret")
	c.check(h.Value == "" || h.Secret == "", path+".secret", "cannot stand beside a value: a header has one of them")
	c.check(h.Value == "" || !secrets.IsNameOfOne(name), path+".value", "must be a secret instead, since it signs in: put secret://name into "+path+".secret")
}

func (o *OAuth) validate(c *checker) {
	c.wholeURL("crm.oauth.token_url", o.TokenURL)
	c.check(!strings.Contains(o.TokenURL, "{"), "crm.oauth.token_url", "has no variables")
	if o.Grant == AuthorizationCode {
		c.check(o.AuthorizeURL != "", "crm.oauth.authorization_url", `is required where the grant is "authorization_code"`)
	}
	if o.AuthorizeURL != "" {
		c.wholeURL("crm.oauth.authorization_url", o.AuthorizeURL)
		c.check(!strings.Contains(o.AuthorizeURL, "{"), "crm.oauth.authorization_url", "has no variables")
	}
}
