package metadata_test

import "sessionbridge.internal/shared/session"

var (
	kim  = session.Agent{ID: "1", Email: "kim@example.com", Name: "Kim P"}
	lee  = session.Agent{ID: "5", Email: "lee@example.com", Name: "Lee"}
	bo   = session.Bot{ID: "15", Name: "Bo"}
	boIs = session.Party{Type: session.PartyVirtualAgent, ID: "15", Name: "Bo"}
)

func spans(times ...string) []session.Interval {
	var list []session.Interval
	for i := 0; i+1 < len(times); i += 2 {
		list = append(list, session.Interval{From: at(times[i]), To: at(times[i+1])})
	}
	return list
}

// aCall is a call with one agent, with all that a session can say of such a one.
func aCall() session.Session {
	with := kim
	with.JoinedAt, with.LeftAt = at("09:00:55"), at("09:05:55")
	return session.Session{
		Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
		Type: "voice inbound (ivr using mobile)", Status: session.StatusFinished, Outcome: session.Completed,
		StartedAt: at("09:00:00"), ConnectedAt: at("09:00:55"), EndedAt: at("09:05:55"), UpdatedAt: at("09:06:40"),
		WaitSeconds: new(55), QueueSeconds: new(35), TalkSeconds: new(300), HoldSeconds: new(12),
		Language: "en", CompanyNumber: "+15550199999",
		Customer: session.Customer{Name: "Ada", Phone: "+12223334444", ID: "87"},
		Agents:   []session.Agent{with},
		Participants: []session.Participant{
			{Type: session.PartyEndUser, ID: "87", Number: "+12223334444", Intervals: spans("09:00:00", "09:05:55")},
			{Type: session.PartyAgent, ID: "1", Name: "Kim P", Intervals: spans("09:00:55", "09:05:55")},
		},
		Queue: session.Queue{ID: "26", Path: "Orders / Status", PathIDs: "7/26"}, EndedBy: "end_user",
		Rating: new(5), Feedback: "Quick & kind", Verified: true, WrapUpSeconds: new(45),
		Announced: []session.File{
			{ID: "recording-9", Kind: session.Recording, URL: "https://files.example.com/9.mp3"},
			{ID: "photo-71", Kind: session.Photo, URL: "https://files.example.com/71.jpg"},
			{ID: "video-72", Kind: session.Video, URL: "https://files.example.com/72.mp4"},
		},
		Events: []session.Event{
			{ID: "1", Kind: session.Started, At: at("09:00:00")},
			{ID: "2", Kind: session.MenuSelected, At: at("09:00:20")},
			{ID: "3", Kind: session.Ringing, At: at("09:00:50"), Agent: &kim},
			{ID: "5", Kind: session.Ended, At: at("09:05:55")},
		},
	}
}

// aChat is a chat that one agent handed to another, in which nobody is listed as a participant.
func aChat() session.Session {
	return session.Session{
		Key: "chat-73522", Tenant: "demo", Source: "ccai", Channel: session.Chat, Direction: session.Inbound,
		Type: "messaging inbound (web chat)", Status: session.StatusWrapUp, Outcome: session.Completed,
		StartedAt: at("10:00:00"), ConnectedAt: at("10:00:10"), EndedAt: at("10:08:00"), UpdatedAt: at("10:08:00"),
		WaitSeconds: new(10), QueueSeconds: new(10), TalkSeconds: new(470), FirstMessageAt: at("10:00:00"),
		Customer: session.Customer{Name: "Ada", ID: "eu-7f"},
		Agents: []session.Agent{
			{ID: "1", Email: "kim@example.com", Name: "Kim", JoinedAt: at("10:00:10"), LeftAt: at("10:04:00")},
			{ID: "5", Email: "lee@example.com", Name: "Lee", JoinedAt: at("10:04:00")},
		},
		Transfers: []session.Transfer{{At: at("10:04:00"), From: session.End{AgentID: "1"}, To: session.End{AgentID: "5"}}},
	}
}

// folded is the session of these events, which happen one after the other in the order given.
func folded(channel session.Channel, d session.Direction, events []session.Event) session.Session {
	var s session.Session
	for i, e := range events {
		e.ID, e.Tenant, e.Source, e.Session = string(rune('a'+i)), "demo", "ccai", session.Key(channel, "7")
		e.Direction, e.ReceivedAt, e.Sequence = d, e.At, int64(i)
		s = session.Apply(s, e)
	}
	return s
}

