package signin_test

import (
	"strings"
	"testing"
)

// Where the rules of the tables are written: a page and the section, or what stands there where the section has no title of
// its own. What no page says is ours, and has its reason.
const (
	customCRM    = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: "
	fromMethods  = customCRM + "authentication method"
	fromClient   = "RFC 6749: section 4.4, client credentials"
	fromInHeader = "RFC 6749: section 2.3.1, client password"
	fromEndpoint = "RFC 6749: section 3.1, the query of the authorization endpoint is kept"
	fromAsk      = "RFC 6749: section 4.1.1, authorization request"
	fromCode     = "RFC 6749: section 4.1.3, access token request"
	fromAnswer   = "RFC 6749: section 5.1, successful response"
	fromErrors   = "RFC 6749: section 5.2, error response"
	fromRenewal  = "RFC 6749: section 6, refreshing an access token"
	fromRotation = "RFC 9700: section 4.14.2, refresh tokens that are handed out anew each time"
	fromPKCE     = "RFC 7636: section 4.3, code challenge"
	fromVerifier = "RFC 7636: section 4.6, the verifier is compared"
	fromBearer   = "RFC 6750: section 2.1, the token in the Authorization header"
	fromValue    = "RFC 9110: section 5.5, field values"
	fromStatus   = "RFC 9110: section 15.6, 5xx"
	fromTooMany  = "RFC 6585: section 4, 429"

	ours         = "ours: "
	oursHeader   = ours + "a header of the CRM's own may have a prefix and a value that is no secret"
	oursSecrets  = ours + "an error names the setting, and neither a secret nor what stands in its place"
	oursGuests   = ours + "a server says anything, a secret too, and none of it is passed on"
	oursLives    = ours + "servers say how long a token lives in several ways; one that says nothing means until it is refused"
	oursForms    = ours + "some servers answer in forms, which no RFC has"
	oursBounds   = ours + "an answer of a server is read in bounds"
	oursRedirect = ours + "a redirect would take the client's secret elsewhere"
	oursNetwork  = ours + "what the network swallowed passes, and what may not be called does not"
	oursOffline  = ours + "without a refresh token the grant would end within the hour"
	oursGrant    = ours + "a grant is kept before it is used, since a server ends it when an old one comes again"
)

// cite says in a failure where the rule of the row is written. A row that names no page and section, or no reason for a rule
// of ours, fails.
func cite(t *testing.T, from string) {
	t.Helper()
	if page, section, ok := strings.Cut(from, ": "); !ok || page == "" || section == "" {
		t.Errorf("the rule is from %q, want a page and its section, or \"ours\" and why", from)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the rule is from %s", from)
		}
	})
}
