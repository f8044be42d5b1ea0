package settings

import (
	"fmt"
	"time"
)

// CRM is the generic CRM API's configuration (docs.cloud.google.com, CCAI Platform, "Custom CRM": connection settings
// and endpoint configuration), with what a real system needs beyond it.
type CRM struct {
	// Queue is the Cloud Tasks queue this CRM's work runs on. Each CRM has its own, so its trouble stays its own.
	Queue string `json:"queue"`
	// Rate is what the CRM bears; the queue is held to it.
	Rate Rate `json:"rate,omitzero"`

	// How to sign in; one of Basic and OAuth at most. Headers are sent with every request.
	Basic   *Basic   `json:"basic,omitempty"`
	Headers []Header `json:"headers,omitempty"`
	OAuth   *OAuth   `json:"oauth,omitempty"`

	// TimeoutSeconds bounds every request, 1 to 10; 0 means 10.
	TimeoutSeconds int `json:"timeout_seconds,omitempty"`

	// Phone says how telephone numbers are written and looked for.
	Phone Phone `json:"phone,omitzero"`

	// Retry names the answers that are tried again for a week: "documented" (400 only; the default), "safe" (also 408,
	// 425, 429, 5xx, timeouts and connection errors) or "custom" (those of RetryOn).
	Retry string `json:"retry,omitempty"`
	// RetryOn are statuses ("400", "503"), classes of them ("5xx") and "no_answer" (timeouts, connection errors, a web page in the
	// place of an answer).
	RetryOn []string `json:"retry_on,omitempty"`

	// IdempotencyHeader is the request header in which a create or comment carries a key of its own, for CRMs that
	// recognise a repeat by one (draft-ietf-httpapi-idempotency-key-header). Empty: none is sent.
	IdempotencyHeader string `json:"idempotency_header,omitempty"`

	// SkipAccountCreation and SkipRecordCreation go on without an account, or end without a record, where none was found.
	SkipAccountCreation bool `json:"skip_account_creation,omitempty"`
	SkipRecordCreation  bool `json:"skip_record_creation,omitempty"`
	// ReuseRecords looks for an open record of the account before one is created.
	ReuseRecords bool `json:"reuse_records,omitempty"`
	// Records says when a record is created, for which sessions, and which are reused.
	Records RecordPolicy `json:"records,omitzero"`

	AccountURL string     `json:"account_url,omitempty"` // the account's page for people, with {ACCOUNT_ID}
	RecordURL  string     `json:"record_url,omitempty"`  // the record's page for people, with {RECORD_ID}
	PageURL    string     `json:"page_url,omitempty"`    // the CRM's page in the desk; may contain {RECORD_ID}
	LookupURLs LookupURLs `json:"lookup_urls,omitzero"`  // links with which the CRM itself looks the customer up

	// TicketSubject and TicketDescription are the texts behind {TICKET_SUBJECT} and {TICKET_DESCRIPTION}.
	TicketSubject     string `json:"ticket_subject,omitempty"`
	TicketDescription string `json:"ticket_description,omitempty"`

	// StartComment is the text of the comment on the start, with variables, such as "Phone: {PHONE_NUMBER}"; a line with one that
	// is not known is left out. Empty: when the session started.
	StartComment string `json:"start_comment,omitempty"`

	// Words are the CRM's own for what variables hold: {"DIRECTION": {"inbound": "in"}}. A value without one stays as it is.
	Words map[string]map[string]string `json:"words,omitempty"`

	// CommentOn are the events that add a comment; absent: all of them. HTML has the texts of comments in HTML.
	CommentOn []string `json:"comment_on,omitempty"`
	HTML      bool     `json:"html,omitempty"`
	// UpdateOn are the events that update the record beside its end; absent: all of them.
	UpdateOn []string `json:"update_on,omitempty"`

	Endpoints Endpoints `json:"endpoints"`
}

// The events that add a comment ("Custom CRM", comment endpoint).
const (
	OnStart       = "start"
	OnEnd         = "end"
	OnRating      = "rating"      // score and feedback; also updates the record
	OnCustomData  = "custom_data" // a package of custom data
	OnTransfer    = "transfer"
	OnDisposition = "disposition"  // code and notes
	OnSurvey      = "survey"       // questions and answers
	OnSmartAction = "smart_action" // what the customer did in the app, or why it failed; ours
)

// The events that update the record beside OnRating and OnEnd ("Custom CRM", update record).
const (
	OnQueue    = "queue"    // a queue was selected
	OnVerified = "verified" // the customer proved who they are
)

