package session

import "time"

// Status is where the session stands.
type Status string

// The statuses, in the order a session may pass them.
const (
	StatusScheduled Status = "scheduled"
	StatusQueued    Status = "queued"
	StatusRinging   Status = "ringing"
	StatusConnected Status = "connected"
	StatusHeld      Status = "held"
	StatusEnded     Status = "ended"
	StatusWrapUp    Status = "wrap_up"
	StatusFinished  Status = "finished"
)

// Outcome is how the session went, known once it has ended.
type Outcome string

// The outcomes.
const (
	Completed Outcome = "completed" // an agent and the customer talked
	Abandoned Outcome = "abandoned" // the customer left before an agent came
	Missed    Outcome = "missed"    // nobody took it: no agent, or in an outbound call not the customer
	Failed    Outcome = "failed"    // the contact centre could not carry it
	Voicemail Outcome = "voicemail" // the customer left a message
	Deflected Outcome = "deflected" // the contact centre sent it elsewhere before an agent came
)

// Session is the fold of its events: the same for every order and any repetition of them. A zero or absent value is
// unknown. Its JSON form is the one the console API shows.
type Session struct {
	Key       string    `json:"key"`
	Tenant    string    `json:"tenant"`
	Source    string    `json:"source"`
	Channel   Channel   `json:"channel"`
	Direction Direction `json:"direction,omitempty"`
	Type      string    `json:"type,omitempty"`
	Status    Status    `json:"status"`
	Outcome   Outcome   `json:"outcome,omitempty"`

	StartedAt   time.Time `json:"started_at,omitzero"`
	ConnectedAt time.Time `json:"connected_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	FinishedAt  time.Time `json:"finished_at,omitzero"`
	UpdatedAt   time.Time `json:"updated_at,omitzero"` // the latest event's time

	// The durations, in whole seconds; nil is unknown.
	WaitSeconds   *int `json:"wait_seconds,omitempty"`    // from the start to the connection, or to the end where there was none
	QueueSeconds  *int `json:"queue_seconds,omitempty"`   // of these, from the first queue on
	TalkSeconds   *int `json:"talk_seconds,omitempty"`    // from the connection to the end, holds included
	HoldSeconds   *int `json:"hold_seconds,omitempty"`    // while the customer was on hold
	WrapUpSeconds *int `json:"wrap_up_seconds,omitempty"` // from the end, or the beginning of the after-work, to the finish

	Verified      bool          `json:"verified,omitempty"` // the customer's identity was proven
	Language      string        `json:"language,omitempty"`
	CompanyNumber string        `json:"company_number,omitempty"`
	Customer      Customer      `json:"customer,omitzero"`
	Agents        []Agent       `json:"agents,omitempty"`       // who talked or chatted, in the order they joined
	Participants  []Participant `json:"participants,omitempty"` // all sides, the customer first
	VirtualAgent  *Bot          `json:"virtual_agent,omitempty"`
	Transfers     []Transfer    `json:"transfers,omitempty"`
	Legs          []Leg         `json:"legs,omitempty"`
	Queue         Queue         `json:"queue,omitzero"` // the last one
	Campaign      Campaign      `json:"campaign,omitzero"`
	Disposition   *Disposition  `json:"disposition,omitempty"`
	EndedBy       string        `json:"ended_by,omitempty"`
	FailReason    string        `json:"fail_reason,omitempty"`

	Rating     *int           `json:"rating,omitempty"`
	Feedback   string         `json:"feedback,omitempty"`
	Survey     []Answer       `json:"survey,omitempty"`
	Actions    []Action       `json:"smart_actions,omitempty"` // in the order in which they were asked for
	CustomData Data           `json:"custom_data,omitzero"`
	Announced  []File         `json:"files_announced,omitempty"`
	Cobrowse   []SharedScreen `json:"cobrowse,omitempty"`
	Redactions []Interval     `json:"redactions,omitempty"`

	// FirstMessageAt is when the earliest chat message known was written. The messages themselves are kept apart.
	FirstMessageAt time.Time `json:"first_message_at,omitzero"`

	// UnknownEvents counts those of Events that nobody understood.
	UnknownEvents int `json:"unknown_events,omitempty"`

	// Events holds every event but messages, sorted by time and id, each once.
	Events []Event `json:"events,omitempty"`
	// Attached are events of agents' positions that belong to the session after all.
	Attached []Attachment `json:"attached,omitempty"`
	// Overflow counts arrivals that found the session full (see MaxEvents); they are kept beside the session, unfolded.
	Overflow int `json:"overflow,omitempty"`
}

// Attachment is what a position knows to belong to a session (see Position.Attached), as of one revision of it.
type Attachment struct {
	Position string  `json:"position"`
	Revision int64   `json:"revision"`
	Events   []Event `json:"events"`
}
