package metadata

import "sessionbridge.internal/shared/session"

// chat is the record of a chat session, in the documented order. Unlike a call it has no connected_at of its own: the
// participants carry theirs.
type chat struct {
	ID            any     `json:"id"`
	ChatUUID      unknown `json:"chat_uuid"`
	Lang          unknown `json:"lang"`
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

	Rating      unknown `json:"rating"`
	HasFeedback unknown `json:"has_feedback"`
	Verified    *bool   `json:"verified"`
	ticket

	DisconnectedBy *string           `json:"disconnected_by"`
	FailReason     *string           `json:"fail_reason"`
	SelectedMenu   *selectedMenu     `json:"selected_menu"`
	MenuPath       *menuPath         `json:"menu_path"`
	AgentInfo      *agentInfo        `json:"agent_info,omitempty"`
	EndUser        endUser           `json:"end_user"`
	Photos         none              `json:"photos"`
	Videos         none              `json:"videos"`
	Transfers      []transfer        `json:"transfers"`
	OfferType      unknown           `json:"offer_type"`
	OfferEvents    none              `json:"offer_events"`
	AnswerType     unknown           `json:"answer_type"`
	OutboundNumber unknown           `json:"outbound_number"`
	Participants   []chatParticipant `json:"participants"`
}

func newChat(s session.Session, id string, crm CRM) chat {
	v1, v2 := types(s)
	return chat{
		ID:             number(id),
		ChatType:       text(v1),
		SessionType:    text(v1), // a deprecated alias of chat_type, always equal to it
		SessionTypeV2:  text(v2),
		Status:         text(status(s)),
		CreatedAt:      stamp(s.StartedAt),
		QueuedAt:       stamp(firstAt(s, queued)),
		AssignedAt:     stamp(firstAt(s, assigned)),
		EndsAt:         stamp(s.EndedAt),
		UpdatedAt:      stamp(s.UpdatedAt),
		WaitDuration:   s.WaitSeconds,
		ChatDuration:   s.TalkSeconds,
		FirstMsgSentAt: stamp(s.FirstMessageAt),
		Transcript:     !s.FirstMessageAt.IsZero(),
		Verified:       verified(s),
		ticket:         newTicket(crm),
		DisconnectedBy: text(disconnectedBy(s)),
		FailReason:     text(failReason(s)),
		SelectedMenu:   newSelectedMenu(s.Queue),
		MenuPath:       newMenuPath(s.Queue),
		AgentInfo:      newAgentInfo(s.Agents),
		EndUser:        newEndUser(s, crm),
		Transfers:      transfers(s),
		Participants:   chatParticipants(s, id),
	}
}
