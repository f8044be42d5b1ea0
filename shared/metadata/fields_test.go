package metadata_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
)

// field is one top-level field of the session's document, as JSON without spaces.
func field(t *testing.T, s session.Session, name string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document(t, s, metadata.CRM{}), &fields); err != nil {
		t.Fatal(err)
	}
	raw, ok := fields[name]
	if !ok {
		return "absent"
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type fieldRow struct {
	name, field, want string
	s                 session.Session
}

// wantFields checks one field of each row's session, which is call-1 unless it says something else.
func wantFields(t *testing.T, rows []fieldRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.s.Channel == "" {
				row.s.Channel = session.Call
			}
			if row.s.Key == "" {
				row.s.Key = session.Key(row.s.Channel, "1")
			}
			if got := field(t, row.s, row.field); got != row.want {
				t.Errorf("%s is\n%s, want\n%s", row.field, got, row.want)
			}
		})
	}
}

func TestDocumentFields(t *testing.T) {
	t.Parallel()
	over := session.Session{Status: session.StatusFinished}
	wantFields(t, []fieldRow{
		{"id is a number", "id", `7`, session.Session{Key: "call-7"}},
		{"id with a leading zero is text", "id", `"007"`, session.Session{Key: "call-007"}},
		{"id too long for a double is text", "id", `"9007199254740993"`, session.Session{Key: "call-9007199254740993"}},
		{"hexadecimal id is text", "id", `"846802bf90d1"`, session.Session{Key: "call-846802bf90d1"}},
		{"today's type is translated back", "call_type", `"Voice Inbound (App)"`, session.Session{Type: "VOICE INBOUND (MOBILE)"}},
		{"older type is translated", "session_type_v2", `"Voice Inbound (Mobile)"`, session.Session{Type: "Voice Inbound (App)"}},
		{"alias follows the older type", "session_type", `"Voice Inbound (App)"`, session.Session{Type: "Voice Inbound (Mobile)"}},
		{"SMS begun by the customer", "session_type_v2", `"Messaging Inbound (SMS)"`, session.Session{Type: "messaging (sms)", Direction: session.Inbound}},
		{"SMS begun by the company", "session_type_v2", `"Messaging Outbound (SMS)"`, session.Session{Type: "Messaging (SMS)", Direction: session.Outbound}},
		{"SMS begun by nobody known", "session_type_v2", `"Messaging (SMS)"`, session.Session{Type: "Messaging (SMS)"}},
		{"a call's first name is translated", "call_type", `"Voice Inbound (IVR using App)"`, session.Session{Type: "IVR Call (app)"}},
		{"a call's first name has today's too", "session_type_v2", `"Voice Scheduled (Mobile)"`, session.Session{Type: "Scheduled Call (App)"}},
		{"unheard-of type stays", "session_type_v2", `"voice campaign (UJET)"`, session.Session{Type: "voice campaign (UJET)"}},
		{"queued", "status", `"queued"`, session.Session{Status: session.StatusQueued}},
		{"ringing is assigned", "status", `"assigned"`, session.Session{Status: session.StatusRinging}},
		{"held is connected", "status", `"connected"`, session.Session{Status: session.StatusHeld}},
		{"held chat is assigned", "status", `"assigned"`, session.Session{Key: "chat-1", Channel: session.Chat, Status: session.StatusHeld}},
		{"over is finished", "status", `"finished"`, over},
		{"sent elsewhere is deflected", "status", `"deflected"`, session.Session{Status: session.StatusEnded, Outcome: session.Deflected}},
		{"sent elsewhere failed for nothing", "fail_reason", `"nothing"`, session.Session{Outcome: session.Deflected}},
		{"sent elsewhere in a way nobody told", "deflection", `null`, session.Session{Outcome: session.Deflected}},
		{"that it was not sent elsewhere is not told either", "deflection", `null`, session.Session{Outcome: session.Completed}},
		{"a message left is finished", "status", `"finished"`, session.Session{Status: session.StatusEnded, Outcome: session.Voicemail}},
		{"a message left for a reason nobody told", "voicemail_reason", `null`, session.Session{Outcome: session.Voicemail}},
		{"missed is failed", "status", `"failed"`, session.Session{Status: session.StatusEnded, Outcome: session.Missed}},
		{"fail reason is failed", "status", `"failed"`, session.Session{Status: session.StatusEnded, FailReason: "eu_busy"}},
		{"abandoned call says why", "fail_reason", `"eu_abandoned"`, session.Session{Outcome: session.Abandoned}},
		{"abandoned chat has no such word", "fail_reason", `null`, session.Session{Key: "chat-1", Channel: session.Chat, Outcome: session.Abandoned}},
		{"source's reason wins", "fail_reason", `"expired"`, session.Session{Outcome: session.Abandoned, FailReason: "expired"}},
		{"completed failed for nothing", "fail_reason", `"nothing"`, session.Session{Outcome: session.Completed}},
		{"ended by the agent", "disconnected_by", `"disconnected_by_agent"`, session.Session{EndedBy: "agent"}},
		{"ended by, in the platform's word", "disconnected_by", `"disconnected_by_system"`, session.Session{EndedBy: "disconnected_by_system"}},
		{"ended by nobody known", "disconnected_by", `"disconnected_by_unknown"`, over},
		{"not ended", "disconnected_by", `null`, session.Session{}},
	})
}

