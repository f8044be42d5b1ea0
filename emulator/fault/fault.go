// Package fault makes the local cloud fail on purpose: a plan says which of the next answers of a target are errors, come
// late, never come, or come after the work was done all the same. The emulators of the other folders under emulator/ ask
// the plan before they answer; people and tests write it with PUT /emulator/faults.
package fault

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Target is a part of the local cloud that can be made to fail.
type Target string

// The targets. What a target's faults match against (Fault.Match) is the method and path for those that speak HTTP
// ("POST /api/records"), the full method for those that speak gRPC ("/google.firestore.v1.Firestore/Commit"), and what
// the emulator says of itself for SMTP and SFTP.
const (
	CRM       Target = "crm"       // HTTP
	QM        Target = "qm"        // HTTP
	Kustomer  Target = "kustomer"  // HTTP
	Centre    Target = "centre"    // HTTP: the contact centre's APIs
	SMTP      Target = "smtp"      // SMTP
	SFTP      Target = "sftp"      // SFTP
	Storage   Target = "storage"   // HTTP
	Firestore Target = "firestore" // gRPC
	Tasks     Target = "tasks"     // gRPC
	PubSub    Target = "pubsub"    // gRPC
	Media     Target = "media"     // HTTP: where sources keep recordings and media
)

// Mode is how an answer fails.
type Mode string

// The modes.
const (
	Status  Mode = "status"  // an error instead of the answer
	Delay   Mode = "delay"   // the right answer, late
	Hang    Mode = "hang"    // no answer until the client goes away
	Reset   Mode = "reset"   // the connection breaks
	Garbage Mode = "garbage" // an answer that cannot be read
	Page    Mode = "page"    // 200 and a web page, as of maintenance or a sign-in
)

// Fault is one kind of failure, for the next Times answers of its target.
type Fault struct {
	Times  int      `json:"times"`            // 1 to 1,000; 1 where the script says nothing
	Mode   Mode     `json:"mode"`             // follows from status, code or delay where the script says nothing
	Status int      `json:"status,omitempty"` // HTTP status, or SMTP reply code
	Code   string   `json:"code,omitempty"`   // gRPC code by name, "UNAVAILABLE"; without it, Status is translated
	Delay  Duration `json:"delay,omitempty"`  // real time before the failure or the answer
	After  bool     `json:"after,omitempty"`  // the work is done first: what fails is only its acknowledgement
	Bytes  int64    `json:"bytes,omitempty"`  // so much of the content arrives before a reset, with After of the answer's; with garbage, before one wrong byte of it
	Match  string   `json:"match,omitempty"`  // only answers to what holds this substring
}

// Duration is real time, written as Go writes it: "2s", "150ms".
type Duration time.Duration

// MarshalText writes d as time.Duration prints it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Script is what a plan holds: for each target, its faults in the order they are used up.
type Script map[Target][]Fault

// Plan holds the faults still to come. The zero value has none. All methods may be called at once from many goroutines.
type Plan struct {
	mu   sync.Mutex
	left Script
}

// Replace forgets what was planned and plans s, which ParseScript has checked.
func (p *Plan) Replace(s Script) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = s.clone()
}

// Left is what has not happened yet.
func (p *Plan) Left() Script {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left.clone()
}

// Next takes the fault that is due for an answer of t to what, and false where none is. Faults are used up in order;
// one whose Match does not fit waits without holding up those behind it.
func (p *Plan) Next(t Target, what string) (Fault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	queue := p.left[t]
	for i := range queue {
		if !strings.Contains(what, queue[i].Match) {
			continue
		}
		f := queue[i]
		f.Times = 1
		if queue[i].Times--; queue[i].Times <= 0 {
			p.left[t] = slices.Delete(queue, i, i+1)
		}
		return f, true
	}
	return Fault{}, false
}

func (s Script) clone() Script {
	c := Script{}
	for t, faults := range s {
		if len(faults) > 0 {
			c[t] = slices.Clone(faults)
		}
	}
	return c
}
