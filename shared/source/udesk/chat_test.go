package udesk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/sourcetest"
	"sessionbridge.internal/shared/source/udesk"
)

// chatLog is a chat's log, with its times as Udesk's interfaces write them.
var chatLog = post{"sub_session_id": 7001, "customer_id": 31, "agent_id": 9, "created_at": "2018-03-22T11:00:00.000+08:00"}

// TestAChatInAnyOrder, and from its end alone.
func TestAChatInAnyOrder(t *testing.T) {
	t.Parallel()
	created := chats(t, "ImSubSession_create", post{"im_sub_session_log": chatLog})
	closed := chats(t, "ImSubSession_close", post{"im_sub_session_log": chatLog.with(post{"closed_at": "2018-03-22T11:05:00.000+08:00"})})
	vote := chats(t, "ImSurveyVote_create", post{"im_sub_session_id": 7001, "survey_option_name": "満足", "remark": "ありがとう"})
	for name, got := range map[string][]session.Event{
		"in order":    append(append(append([]session.Event{}, created...), closed...), vote...),
		"backwards":   append(append(append([]session.Event{}, vote...), closed...), created...),
		"create lost": append(append([]session.Event{}, closed...), vote...),
		"repeated":    append(append(append([]session.Event{}, closed...), closed...), vote...),
	} {
		s := folded(t, got...)
		if s.Key != "chat-7001" || !s.StartedAt.Equal(at(t, "11:00:00")) || !s.EndedAt.Equal(at(t, "11:05:00")) || s.Outcome != session.Completed {
			t.Errorf("%s: %s from %s to %s, %s", name, s.Key, s.StartedAt, s.EndedAt, s.Outcome)
		}
		if len(s.Agents) != 1 || s.Agents[0].ID != "9" || s.Customer.ID != "31" || s.Survey[0].Text != "満足" || s.Feedback != "ありがとう" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestChatsAreNamed by the sub-session, wherever it stands.
func TestChatsAreNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		action  string
		message any
		want    string
	}{
		"in the log":                     {"ImSubSession_create", post{"id": 1, "im_sub_session_log": post{"sub_session_id": 2, "id": 3}}, "chat-2"},
		"in the message":                 {"ImSubSession_close", post{"im_sub_session_id": "4"}, "chat-4"},
		"the message's own id":           {"ImSubSession_create", post{"id": 5.0, "im_sub_session_log": post{"id": 3}}, "chat-5"},
		"the log's own id":               {"ImSubSession_create", post{"im_sub_session_log": post{"id": 3}}, "chat-3"},
		"message as text":                {"ImSubSession_create", `{"sub_session_id":6}`, "chat-6"},
		"action in other letters":        {"IMSUBSESSION_CREATE", post{"id": 7}, "chat-7"},
		"a vote's own id is no chat":     {"ImSurveyVote_create", post{"id": 5, "im_session_id": 6, "survey_option_name": "a"}, ""},
		"a queue's own id is no chat":    {"ShutQueue_create", post{"id": 5}, ""},
		"an unmapped action with a chat": {"AgentNote_update", post{"id": 5, "im_sub_session_id": 8}, "chat-8"},
		"an unmapped action without one": {"Customer_update", post{"id": 5, "changes": post{}}, ""},
		"an unmapped action of a list":   {"UserGroup_create", []int{1}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := chats(t, tt.action, tt.message)[0]
			if e.Session != tt.want || e.VendorType != tt.action {
				t.Errorf("%s of %q, want %q", e.VendorType, e.Session, tt.want)
			}
			mapped := !strings.HasPrefix(name, "an unmapped") && tt.want != ""
			if (e.Kind == session.Snapshot) != mapped || len(e.Raw) == 0 {
				t.Errorf("kind %s, raw %s", e.Kind, e.Raw)
			}
		})
	}
}

