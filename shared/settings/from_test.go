package settings_test

import (
	"strings"
	"testing"
)

// Where the rules of the tables are written: a page and the section, or what stands there where the section has no title of
// its own. What no page says is ours, and has its reason.
const (
	customCRM     = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: "
	fromSignIn    = customCRM + "authentication method"
	fromFormat    = customCRM + "phone number format"
	fromTimeout   = customCRM + "API request timeout"
	fromPages     = customCRM + "CRM lookup URLs"
	fromDisplay   = customCRM + "the CRM's page in the portal"
	fromLookup    = customCRM + "custom lookup URL"
	fromOpenURL   = customCRM + "open custom URL"
	fromDelay     = customCRM + "custom lookup URL, {CUSTOM_AGENT_ID}: record creation details"
	fromAPI       = customCRM + "API endpoints, what each of them requires"
	fromConfig    = customCRM + "endpoint configuration"
	fromFunctions = customCRM + "request URL parameter functions"
	fromErrors    = customCRM + "account API, errors and retries"
	fromByID      = customCRM + "find an account by ID"
	fromRecord    = customCRM + "find a record by query"
	fromUpdate    = customCRM + "update a record"
	fromUpload    = customCRM + "upload a file"
	fromComment   = customCRM + "comment endpoint"
	fromFileData  = customCRM + "request URL parameters, {FILE_DATA}"
	fromStorage   = customCRM + "external storage"
	fromEmail     = customCRM + "CRM record update by email"
	fromSkip      = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm-generic-api-error-handling: Important nuance: 2xx + missing ID on ID-extracting endpoints"

	fromHooks    = "developer.kustomer.com/docs/events/delivery-and-retries: Verify signatures"
	fromTasks    = "docs.cloud.google.com/tasks/docs/quotas: the dispatches of a queue"
	fromBucket   = "docs.cloud.google.com/storage/docs/buckets: bucket names"
	fromSigned   = "docs.cloud.google.com/storage/docs/access-control/signed-urls: an address is good for 7 days at most"
	fromKMS      = "docs.cloud.google.com/kms/docs/resource-hierarchy: keys"
	fromJSON     = "RFC 8259: section 2, one value"
	fromNames    = "RFC 8259: section 4, the names of an object are unique"
	fromPorts    = "RFC 6335: section 6, ports from 0 to 65535"
	fromMailbox  = "RFC 5322: section 3.4.1, addr-spec"
	fromBasic    = "RFC 7617: section 2, a user name has no colon"
	fromField    = "RFC 9110: section 5.1, field names"
	fromValue    = "RFC 9110: section 5.5, field values"
	fromHop      = "RFC 9110: section 7.6.1, Connection"
	fromHost     = "RFC 9110: section 7.2, Host"
	fromLength   = "RFC 9110: section 8.6, Content-Length"
	fromStatus   = "RFC 9110: section 15, status codes"
	fromGet      = "RFC 9110: section 9.3.1, content of a GET has no meaning"
	fromCreated  = "RFC 9110: section 10.2.2, Location"
	fromCode     = "RFC 6749: section 4.1, authorization code"
	fromClient   = "RFC 6749: section 4.4, client credentials"
	fromPart     = "RFC 7578: section 4.2, the name of a part"
	fromCountry  = "ISO 3166-1: alpha-2 codes"
	fromHostKeys = "ssh-keygen(1): fingerprints; sshd(8): the form of a public key"

	ours         = "ours: "
	oursNoKey    = ours + "a key nobody reads would be a setting without effect"
	oursKinds    = ours + "a value of another kind would be read as none"
	oursSecrets  = ours + "a secret is named, and never written into a document"
	oursOneWay   = ours + "of two ways to sign in it would be chance which counts"
	oursTwice    = ours + "of a thing said twice it would be chance which counts"
	oursHosts    = ours + "a caller's data must not choose the server"
	oursURL      = ours + "a URL is whole, so that it leads where it was meant to"
	oursSource   = ours + "what sends us events signs in"
	oursSigned   = ours + "the other sources document no signature of this form"
	oursZone     = ours + "a source without zones in its times has one offset"
	oursNear     = ours + "a CRM on the same machine or network may have no certificate"
	oursOthers   = ours + "a CRM's own names may stand in braces, and stay"
	oursBelief   = ours + "a search for the last digits finds strangers"
	oursNoChange = ours + "settings are read from one JSON object of bounded size, and all of it counts"
	oursMail     = ours + "a mail needs a server and both halves of a sign-in"
	oursRate     = ours + "a CRM bears so much and no more, and so does a task"
	oursQueue    = ours + "each CRM's work runs on a queue of its own, so that its trouble stays its own"
	oursForms    = ours + "CRMs keep numbers in other forms than they are searched for; few digits fit strangers"
	oursRetry    = ours + "beyond the documented 400 a company may name what is tried again"
	oursPolicy   = ours + "only who waits for an agent knows that none came"
	oursMatch    = ours + "a record that is used again belongs to the same menu or channel"
	oursTexts    = ours + "a template that cannot be read is told where it is typed"
	oursLadder   = ours + "a step that needs another cannot stand alone, also where the page has no word on it"
	oursPaths    = ours + "the page documents a location in the answer, and not its syntax"
	oursVerify   = ours + "CRMs ignore filters that they do not know, and find strangers"
	oursMeaning  = ours + "CRMs refuse with 200 and say with 400 that it is there: their settings tell"
	oursBody     = ours + "a body of any shape, for searches that no list of properties can say"
	oursChoose   = ours + "the page does not say which of several hits is taken"
	oursGrants   = ours + "the page's OAuth has a person sign in; many CRMs let a client in by itself"
	oursRaw      = ours + "CRMs take a file as the whole body, which the page does not have"
	oursTypes    = ours + "CRMs want numbers, booleans and JSON, and values that are cut or escaped"
	oursKeys     = ours + "CRMs want objects and lists in their bodies, and a place holds one value"
	oursEmpty    = ours + "what is left empty is as if it were not there"
	oursFiles    = ours + "a file is sent whole and once, and in the body"
	oursStorage  = ours + "a file must be found again, and by nobody whom the company did not mean"
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
