// Package crm is the demo CRM of the local cloud: a small honest REST CRM with accounts, records, comments and
// attachments, to connect contact centres to, and a page on which a person sees what arrived. It keeps every API request
// it received, so that a person or a test sees what a real CRM would have got. shared/crm is its client, with nothing
// made for it; emulator/local starts it with emulator/fault in front of it.
package crm

import (
	"net/http"
	"sync"
	"time"
)

// Options say who may use the CRM, how strict it is and what time it is there.
type Options struct {
	User, Password string           // what HTTP Basic authentication must give
	APIKey         string           // what the header X-Api-Key must give; empty: nobody gets in that way
	Clients        []Client         // who may get OAuth 2.0 tokens
	UniqueEmail    bool             // refuse a second account with the same email, with 409
	Now            func() time.Time // the clock of created_at and updated_at, and of all that expires
}

// CRM serves the API and holds all data in memory. All methods may be called at once from many goroutines.
type CRM struct {
	o       Options
	mux     *http.ServeMux
	origins *http.CrossOriginProtection

	mu          sync.Mutex
	accounts    []*Account // by id, without gaps: nothing is ever deleted
	records     []*Record
	comments    int64 // the last comment's id
	attachments []*Attachment
	held        int64 // bytes of all attachments' contents that are kept
	keys        expiring[replay]
	tokens      tokens
	requests    []Request // oldest first
}

// firstRecord is the id of the first record. Accounts begin at 1, so that whoever takes one for the other is found out.
const firstRecord = 1001

// maxObjects bounds accounts, records and attachments, each; beyond, creating answers 507.
const maxObjects = 100_000

// New returns an empty CRM.
func New(o Options) *CRM {
	c := &CRM{o: o, mux: http.NewServeMux(), origins: http.NewCrossOriginProtection(), keys: expiring[replay]{life: keyLife}, tokens: newTokens()}
	for path, methods := range map[string]map[string]action{
		"/api/accounts":                              {"GET": c.locked(c.findAccounts), "POST": c.locked(c.createAccount)},
		"/api/accounts/{id}":                         {"GET": c.locked(c.getAccount)},
		"/api/records":                               {"GET": c.locked(c.findRecords), "POST": c.locked(c.createRecord)},
		"/api/records/{id}":                          {"GET": c.locked(c.getRecord), "PUT": c.locked(c.updateRecord), "PATCH": c.locked(c.updateRecord)},
		"/api/records/{id}/comments":                 {"GET": c.locked(c.listComments), "POST": c.locked(c.createComment)},
		"/api/records/{id}/attachments/{attachment}": {"GET": c.locked(c.download)},
		"/": nil,
	} {
		c.route(path, endpoint{methods, maxBody, c.signedIn})
	}
	c.route("/api/records/{id}/attachments", endpoint{map[string]action{"GET": c.locked(c.listAttachments), "POST": c.upload}, maxUpload, c.signedIn})
	c.route("/oauth/token", endpoint{map[string]action{"POST": c.token}, maxBody, anyone})
	c.route("/oauth/authorize", endpoint{map[string]action{"GET": c.askPerson, "POST": c.personAnswers}, maxBody, c.person})
	c.mountPages()
	return c
}

func (c *CRM) route(path string, e endpoint) {
	c.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, e) })
}

// ServeHTTP is the CRM's address. Its API:
//
//	GET  /api/accounts?phone=&phone_like=&phone_ends=&email=&name=&external_id=&q=&sort=&page=&per_page=
//	                                                         {"accounts": […], "total": n, "next": "http://…"}
//	POST /api/accounts                                       201 {"account": {…}}
//	GET  /api/accounts/{id}                                  {"account": {…}}
//	GET  /api/records?external_id=&account_id=&status=&assignee=&q=&sort=&page=&per_page=
//	                                                         {"records": […], "total": n, "next": "http://…"}
//	POST /api/records                                        201 {"record": {…}}
//	GET, PUT, PATCH /api/records/{id}                        {"record": {…}}
//	GET  /api/records/{id}/comments                          {"comments": […], "total": n}
//	POST /api/records/{id}/comments                          201 {"comment": {…}}
//	GET  /api/records/{id}/attachments                       {"attachments": […], "total": n}
//	POST /api/records/{id}/attachments                       201 {"attachment": {…}}, of JSON with base64 or multipart/form-data
//	GET  /api/records/{id}/attachments/{attachment}          the bytes
//	POST /oauth/token                                        RFC 6749 section 3.2
//	GET, POST /oauth/authorize                               RFC 6749 section 3.1: a page on which a person allows or refuses
//
// Errors are {"error": {"field": …, "message": …}}, without the field where it is about none; those of /oauth/token are
// RFC 6749's. The pages of Pages are at /.
func (c *CRM) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// Snapshot is all there is in the CRM, but for the contents of attachments.
type Snapshot struct {
	Accounts    []Account    `json:"accounts"`
	Records     []Record     `json:"records"`
	Comments    []Comment    `json:"comments"` // of all records, each with its record_id
	Attachments []Attachment `json:"attachments"`
	Requests    []Request    `json:"requests"` // oldest first, the newest 2,000
}

// Snapshot returns a copy of everything.
func (c *CRM) Snapshot() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Snapshot{Accounts: []Account{}, Records: []Record{}, Comments: []Comment{}, Attachments: []Attachment{}}
	for _, a := range c.accounts {
		s.Accounts = append(s.Accounts, *a)
	}
	for _, r := range c.records {
		s.Records = append(s.Records, *r)
		s.Comments = append(s.Comments, r.comments...)
	}
	for _, a := range c.attachments {
		s.Attachments = append(s.Attachments, *a)
	}
	s.Requests = append([]Request{}, c.requests...)
	return s
}