func happened(kind session.Kind, clock string, with ...func(*session.Event)) session.Event {
	e := session.Event{Kind: kind, At: at(clock)}
	for _, f := range with {
		f(&e)
	}
	return e
}

func by(a session.Agent) func(*session.Event) { return func(e *session.Event) { e.Agent = &a } }

func party(p session.Party) func(*session.Event) { return func(e *session.Event) { e.Party = &p } }

func handed(t session.Transfer) func(*session.Event) {
	return func(e *session.Event) { e.Transfer = &t }
}

func file(id string, kind session.FileKind) func(*session.Event) {
	return func(e *session.Event) {
		e.File = &session.File{ID: id, Kind: kind, URL: "https://files.example.com/" + id + "?Signature=secret"}
	}
}

// everyoneCall is a call in which everyone takes part who can: a virtual agent, two agents of whom the first comes back,
// a third party, and a supervisor.
func everyoneCall() session.Session {
	third := session.Party{Type: session.PartyThird, Number: "+15550100200"}
	toLee := session.Transfer{
		Kind: session.Warm,
		From: session.End{AgentID: "1", QueuePath: "Orders / Status"},
		To:   session.End{AgentEmail: "LEE@example.com", QueuePath: "Schemes", QueueID: "12"},
	}
	return folded(session.Call, session.Inbound, []session.Event{
		happened(session.Started, "09:00:00", func(e *session.Event) {
			e.Type, e.Language, e.CompanyNumber = "Voice Inbound (IVR)", "it", "+15550199999"
			e.Customer = &session.Customer{ID: "87", Phone: "+12223334444", PhoneRaw: "+12223334444"}
		}),
		happened(session.ParticipantJoined, "09:00:05", party(boIs), func(e *session.Event) { e.VirtualAgent = &bo }),
		happened(session.MenuSelected, "09:00:20", func(e *session.Event) {
			e.Queue = &session.Queue{Path: "Orders / Status", PathIDs: "7/26"}
		}),
		happened(session.ParticipantLeft, "09:00:30", party(boIs)),
		happened(session.Ringing, "09:00:50", by(kim)),
		happened(session.Connected, "09:00:55", by(kim)),
		happened(session.Held, "09:02:00"),
		happened(session.Resumed, "09:02:12"),
		happened(session.Transferred, "09:03:00", handed(toLee)),
		happened(session.Connected, "09:03:20", by(lee)),
		happened(session.Ended, "09:03:30", by(kim)),
		happened(session.Conferenced, "09:04:00"),
		happened(session.ParticipantJoined, "09:04:00", party(third)),
		happened(session.ParticipantLeft, "09:04:30", party(third)),
		happened(session.ParticipantJoined, "09:04:40", party(session.Party{Type: session.PartyManager, ID: "3", Name: "Max"})),
		happened(session.Connected, "09:05:00", by(kim)),
		happened(session.Ended, "09:05:55"),
		happened(session.FileReady, "09:06:00", file("recording-9", session.Recording)),
		happened(session.FileReady, "09:06:00", file("recording-10", session.Recording)),
		happened(session.Rated, "09:06:10", func(e *session.Event) { e.Rating = &session.Rating{Score: new(4)} }),
	})
}

// virtualChat is a chat that the company began, which a virtual agent alone handled and which is not over.
func virtualChat() session.Session {
	return folded(session.Chat, session.Outbound, []session.Event{
		happened(session.Started, "11:00:00", func(e *session.Event) {
			e.Type, e.Language, e.CompanyNumber = "Messaging (SMS)", "en", "+15550199999"
			e.Customer = &session.Customer{ID: "88", Phone: "+12223335555", PhoneRaw: "+12223335555"}
		}),
		happened(session.ParticipantJoined, "11:00:04", party(boIs), func(e *session.Event) { e.VirtualAgent = &bo }),
		happened(session.FileReady, "11:01:00", file("photo-3", session.Photo)),
		happened(session.Rated, "11:02:00", func(e *session.Event) { e.Rating = &session.Rating{Feedback: "Fine"} }),
	})
}
