package settings

import "time"

// CRM is the generic CRM API's configuration (docs.cloud.google.com, CCAI Platform, "Custom CRM": connection settings
// and endpoint configuration), with what a real system needs beyond it.
type CRM struct {
	// Queue is the Cloud Tasks queue this CRM's work runs on. Each CRM has its own, so its trouble stays its own.
	Queue string `json:"queue"`

	Basic *Basic `json:"basic,omitempty"`

	// TimeoutSeconds bounds every request, 1 to 10; 0 means 10.
	TimeoutSeconds int `json:"timeout_seconds,omitempty"`

	// Retry names the answers that are tried again for a week: "documented" (400 only; the default) or "safe" (also 408,
	// 425, 429, 5xx, timeouts and connection errors).
	Retry string `json:"retry,omitempty"`

	// IdempotencyHeader is the request header in which a create or comment carries a key of its own, for CRMs that
	// recognise a repeat by one (draft-ietf-httpapi-idempotency-key-header). Empty: none is sent.
	IdempotencyHeader string `json:"idempotency_header,omitempty"`

	// ReuseRecords looks for an open record of the account before one is created.
	ReuseRecords bool `json:"reuse_records,omitempty"`

	AccountURL string `json:"account_url,omitempty"` // the account's page for people, with {ACCOUNT_ID}
	RecordURL  string `json:"record_url,omitempty"`  // the record's page for people, with {RECORD_ID}

	// TicketSubject and TicketDescription are the texts behind {TICKET_SUBJECT} and {TICKET_DESCRIPTION}.
	TicketSubject     string `json:"ticket_subject,omitempty"`
	TicketDescription string `json:"ticket_description,omitempty"`

	Endpoints Endpoints `json:"endpoints"`
}

// Basic is HTTP Basic authentication.
type Basic struct {
	Username string `json:"username"`
	Password string `json:"password"` // secret://name
}

// Endpoints are the CRM's calls. One that is absent is not made.
type Endpoints struct {
	FindAccount   *Endpoint `json:"find_account,omitempty"`
	CreateAccount *Endpoint `json:"create_account,omitempty"`
	FindRecord    *Endpoint `json:"find_record,omitempty"`
	// FindOwnRecord finds the record this very session created, by an id of ours that create_record stores in it. It is
	// asked when it is not known whether a create arrived.
	FindOwnRecord *Endpoint `json:"find_own_record,omitempty"`
	CreateRecord  *Endpoint `json:"create_record,omitempty"`
	UpdateRecord  *Endpoint `json:"update_record,omitempty"`
	Comment       *Endpoint `json:"comment,omitempty"`
}

// Endpoint is one call. URL and parameter values may contain variables such as {PHONE_NUMBER}.
type Endpoint struct {
	URL        string      `json:"url"`
	Method     string      `json:"method"` // GET, POST, PUT or PATCH
	Parameters []Parameter `json:"parameters,omitempty"`
	// Response is the dotted path to the object in the answer; an array stands for its first element; empty is the root.
	Response string `json:"response_data_location,omitempty"`
	// ID is where the object's id is, below Response; empty means "id".
	ID string `json:"custom_id_location,omitempty"`
}

// Parameter is one key and value: a query parameter of a GET, a property of the JSON body otherwise.
type Parameter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
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
)

// All lists the endpoints by their names in the document, also those that are absent.
func (e *Endpoints) All() map[string]*Endpoint {
	return map[string]*Endpoint{
		"find_account": e.FindAccount, "create_account": e.CreateAccount,
		"find_record": e.FindRecord, "find_own_record": e.FindOwnRecord, "create_record": e.CreateRecord,
		"update_record": e.UpdateRecord, "comment": e.Comment,
	}
}