func TestAChatWithoutAnAgentWaits(t *testing.T) {
	t.Parallel()
	s := folded(t, chats(t, "ImSubSession_create", post{"id": 1, "created_at": stamp("11:00:00")})...)
	if s.Status != session.StatusQueued || len(s.Agents) != 0 {
		t.Errorf("%s, %+v", s.Status, s.Agents)
	}
}

func TestWhoClosedAChat(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{"客服关闭": "agent", "客户离开": "end_user", "系统超时": "system", "timeout": "", "": ""} {
		if got := only(t, chats(t, "ImSubSession_close", post{"id": 1, "close_method": method}), session.Ended).EndedBy; got != want {
			t.Errorf("%q: ended by %q, want %q", method, got, want)
		}
	}
}

// TestAnAbandonedQueue ends when the wait did, as far as it is told.
func TestAnAbandonedQueue(t *testing.T) {
	t.Parallel()
	p := post{"im_sub_session_id": 1, "queue_start_time": "2018-03-22T11:00:00.000+08:00"}
	tests := map[string]struct {
		seconds any
		ended   time.Time
	}{
		"with its length": {"104", at(t, "11:01:44")},
		"without":         {nil, receipt.At},
	}
	for name, tt := range tests {
		s := folded(t, chats(t, "ShutQueue_create", p.with(post{"queue_seconds": tt.seconds}))...)
		if s.Outcome != session.Abandoned || !s.StartedAt.Equal(at(t, "11:00:00")) || !s.EndedAt.Equal(tt.ended) {
			t.Errorf("%s: %s from %s to %s", name, s.Outcome, s.StartedAt, s.EndedAt)
		}
	}
}

// TestVotes keep the chosen text and the remark; an option's number alone says nothing.
func TestVotes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		vote             post
		kind             session.Kind
		answer, feedback string
	}{
		"text and remark": {post{"survey_option_name": "満足", "survey_remark": "速い"}, session.SurveyAnswered, "満足", "速い"},
		"text":            {post{"option_name": "満足"}, session.SurveyAnswered, "満足", ""},
		"remark":          {post{"remark": "速い", "survey_option_id": 3}, session.Rated, "", "速い"},
		"number":          {post{"survey_option_id": 3}, "", "", ""},
	}
	for name, tt := range tests {
		got := chats(t, "ImSurveyVote_create", tt.vote.with(post{"im_sub_session_id": 1}))
		if tt.kind == "" {
			if len(got) != 1 {
				t.Errorf("%s: %+v", name, got[1:])
			}
			continue
		}
		e := only(t, got, tt.kind)
		s := folded(t, got...)
		if s.Feedback != tt.feedback || (e.Answer != nil) != (tt.answer != "") || e.Answer != nil && e.Answer.Text != tt.answer {
			t.Errorf("%s: %+v, %+v", name, e.Answer, e.Rating)
		}
	}
}

