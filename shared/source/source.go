// Package source turns vendors' payloads into session events. Each vendor has a package below this one; all of them
// are pure: bytes in, events out. What is malformed is a *Malformed error that names the JSON path; what is well formed
// but not understood becomes an event of kind Unknown, which is never an error for the sender.
package source

import (
	"fmt"
	"time"

	"sessionbridge.internal/shared/session"
)

// Receipt is what the doorway knows about a payload before reading it.
type Receipt struct {
	Tenant string
	Source string // the last part of the webhook's path, e.g. "ccai"
	At     time.Time
	Zone   *time.Location // of times that come without one; nil is UTC
}

// Decoder reads one request body into events. It returns *Malformed when the body cannot be a message of the source.
type Decoder func(Receipt, []byte) (Batch, error)

// Batch is what one payload held.
type Batch struct {
	Events   []session.Event
	Rejected []*Malformed // entries that could not be read although the payload could; each is also in Events, as Unknown
}

// Unknown is how many of the events nobody understands yet.
func (b Batch) Unknown() (n int) {
	for _, e := range b.Events {
		if e.Kind == session.Unknown {
			n++
		}
	}
	return n
}

// Malformed says where a payload departs from what the source documents.
type Malformed struct {
	Path    string // JSON path, e.g. "events[3].item.call_id"; "$" is the whole body
	Problem string // what is wrong and what would be right
}

// Error is the path and what is wrong there.
func (m *Malformed) Error() string { return fmt.Sprintf("%s: %s", m.Path, m.Problem) }
