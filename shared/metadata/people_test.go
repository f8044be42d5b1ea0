package metadata_test

import (
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
)

func took(kind session.PartyType, id, name string) session.Participant {
	return session.Participant{Type: kind, ID: id, Name: name}
}

func TestAgentInfo(t *testing.T) {
	t.Parallel()
	with := func(agents []session.Agent, others ...session.Participant) session.Session {
		return session.Session{Agents: agents, Participants: others}
	}
	one, alone := []session.Agent{kim}, session.Session{VirtualAgent: &bo}
	helped := with(one)
	helped.VirtualAgent = &bo
	withoutID := []session.Agent{{Email: "kim@example.com"}}
	human := `{"id":1,"name":"Kim P","avatar_url":null,"email":"kim@example.com","first_name":null,"last_name":null,"agent_number":null}`
	mail := `{"id":null,"name":null,"avatar_url":null,"email":"kim@example.com","first_name":null,"last_name":null,"agent_number":null}`
	virtual := `{"id":15,"name":"Bo","avatar_url":null,"va_alias":null}`
	botTook := took(session.PartyVirtualAgent, "15", "Bo")
	twice := session.Session{VirtualAgent: &bo, Participants: []session.Participant{botTook, took(session.PartyVirtualAgent, "16", "Cy")}}
	chat := with(one)
	chat.Channel = session.Chat
	wantFields(t, []fieldRow{
		{"nobody", "agent_info", `absent`, session.Session{}},
		{"one agent", "agent_info", human, with(one)},
		{"one agent of a chat", "agent_info", human, chat},
		{"one agent and who is none", "agent_info", human, with(one, took(session.PartyEndUser, "87", ""), took(session.PartyManager, "3", ""), took(session.PartyAgent, "1", ""))},
		{"one agent, added by address", "agent_info", human, with(one, took(session.PartyAgent, "", "KIM@example.com"))},
		{"one agent, known by address alone", "agent_info", mail, with(withoutID, took(session.PartyAgent, "", ""))},
		{"two agents", "agent_info", `absent`, with([]session.Agent{kim, lee})},
		{"an agent and one who was added", "agent_info", `absent`, with(one, took(session.PartyAgent, "5", "Lee"))},
		{"an agent and a virtual one", "agent_info", `absent`, helped},
		{"an agent and a virtual one who took part", "agent_info", `absent`, with(one, botTook)},
		{"a virtual agent", "agent_info", virtual, alone},
		{"a virtual agent who took part", "agent_info", virtual, with(nil, botTook)},
		{"two virtual agents", "agent_info", `absent`, twice},
		{"the last virtual agent", "virtual_agent", `{"id":15,"name":"Bo"}`, twice},
		{"no virtual agent", "virtual_agent", `null`, with(one)},
	})
}

// participant is one entry of a call's participants, of which only what the tests are about is given.
func participant(kind, status, user, endUser, bot, phone, times string) string {
	return `{"id":null,"type":"` + kind + `","status":` + status + `,"call_id":1,"user_id":` + user + `,"end_user_id":` + endUser +
		`,"virtual_agent_id":` + bot + `,"phone_number":` + phone + `,` + times + `,"hold_duration":null,"fail_reason":null,"adapter_fail_code":null,"adapter_fail_message":null}`
}

func interval(from, to, seconds string) string {
	quote := func(clock string) string {
		if clock == "" {
			return "null"
		}
		return `"2026-01-05T` + clock + `.000Z"`
	}
	return `"connected_at":` + quote(from) + `,"ended_at":` + quote(to) + `,"call_duration":` + seconds
}