func TestOpinionsAndNumbers(t *testing.T) {
	t.Parallel()
	numbered := func(d session.Direction) session.Session {
		return session.Session{Direction: d, CompanyNumber: "+15550199999"}
	}
	sms := numbered(session.Outbound)
	sms.Channel = session.Chat
	wantFields(t, []fieldRow{
		{"a comment is feedback", "has_feedback", `true`, session.Session{Feedback: "fine"}},
		{"a rating alone may be or not", "has_feedback", `null`, session.Session{Rating: new(1)}},
		{"proven is verified", "verified", `true`, session.Session{Verified: true}},
		{"not proven may be or not", "verified", `null`, session.Session{}},
		{"a rating of nought is one", "rating", `0`, session.Session{Rating: new(0)}},
		{"a chat's comment", "feedback", `"fine"`, session.Session{Channel: session.Chat, Feedback: "fine"}},
		{"no hold", "hold_duration", `null`, session.Session{}},
		{"a hold of no second", "hold_duration", `0`, session.Session{HoldSeconds: new(0)}},
		{"the number called", "support_number", `"+15550199999"`, numbered(session.Inbound)},
		{"is not the one we call from", "outbound_number", `null`, numbered(session.Inbound)},
		{"the number we call from", "outbound_number", `"+15550199999"`, numbered(session.Outbound)},
		{"is not the one called", "support_number", `null`, numbered(session.Outbound)},
		{"a number called or called from", "support_number", `null`, numbered("")},
		{"the number a chat is written from", "outbound_number", `"+15550199999"`, sms},
		{"a chat has no number to call", "support_number", `absent`, sms},
	})
}

func TestMenus(t *testing.T) {
	t.Parallel()
	queue := func(id, path, ids string) session.Session {
		return session.Session{Queue: session.Queue{ID: id, Path: path, PathIDs: ids}}
	}
	menu := func(id, name, parent string) string {
		return `{"id":` + id + `,"name":` + name + `,"parent_id":` + parent +
			`,"position":null,"deleted":null,"hidden":null,"menu_type":null,"output_msg":null}`
	}
	wantFields(t, []fieldRow{
		{"no queue, no menu", "selected_menu", `null`, session.Session{}},
		{"no queue, no path", "menu_path", `null`, session.Session{}},
		{"the last of the path", "selected_menu", menu(`26`, `"Status"`, `7`), queue("", "Orders / Status", "7/26")},
		{"the path's id and not the queue's", "selected_menu", menu(`26`, `"Status"`, `7`), queue("99", "Orders / Status", "7/26")},
		{"the queue's id where the path has none", "selected_menu", menu(`99`, `"Status"`, `null`), queue("99", "Orders / Status", "")},
		{"a menu at the top", "selected_menu", menu(`7`, `"Orders"`, `null`), queue("", "Orders", "7")},
		{"a queue without a name", "selected_menu", menu(`99`, `null`, `null`), queue("99", "", "")},
		{"names and ids", "menu_path", `{"items_count":2,"name":"Orders/Status","materialized_path":"7/26"}`, queue("", "Orders / Status", "7/26")},
		{"names alone", "menu_path", `{"items_count":2,"name":"Orders/Status","materialized_path":null}`, queue("26", "Orders / Status", "")},
		{"ids alone", "menu_path", `{"items_count":3,"name":null,"materialized_path":"1/2/3"}`, queue("", "", "/1/2/3/")},
		{"an id alone is no path", "menu_path", `null`, queue("26", "", "")},
	})
}