// TestLines reads who said what in all forms of a line.
func TestLines(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		line string
		want session.Message
	}{
		"text":                      {`{"sender":"customer","content":"hi"}`, session.Message{Role: session.EndUser, Name: "Taro", Text: "hi"}},
		"envelope":                  {`{"sender":"agent","content":"{\"type\":\"message\",\"data\":{\"content\":\"hi\"}}"}`, session.Message{Role: session.HumanAgent, Name: "Sato", Text: "hi"}},
		"envelope as an object":     {`{"sender":"customer","content":{"type":"rich","data":{"content":"<p>hi</p>"}}}`, session.Message{Role: session.EndUser, Name: "Taro", Text: "<p>hi</p>"}},
		"envelope without a type":   {`{"sender":"customer","content":{"data":{"content":"hi"}}}`, session.Message{Role: session.EndUser, Name: "Taro", Text: "hi"}},
		"another agent":             {`{"sender":"agent","content":"hi","agent_nick_name":"Suzuki"}`, session.Message{Role: session.HumanAgent, Name: "Suzuki", Text: "hi"}},
		"robot":                     {`{"sender":"robot","content":"hi"}`, session.Message{Role: session.VirtualAgent, Text: "hi"}},
		"system":                    {`{"sender":"sys","content":"hi"}`, session.Message{Role: session.System, Text: "hi"}},
		"no sender":                 {`{"content":"hi"}`, session.Message{Role: session.System, Text: "hi"}},
		"welcome":                   {`{"sender":"customer","content":{"type":"message","is_welcome":true,"data":{"content":"hi"}}}`, session.Message{Role: session.System, Text: "hi"}},
		"closing":                   {`{"sender":"agent","content":{"type":"close","data":{"content":"bye"}}}`, session.Message{Role: session.System, Text: "bye"}},
		"transfer":                  {`{"sender":"agent","content":{"type":"transfer","data":{"content":"moved"}}}`, session.Message{Role: session.System, Text: "moved"}},
		"text that looks like JSON": {`{"sender":"customer","content":"{not JSON"}`, session.Message{Role: session.EndUser, Name: "Taro", Text: "{not JSON"}},
		"number":                    {`{"sender":"customer","content":7}`, session.Message{Role: session.EndUser, Name: "Taro", Text: "7"}},
		"long text":                 {`{"content":"` + long("a", 40_000) + `"}`, session.Message{Role: session.System, Text: long("a", 32_000)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := only(t, chats(t, "ImSubSession_close", post{
				"id": 1, "customer_name": "Taro", "agent_nick_name": "Sato", "im_log_infos": []json.RawMessage{json.RawMessage(tt.line)},
			}), session.MessageSent)
			if *e.Message != tt.want {
				t.Errorf("got %.80v, want %.80v", *e.Message, tt.want)
			}
		})
	}
}

// TestLinesThatSayNothingAreKept as what nobody understood.
func TestLinesThatSayNothingAreKept(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`{}`, `{"content":""}`, `{"content":{"type":"struct","data":[]}}`} {
		got := chats(t, "ImSubSession_close", post{"id": 1, "im_log_infos": []json.RawMessage{json.RawMessage(line)}})
		if e := only(t, got, session.Unknown); string(e.Raw) != line {
			t.Errorf("%s is kept as %s", line, e.Raw)
		}
	}
}

// TestWhatIsNoLineStays in the post, between lines too.
func TestWhatIsNoLineStays(t *testing.T) {
	t.Parallel()
	for sent, kept := range map[string]string{
		`[1, {"content":"a"} , "text",[],null]`: `[1,"text",[],null]`, `[1]`: `[1]`, `[{"content":"a"},{"content":"b"}]`: `[]`,
	} {
		got := events(t, udesk.DecodeChat, `{"action":"ImSubSession_close","message":{"id":1,"im_log_infos":`+sent+`}}`)
		if raw := only(t, got, session.Snapshot).Raw; !strings.HasSuffix(string(raw), `"im_log_infos":`+kept+`}}`) {
			t.Errorf("%s is kept as %s", sent, raw)
		}
		if n := len(all(got, session.Unknown)); n != 0 {
			t.Errorf("%s: %d unknown events", sent, n)
		}
	}
}

// TestAShortPostHasFewLines: ten however short it is, else one for 64 bytes.
func TestAShortPostHasFewLines(t *testing.T) {
	t.Parallel()
	for lines, want := range map[int]int{10: 10, 11: 10, 4_000: 376} {
		got := events(t, udesk.DecodeChat, `{"action":"ImSubSession_close","message":{"id":1,"im_log_infos":[`+strings.Repeat(`{   },`, lines-1)+`{}]}}`)
		if n := len(all(got, session.Unknown)); n != want {
			t.Errorf("%d lines: %d events, want %d", lines, n, want)
		}
	}
}