func TestParticipants(t *testing.T) {
	t.Parallel()
	there := func(p session.Participant, times ...string) session.Participant {
		p.Intervals = spans(times...)
		return p
	}
	call := func(d session.Direction, ps ...session.Participant) session.Session {
		return session.Session{
			Direction: d, StartedAt: at("09:00:00"), ConnectedAt: at("09:00:20"), EndedAt: at("09:01:00"), Participants: ps,
		}
	}
	unanswered := call(session.Outbound, there(took(session.PartyEndUser, "87", ""), "09:00:00", "09:01:00"))
	unanswered.ConnectedAt = time.Time{}
	goesOn := call(session.Inbound)
	goesOn.EndedAt, goesOn.Customer.ID = time.Time{}, "87"
	late := call(session.Inbound, there(took(session.PartyEndUser, "87", ""), "09:00:00", "09:01:00"))
	late.Agents = []session.Agent{{ID: "5", Email: "lee@example.com"}}
	third := session.Participant{Type: session.PartyThird, ID: "88", Number: "+15550100200", Intervals: spans("09:00:30", "09:00:40")}
	customer := participant("end_user", `"finished"`, `null`, `87`, `null`, `null`, interval("09:00:00", "09:01:00", `60`))
	unknown := participant("end_user", `"finished"`, `null`, `null`, `null`, `null`, interval("09:00:00", "09:01:00", `60`))
	wantFields(t, []fieldRow{
		{"the customer calls", "participants", `[` + customer + `]`, call(session.Inbound, there(took(session.PartyEndUser, "87", ""), "09:00:00", "09:01:00"))},
		{"the customer is called and answers", "participants",
			`[` + participant("end_user", `"finished"`, `null`, `87`, `null`, `null`, interval("09:00:20", "09:01:00", `40`)) + `]`,
			call(session.Outbound, there(took(session.PartyEndUser, "87", ""), "09:00:00", "09:01:00"))},
		{"the customer is called and answers before an agent does", "participants",
			`[` + participant("end_user", `"finished"`, `null`, `87`, `null`, `null`, interval("09:00:10", "09:01:00", `50`)) + `]`,
			call(session.Outbound, there(took(session.PartyEndUser, "87", ""), "09:00:10", "09:01:00"))},
		{"the customer is called and does not answer", "participants",
			`[` + participant("end_user", `"finished"`, `null`, `87`, `null`, `null`, interval("", "09:01:00", `null`)) + `]`, unanswered},
		{"who goes and comes back is one", "participants",
			`[` + customer + `,` + participant("agent", `"finished"`, `1`, `null`, `null`, `null`, interval("09:00:20", "09:00:50", `20`)) + `]`,
			call(session.Inbound, there(took(session.PartyEndUser, "87", ""), "09:00:00", "09:01:00"),
				there(took(session.PartyAgent, "1", ""), "09:00:20", "09:00:30", "09:00:40", "09:00:50"))},
		{"each kind has its own id", "participants",
			`[` + unknown + `,` +
				participant("virtual_agent", `"finished"`, `null`, `null`, `15`, `null`, interval("09:00:00", "09:00:10", `10`)) + `,` +
				participant("manager", `"finished"`, `3`, `null`, `null`, `null`, interval("09:00:30", "09:01:00", `30`)) + `,` +
				participant("third_party", `"finished"`, `null`, `null`, `null`, `"+15550100200"`, interval("09:00:30", "09:00:40", `10`)) + `]`,
			call(session.Inbound, there(took(session.PartyVirtualAgent, "15", "Bo"), "09:00:00", "09:00:10"),
				there(took(session.PartyManager, "3", ""), "09:00:30", "09:01:00"), third)},
		{"nobody is listed, and it goes on", "participants",
			`[` + participant("end_user", `"connected"`, `null`, `87`, `null`, `null`, interval("09:00:00", "", `null`)) + `]`, goesOn},
		{"an agent came at no known time", "participants",
			`[` + customer + `,` + participant("agent", `"finished"`, `5`, `null`, `null`, `null`, interval("", "09:01:00", `null`)) + `]`, late},
	})
}

func TestHandleDurations(t *testing.T) {
	t.Parallel()
	entry := func(agent, times, hold, acw string) string {
		return `{"id":null,"agent_id":` + agent + `,` + times + `,"hold_duration":` + hold + `,"acw_duration":` + acw + `,"menu_path":null,"transfer":null}`
	}
	times := func(from, to, seconds string) string {
		return `"started_at":"2026-01-05T` + from + `.000Z","ended_at":"2026-01-05T` + to + `.000Z","bcw_duration":null,"call_duration":` + seconds
	}
	call := func(agents ...session.Participant) session.Session {
		return session.Session{HoldSeconds: new(12), WrapUpSeconds: new(45), Participants: agents}
	}
	kimWas := session.Participant{Type: session.PartyAgent, ID: "1", Intervals: spans("09:00:20", "09:00:30")}
	kimCameBack := session.Participant{Type: session.PartyAgent, ID: "1", Intervals: spans("09:00:20", "09:00:30", "09:00:40", "09:00:50")}
	leeWas := session.Participant{Type: session.PartyAgent, Intervals: spans("09:00:30", "09:01:00")}
	others := []session.Participant{
		{Type: session.PartyManager, ID: "3", Intervals: spans("09:00:20", "09:00:30")},
		{Type: session.PartyVirtualAgent, ID: "15", Intervals: spans("09:00:20", "09:00:30")},
		{Type: session.PartyAgent, ID: "9"},
	}
	first := entry("1", times("09:00:20", "09:00:30", "10"), "null", "null")
	wantFields(t, []fieldRow{
		{"no agent was there", "handle_durations", `[]`, call(others...)},
		{"one agent has the holds and the after-work", "handle_durations",
			`[` + entry("1", times("09:00:20", "09:00:30", "10"), "12", "45") + `]`, call(kimWas)},
		{"who came back has two, and nobody knows whose the holds were", "handle_durations",
			`[` + first + `,` + entry("1", times("09:00:40", "09:00:50", "10"), "null", "null") + `]`, call(kimCameBack)},
		{"two agents", "handle_durations", `[` + first + `,` + entry("null", times("09:00:30", "09:01:00", "30"), "null", "null") + `]`, call(kimWas, leeWas)},
		{"chats have none", "handle_durations", `absent`, session.Session{Channel: session.Chat, Participants: []session.Participant{kimWas}}},
	})
}