func TestMedia(t *testing.T) {
	t.Parallel()
	files := func(list ...session.File) session.Session { return session.Session{Announced: list} }
	first := session.File{ID: "recording-1", Kind: session.Recording, URL: "https://files.example.com/1.mp3"}
	second := session.File{ID: "recording-6f1ed002ab559585", Kind: session.Recording, URL: "https://files.example.com/2.mp3"}
	message := session.File{ID: "voicemail-4", Kind: session.VoicemailFile, URL: "https://files.example.com/4.mp3"}
	photo := session.File{ID: "1.jpg", Kind: session.Photo}
	entry := func(id string) string {
		return `{"id":` + id + `,"recording_type":null,"started_at":null,"ended_at":null,"duration":null}`
	}
	wantFields(t, []fieldRow{
		{"nothing was recorded", "recordings", `[]`, files(photo)},
		{"a recording without its kind in the id", "recordings", `[` + entry(`1`) + `]`, files(first)},
		{"two recordings, one known by its address", "recordings", `[` + entry(`1`) + `,` + entry(`"6f1ed002ab559585"`) + `]`, files(first, second)},
		{"a message is a recording", "recordings", `[` + entry(`4`) + `]`, files(photo, message)},
		{"no recording has no address", "recording_url", `null`, files(photo)},
		{"the one recording's address", "recording_url", `"https://files.example.com/1.mp3"`, files(photo, first)},
		{"the message's address", "recording_url", `"https://files.example.com/4.mp3"`, files(message)},
		{"the address of which of two", "recording_url", `null`, files(first, second)},
		{"a photo known by its name, without address", "photos", `[{"id":"1.jpg","photo_type":null,"url":null}]`, files(photo, first)},
		{"no video", "videos", `[]`, files(photo)},
	})
}

func TestQueuedAndAssigned(t *testing.T) {
	t.Parallel()
	listed := func(kind session.Kind, clock string, agent session.Presence) session.Event {
		return session.Event{Kind: kind, At: at(clock), Parties: []session.Party{
			{Type: session.PartyEndUser, Presence: session.Present}, {Type: session.PartyAgent, ID: "1", Presence: agent},
		}}
	}
	beside := session.Event{Kind: session.Ringing, At: at("09:00:01"), Agent: &kim, Leg: &session.Leg{Kind: session.ConsultLeg}}
	events := func(list ...session.Event) session.Session { return session.Session{Events: list} }
	attached := events(happened(session.Connected, "09:00:05", by(lee)))
	attached.Attached = []session.Attachment{{Events: []session.Event{happened(session.Ringing, "09:00:03", by(kim))}}}
	wantFields(t, []fieldRow{
		{"rings where no agent is", "queued_at", `"2026-01-05T09:00:05.000Z"`, events(happened(session.Ringing, "09:00:05"))},
		{"rings at an agent's", "queued_at", `null`, events(happened(session.Ringing, "09:00:05", by(kim)))},
		{"rings at a listed agent's", "queued_at", `null`, events(listed(session.Ringing, "09:00:05", session.Offered))},
		{"given to a listed agent", "assigned_at", `"2026-01-05T09:00:05.000Z"`, events(listed(session.Ringing, "09:00:05", session.Offered))},
		{"a consultation is beside the call", "assigned_at", `"2026-01-05T09:00:05.000Z"`, events(beside, happened(session.Connected, "09:00:05", by(lee)))},
		{"taken at an agent's place of work", "assigned_at", `"2026-01-05T09:00:03.000Z"`, attached},
		{"given to nobody", "assigned_at", `null`, events(happened(session.Connected, "09:00:05"))},
	})
}
