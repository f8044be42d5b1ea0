package session

import "time"

// CRM is how far a session's work in the CRM has come. It is not folded from events: shared/flow keeps it, beside the
// session, as steps succeed and fail.
type CRM struct {
	State      CRMState `json:"state"`
	AccountID  string   `json:"account_id,omitempty"`
	AccountURL string   `json:"account_url,omitempty"`
	RecordID   string   `json:"record_id,omitempty"`
	RecordURL  string   `json:"record_url,omitempty"`
	// Reused says that the record was there already.
	Reused bool `json:"reused,omitempty"`

	// Done holds the finished steps by their names, each with a digest of what was sent, so that a step whose content
	// changed is owed again and one whose content did not is never repeated.
	Done map[string]string `json:"done,omitempty"`
	// Temporary says that AccountID is one of ours, which stands for a customer whom the CRM does not know until a person
	// chooses their account.
	Temporary bool `json:"temporary,omitempty"`
	// AccountSearch and RecordSearch say how this run's search ended, where it did not find anything.
	AccountSearch Search `json:"account_search,omitempty"`
	RecordSearch  Search `json:"record_search,omitempty"`
	// Asked names the requests of this run's search for the account that found nobody; AccountAsked says whether any of the
	// ways to search could ask for something.
	Asked        []string `json:"asked,omitempty"`
	AccountAsked bool     `json:"account_asked,omitempty"`
	// SearchedFor is a digest of what the searches went by: once more is known, they begin anew.
	SearchedFor string `json:"searched_for,omitempty"`
	// Agents are the ids in the CRM of the session's agents, by crm.AgentKey; an empty one was searched for and is not there.
	Agents map[string]string `json:"agents,omitempty"`
	// Exists is the create that the CRM refused because the thing is there already; it must be found then.
	Exists string `json:"exists,omitempty"`
	// Candidates are what a search found where a person is to choose.
	Candidates []Candidate `json:"candidates,omitempty"`
	// Ready are the files that the CRM may have by now, or whose addresses it may.
	Ready []Ready `json:"ready,omitempty"`
	// Files are those that the CRM has taken.
	Files []CRMFile `json:"files,omitempty"`
	// InFlight is the create or comment whose request may have been sent and whose answer is not known. It is kept whole,
	// so that a repeat is the same to the letter and carries the same idempotency key.
	InFlight *Sent `json:"in_flight,omitempty"`
	// Doubt says that the run which sent InFlight ended without the answer: it must be searched for, or repeated as it
	// was, before it counts as not done.
	Doubt bool `json:"doubt,omitempty"`

	Attempt       int       `json:"attempt,omitempty"`        // requests made so far: numbers the deliveries
	Failures      int       `json:"failures,omitempty"`       // of the step that is next, in a row
	FirstFailedAt time.Time `json:"first_failed_at,omitzero"` // when that row began; a week later it ends
	NextAttemptAt time.Time `json:"next_attempt_at,omitzero"` // while waiting
	Problem       string    `json:"problem,omitempty"`        // why it waits or is dead, for people
}

// Sent is a request as it was sent, without credentials.
type Sent struct {
	Step   string `json:"step"`
	Key    string `json:"key"` // the idempotency key
	Method string `json:"method"`
	URL    string `json:"url"`
	Body   string `json:"body,omitempty"`
	// Version is that of the file which was sent with it.
	Version string `json:"version,omitempty"`
}

// Ready is a file that may go to the CRM.
type Ready struct {
	File    string `json:"file"` // its id within the session
	Kind    string `json:"kind"` // recordings, transcripts, voicemails, photos, videos, metadata
	Name    string `json:"name"` // call-103646.mp3
	Type    string `json:"type,omitempty"`
	Size    int64  `json:"size,omitempty"`
	Version string `json:"version,omitempty"` // names its content; what has another one is sent again
	// Link is its address in the company's storage; LinkOnly says that the CRM gets this instead of the file.
	Link     string `json:"link,omitempty"`
	LinkOnly bool   `json:"link_only,omitempty"`
}

// CRMFile is a file in the CRM, with its id and address there as far as the CRM tells them.
type CRMFile struct {
	File string `json:"file"` // its id within the session
	Kind string `json:"kind"`
	Name string `json:"name"`
	Type string `json:"type,omitempty"` // MIME type
	Size int64  `json:"size,omitempty"` // in bytes, as it was sent; 0: not known
	ID   string `json:"id,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Candidate is one of several accounts or records of which a person chooses one.
type Candidate struct {
	ID    string `json:"id"`
	Label string `json:"label,omitempty"`
}

// Search says how a search ended that found nothing.
type Search string

// The ends of a search; empty is none made yet.
const (
	FoundNobody  Search = "nobody"    // the CRM was asked and has nobody
	FoundLater   Search = "for_later" // there is a record, which is reused once it is known that it may be
	NothingAsked Search = "not_asked" // there was nothing to search by
)

// CRMState says what happens next with a session's CRM work.
type CRMState string

// The states.
const (
	CRMIdle    CRMState = "idle"    // nothing was owed yet
	CRMPending CRMState = "pending" // work is owed and scheduled
	CRMWaiting CRMState = "waiting" // the CRM refused; the next attempt has its time
	CRMDone    CRMState = "done"    // nothing is owed now
	CRMDead    CRMState = "dead"    // given up; a person must look
)