func TestDocumentLeavesTheSessionAsItIs(t *testing.T) {
	t.Parallel()
	s := aCall()
	s.Direction = session.Outbound
	document(t, s, record)
	if from := s.Participants[0].Intervals[0].From; !from.Equal(s.StartedAt) {
		t.Errorf("the customer of the session itself came at %v", from)
	}
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	entry := func(status, from, to, fromMenu, toMenu string) string {
		return `[{"id":null,"status":` + status + `,"fail_reason":null,"deflection":null,"answer_type_path":null,"from_agent":` + from +
			`,"to_agent":` + to + `,"from_virtual_agent":null,"to_virtual_agent":null,"from_menu_path":` + fromMenu + `,"to_menu_path":` + toMenu +
			`,"from_queue_priority_level":null,"to_queue_priority_level":null,"wait_duration":null,"call_duration":null,` +
			`"created_at":"2026-01-05T09:03:00.000Z","assigned_at":null,"connected_at":null,"updated_at":null}]`
	}
	agent := func(id, name, email string) string {
		return `{"id":` + id + `,"name":` + name + `,"avatar_url":null,"email":` + email + `,"first_name":null,"last_name":null,"agent_number":null}`
	}
	moved := func(kind session.TransferKind, from, to session.End) session.Session {
		return session.Session{
			Agents:       []session.Agent{kim},
			Participants: []session.Participant{took(session.PartyAgent, "5", "Lee")},
			Transfers:    []session.Transfer{{At: at("09:03:00"), Kind: kind, From: from, To: to}},
		}
	}
	kimIs, leeIs := agent(`1`, `"Kim P"`, `"kim@example.com"`), agent(`5`, `"Lee"`, `null`)
	none := session.End{}
	wantFields(t, []fieldRow{
		{"none", "transfers", `[]`, session.Session{}},
		{"from agent to agent", "transfers", entry(`"transferred"`, kimIs, leeIs, `null`, `null`),
			moved("", session.End{AgentID: "1"}, session.End{AgentID: "5"})},
		{"an agent known by address", "transfers", entry(`"transferred"`, kimIs, `null`, `null`, `null`),
			moved(session.Cold, session.End{AgentEmail: "KIM@example.com"}, session.End{Number: "+15550100200"})},
		{"an agent who never took part", "transfers", entry(`"transferred"`, `null`, agent(`9`, `null`, `"max@example.com"`), `null`, `null`),
			moved(session.Warm, none, session.End{AgentID: "9", AgentEmail: "max@example.com"})},
		{"from queue to queue", "transfers",
			entry(`"transferred"`, `null`, `null`, `{"items_count":2,"name":"Orders/Status","materialized_path":null}`, `{"items_count":1,"name":"Schemes","materialized_path":null}`),
			moved("", session.End{QueuePath: "Orders / Status"}, session.End{QueuePath: "Schemes", QueueID: "12"})},
		{"a conference", "transfers", entry(`null`, `null`, leeIs, `null`, `null`), moved(session.Conference, none, session.End{AgentID: "5"})},
		{"a redirection", "transfers", entry(`null`, `null`, `null`, `null`, `null`), moved(session.Redirect, none, none)},
	})
}

// A credential in the address of a file must not be written to a file of our own, or mailed.
func TestDocumentHasNoCredentials(t *testing.T) {
	t.Parallel()
	for _, s := range []session.Session{everyoneCall(), virtualChat()} {
		if doc := string(document(t, s, record)); strings.Contains(doc, "secret") || strings.Contains(doc, "Signature") {
			t.Errorf("the document of %s has the query of an address:\n%s", s.Key, doc)
		}
	}
}
