package metadata

import "sessionbridge.internal/shared/session"

// unknown is a documented field of which a session says nothing: always null. It keeps its place in the document so that
// a reader finds every key it was promised.
type unknown *struct{}

// none is a documented list of which a session says nothing: always [].
type none [0]struct{}

// call is the record of a voice session, in the documented order.
type call struct {
	ID            any     `json:"id"`
	CallUUID      unknown `json:"call_uuid"`
	ParentID      unknown `json:"parent_id"`
	Lang          *string `json:"lang"`
	CallType      *string `json:"call_type"`
	SessionType   *string `json:"session_type"`
	SessionTypeV2 *string `json:"session_type_v2"`
	Status        *string `json:"status"`
	SubStatus     unknown `json:"sub_status"`

	CreatedAt   *string `json:"created_at"`
	UpdatedAt   *string `json:"updated_at"`
	QueuedAt    *string `json:"queued_at"`
	AssignedAt  *string `json:"assigned_at"`
	ConnectedAt *string `json:"connected_at"`
	EndsAt      *string `json:"ends_at"`
	ScheduledAt unknown `json:"scheduled_at"`

	WaitDuration  *int `json:"wait_duration"`
	QueueDuration *int `json:"queue_duration"`
	CallDuration  *int `json:"call_duration"`
	HoldDuration  *int `json:"hold_duration"`

	Rating       *int    `json:"rating"`
	HasFeedback  *bool   `json:"has_feedback"`
	Feedback     *string `json:"feedback"`
	VoIPProvider string  `json:"voip_provider"`

	ticket
	Verified            *bool   `json:"verified"`
	RecordingURL        *string `json:"recording_url"`
	RecordingPermission unknown `json:"recording_permission"`
	VoicemailReason     unknown `json:"voicemail_reason"`
	Deflection          unknown `json:"deflection"`
	DeflectionDetails   none    `json:"deflection_details"`

	DisconnectedBy     *string `json:"disconnected_by"`
	FinishReason       unknown `json:"finish_reason"`
	FailReason         *string `json:"fail_reason"`
	FailDetails        unknown `json:"fail_details"`
	AdapterFailCode    unknown `json:"adapter_fail_code"`
	AdapterFailMessage unknown `json:"adapter_fail_message"`

	SupportNumber  *string       `json:"support_number"`
	OutboundNumber *string       `json:"outbound_number"`
	SelectedMenu   *selectedMenu `json:"selected_menu"`
	MenuPath       *menuPath     `json:"menu_path"`
	AgentInfo      any           `json:"agent_info,omitempty"`
	VirtualAgent   *bot          `json:"virtual_agent"`
	EndUser        endUser       `json:"end_user"`
	AnswerType     unknown       `json:"answer_type"`
	OfferType      unknown       `json:"offer_type"`
	OfferEvents    none          `json:"offer_events"`

	QueuePriorityLevel    unknown `json:"queue_priority_level"`
	InQueueWaitTimeVA     unknown `json:"in_queue_wait_time_va"`
	AutomationRedirection unknown `json:"automation_redirection"`

	Photos       []photo           `json:"photos"`
	Videos       []video           `json:"videos"`
	Participants []callParticipant `json:"participants"`

	HandleDurations             []handling    `json:"handle_durations"`
	QueueDurations              none          `json:"queue_durations"`
	VirtualAgentHandleDurations []botHandling `json:"virtual_agent_handle_durations"`
	ConsumerHandleDurations     none          `json:"consumer_handle_durations"`
	ConsumerInMenuDurations     none          `json:"consumer_in_menu_durations"`
	ConsumerEventDurations      none          `json:"consumer_event_durations"`
	Recordings                  []recording   `json:"recordings"`
	Transfers                   []transfer    `json:"transfers"`
	Escalations                 none          `json:"escalations"`
}

func newCall(s session.Session, id string, crm CRM) call {
	v1, v2 := types(s)
	return call{
		ID:             number(id),
		Lang:           text(s.Language),
		CallType:       text(v1),
		SessionType:    text(v1), // a deprecated alias of call_type, always equal to it
		SessionTypeV2:  text(v2),
		Status:         text(status(s)),
		CreatedAt:      stamp(s.StartedAt),
		UpdatedAt:      stamp(updatedAt(s, crm)),
		QueuedAt:       stamp(firstAt(s, queued)),
		AssignedAt:     stamp(firstAt(s, assigned)),
		ConnectedAt:    stamp(s.ConnectedAt),
		EndsAt:         stamp(s.EndedAt),
		WaitDuration:   s.WaitSeconds,
		QueueDuration:  s.QueueSeconds,
		CallDuration:   s.TalkSeconds,
		HoldDuration:   s.HoldSeconds,
		Rating:         s.Rating,
		HasFeedback:    hasFeedback(s),
		Feedback:       text(s.Feedback),
		VoIPProvider:   "deprecated", // the field's only documented value
		ticket:         newTicket(crm),
		Verified:       verified(s),
		RecordingURL:   recordingURL(s.Announced, crm),
		DisconnectedBy: text(disconnectedBy(s)),
		FailReason:     text(failReason(s)),
		SupportNumber:  companyNumber(s, session.Inbound),
		OutboundNumber: companyNumber(s, session.Outbound),
		SelectedMenu:   newSelectedMenu(s.Queue),
		MenuPath:       newMenuPath(s.Queue.Path, s.Queue.PathIDs),
		AgentInfo:      newAgentInfo(s),
		VirtualAgent:   newBot(s.VirtualAgent),
		EndUser:        newEndUser(s, crm),
		Photos:         photos(s.Announced, crm),
		Videos:         videos(s.Announced, crm),
		Participants:   callParticipants(s, id),
		Recordings:     recordings(s.Announced),
		Transfers:      transfers(s),

		HandleDurations:             handlings(s),
		VirtualAgentHandleDurations: botHandlings(s),
	}
}