// Rate is what a CRM bears. Zero is the queue's own limit.
type Rate struct {
	// PerSecond is requests a second, up to 500. It holds however many sessions are worked on: each lets so much time pass
	// before each of its requests that all together keep it (Spacing).
	PerSecond float64 `json:"per_second,omitempty"`
	// AtOnce is requests at once, which is sessions at once, up to 100, since a session's requests are made one after the
	// other. Zero, with a PerSecond: a fifth of that, at least 1.
	AtOnce int `json:"at_once,omitempty"`
}

// Sessions is how many sessions may be worked on at once; 0 is the queue's own limit.
func (r Rate) Sessions() int {
	if r.AtOnce > 0 || r.PerSecond <= 0 {
		return r.AtOnce
	}
	return min(max(int(r.PerSecond/5), 1), 100)
}

// Spacing is how long a session waits before each request.
func (r Rate) Spacing() time.Duration {
	if r.PerSecond <= 0 {
		return 0
	}
	return time.Duration(float64(r.Sessions()) / r.PerSecond * float64(time.Second))
}

// maxSpacing keeps a session's run within the time that a task may take.
const maxSpacing = 10 * time.Second

// Header is one request header: Prefix and then either Value, as it stands, or the value of a secret.
type Header struct {
	Name   string `json:"name"`
	Prefix string `json:"prefix,omitempty"` // such as "token "
	Value  string `json:"value,omitempty"`
	Secret string `json:"secret,omitempty"` // secret://name
}

// OAuth is OAuth 2.0 (RFC 6749).
type OAuth struct {
	Grant        string `json:"grant"` // "client_credentials" (section 4.4) or "authorization_code" (4.1), which a person begins at the console
	AuthorizeURL string `json:"authorization_url,omitempty"`
	TokenURL     string `json:"token_url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"` // secret://name
	Scope        string `json:"scope,omitempty"`
	AccessType   string `json:"access_type,omitempty"` // such as offline, sent to the authorization URL
	// InBody sends the client's id and secret in the body instead of HTTP Basic (section 2.3.1).
	InBody bool `json:"credentials_in_body,omitempty"`
}

// The grants of OAuth.
const (
	ClientCredentials = "client_credentials"
	AuthorizationCode = "authorization_code"
)

// Phone says how telephone numbers are written in requests.
type Phone struct {
	// Format is one of the formats below; empty is "e164".
	Format string `json:"format,omitempty"`
	// Region is the country of numbers that come without one, ISO 3166-1 alpha-2 ("IT"); empty: they stay as they are.
	Region string `json:"region,omitempty"`
	// Lookup are the forms in which find_account asks for {PHONE_NUMBER}, one request after another until one finds: any
	// format, "raw" (as received), "digits", "national_digits", or "last:7" for that many last digits. Empty: Format alone.
	Lookup []string `json:"lookup,omitempty"`
}

// The phone formats ("Custom CRM", phone number format).
const (
	PhoneAutomatic       = "automatic"
	PhoneE164            = "e164"
	PhoneUSLocal         = "us_local"
	PhoneUSLocalStandard = "us_local_standard"
	PhoneInternational   = "international"
)

// LookupURLs are links with the lookup variables, such as {ANI}; parameters whose value is not known are left out, and
// nothing of a link is kept ("Custom CRM", custom lookup URL).
type LookupURLs struct {
	Phone string `json:"phone,omitempty"` // for IVR, PSTN and SMS sessions
	Web   string `json:"web,omitempty"`   // for web and mobile sessions
	Queue string `json:"queue,omitempty"` // opened where the customer was not found, with {ACCOUNT_ID} and {PHONE_NUMBER}
}

// Basic is HTTP Basic authentication.
type Basic struct {
	Username string `json:"username"`
	Password string `json:"password"` // secret://name
}

