package flow

import (
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// recordDue says whether the session is to have a record by now ("Custom CRM", record creation details; the rules for
// abandoned sessions, voicemails and kinds of sessions are ours). Until then no account is created either.
func recordDue(c *settings.CRM, s session.Session) bool {
	p := c.Records
	if matchesLater(c, s) {
		return false
	}
	if p.At != settings.AtAnswer || slices.ContainsFunc(p.ArrivalFor, func(way string) bool { return cameBy(s, way) }) {
		return true
	}
	switch s.Outcome {
	case session.Abandoned:
		return !p.NoAbandoned
	case session.Voicemail:
		return !p.NoVoicemail
	}
	return answered(s) || !s.EndedAt.IsZero()
}

// matchesLater says whether a record to be reused cannot be looked for yet, since the customer is still in the menu whose choice it
// must have in common with the session.
func matchesLater(c *settings.CRM, s session.Session) bool {
	return slices.Contains(c.Records.Match, "menu") && s.Direction != session.Outbound && s.MenuSelection() == "" && s.Queue.ID == "" &&
		!answered(s) && s.EndedAt.IsZero()
}

// answered says whether an agent has taken the session.
func answered(s session.Session) bool { return !s.ConnectedAt.IsZero() || len(s.Agents) > 0 }

// cameBy says whether the session came in this way, which is a word of its type: Voice Inbound (Mobile). What came by the
// IVR is a telephone call, whatever began it (docs.cloud.google.com, CCAI Platform, "Session type terminology", which also
// has the older word for the mobile app).
func cameBy(s session.Session, way string) bool {
	words := strings.FieldsFunc(strings.ToLower(s.Type), func(r rune) bool { return r < 'a' || r > 'z' })
	if slices.Contains(words, "ivr") {
		return false
	}
	return slices.Contains(words, way) || way == "mobile" && slices.Contains(words, "app")
}

// recordSearch is the endpoint that finds a record to be reused; nil where the session needs a new one.
func recordSearch(c *settings.CRM, s session.Session) *settings.Endpoint {
	if creates(c) && (!c.ReuseRecords || alone(c, s)) {
		return nil
	}
	return recordFinder(c, s)
}

// recordFinder is the endpoint that finds records for such a session.
func recordFinder(c *settings.CRM, s session.Session) *settings.Endpoint {
	if e := c.Endpoints.FindRecordOutbound; e != nil && s.Direction == session.Outbound {
		return e
	}
	return c.Endpoints.FindRecord
}

func creates(c *settings.CRM) bool { return c.Endpoints.CreateRecord != nil && !c.SkipRecordCreation }

// alone says whether the session must have a record of its own: a voicemail that the customer left, and not one that an
// agent's call reached.
func alone(c *settings.CRM, s session.Session) bool {
	return c.Records.NewForVoicemail && s.Outcome == session.Voicemail && s.Direction != session.Outbound && creates(c)
}

// mayBeAlone says whether the session may yet turn out to be such: a call in which nobody has talked. It must not leave its
// traces in a record that is another's then.
func mayBeAlone(c *settings.CRM, s session.Session) bool {
	return c.Records.NewForVoicemail && creates(c) && s.Channel == session.Call && s.Direction != session.Outbound &&
		!answered(s) && s.EndedAt.IsZero()
}

// ofItsOwn is how far the work has come, without a record that the session has reused and must not have: the news that it
// is a voicemail may come late. What was done to that record is done again to the new one.
func ofItsOwn(c *settings.CRM, s session.Session, k session.CRM) session.CRM {
	if k.Reused && alone(c, s) {
		k.RecordID, k.RecordURL, k.Reused, k.RecordSearch = "", "", false, ""
		k.Done, k.Files = nil, nil
		if k.InFlight != nil && !(Step{Name: k.InFlight.Step}).ofAccount() {
			k.InFlight, k.Doubt = nil, false
		}
	}
	return k
}