// TestLinesAreNamed by their id, else their place, so that a repeated transcript says nothing new.
func TestLinesAreNamed(t *testing.T) {
	t.Parallel()
	message := post{"id": 1, "im_log_infos": []post{{"message_id": "m/1", "content": "a"}, {"id": 2, "content": "b"}, {"content": "c"}, {"content": "c"}}}
	got := all(chats(t, "ImSubSession_close", message), session.MessageSent)
	seen := map[string]bool{}
	for _, e := range got {
		seen[e.ID] = true
	}
	if len(seen) != 4 || !seen["chat-1/message/2"] || !seen["chat-1/line/2"] {
		t.Errorf("ids %v", seen)
	}
	for _, e := range all(chats(t, "ImSubSession_close", message.with(post{"closed_at": stamp("11:00:00")})), session.MessageSent) {
		if !seen[e.ID] {
			t.Errorf("repeated, a line is %s", e.ID)
		}
	}
}

// TestTranscriptsLeaveTheirPost: each line is in its own event only, and what is beyond a thousand stays.
func TestTranscriptsLeaveTheirPost(t *testing.T) {
	t.Parallel()
	lines := make([]string, 1_003)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"content": "line %d", "sender": "agent", "created_at": "2018-03-22 11:00:00"}`, i)
	}
	before, after := `{"action":"ImSubSession_close", "message": {"im_log_infos" : `, ` , "id": 1}}`
	got := events(t, udesk.DecodeChat, before+"["+strings.Join(lines, " , ")+"]"+after)
	if n := len(all(got, session.MessageSent)); n != 1_000 {
		t.Errorf("%d messages, want 1000", n)
	}
	want := before + `[` + strings.Join(lines[1_000:], " , ") + `]` + after
	if raw := only(t, got, session.Snapshot).Raw; string(raw) != want {
		t.Errorf("post is %.200s, want %s", raw, want)
	}
}

func TestATranscriptOfAnotherTypeStays(t *testing.T) {
	t.Parallel()
	for _, v := range []string{`"text"`, `null`, `{}`, `[]`, `[ ]`} {
		body := `{"action":"ImSubSession_close","message":{"id":1,"im_log_infos":` + v + `}}`
		got := events(t, udesk.DecodeChat, body)
		if n := len(all(got, session.MessageSent)); n != 0 {
			t.Errorf("%s: %d messages", v, n)
		}
		if raw := only(t, got, session.Snapshot).Raw; strings.ReplaceAll(string(raw), " ", "") != strings.ReplaceAll(body, " ", "") {
			t.Errorf("%s: kept %s", v, raw)
		}
	}
}

func TestTheSourceIsTheReceipts(t *testing.T) {
	t.Parallel()
	batch, err := udesk.DecodeChat(sourcetest.Receipt("udesk-chat"), sourcetest.Read(t, "chat-closed.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range batch.Events {
		if e.Source != "udesk-chat" || e.Tenant != "demo" || !e.ReceivedAt.Equal(receipt.At) {
			t.Errorf("event of %s, %s, %s", e.Source, e.Tenant, e.ReceivedAt)
		}
	}
}

// TestAnAgentIsConnectedOnce whatever else a post tells of them.
func TestAnAgentIsConnectedOnce(t *testing.T) {
	t.Parallel()
	id := func(agent post) string {
		return only(t, chats(t, "ImSubSession_create", agent.with(post{"id": 1})), session.Connected).ID
	}
	one := id(post{"agent_id": 9})
	if again := id(post{"agent_id": 9, "agent_email": "kim@example.com"}); again != one {
		t.Errorf("with an address it is %s, not %s", again, one)
	}
	mail := id(post{"agent_email": "kim@example.com"})
	if again := id(post{"agent_email": "Kim@Example.com", "agent_name": "Kim"}); again != mail || mail == one {
		t.Errorf("by mail it is %s and %s", again, mail)
	}
	if name := id(post{"agent_name": "Kim"}); name == one || name == mail {
		t.Errorf("by name it is %s", name)
	}
}
