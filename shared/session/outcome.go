package session

import "slices"

// outcome says how a session that is over went. A reason of failure decides first, as in the rule of Google's reporting
// for the CCAI Platform: `eu_abandoned` and `eu_in_menu_abandoned` are abandoned, any other reason is failed
// (docs.cloud.google.com/contact-center/ccai-platform/docs/reason-codes-statuses). Without one, a session with a talk
// is completed. Without a talk it is what the source says, such as a voicemail; missed where the contact centre's side
// ended it or the customer did not answer its call; and else abandoned by the customer.
func outcome(s *Session, t times) Outcome {
	switch {
	case s.FailReason == "eu_abandoned" || s.FailReason == "eu_in_menu_abandoned":
		return Abandoned
	case s.FailReason != "":
		return Failed
	case talked(s, t):
		return Completed
	case t.reported != "":
		return t.reported
	case s.EndedBy == "agent" || s.EndedBy == "system" || s.Direction == Outbound:
		return Missed
	}
	return Abandoned
}

// talked says whether an agent and the customer talked: it was reported, or what only happens in a talk was, such as a
// hold; or an agent came in, who in an outbound call is there before the customer. Where the beginning of the session was
// never seen, an agent at its end is proof enough; where it was seen, an agent may end or judge a session that nobody
// answered.
func talked(s *Session, t times) bool {
	if !t.connected.IsZero() || t.proof || s.TalkSeconds != nil && *s.TalkSeconds > 0 {
		return true
	}
	if t.started.IsZero() && t.ringing.IsZero() && (len(s.Agents) > 0 || t.onDesk) {
		return true
	}
	return s.Direction != Outbound && slices.ContainsFunc(s.Agents, func(a Agent) bool { return !a.JoinedAt.IsZero() })
}
