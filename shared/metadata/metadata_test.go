package metadata_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got), -update if that is right:\n%s", name, d)
	}
}

func at(clock string) time.Time {
	t, err := time.Parse(time.RFC3339, "2026-01-05T"+clock+"Z")
	if err != nil {
		panic(err)
	}
	return t
}

var record = metadata.CRM{RecordID: "456", RecordURL: "https://crm.example.com/record?id=456&tab=1", AccountID: "123"}

func aCall() session.Session {
	kim := session.Agent{ID: "1", Email: "kim@example.com", Name: "Kim P", JoinedAt: at("09:00:55")}
	return session.Session{
		Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
		Type: "voice inbound (ivr using mobile)", Status: session.StatusFinished, Outcome: session.Completed,
		StartedAt: at("09:00:00"), ConnectedAt: at("09:00:55"), EndedAt: at("09:05:55"), UpdatedAt: at("09:06:40"),
		WaitSeconds: new(55), TalkSeconds: new(300),
		Customer: session.Customer{Name: "Ada", Phone: "+12223334444", ID: "87"},
		Agents:   []session.Agent{kim},
		Queue:    session.Queue{ID: "26", Path: "Orders / Status"}, EndedBy: "end_user",
		Events: []session.Event{
			{ID: "1", Kind: session.Started, At: at("09:00:00")},
			{ID: "2", Kind: session.MenuSelected, At: at("09:00:20")},
			{ID: "3", Kind: session.Ringing, At: at("09:00:50"), Agent: &kim},
			{ID: "4", Kind: session.Verified, At: at("09:01:00")},
			{ID: "5", Kind: session.Ended, At: at("09:05:55")},
		},
	}
}

func aChat() session.Session {
	return session.Session{
		Key: "chat-73522", Tenant: "demo", Source: "ccai", Channel: session.Chat, Direction: session.Inbound,
		Type: "messaging inbound (web chat)", Status: session.StatusWrapUp, Outcome: session.Completed,
		StartedAt: at("10:00:00"), ConnectedAt: at("10:00:10"), EndedAt: at("10:08:00"), UpdatedAt: at("10:08:00"),
		WaitSeconds: new(10), TalkSeconds: new(470), FirstMessageAt: at("10:00:00"),
		Customer: session.Customer{Name: "Ada", ID: "eu-7f"},
		Agents: []session.Agent{
			{ID: "1", Email: "kim@example.com", Name: "Kim", JoinedAt: at("10:00:10"), LeftAt: at("10:04:00")},
			{ID: "5", Email: "lee@example.com", Name: "Lee", JoinedAt: at("10:04:00")},
		},
		Events: []session.Event{{ID: "9", Kind: session.Transferred, At: at("10:04:00")}},
	}
}

func document(t *testing.T, s session.Session, crm metadata.CRM) []byte {
	t.Helper()
	doc, err := metadata.Document(s, crm)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDocumentIsTheDocumentedRecord(t *testing.T) {
	t.Parallel()
	golden(t, "call.json", document(t, aCall(), record))
	golden(t, "chat.json", document(t, aChat(), record))
	golden(t, "call-unknown.json", document(t, session.Session{Key: "call-0a7", Channel: session.Call}, metadata.CRM{}))
	golden(t, "chat-unknown.json", document(t, session.Session{Key: "chat-1", Channel: session.Chat}, metadata.CRM{}))
}

func TestDocumentIsTheSameBytesForTheSameSession(t *testing.T) {
	t.Parallel()
	inRome := aCall()
	inRome.StartedAt = inRome.StartedAt.In(time.FixedZone("CET", 3600))
	if !bytes.Equal(document(t, aCall(), record), document(t, inRome, record)) {
		t.Error("the same instant in another zone gave another document")
	}
}

func TestDocumentRefusesASessionWithoutAProperKey(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]session.Session{
		"no channel":      {Key: "call-1"},
		"another channel": {Key: "mail-1", Channel: "mail"},
		"key of a chat":   {Key: "chat-1", Channel: session.Call},
		"key without id":  {Key: "call-", Channel: session.Call},
	} {
		if doc, err := metadata.Document(s, record); err == nil || !strings.Contains(err.Error(), s.Key) {
			t.Errorf("%s: document %q, error %v; want an error that names the key", name, doc, err)
		}
	}
}

// field is one top-level field of the session's document, as JSON.
func field(t *testing.T, s session.Session, name string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document(t, s, metadata.CRM{}), &fields); err != nil {
		t.Fatal(err)
	}
	if raw, ok := fields[name]; ok {
		return string(raw)
	}
	return "absent"
}

func TestDocumentFields(t *testing.T) {
	t.Parallel()
	kim, lee := session.Agent{ID: "1", Email: "k@x.com"}, session.Agent{ID: "2", Email: "l@x.com"}
	over := session.Session{Status: session.StatusFinished}
	for _, row := range []struct {
		name, field, want string
		s                 session.Session
	}{
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
		{"unheard-of type stays", "session_type_v2", `"voice campaign (UJET)"`, session.Session{Type: "voice campaign (UJET)"}},
		{"queued", "status", `"queued"`, session.Session{Status: session.StatusQueued}},
		{"ringing is assigned", "status", `"assigned"`, session.Session{Status: session.StatusRinging}},
		{"held is connected", "status", `"connected"`, session.Session{Status: session.StatusHeld}},
		{"held chat is assigned", "status", `"assigned"`, session.Session{Key: "chat-1", Channel: session.Chat, Status: session.StatusHeld}},
		{"over is finished", "status", `"finished"`, over},
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
		{"no agent, no agent_info", "agent_info", `absent`, session.Session{}},
		{"two agents, no agent_info", "agent_info", `absent`, session.Session{Agents: []session.Agent{kim, lee}}},
		{"no queue, no menu", "selected_menu", `null`, session.Session{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.s.Channel == "" {
				row.s.Channel = session.Call
			}
			if row.s.Key == "" {
				row.s.Key = "call-1"
			}
			if got := field(t, row.s, row.field); got != row.want {
				t.Errorf("%s is %s, want %s", row.field, got, row.want)
			}
		})
	}
}

func TestAnAgentWhoCameBackIsOneAgent(t *testing.T) {
	t.Parallel()
	s := aCall()
	s.Agents = append(s.Agents, s.Agents[0])
	if got := field(t, s, "agent_info"); !strings.Contains(got, `"kim@example.com"`) {
		t.Errorf("agent_info is %s, want the one agent", got)
	}
}

func TestOnlyASuccessfulSessionIsCompleted(t *testing.T) {
	t.Parallel()
	outcomes := []session.Outcome{"", session.Completed, session.Abandoned, session.Missed, session.Failed, session.Voicemail}
	statuses := []session.Status{"", session.StatusScheduled, session.StatusQueued, session.StatusRinging,
		session.StatusConnected, session.StatusHeld, session.StatusEnded, session.StatusWrapUp, session.StatusFinished}
	for _, o := range outcomes {
		for i, status := range statuses {
			for _, reason := range []string{"", "nothing", "ag_canceled"} {
				want := o == session.Completed && i >= slices.Index(statuses, session.StatusEnded) && reason != "ag_canceled"
				s := session.Session{Status: status, Outcome: o, FailReason: reason}
				if got := metadata.Completed(s); got != want {
					t.Errorf("status %q, outcome %q, fail reason %q: completed is %t, want %t", status, o, reason, got, want)
				}
			}
		}
	}
}
