// Package kustomer is the local cloud's stand-in for Kustomer, the CRM: customers, conversations with their messages,
// notes and files, who is available for work, and the webhooks that tell of changes. It refuses what the documentation
// says Kustomer refuses, keeps all it was asked, and shows people what arrived, so that a connector that works here is not
// surprised by the real one. It knows nothing of Sessionbridge; emulator/local starts it with emulator/fault in front of
// it, and emulator/crm is its simpler sibling.
//
// Sources: https://developer.kustomer.com/docs, /api and the older /kustomer-api-docs/reference. README.md says which
// rules are documented and which are inferred.
package kustomer

import (
	"net/http"
	"sync"
	"time"

	"sessionbridge.internal/emulator/clock"
)

// Options say who may use the API, how much, what time it is and how webhooks leave.
type Options struct {
	// APIKeys are the bearer tokens and the roles of each, such as org.permission.customer.create. A role grants
	// everything below it: org.permission.customer, also org.permission.customer.create.
	APIKeys map[string][]string
	Clock   *clock.Clock
	// Limit is how many requests the whole organisation may make in 60 seconds; 0 is 1,000, as the plan Enterprise has
	// (https://developer.kustomer.com/docs/concepts/rate-limits).
	Limit int
	// Deliver sends a webhook, as http.Client.Do does, and follows no redirect; nil is such a client.
	Deliver func(*http.Request) (*http.Response, error)
	// LocalWebhooks is the host:port to which webhooks may go by http too; empty: to none.
	LocalWebhooks string
}

// Kustomer serves the API and holds all data in memory. All methods may be called at once from many goroutines.
type Kustomer struct {
	o     Options
	mux   *http.ServeMux
	queue chan *delivery

	mu         sync.Mutex
	keys       map[string]apiKey
	minted     int                     // ids that were given
	records    map[string]*Record      // by id; a record is replaced, never changed
	ids        map[string][]string     // by type, oldest first
	owners     map[unique]string       // whose each unique value is
	uploads    map[string]*upload      // by attachment
	deliveries map[string]*outgoing    // by webhook
	pending    int                     // deliveries that are neither made nor given up
	waiting    map[*delivery]time.Time // until when, those of them that wait to be tried again
	attempts   uint64                  // at deliveries
	budget     window
	budgets    map[string]*window // by what is made, and for which customer
	requests   []Request          // oldest first
}

// apiKey is what a bearer token stands for.
type apiKey struct {
	roles []string
	user  string // the id of its machine user, who is the author of all it makes
}

// orgID is the organisation's.
const orgID = "5f8481c6a22ab5b9d5f2dd8a"

// Bounds of what is kept.
const (
	maxRecords = 100_000 // of each type
	maxBody    = 1 << 20 // bytes of a request with JSON
)

// New returns a Kustomer with the four statuses every organisation has and no person. Its webhooks leave once Run runs.
func New(o Options) *Kustomer {
	if o.Limit == 0 {
		o.Limit = 1000
	}
	if o.Deliver == nil {
		o.Deliver = newClient().Do
	}
	k := &Kustomer{
		o: o, mux: http.NewServeMux(), queue: make(chan *delivery, maxPending), keys: map[string]apiKey{},
		records: map[string]*Record{}, ids: map[string][]string{}, owners: map[unique]string{}, uploads: map[string]*upload{},
		deliveries: map[string]*outgoing{}, budgets: map[string]*window{}, waiting: map[*delivery]time.Time{},
	}
	k.addKeys(o.APIKeys)
	k.addDefaultStatuses()
	k.route()
	return k
}

// ServeHTTP is the API's address, and that of the place where files are uploaded to (/s3/…, as meta.upload.url says).
func (k *Kustomer) ServeHTTP(w http.ResponseWriter, r *http.Request) { k.mux.ServeHTTP(w, r) }

func (k *Kustomer) now() time.Time { return k.o.Clock.Now().UTC() }
