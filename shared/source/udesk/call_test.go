package udesk_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/sourcetest"
	"sessionbridge.internal/shared/source/udesk"
)

// TestTheExample reads the call of Udesk's page, in spite of all that contradicts itself in it.
func TestTheExample(t *testing.T) {
	t.Parallel()
	got := events(t, udesk.DecodeCall, string(sourcetest.Read(t, "call-example.json")))
	s := folded(t, got...)

	if !s.StartedAt.Equal(at(t, "11:48:00")) { // the agent's ring, not the customer's: the agent is rung first
		t.Errorf("started at %s", s.StartedAt)
	}
	if !s.ConnectedAt.Equal(at(t, "11:48:17")) {
		t.Errorf("connected at %s", s.ConnectedAt)
	}
	if !s.EndedAt.Equal(at(t, "11:48:23")) {
		t.Errorf("ended at %s", s.EndedAt)
	}
	if s.TalkSeconds == nil || *s.TalkSeconds != 6 { // not the agent's 18, nor less ivr_time
		t.Errorf("talked for %v seconds", s.TalkSeconds)
	}
	if s.Outcome != session.Completed || s.Status != session.StatusEnded { // is_leave_message is "false"
		t.Errorf("%s, %s", s.Status, s.Outcome)
	}
	if len(s.Transfers) != 0 { // from_agent_id stands in a plain call
		t.Errorf("transfers %+v", s.Transfers)
	}
	if file := only(t, got, session.FileReady).File; file.Kind != session.Recording {
		t.Errorf("file %+v", file)
	}
	if string(s.CustomData.Predefined) != `{"code":"call test"}` {
		t.Errorf("predefined %s", s.CustomData.Predefined)
	}
}

// TestRelatedAgentsStayInRaw in both spellings, the trigger's and its sister's.
func TestRelatedAgentsStayInRaw(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"relevent_agent", "relevant_agent", "queue_statue", "queue_status"} {
		raw := only(t, calls(t, post{"call_id": "a", name: []int{1, 2}}), session.Snapshot).Raw
		var sent map[string]json.RawMessage
		if err := json.Unmarshal(raw, &sent); err != nil || string(sent[name]) != "[1,2]" {
			t.Errorf("%s: %s", name, raw)
		}
	}
}

// TestAPostIsNamedByWhatItSays and not by where it stands.
func TestAPostIsNamedByWhatItSays(t *testing.T) {
	t.Parallel()
	id := func(body string) string { return events(t, udesk.DecodeCall, body)[0].ID }
	alone := id(`{"call_id":"a","agent_id":1}`)
	if got := id(`[ { "agent_id" : 1, "call_id":"\u0061" } ]`); got != alone {
		t.Errorf("the same in another notation is %s, not %s", got, alone)
	}
	second := all(events(t, udesk.DecodeCall, `[{"call_id":"b"},{"call_id":"a","agent_id":1}]`), session.Snapshot)[1]
	if second.ID != alone {
		t.Errorf("in second place it is %s, not %s", second.ID, alone)
	}
	if id(`{"call_id":"a","agent_id":2}`) == alone {
		t.Error("another post has the same id")
	}
}

// updates are the four posts of one inbound call as it goes on; the last has lost its beginning.
func updates() []post {
	p := post{"call_id": "a", "conversation_id": 1, "workflow": "in", "category": "normal", "agent_id": 9, "nick_name": "n"}
	return []post{
		p.with(post{"timestamp": stamp("11:00:02"), "customer_ring_at": stamp("11:00:00"), "agent_answer_at": "", "call_result": ""}),
		p.with(post{"timestamp": stamp("11:00:05"), "customer_ring_at": stamp("11:00:00"), "agent_ring_at": stamp("11:00:05"), "total_time": 0}),
		p.with(post{
			"timestamp": stamp("11:00:09"), "customer_ring_at": stamp("11:00:00"), "agent_ring_at": stamp("11:00:05"),
			"agent_answer_at": stamp("11:00:09"), "call_result": "客服接听",
		}),
		p.with(post{
			"timestamp": stamp("11:03:00"), "agent_hangup_at": stamp("11:02:09"), "customer_hangup_at": stamp("11:02:10"),
			"call_result": "客服接听", "total_time": 120, "customer_phone": "+8613261998838", "nick_name": "",
		}),
	}
}

