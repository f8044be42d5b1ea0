package session

import (
	"encoding/json"
	"time"
)

// Agent is one human who handles the session, with the interval in which they took part.
type Agent struct {
	ID       string    `json:"id,omitempty"`
	CustomID string    `json:"custom_id,omitempty"` // the id the company itself gave the agent
	Email    string    `json:"email,omitempty"`
	Name     string    `json:"name,omitempty"`
	JoinedAt time.Time `json:"joined_at,omitzero"` // the first time
	LeftAt   time.Time `json:"left_at,omitzero"`   // the last time
}

// Customer is the end user, as far as the source knows them. Phone is E.164 where the raw form allows it; the raw form
// stays beside it. `customer`, `anonymous` and the like are never a number.
type Customer struct {
	Name     string `json:"name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	PhoneRaw string `json:"phone_raw,omitempty"`
	Email    string `json:"email,omitempty"`
	ID       string `json:"id,omitempty"` // the contact centre's id of the end user
	// AccountID is the customer's account in the CRM, where the contact centre knows it.
	AccountID string `json:"account_id,omitempty"`
}

// Queue is where the session waited; Path has the parts of the menu joined by " / ", PathIDs their ids joined by "/".
type Queue struct {
	ID      string `json:"id,omitempty"`
	Path    string `json:"path,omitempty"`
	PathIDs string `json:"path_ids,omitempty"`
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

// Bot is a virtual agent that takes part.
type Bot struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// PartyType says what a participant is, in the words of the CCAI Platform's participants and transcript roles
// (docs.cloud.google.com/contact-center/ccai-platform/docs/chat-transcript-metadata).
type PartyType string

// The types of participants.
const (
	PartyEndUser      PartyType = "end_user"
	PartyAgent        PartyType = "agent"
	PartyVirtualAgent PartyType = "virtual_agent"
	PartyManager      PartyType = "manager" // a supervisor who listens or steps in
	PartyThird        PartyType = "third_party"
)

// Presence is what a participant does at one moment.
type Presence string

// The presences. Any but offered and gone is a presence in the session.
const (
	Offered      Presence = "offered" // it rings
	Present      Presence = "connected"
	OnHold       Presence = "held"
	IsMuted      Presence = "muted"
	IsUnmuted    Presence = "unmuted"
	IsRedacted   Presence = "redacted"
	IsUnredacted Presence = "unredacted"
	Gone         Presence = "disconnected"
)

// Party is one participant as an event names it. Number is for who is known by a telephone number only.
type Party struct {
	Type     PartyType `json:"type"`
	ID       string    `json:"id,omitempty"`
	Name     string    `json:"name,omitempty"`
	Number   string    `json:"number,omitempty"`
	Presence Presence  `json:"presence,omitempty"`
}

// Interval is a stretch of time; a zero To is not over.
type Interval struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Participant is one side of a session, with the intervals in which it took part.
type Participant struct {
	Type      PartyType  `json:"type"`
	ID        string     `json:"id,omitempty"`
	Name      string     `json:"name,omitempty"`
	Number    string     `json:"number,omitempty"`
	Intervals []Interval `json:"intervals,omitempty"`
}

// TransferKind says how a session was handed over.
type TransferKind string

// The kinds of transfers. Empty: the source does not tell.
const (
	Cold       TransferKind = "cold"       // handed on without a word
	Warm       TransferKind = "warm"       // after the two had spoken
	Conference TransferKind = "conference" // the new side joined and nobody left
	Redirect   TransferKind = "redirect"   // by the contact centre itself, before an agent took it
)

// Transfer is one handing over of a session. That it was reported does not mean that the other side took it.
type Transfer struct {
	At   time.Time    `json:"at,omitzero"`
	Kind TransferKind `json:"kind,omitempty"`
	From End          `json:"from,omitzero"`
	To   End          `json:"to,omitzero"`
}

// End is one end of a transfer: an agent, a queue, or a number outside, as far as known.
type End struct {
	AgentID    string `json:"agent_id,omitempty"`
	AgentEmail string `json:"agent_email,omitempty"`
	CustomID   string `json:"agent_custom_id,omitempty"`
	QueueID    string `json:"queue_id,omitempty"`
	QueuePath  string `json:"queue_path,omitempty"`
	Number     string `json:"number,omitempty"`
}

// LegKind says what a leg is to its session.
type LegKind string

// The kinds of legs. A consultation and a supervisor's listening are beside the session: they neither begin nor end it,
// and nobody talks to the customer in them.
const (
	MainLeg       LegKind = "main"
	TransferLeg   LegKind = "transfer"
	ConferenceLeg LegKind = "conference"
	ConsultLeg    LegKind = "consult"
	ListeningLeg  LegKind = "listening"
	OtherLeg      LegKind = "other"
)

// Leg is one part of a session that the contact centre counts by itself. In an event it is what that event tells of the
// leg; in a session, all that is known of it.
type Leg struct {
	ID         string  `json:"id"`
	Kind       LegKind `json:"kind,omitempty"`
	VendorKind string  `json:"vendor_kind,omitempty"` // the source's own word
	AgentID    string  `json:"agent_id,omitempty"`
	Number     string  `json:"number,omitempty"` // who was called, as sent
	// AgentSide and CustomerSide are the times of a leg's two sides, where the source gives each its own.
	AgentSide    Side      `json:"agent_side,omitzero"`
	CustomerSide Side      `json:"customer_side,omitzero"`
	StartedAt    time.Time `json:"started_at,omitzero"`
	RingingAt    time.Time `json:"ringing_at,omitzero"`
	ConnectedAt  time.Time `json:"connected_at,omitzero"`
	EndedAt      time.Time `json:"ended_at,omitzero"`
	TalkSeconds  *int      `json:"talk_seconds,omitempty"`  // as the source counted them
	QueueSeconds *int      `json:"queue_seconds,omitempty"` // likewise
	Result       string    `json:"result,omitempty"`        // the source's own word for how it went
	Outcome      Outcome   `json:"outcome,omitempty"`       // what that word means
	Reason       string    `json:"reason,omitempty"`        // why it ended, as sent
}

// Side is when one side of a leg was rung, answered and hung up.
type Side struct {
	RingAt   time.Time `json:"ring_at,omitzero"`
	AnswerAt time.Time `json:"answer_at,omitzero"`
	HangupAt time.Time `json:"hangup_at,omitzero"`
}

// Data is what the company's page, app, telephone line or bot attached to a session; each part as it was sent. Only
// Signed was vouched for, by the company's server.
type Data struct {
	Signed           json.RawMessage `json:"signed,omitempty"`
	Unsigned         json.RawMessage `json:"unsigned,omitempty"`
	SIPHeaders       json.RawMessage `json:"sip_headers,omitempty"`
	VAParameters     json.RawMessage `json:"va_parameters,omitempty"`     // sent to the virtual agent
	SessionVariables json.RawMessage `json:"session_variables,omitempty"` // sent back by it
	Predefined       json.RawMessage `json:"predefined,omitempty"`        // what an administrator attached to the notification
}

// SharingPhase says what a Cobrowse event reports.
type SharingPhase string

// The phases of a shared screen.
const (
	SharingStarted SharingPhase = "started"
	SharingChanged SharingPhase = "changed"
	SharingEnded   SharingPhase = "ended"
)

// Sharing is what an event tells of a shared screen (CCAI Platform, agent adapter, Cobrowse_* events). RemoteControl and
// FullDevice are off, requested, rejected or on.
type Sharing struct {
	ID            string       `json:"id,omitempty"`
	Phase         SharingPhase `json:"phase"`
	RequestedBy   string       `json:"requested_by,omitempty"` // agent, end_user
	EndedBy       string       `json:"ended_by,omitempty"`     // agent, end_user, api
	RemoteControl string       `json:"remote_control,omitempty"`
	FullDevice    string       `json:"full_device,omitempty"`
}

// SharedScreen is one shared screen with its interval and its last known state.
type SharedScreen struct {
	ID            string    `json:"id,omitempty"`
	StartedAt     time.Time `json:"started_at,omitzero"`
	EndedAt       time.Time `json:"ended_at,omitzero"`
	RequestedBy   string    `json:"requested_by,omitempty"`
	EndedBy       string    `json:"ended_by,omitempty"`
	RemoteControl string    `json:"remote_control,omitempty"`
	FullDevice    string    `json:"full_device,omitempty"`
}

// FileKind says what a file is.
type FileKind string

// The kinds of files.
const (
	Recording     FileKind = "recording"
	VoicemailFile FileKind = "voicemail"
	Photo         FileKind = "photo"
	Video         FileKind = "video"
)

// File is a file that the source announced. In an event, URL is where it can be fetched and may carry a credential that
// dies; in a session it is shown without its query.
type File struct {
	ID   string    `json:"id"`
	Kind FileKind  `json:"kind"`
	URL  string    `json:"url,omitempty"`
	At   time.Time `json:"at,omitzero"` // when it was announced
}

// Rating is the customer's CSAT.
type Rating struct {
	Score    *int   `json:"score,omitempty"`
	Feedback string `json:"feedback,omitempty"`
}

// ActionState is what became of a smart action.
type ActionState string

// The states of smart actions; an empty one was asked for, and is not done yet.
const (
	ActionCompleted ActionState = "completed"
	ActionFailed    ActionState = "failed" // on the customer's side, such as a fingerprint that was never set up
)

// Action is a smart action: something that the customer was asked to do in the app, such as to prove who they are, to write
// a text or to send a photo (docs.cloud.google.com/contact-center/ccai-platform/docs/smart-actions). The files that come of
// it are announced like any other.
type Action struct {
	ID    string      `json:"id"`             // within the session
	Name  string      `json:"name,omitempty"` // what was asked for, in the source's words
	State ActionState `json:"state,omitempty"`
	Text  string      `json:"text,omitempty"` // what the customer wrote, or why it failed
}

// Answer is one answer of a survey. Question is empty where the source asks one only.
type Answer struct {
	Question string `json:"question,omitempty"`
	Text     string `json:"text"`
}
