// Package session is the vendor-neutral model of what happens in a contact centre: one Event is one fact about one
// session, and a Session is the fold of its events. Everything here is pure: no clock, no network, no context.
//
// The vendors' payloads become events in shared/source; shared/store keeps sessions; shared/flow computes what a
// session still owes its CRM.
package session

import (
	"encoding/json"
	"time"
)

// Kind says what an event reports. The set is closed: what a vendor sends that has no kind is Unknown.
type Kind string

// The kinds of the model. A kind is about the session unless its name starts with agent_.
const (
	Started           Kind = "started"            // the session exists: the customer called or wrote
	Ringing           Kind = "ringing"            // offered to a queue or an agent
	Connected         Kind = "connected"          // an agent and the customer talk
	Held              Kind = "held"               // the customer hears music
	Resumed           Kind = "resumed"            // the hold ended
	Muted             Kind = "muted"              // the agent's microphone is off
	Unmuted           Kind = "unmuted"            // the agent's microphone is on again
	Redacted          Kind = "redacted"           // the recording pauses
	Unredacted        Kind = "unredacted"         // the recording goes on
	Transferred       Kind = "transferred"        // handed to another agent or queue
	Conferenced       Kind = "conferenced"        // a third party joined the talk
	ParticipantJoined Kind = "participant_joined" // an agent, end user or third party came in
	ParticipantLeft   Kind = "participant_left"   // an agent, end user or third party went
	MessageSent       Kind = "message"            // one chat message, from either side
	MenuSelected      Kind = "menu_selected"      // the customer chose a queue
	Verified          Kind = "verified"           // the customer's identity was proven
	CustomData        Kind = "custom_data"        // data the company's page or app attached
	SmartAction       Kind = "smart_action"       // a photo, text or payment was asked of the customer
	Cobrowse          Kind = "cobrowse"           // screen sharing started, changed or ended
	FileReady         Kind = "file_ready"         // a recording or media file can be fetched
	Rated             Kind = "rated"              // the customer's CSAT
	SurveyAnswered    Kind = "survey_answered"    // one answered question
	Dispositioned     Kind = "disposition"        // the agent's code and note
	Ended             Kind = "ended"              // nobody talks any more
	WrapUp            Kind = "wrap_up"            // the agent's after-work began
	Finished          Kind = "finished"           // nothing more is expected
	AgentLogin        Kind = "agent_login"
	AgentPause        Kind = "agent_pause"
	AgentState        Kind = "agent_state"
	AgentLogout       Kind = "agent_logout"
	Unknown           Kind = "unknown"  // stored, counted, otherwise ignored
	Snapshot          Kind = "snapshot" // a report of the whole session as it stood; its single facts are events of their own
)

// Event is one fact about one session or agent, from any source. Two events with one ID are the same event, however
// often it arrives.
type Event struct {
	ID         string    `json:"id"`     // the vendor's event id, else a hash of the canonical payload
	Tenant     string    `json:"tenant"` // whose contact centre
	Source     string    `json:"source"` // ccai, ccai-adapter, …
	Session    string    `json:"session,omitempty"`
	Kind       Kind      `json:"kind"`
	At         time.Time `json:"at"`          // the vendor's time, else the receipt
	ReceivedAt time.Time `json:"received_at"` // when the doorway took it

	Type        string       `json:"type,omitempty"` // the vendor's session type, as sent
	Direction   Direction    `json:"direction,omitempty"`
	Agent       *Agent       `json:"agent,omitempty"`
	Customer    *Customer    `json:"customer,omitempty"`
	Queue       *Queue       `json:"queue,omitempty"`
	Campaign    *Campaign    `json:"campaign,omitempty"`
	Message     *Message     `json:"message,omitempty"`
	Disposition *Disposition `json:"disposition,omitempty"`
	EndedBy     string       `json:"ended_by,omitempty"` // agent, end_user, system, as far as the source says
	FailReason  string       `json:"fail_reason,omitempty"`
	Outcome     Outcome      `json:"outcome,omitempty"` // only where the source itself names it, as for a voicemail

	// VendorType is the vendor's own name of the event, for people and for what is Unknown.
	VendorType string `json:"vendor_type,omitempty"`
	// Raw is the vendor's event as it came, so that a field nobody mapped is never lost.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// Channel is what the session runs over.
type Channel string

// The two channels. A session's key starts with its channel.
const (
	Call Channel = "call"
	Chat Channel = "chat"
)

// Key names a session within its tenant and source: the channel and the vendor's id, `call-103646`.
func Key(c Channel, vendorID string) string { return string(c) + "-" + vendorID }

// Direction says who began.
type Direction string

// The two directions.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// Agent is one human who handles the session, with the interval in which they took part.
type Agent struct {
	ID       string    `json:"id,omitempty"`
	CustomID string    `json:"custom_id,omitempty"` // the id the company itself gave the agent
	Email    string    `json:"email,omitempty"`
	Name     string    `json:"name,omitempty"`
	JoinedAt time.Time `json:"joined_at,omitzero"`
	LeftAt   time.Time `json:"left_at,omitzero"`
}

// Customer is the end user, as far as the source knows them. Phone is E.164 where the raw form allows it; the raw form
// stays beside it. `customer`, `anonymous` and the like are never a number.
type Customer struct {
	Name     string `json:"name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	PhoneRaw string `json:"phone_raw,omitempty"`
	Email    string `json:"email,omitempty"`
	ID       string `json:"id,omitempty"` // the contact centre's id of the end user
}

// Queue is where the session waited; Path has the parts of the menu joined by " / ".
type Queue struct {
	ID   string `json:"id,omitempty"`
	Path string `json:"path,omitempty"`
}

// Campaign is the outbound campaign the session belongs to.
type Campaign struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Role is who wrote a message, in the words of the CCAI Platform's chat transcript (docs.cloud.google.com,
// "Chat transcript metadata", entries[].role).
type Role string

// The roles a message can have.
const (
	EndUser      Role = "end_user"
	HumanAgent   Role = "agent"
	VirtualAgent Role = "virtual_agent"
	System       Role = "system"
)

// Message is one chat message.
type Message struct {
	Role Role   `json:"role"`
	Name string `json:"name,omitempty"` // the sender, for people
	Text string `json:"text"`
}

// Disposition is what the agent recorded about the outcome.
type Disposition struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name,omitempty"`
	Note string `json:"note,omitempty"`
}