// TestUpdatesMakeOneLegInAnyOrder folds the posts in each of their orders, each twice.
func TestUpdatesMakeOneLegInAnyOrder(t *testing.T) {
	t.Parallel()
	var want string
	for _, order := range permutations([]int{0, 1, 2, 3}) {
		var got []session.Event
		for _, i := range append(order, order...) {
			got = append(got, calls(t, updates()[i])...)
		}
		s := folded(t, got...)
		checkUpdated(t, s)
		s.Events = nil
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(b)
		}
		if string(b) != want {
			t.Fatalf("order %v makes\n%s, not\n%s", order, b, want)
		}
	}
}

func checkUpdated(t *testing.T, s session.Session) {
	t.Helper()
	if len(s.Legs) != 1 || len(s.Agents) != 1 {
		t.Fatalf("%d legs, %d agents; want one of each", len(s.Legs), len(s.Agents))
	}
	for name, tt := range map[string]struct{ got, want time.Time }{
		"started": {s.StartedAt, at(t, "11:00:00")}, "connected": {s.ConnectedAt, at(t, "11:00:09")}, "ended": {s.EndedAt, at(t, "11:02:10")},
		"agent joined": {s.Agents[0].JoinedAt, at(t, "11:00:09")}, "agent left": {s.Agents[0].LeftAt, at(t, "11:02:09")},
	} {
		if !tt.got.Equal(tt.want) {
			t.Errorf("%s at %s, want %s", name, tt.got, tt.want)
		}
	}
	if *s.TalkSeconds != 120 || s.Customer.Phone != "+8613261998838" || s.Customer.Name != "n" || s.Outcome != session.Completed {
		t.Errorf("session %+v", s)
	}
}

func permutations(of []int) [][]int {
	if len(of) <= 1 {
		return [][]int{of}
	}
	var out [][]int
	for i := range of {
		rest := slices.Delete(slices.Clone(of), i, i+1)
		for _, p := range permutations(rest) {
			out = append(out, append([]int{of[i]}, p...))
		}
	}
	return out
}

// TestARunningCallIsNotOver until a post says so.
func TestARunningCallIsNotOver(t *testing.T) {
	t.Parallel()
	var got []session.Event
	want := []session.Status{session.StatusQueued, session.StatusRinging, session.StatusConnected, session.StatusEnded}
	for i, p := range updates() {
		got = append(got, calls(t, p)...)
		if s := folded(t, got...); s.Status != want[i] {
			t.Errorf("after post %d: %s, want %s", i, s.Status, want[i])
		}
	}
}

// TestEndsWithoutAHangUp are those of posts that say the call is over but not when: with the notification.
func TestEndsWithoutAHangUp(t *testing.T) {
	t.Parallel()
	p := post{"call_id": "a", "workflow": "in", "timestamp": stamp("11:05:00"), "customer_ring_at": stamp("11:00:00")}
	tests := map[string]struct {
		changes post
		ends    time.Time
	}{
		"goes on":                      {post{}, time.Time{}},
		"answered, goes on":            {post{"call_result": "客服接听", "total_time": 0}, time.Time{}},
		"unknown result, goes on":      {post{"call_result": "???"}, time.Time{}},
		"final result":                 {post{"call_result": "客服未接"}, at(t, "11:05:00")},
		"talked":                       {post{"call_result": "客服接听", "total_time": "7"}, at(t, "11:05:00")},
		"message left":                 {post{"is_leave_message": true}, at(t, "11:05:00")},
		"final result, and a hang-up":  {post{"call_result": "客户挂机", "customer_hangup_at": stamp("11:04:00")}, at(t, "11:04:00")},
		"talked, and an agent's":       {post{"total_time": 7, "agent_hangup_at": stamp("11:04:00")}, at(t, "11:04:00")},
		"hang-up before the beginning": {post{"customer_hangup_at": stamp("10:00:00")}, at(t, "10:00:00")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := folded(t, calls(t, p.with(tt.changes))...)
			if got := s.Legs[0].EndedAt; !got.Equal(tt.ends) {
				t.Errorf("leg ends at %s, want %s", got, tt.ends)
			}
			if over := s.Status == session.StatusEnded; over == tt.ends.IsZero() {
				t.Errorf("status %s", s.Status)
			}
		})
	}
}

