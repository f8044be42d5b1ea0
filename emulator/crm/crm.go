// Package crm is the demo CRM of the local cloud: a small honest REST CRM with accounts, records and comments, to connect
// contact centres to. It keeps every request it received, so that a person or a test sees what a real CRM would have
// got. shared/crm is its client, with nothing made for it; emulator/fault is put in front of it where it is started.
package crm

import (
	"net/http"
	"sync"
	"time"
)

// Options say who may use the CRM and what time it is there.
type Options struct {
	User, Password string           // what HTTP Basic authentication must give
	Now            func() time.Time // the clock of created_at, updated_at and of idempotency keys
}

// CRM serves the API and holds all data in memory. All methods may be called at once from many goroutines.
type CRM struct {
	o   Options
	mux *http.ServeMux

	mu       sync.Mutex
	accounts []*Account // by id, without gaps: nothing is ever deleted
	records  []*Record
	comments int64 // the last comment's id
	keys     keys
	requests []Request // oldest first
}

// firstRecord is the id of the first record. Accounts begin at 1, so that whoever takes one for the other is found out.
const firstRecord = 1001

// maxObjects bounds accounts and records, each; beyond, creating answers 507.
const maxObjects = 100_000

// New returns an empty CRM.
func New(o Options) *CRM {
	c := &CRM{o: o, mux: http.NewServeMux()}
	for path, methods := range map[string]map[string]action{
		"/api/accounts":              {"GET": c.findAccounts, "POST": c.createAccount},
		"/api/accounts/{id}":         {"GET": c.getAccount},
		"/api/records":               {"GET": c.findRecords, "POST": c.createRecord},
		"/api/records/{id}":          {"GET": c.getRecord, "PUT": c.updateRecord, "PATCH": c.updateRecord},
		"/api/records/{id}/comments": {"GET": c.listComments, "POST": c.createComment},
		"/":                          nil,
	} {
		c.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, methods) })
	}
	return c
}

// ServeHTTP is the CRM's API:
//
//	GET  /api/accounts?phone=&email=&external_id=            {"accounts": […], "total": n}
//	POST /api/accounts                                       201 {"account": {…}}
//	GET  /api/accounts/{id}                                  {"account": {…}}
//	GET  /api/records?external_id=&account_id=&status=       {"records": […], "total": n}
//	POST /api/records                                        201 {"record": {…}}
//	GET, PUT, PATCH /api/records/{id}                        {"record": {…}}
//	GET  /api/records/{id}/comments                          {"comments": […], "total": n}
//	POST /api/records/{id}/comments                          201 {"comment": {…}}
//
// Errors are {"error": {"field": …, "message": …}}, without the field where it is about none.
func (c *CRM) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// Snapshot is all there is in the CRM.
type Snapshot struct {
	Accounts    []Account  `json:"accounts"`
	Records     []Record   `json:"records"`
	Comments    []Comment  `json:"comments"`    // of all records, each with its record_id
	Attachments []struct{} `json:"attachments"` // none yet: the demo CRM takes no files
	Requests    []Request  `json:"requests"`    // oldest first, the newest 2,000
}

// Snapshot returns a copy of everything.
func (c *CRM) Snapshot() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Snapshot{Accounts: []Account{}, Records: []Record{}, Comments: []Comment{}, Attachments: []struct{}{}}
	for _, a := range c.accounts {
		s.Accounts = append(s.Accounts, *a)
	}
	for _, r := range c.records {
		s.Records = append(s.Records, *r)
		s.Comments = append(s.Comments, r.comments...)
	}
	s.Requests = append([]Request{}, c.requests...)
	return s
}
