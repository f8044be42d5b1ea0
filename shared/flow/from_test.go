package flow

import (
	"strings"
	"testing"
)

// Where the rules of the tables are written: a page and the section, or what stands there where the section has no title of
// its own. What no page says is ours, and has its reason.
const (
	customCRM      = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: "
	fromAPI        = customCRM + "API endpoints, what each of them requires"
	fromAccount    = customCRM + "account API, errors and retries"
	fromQuery      = customCRM + "find an account by query"
	fromByID       = customCRM + "find an account by ID"
	fromNewAccount = customCRM + "create an account"
	fromRecord     = customCRM + "find a record by query"
	fromNewRecord  = customCRM + "create a record"
	fromUpdate     = customCRM + "update a record"
	fromUpload     = customCRM + "upload a file"
	fromStored     = customCRM + "sending session files to the CRM"
	fromComment    = customCRM + "comment endpoint"
	fromOpenURL    = customCRM + "open custom URL"
	fromLookup     = customCRM + "custom lookup URL"
	fromDelay      = customCRM + "custom lookup URL, {CUSTOM_AGENT_ID}: record creation details"

	errorHandling = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm-generic-api-error-handling: "
	fromOrder     = errorHandling + "High-level execution order and relationships"
	fromMissingID = errorHandling + "Important nuance: 2xx + missing ID on ID-extracting endpoints"
	fromMetadata  = "docs.cloud.google.com/contact-center/ccai-platform/docs/crm-session-metadata: updated 15 minutes after the end"

	fromNoContent = "RFC 9110: section 15.3.5, 204"
	fromStatus    = "RFC 9110: section 15, what a status says of the request"
	fromTooEarly  = "RFC 8470: section 5.2, 425"
	fromTooMany   = "RFC 6585: section 4, 429"
	fromKey       = "draft-ietf-httpapi-idempotency-key-header: section 2, a key for each request and its repeats"

	ours         = "ours: "
	oursTwice    = ours + "a repeat of what may have arrived would make a second thing"
	oursSafe     = ours + "beyond the documented 400 the preset safe tries again what passes by itself"
	oursOrder    = ours + "a lost, late or repeated event must not strand a session"
	oursKnown    = ours + "what is known needs no search"
	oursNothing  = ours + "what has no CRM, no record or nothing in it is owed nothing"
	oursFirst    = ours + "the page does not say which of several hits is taken"
	oursOutcome  = ours + "who gave up or left a voicemail needs a record in some companies alone"
	oursLeases   = ours + "two sessions of one customer must not both create the account"
	oursMeanings = ours + "CRMs refuse with 200 and find nobody with 404: their settings tell"
	oursCustom   = ours + "the page names one set of statuses, and a company may name another"
	oursWaiting  = ours + "what waits or is dead is woken by its time or by a person"
	oursVersion  = ours + "a file that was written again has another content, and the CRM is to have the last"
	oursMending  = ours + "what settings caused goes on once they are mended"
	oursAgent    = ours + "a record is assigned again whenever another agent has the session"
	oursChanges  = ours + "an update is made of what it would say, so that nothing else brings it about"
	oursWrong    = ours + "404 for a query is a wrong address, and not nobody"
	oursNobody   = ours + "a search for nothing finds everybody"
	oursLink     = ours + "a link for nobody would find everybody"
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
