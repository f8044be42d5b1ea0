package crm_test

import (
	"strings"
	"testing"
)

// Where the rules of the tables are written: a page and the section, or what stands there where the section has no title of
// its own. What no page says is ours, and has its reason.
const (
	customCRM        = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: "
	fromVariables    = customCRM + "request URL parameters"
	fromFunctions    = customCRM + "request URL parameter functions"
	fromConfig       = customCRM + "endpoint configuration"
	fromFormat       = customCRM + "phone number format"
	fromFind         = customCRM + "find an account by query, the example of its response"
	fromFindByID     = customCRM + "find an account by ID"
	fromFindRecord   = customCRM + "find a record by query, the example of its response"
	fromCreateRecord = customCRM + "create a record, the example of its request"
	fromUpload       = customCRM + "upload a file"
	fromComment      = customCRM + "comment endpoint"
	fromRecordPages  = customCRM + "CRM lookup URLs"
	fromDisplay      = customCRM + "the CRM's page in the portal"
	fromLookup       = customCRM + "custom lookup URL"

	ccaip            = "docs.cloud.google.com/contact-center/ccai-platform/docs/"
	fromCreate       = ccaip + "custom-crm-generic-api-error-handling: Important nuance: 2xx + missing ID on ID-extracting endpoints"
	fromLocationOfID = ccaip + "custom-crm-generic-api-error-handling: response_data_location and custom_id_location"
	fromTypes        = ccaip + "session-type-terminology: the types of today and those before release 1.66"

	rt             = "docs.bestpractical.com/rt/5.0.3/RT/REST2.html: "
	fromRT         = rt + "searches, and creating and updating what they find"
	seenInRT       = "Request Tracker 5.0.3: what its REST 2.0 was seen to answer, which its page does not tell"
	fromSalesforce = "developer.salesforce.com, REST API developer guide: query, its totalSize and the times of records"

	fromZendesk = "developer.zendesk.com: attachments, upload files"

	fromKey        = "draft-ietf-httpapi-idempotency-key-header: section 2.4, the fingerprint of a request"
	fromURI        = "RFC 3986: section 2.1, percent-encoding"
	fromJSON       = "RFC 8259: section 7, strings"
	fromJSONNumber = "RFC 8259: section 6, numbers"
	fromLocation   = "RFC 9110: section 10.2.2, Location"
	fromReference  = "RFC 3986: section 5, reference resolution"
	fromForm       = "RFC 7578: section 4, the parts of a form"
	fromE123       = "ITU-T Recommendation E.123: notations of telephone numbers"

	ours          = "ours: "
	oursOwn       = ours + "a CRM's record needs it, and no documented variable has it"
	oursOver      = ours + "mm:ss has no hours, so the minutes go on"
	oursUnknown   = ours + "what is not known is empty, and not zero"
	oursUntold    = ours + "the variable is known, and empty, since no source tells it"
	oursByID      = ours + "404 for a query is a wrong address, and nobody only for an id in the path"
	oursTexts     = ours + "a record needs a title and a text where the settings have none"
	oursCustomID  = ours + "the page tells the custom user's id for mobile alone; elsewhere it is the identifier of the SDK"
	oursLast      = ours + "of several agents the last has the session"
	oursMenu      = ours + "the page tells the form of the menu's path for lookup URLs alone"
	oursType      = ours + "a type that the page does not have stays as the source sent it"
	oursDefault   = ours + "the page names no default"
	oursPlace     = ours + "CRMs want parameters of a POST in the query, and those of a GET in a body"
	oursQuery     = ours + "a GET has no body, so its parameters are the query"
	oursCut       = ours + "CRMs refuse longer values"
	oursNames     = ours + "a CRM takes no account without a name"
	oursBelieve   = ours + "whoever sits at the browser could make themselves anybody, so only what is signed counts"
	oursPaths     = ours + "the page documents a location in the answer, and not its syntax"
	oursNestedKey = ours + "CRMs want objects and lists in their bodies; the page documents plain properties"
	oursTyped     = ours + "CRMs want numbers, booleans and JSON; the page documents plain text and numbers"
	oursBody      = ours + "a body of any shape, for searches that no list of properties can say"
	oursEscape    = ours + "a value is a customer's, and stays a value in whatever language it stands in"
	oursRemoval   = ours + "removal is documented for functions; what is not known is left out of plain values too"
	oursMistakes  = ours + "whoever wrote the settings is told what to mend, and no value of a customer's"
	oursAnswers   = ours + "a CRM answers anything: an error tells where was looked and what was there, and no customer's data"
	oursIDs       = ours + "an id goes into URLs and settings, so it is one short line, as the CRM wrote it"
	oursSearch    = ours + "a search that finds nobody is told in many ways, and a hit that cannot be told apart is not believed"
	oursVerify    = ours + "CRMs ignore filters that they do not know, and find strangers: a hit must prove itself"
	oursHits      = ours + "CRMs ignore filters that they do not know: many hits are no hit"
	oursChoose    = ours + "the page does not say which of several hits is taken"
	oursMeaning   = ours + "CRMs refuse with 200 and say with 400 that it is there: their settings tell"
	oursRegion    = ours + "a number without a country has the one of the settings"
	oursNobody    = ours + "a search for what names no telephone finds everybody who withheld theirs"
	oursUSAbroad  = ours + "a number of another country has no US form, and keeps E.164"
	oursForms     = ours + "CRMs keep numbers in other forms than they are searched for"
	oursAsks      = ours + "a search that asks for nothing finds everybody"
	oursLinks     = ours + "a link is left out or shortened rather than wrong"
	oursAddress   = ours + "an address of an answer is shown to people, so it is a whole http one that hides no host"
	oursOneFile   = ours + "a file is sent whole and once, and in the body"
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
