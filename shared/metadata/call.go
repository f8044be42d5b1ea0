package metadata

import "sessionbridge.internal/shared/session"

// unknown is a documented field that no source tells us yet: always null. It keeps its place in the document so that a
// reader finds every key it was promised.
type unknown *struct{}

// none is a documented list that no source tells us yet: always [].
type none [0]struct{}

// call is the record of a voice session, in the documented order.
type call struct {
	ID            any     `json:"id"`
	CallUUID      unknown `json:"call_uuid"`
	ParentID      unknown `json:"parent_id"`
	Lang          unknown `json:"lang"`
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

	WaitDuration  *int    `json:"wait_duration"`
	QueueDuration unknown `json:"queue_duration"`
	CallDuration  *int    `json:"call_duration"`
	HoldDuration  unknown `json:"hold_duration"`

	Rating       unknown `json:"rating"`
	HasFeedback  unknown `json:"has_feedback"`
	Feedback     unknown `json:"feedback"`
	VoIPProvider string  `json:"voip_provider"`

	ticket
	Verified            *bool   `json:"verified"`
	RecordingURL        unknown `json:"recording_url"`
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

	SupportNumber  unknown       `json:"support_number"`
	OutboundNumber unknown       `json:"outbound_number"`
	SelectedMenu   *selectedMenu `json:"selected_menu"`
	MenuPath       *menuPath     `json:"menu_path"`
	AgentInfo      *agentInfo    `json:"agent_info,omitempty"`
	VirtualAgent   unknown       `json:"virtual_agent"`
	EndUser        endUser       `json:"end_user"`
	AnswerType     unknown       `json:"answer_type"`
	OfferType      unknown       `json:"offer_type"`
	OfferEvents    none          `json:"offer_events"`

	QueuePriorityLevel    unknown `json:"queue_priority_level"`
	InQueueWaitTimeVA     unknown `json:"in_queue_wait_time_va"`
	AutomationRedirection unknown `json:"automation_redirection"`

	Photos       none              `json:"photos"`
	Videos       none              `json:"videos"`
	Participants []callParticipant `json:"participants"`

	HandleDurations             none       `json:"handle_durations"`
	QueueDurations              none       `json:"queue_durations"`
	VirtualAgentHandleDurations none       `json:"virtual_agent_handle_durations"`
	ConsumerHandleDurations     none       `json:"consumer_handle_durations"`
	ConsumerInMenuDurations     none       `json:"consumer_in_menu_durations"`
	ConsumerEventDurations      none       `json:"consumer_event_durations"`
	Recordings                  none       `json:"recordings"`
	Transfers                   []transfer `json:"transfers"`
	Escalations                 none       `json:"escalations"`
}

func newCall(s session.Session, id string, crm CRM) call {
	v1, v2 := types(s)
	return call{
		ID:             number(id),
		CallType:       text(v1),
		SessionType:    text(v1), // a deprecated alias of call_type, always equal to it
		SessionTypeV2:  text(v2),
		Status:         text(status(s)),
		CreatedAt:      stamp(s.StartedAt),
		UpdatedAt:      stamp(s.UpdatedAt),
		QueuedAt:       stamp(firstAt(s, queued)),
		AssignedAt:     stamp(firstAt(s, assigned)),
		ConnectedAt:    stamp(s.ConnectedAt),
		EndsAt:         stamp(s.EndedAt),
		WaitDuration:   s.WaitSeconds,
		CallDuration:   s.TalkSeconds,
		VoIPProvider:   "deprecated", // the field's only documented value
		ticket:         newTicket(crm),
		Verified:       verified(s),
		DisconnectedBy: text(disconnectedBy(s)),
		FailReason:     text(failReason(s)),
		SelectedMenu:   newSelectedMenu(s.Queue),
		MenuPath:       newMenuPath(s.Queue),
		AgentInfo:      newAgentInfo(s.Agents),
		EndUser:        newEndUser(s, crm),
		Participants:   callParticipants(s, id),
		Transfers:      transfers(s),
	}
}