// TestWhoTalked is who answered while the customer was there, which in an inbound call is always.
func TestWhoTalked(t *testing.T) {
	t.Parallel()
	agent, customer := stamp("11:00:05"), stamp("11:00:20")
	tests := map[string]struct {
		body    post
		joined  bool
		outcome session.Outcome
	}{
		"inbound, agent answered":            {post{"workflow": "in", "agent_answer_at": agent}, true, session.Completed},
		"inbound, only the menu answered":    {post{"workflow": "in", "customer_answer_at": customer, "call_result": "放弃排队"}, false, session.Abandoned},
		"outbound, both answered":            {post{"workflow": "out_direct", "agent_answer_at": agent, "customer_answer_at": customer}, true, session.Completed},
		"outbound, only the agent answered":  {post{"workflow": "out_callback", "agent_answer_at": agent, "call_result": "客户未接"}, false, session.Missed},
		"outbound, only the customer":        {post{"workflow": "out_auto", "customer_answer_at": customer, "call_result": "客服未接"}, false, session.Missed},
		"outbound, the agent's set was busy": {post{"workflow": "out_callback", "call_result": "话机占线"}, false, session.Failed},
		"message left, agent had answered":   {post{"workflow": "in", "agent_answer_at": agent, "is_leave_message": 1, "total_time": 9}, false, session.Voicemail},
		"unknown direction, agent answered":  {post{"workflow": "other", "agent_answer_at": agent, "call_result": "客户挂机"}, false, session.Abandoned},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := post{
				"call_id": "a", "agent_id": 9, "timestamp": stamp("11:05:00"), "agent_ring_at": stamp("11:00:00"),
				"agent_hangup_at": stamp("11:05:00"), "customer_hangup_at": stamp("11:05:00"),
			}
			got := calls(t, p.with(tt.body))
			if joined := len(all(got, session.ParticipantJoined)) > 0; joined != tt.joined {
				t.Errorf("agent joined: %t", joined)
			}
			if s := folded(t, got...); s.Outcome != tt.outcome {
				t.Errorf("outcome %s, want %s", s.Outcome, tt.outcome)
			}
		})
	}
}

func TestAMessageIsNoTalk(t *testing.T) {
	t.Parallel()
	got := calls(t, post{"call_id": "a", "is_leave_message": "true", "total_time": 30, "record_url": "https://h.example/a/m.wav?k=1"})
	if leg := only(t, got, session.Snapshot).Leg; leg.TalkSeconds != nil {
		t.Errorf("talked for %d seconds", *leg.TalkSeconds)
	}
	if file := only(t, got, session.FileReady).File; file.Kind != session.VoicemailFile {
		t.Errorf("file is a %s", file.Kind)
	}
}

// TestLegsBesideTheSession tell nothing of the session but themselves: a consultation before the call's own post does not
// begin it, and a supervisor who hangs up does not end it.
func TestLegsBesideTheSession(t *testing.T) {
	t.Parallel()
	var main []session.Event
	for _, p := range updates()[:3] {
		main = append(main, calls(t, p)...)
	}
	before := folded(t, main...)
	for _, category := range []string{"consult", "consult_outline", "listening"} {
		aside := calls(t, post{
			"call_id": "a", "conversation_id": 2, "category": category, "agent_id": 5, "timestamp": stamp("11:01:30"),
			"agent_ring_at": stamp("10:00:00"), "agent_answer_at": stamp("11:01:00"), "agent_hangup_at": stamp("11:01:30"),
		})
		after := folded(t, append(aside, main...)...)
		if len(after.Legs) != 2 {
			t.Errorf("%s: %d legs", category, len(after.Legs))
		}
		if after.Status != before.Status || !after.StartedAt.Equal(before.StartedAt) || len(after.Agents) != 1 || len(after.Transfers) != 0 {
			t.Errorf("%s changes the session to %+v", category, after)
		}
	}
}

