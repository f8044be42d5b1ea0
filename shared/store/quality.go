package store

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"
)

// Quality is how far the session's events for quality management have come. What they are, shared/quality knows: here
// stands which of them were handed over.
type Quality struct {
	Sent          []string  `json:"sent,omitempty"`           // the marks of the ids handed over, see Mark
	Request       []Told    `json:"request,omitempty"`        // the request that goes next or may have been sent: it stays as it is until it is taken
	Attempt       int       `json:"attempt,omitempty"`        // requests so far: numbers the deliveries
	Failures      int       `json:"failures,omitempty"`       // in a row
	FirstFailedAt time.Time `json:"first_failed_at,omitzero"` // when that row began
	NextAttemptAt time.Time `json:"next_attempt_at,omitzero"` // while waiting
	Problem       string    `json:"problem,omitempty"`        // why it waits or is dead, for people
	Dead          bool      `json:"dead,omitempty"`           // given up; a person must look
}

// Told is one event of a request.
type Told struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Body []byte    `json:"body,omitempty"` // as it was sent; none of a request that is too long to be kept
}

// Mark is what a document keeps of an event's id: 12 characters, which tell the events of one session apart.
func Mark(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// Hand notes that the events with the marks were handed over.
func (q *Quality) Hand(marks []string) {
	for _, m := range marks {
		if !slices.Contains(q.Sent, m) {
			q.Sent = append(q.Sent, m)
		}
	}
}

// Again forgets what failed, so that it is tried anew.
func (q *Quality) Again() {
	q.Dead, q.Failures, q.FirstFailedAt, q.NextAttemptAt, q.Problem = false, 0, time.Time{}, time.Time{}, ""
}