// Endpoints are the CRM's calls. One that is absent is not made.
type Endpoints struct {
	// FindAccountByID is asked where the account's id is known from outside; 404 goes on to FindAccount.
	FindAccountByID *Endpoint `json:"find_account_by_id,omitempty"`
	FindAccount     *Endpoint `json:"find_account,omitempty"`
	// FindAccountAlso are asked after FindAccount, one after another, until one finds.
	FindAccountAlso []*Endpoint `json:"find_account_also,omitempty"`
	CreateAccount   *Endpoint   `json:"create_account,omitempty"`
	FindRecord      *Endpoint   `json:"find_record,omitempty"`
	// FindRecordOutbound is asked in the place of FindRecord where the company began the session.
	FindRecordOutbound *Endpoint `json:"find_record_outbound,omitempty"`
	// FindOwnRecord finds the record this very session created, by an id of ours that create_record stores in it. It is
	// asked when it is not known whether a create arrived.
	FindOwnRecord *Endpoint `json:"find_own_record,omitempty"`
	CreateRecord  *Endpoint `json:"create_record,omitempty"`
	UpdateRecord  *Endpoint `json:"update_record,omitempty"`
	// UpdateLate takes the place of UpdateRecord once that has told of the session's end, for what is known only later, such as
	// a rating. Where records are reused it has that alone: another session may have gone on in the record since, and who has
	// it now, and what it is about, is then the other's to say. Absent: UpdateRecord tells everything anew.
	UpdateLate *Endpoint `json:"update_late,omitempty"`
	// AddSession records the session in its record, once, be that new or reused: CRMs whose records hold several calls and
	// chats list each of them so.
	AddSession *Endpoint `json:"add_session,omitempty"`
	Comment    *Endpoint `json:"comment,omitempty"`
	Upload     *Upload   `json:"upload,omitempty"`
	// FindAgent finds the agent who has the session among the CRM's users, by {AGENT_EMAIL}, {AGENT_ID} or {AGENT_CUSTOM_ID}.
	// Its hit is {CRM_AGENT_ID} in other calls; where nobody is found, that is not known, and nothing waits for it.
	FindAgent *Endpoint `json:"find_agent,omitempty"`
}

// Endpoint is one call. URL, parameters and body may contain variables such as {PHONE_NUMBER}.
type Endpoint struct {
	URL        string      `json:"url"`    // without a "#", which is never sent
	Method     string      `json:"method"` // GET, POST, PUT or PATCH; GET is for searches alone
	Parameters []Parameter `json:"parameters,omitempty"`
	// Format says what the parameters become where they are no query: "property" (the default: {k: v}), "map"
	// ({container: {k: v}}) or "array" ({container: [{k: v}]}). Keys may be nested: "a.b", "a[0].b", or "a[]" for the place behind the last.
	Format    string `json:"format,omitempty"`
	Container string `json:"container,omitempty"` // its name, for map and array
	// Body is a JSON text of any shape, whose strings are templates like parameters; it replaces the parameters of the body.
	Body string `json:"body,omitempty"`

	// Response is the dotted path to the object in the answer; an array stands for its first element; empty is the root.
	Response string `json:"response_data_location,omitempty"`
	// ID is where the object's id is, below Response; empty means "id". "Location" is the last part of that header's path.
	ID string `json:"custom_id_location,omitempty"`

	// Verify are what a hit must have to be believed; MaxHits is how many hits are still one (0: any number), however few of
	// them Response leads to.
	Verify  []Check `json:"verify,omitempty"`
	MaxHits int     `json:"max_hits,omitempty"`
	// Choose picks one of several hits: "first" (the default), "newest" or "updated" by the field ChooseBy, or "agent": none,
	// and the candidates are kept for a person.
	Choose   string `json:"choose,omitempty"`
	ChooseBy string `json:"choose_by,omitempty"`
	// VerifyChosen is what the hit that was chosen must have, else there is none: the latest record if it is open, and not the
	// latest of those that are.
	VerifyChosen []Check `json:"verify_chosen,omitempty"`

	// Answers give statuses, or texts in answers, a meaning of their own; the first that fits counts.
	Answers []Meaning `json:"answers,omitempty"`
}

// Parameter is one key and value: a query parameter of a GET, a property of the JSON body otherwise. A value is a text with
// variables, or one of the functions =DEFAULT_VALUE, =CONCAT_OR, =CONCAT_AND. One of which a variable is not known is left
// out, unless Keep.
type Parameter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	// Type is "string" (the default), "number", "boolean" or "json": what the value becomes in a JSON body. In "json", a
	// variable stands within quotes, or bare for one number, true, false, null or text; so does the result of a function.
	Type string `json:"type,omitempty"`
	// Escape makes variables safe for the language around them: "json" (within a JSON string), "quoted" (backslashes before
	// quotes and backslashes) or "html". Empty: what stands around needs none.
	Escape string `json:"escape,omitempty"`
	// In is where it goes if not where the method says: "query" or "body".
	In string `json:"in,omitempty"`
	// Keep sends it though a variable in it is not known, which is then empty.
	Keep bool `json:"keep,omitempty"`
	// Max cuts the value to so many characters, before it is escaped; 0: as long as it is. What is typed must fit.
	Max int `json:"max,omitempty"`
}