// TestCampaigns are of the automatic dialler's calls only.
func TestCampaigns(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body post
		want session.Campaign
	}{
		"dialler":                    {post{"workflow": "out_auto", "task_name": "January", "task_id": 3}, session.Campaign{ID: "3", Name: "January"}},
		"dialler without a task":     {post{"workflow": "out_auto"}, session.Campaign{}},
		"another workflow, a task":   {post{"workflow": "in", "task_name": "January"}, session.Campaign{}},
		"no workflow, a task's name": {post{"task_name": "January"}, session.Campaign{}},
	}
	for name, tt := range tests {
		tt.body["call_id"] = "a"
		if got := folded(t, calls(t, tt.body)...).Campaign; got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestSurveys keep the customer's words, the last of them.
func TestSurveys(t *testing.T) {
	t.Parallel()
	p := post{"call_id": "a", "timestamp": stamp("11:05:00"), "survey": "評価不要"}
	later := p.with(post{"timestamp": stamp("11:06:00"), "survey": "満足"})
	first, second := calls(t, p), calls(t, later)
	if only(t, first, session.SurveyAnswered).ID == only(t, second, session.SurveyAnswered).ID {
		t.Error("another answer has the same id")
	}
	if s := folded(t, append(second, first...)...); len(s.Survey) != 1 || s.Survey[0].Text != "満足" {
		t.Errorf("survey %+v", s.Survey)
	}
}

// TestWhoHandsOverToANumberIsNotItsEnd where one agent stands for both.
func TestWhoHandsOverToANumberIsNotItsEnd(t *testing.T) {
	t.Parallel()
	got := calls(t, post{"call_id": "a", "category": "transfer_outline", "from_agent_id": 9, "agent_id": "9", "outline_phone_number": "0215555"})
	e := only(t, got, session.Transferred)
	if want := (session.End{Number: "0215555"}); e.Transfer.To != want || e.Transfer.From.AgentID != "9" {
		t.Errorf("transfer %+v", e.Transfer)
	}
}

// TestNobodyIsNotAPart where a post names no agent.
func TestNobodyIsNotAPart(t *testing.T) {
	t.Parallel()
	for _, category := range []string{"normal", "listening", "barge_in"} {
		got := calls(t, post{"call_id": "a", "workflow": "in", "category": category, "agent_ring_at": stamp("11:00:00"), "agent_answer_at": stamp("11:00:05")})
		if joined := all(got, session.ParticipantJoined); len(joined) != 0 {
			t.Errorf("%s: %+v", category, joined)
		}
	}
}

// TestASnapshotNamesItsAgent, who is told to have come by no more than that; and nobody where it is not the agent who
// is on the agent's side, or the customer is not in the leg.
func TestASnapshotNamesItsAgent(t *testing.T) {
	t.Parallel()
	p := post{"call_id": "a", "workflow": "in", "agent_id": 9, "outline_phone_number": "0215555", "agent_ring_at": stamp("11:00:00")}
	for category, want := range map[string]string{
		"normal": "9", "transfer": "9", "substitute": "9", "three_party": "9", "": "9", "consult": "", "consult_outline": "",
		"listening": "", "barge_in": "", "transfer_outline": "", "three_party_outline": "",
	} {
		got := calls(t, p.with(post{"category": category}))
		named := ""
		if a := only(t, got, session.Snapshot).Agent; a != nil {
			named = a.ID
		}
		if named != want {
			t.Errorf("%s: agent %q, want %q", category, named, want)
		}
		if s := folded(t, got...); len(s.Agents) != 0 {
			t.Errorf("%s: an agent who was only rung took part: %+v", category, s.Agents)
		}
	}
}
