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
	Missed    Outcome = "missed"    // no agent took it
	Failed    Outcome = "failed"    // the contact centre could not carry it
	Voicemail Outcome = "voicemail" // the customer left a message
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

	WaitSeconds *int `json:"wait_seconds,omitempty"` // start to connection
	TalkSeconds *int `json:"talk_seconds,omitempty"` // connection to end

	Customer    Customer     `json:"customer,omitzero"`
	Agents      []Agent      `json:"agents,omitempty"` // in the order they joined
	Queue       Queue        `json:"queue,omitzero"`   // the last one
	Campaign    Campaign     `json:"campaign,omitzero"`
	Disposition *Disposition `json:"disposition,omitempty"`
	EndedBy     string       `json:"ended_by,omitempty"`
	FailReason  string       `json:"fail_reason,omitempty"`

	// FirstMessageAt is when the earliest chat message known was written. The messages themselves are kept apart.
	FirstMessageAt time.Time `json:"first_message_at,omitzero"`

	// UnknownEvents counts those of Events that nobody understood.
	UnknownEvents int `json:"unknown_events,omitempty"`

	// Events holds every event but messages, sorted by time and id, each once.
	Events []Event `json:"events,omitempty"`
	// Overflow counts arrivals that found the session full (see MaxEvents); they are kept beside the session, unfolded.
	Overflow int `json:"overflow,omitempty"`
}
