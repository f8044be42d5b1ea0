package metadata

import "sessionbridge.internal/shared/session"

// chat is the record of a chat session, in the documented order. Unlike a call it has no connected_at of its own: the
// participants carry theirs. Nor has it a queue_duration, hold_duration or support_number.
type chat struct {
	ID            any     `json:"id"`
	ChatUUID      unknown `json:"chat_uuid"`
	Lang          *string `json:"lang"`
	ChatType      *string `json:"chat_type"`
	SessionType   *string `json:"session_type"`
	SessionTypeV2 *string `json:"session_type_v2"`
	Status        *string `json:"status"`

	CreatedAt  *string `json:"created_at"`
	QueuedAt   *string `json:"queued_at"`
	AssignedAt *string `json:"assigned_at"`
	EndsAt     *string `json:"ends_at"`
	UpdatedAt  *string `json:"updated_at"`

	WaitDuration        *int    `json:"wait_duration"`
	ChatDuration        *int    `json:"chat_duration"`
	AverageResponseTime unknown `json:"average_response_time"`
	LongestResponseTime unknown `json:"longest_response_time"`
	MessageCount        unknown `json:"message_count"`
	FirstMsgSentAt      *string `json:"first_msg_sent_at"`
	LastMsgSentAt       unknown `json:"last_msg_sent_at"`
	Transcript          bool    `json:"transcript"`

	Rating      *int    `json:"rating"`
	HasFeedback *bool   `json:"has_feedback"`
	Feedback    *string `json:"feedback"`
	Verified    *bool   `json:"verified"`
	ticket

	DisconnectedBy *string           `json:"disconnected_by"`
	FailReason     *string           `json:"fail_reason"`
	SelectedMenu   *selectedMenu     `json:"selected_menu"`
	MenuPath       *menuPath         `json:"menu_path"`
	AgentInfo      any               `json:"agent_info,omitempty"`
	EndUser        endUser           `json:"end_user"`
	Photos         []photo           `json:"photos"`
	Videos         []video           `json:"videos"`
	Transfers      []transfer        `json:"transfers"`
	OfferType      unknown           `json:"offer_type"`
	OfferEvents    none              `json:"offer_events"`
	AnswerType     unknown           `json:"answer_type"`
	OutboundNumber *string           `json:"outbound_number"`
	Participants   []chatParticipant `json:"participants"`
}

func newChat(s session.Session, id string, crm CRM) chat {
	v1, v2 := types(s)
	return chat{
		ID:             number(id),
		Lang:           text(s.Language),
		ChatType:       text(v1),
		SessionType:    text(v1), // a deprecated alias of chat_type, always equal to it
		SessionTypeV2:  text(v2),
		Status:         text(status(s)),
		CreatedAt:      stamp(s.StartedAt),
		QueuedAt:       stamp(firstAt(s, queued)),
		AssignedAt:     stamp(firstAt(s, assigned)),
		EndsAt:         stamp(s.EndedAt),
		UpdatedAt:      stamp(updatedAt(s, crm)),
		WaitDuration:   s.WaitSeconds,
		ChatDuration:   s.TalkSeconds,
		FirstMsgSentAt: stamp(s.FirstMessageAt),
		Transcript:     !s.FirstMessageAt.IsZero(),
		Rating:         s.Rating,
		HasFeedback:    hasFeedback(s),
		Feedback:       text(s.Feedback),
		Verified:       verified(s),
		ticket:         newTicket(crm),
		DisconnectedBy: text(disconnectedBy(s)),
		FailReason:     text(failReason(s)),
		SelectedMenu:   newSelectedMenu(s.Queue),
		MenuPath:       newMenuPath(s.Queue.Path, s.Queue.PathIDs),
		AgentInfo:      newAgentInfo(s),
		EndUser:        newEndUser(s, crm),
		Photos:         photos(s.Announced, crm),
		Videos:         videos(s.Announced, crm),
		Transfers:      transfers(s),
		OutboundNumber: companyNumber(s, session.Outbound),
		Participants:   chatParticipants(s, id),
	}
}
