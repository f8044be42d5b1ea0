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
	AgentAssist       Kind = "agent_assist"       // the agent switched Agent Assist on
	RecordPop         Kind = "record_pop"         // the CRM's page of a record is to be shown to the agent
	RecordChanged     Kind = "record_changed"     // the CRM tells that the session's record is another
	AgentLogin        Kind = "agent_login"
	AgentPause        Kind = "agent_pause"
	AgentState        Kind = "agent_state" // any other state, in State
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

	// Sequence orders events of one time: it counts the events of one agent's page, or the entries of one payload.
	Sequence int64 `json:"sequence,omitempty"`

	Type          string       `json:"type,omitempty"` // the vendor's session type, as sent
	Direction     Direction    `json:"direction,omitempty"`
	Language      string       `json:"language,omitempty"`       // what the customer chose, as sent: "en"
	CompanyNumber string       `json:"company_number,omitempty"` // the number called, or the one shown to the customer
	Agent         *Agent       `json:"agent,omitempty"`          // whose event it is, and whose part in the session it tells of
	Customer      *Customer    `json:"customer,omitempty"`
	Queue         *Queue       `json:"queue,omitempty"`
	Campaign      *Campaign    `json:"campaign,omitempty"`
	VirtualAgent  *Bot         `json:"virtual_agent,omitempty"`
	Message       *Message     `json:"message,omitempty"`
	Disposition   *Disposition `json:"disposition,omitempty"`
	CustomData    *Data        `json:"custom_data,omitempty"`
	Cobrowse      *Sharing     `json:"cobrowse,omitempty"`
	File          *File        `json:"file,omitempty"`
	Rating        *Rating      `json:"rating,omitempty"`
	Answer        *Answer      `json:"answer,omitempty"`   // of a survey
	Action        *Action      `json:"action,omitempty"`   // of a SmartAction
	Transfer      *Transfer    `json:"transfer,omitempty"` // where the source names its ends
	EndedBy       string       `json:"ended_by,omitempty"` // agent, end_user, system, as far as the source says
	FailReason    string       `json:"fail_reason,omitempty"`
	Outcome       Outcome      `json:"outcome,omitempty"`    // only where the source itself names it, as for a voicemail
	RecordURL     string       `json:"record_url,omitempty"` // of a RecordPop
	State         string       `json:"state,omitempty"`      // of an AgentState, in the vendor's words

	// Record is what a RecordChanged tells.
	Record *RecordChange `json:"record,omitempty"`
	// Party is who a ParticipantJoined or ParticipantLeft is about where that is not the event's Agent: a virtual agent,
	// a supervisor, a third party, or an agent of whom somebody else tells.
	Party *Party `json:"party,omitempty"`
	// Parties are all who are in the session at this time, each with a state. Who was there before and is not named any
	// more has gone. Nil: the event does not say.
	Parties []Party `json:"parties,omitempty"`
	// Leg is the part of the session the event is about, where the source tells its calls' legs apart.
	Leg *Leg `json:"leg,omitempty"`
	// Toggle says that the source does not tell whether this is the beginning or the end of what Kind reports: it is the
	// contrary of what held before.
	Toggle bool `json:"toggle,omitempty"`

	// ToldBy is the mail address of the signed-in agent whose page told it; empty: a server did. Nobody vouches for what a page
	// tells: what it may change is bounded (told.go).
	ToldBy string `json:"told_by,omitempty"`

	// Notes say, for people, what in the vendor's event was odd and how it was read: "total_time: no number".
	Notes []string `json:"notes,omitempty"`
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