// Check is a condition on a hit: what stands at Field, below the hit, equals the value of the template Equals. Phone
// compares the digits of telephone numbers instead, whatever their form, and needs a variable with the customer's.
type Check struct {
	Field  string `json:"field"`
	Equals string `json:"equals"`
	Phone  bool   `json:"phone,omitempty"`
}

// Meaning says what an answer means where the table of all CRMs would say something else.
type Meaning struct {
	Status   int    `json:"status,omitempty"`   // 0: any
	Contains string `json:"contains,omitempty"` // a text in the body, letter case aside, that was not in the request; empty: any body
	Means    string `json:"means"`              // retry, refused, exists, not_found or done
}

// The meanings of answers.
const (
	MeansRetry    = "retry"     // it may pass: tried again for a week
	MeansRefused  = "refused"   // it will not pass: a person must look
	MeansExists   = "exists"    // on a create: it is there already, look for it; on what adds to a record: it is added already
	MeansNotFound = "not_found" // on a search: nobody
	MeansDone     = "done"      // good, although it does not look so
)

// Upload is the call that takes a file.
type Upload struct {
	Endpoint
	// Type is "base64" ({FILE_DATA} is text in a JSON body), "multipart" (the parameters are parts of a form, and FilePart is
	// the file's), "raw" (the body is the file; the parameters are in the query) or "presigned" (the call announces the file,
	// mostly with {FILE_NAME}, {FILE_TYPE} and {FILE_SIZE}; its answer says where the file goes).
	Type     string `json:"type"`
	FilePart string `json:"file_part,omitempty"` // the name of the file's part; empty means "file"
	// PresignedURL and PresignedFields are where the answer of a "presigned" one has the address to which the file is posted,
	// without the CRM's sign-in, and the fields of the form that stand before it: an object of texts.
	PresignedURL    string `json:"presigned_url,omitempty"`
	PresignedFields string `json:"presigned_fields,omitempty"`
	// Files are the kinds that are attached: recordings, transcripts, voicemails, photos, videos, metadata.
	Files []string `json:"files"`
	// AttachmentURL is where the answer has the file's address; else AttachmentID is where it has its id ("Location" as for
	// custom_id_location), from which BuilderURL makes the address with {RECORD_ID} and {ATTACHMENT_ID}.
	AttachmentURL string `json:"attachment_url,omitempty"`
	AttachmentID  string `json:"attachment_id,omitempty"`
	BuilderURL    string `json:"builder_url,omitempty"`
	// Comment adds a comment for each file, in which the comment endpoint may use {ATTACHMENT_ID}, {ATTACHMENT_URL},
	// {FILE_NAME}, {FILE_TYPE} and {FILE_SIZE}: CRMs that take a file first and attach it then are told so.
	Comment bool `json:"comment,omitempty"`
}

// Timeout is the bound on one request.
func (c *CRM) Timeout() time.Duration {
	if c.TimeoutSeconds == 0 {
		return 10 * time.Second
	}
	return time.Duration(c.TimeoutSeconds) * time.Second
}

// RetryPreset says which answers are tried again.
func (c *CRM) RetryPreset() string {
	if c.Retry == "" {
		return RetryDocumented
	}
	return c.Retry
}

// The retry presets.
const (
	RetryDocumented = "documented"
	RetrySafe       = "safe"
	RetryCustom     = "custom"
)

// NoAnswer stands in RetryOn for timeouts, broken connections and web pages with a status of success.
const NoAnswer = "no_answer"

// All lists the endpoints by their names in the document, also those that are absent.
func (e *Endpoints) All() map[string]*Endpoint {
	all := map[string]*Endpoint{
		"find_account_by_id": e.FindAccountByID, "find_account": e.FindAccount, "create_account": e.CreateAccount,
		"find_record": e.FindRecord, "find_own_record": e.FindOwnRecord, "create_record": e.CreateRecord,
		"find_record_outbound": e.FindRecordOutbound, "add_session": e.AddSession,
		"update_record": e.UpdateRecord, "update_late": e.UpdateLate, "comment": e.Comment, "find_agent": e.FindAgent,
	}
	for i, also := range e.FindAccountAlso {
		all[fmt.Sprintf("find_account_also[%d]", i)] = also
	}
	if e.Upload != nil {
		all["upload"] = &e.Upload.Endpoint
	}
	return all
}
