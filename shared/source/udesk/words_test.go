package udesk_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"sessionbridge.internal/shared/session"
)

// TestResults reads all twelve outcomes in the three languages their page exists in, and what else people type.
func TestResults(t *testing.T) {
	t.Parallel()
	results := map[session.Outcome][]string{
		"": {
			"顧客応答", "客户接听", "Customer Answered", "オペレーター応答", "客服接听", "Agent Answered",
			"", "something new", "接続済み",
		},
		session.Missed: {
			"顧客未応答", "客户未接", "Customer Not Answered", "オペレーター未応答", "客服未接", "Agent Not Answered",
			"オペレーター拒否", "客服拒接", "Agent Rejected", "待機タイムアウト", "排队超时", "Queue Timeout", "queuing timeout",
			norm.NFD.String("オペレーター拒否"), "\u3000顧客未応答 ", "CUSTOMER NOT ANSWERED",
		},
		session.Failed: {"話中", "话机占线", "Line Busy", "電話オフライン", "话机离线", "Line Offline", norm.NFD.String("電話オフライン")},
		session.Abandoned: {
			"顧客即時切断", "客户速挂", "Customer Hung Up", "顧客切断", "客户挂机", "Customer Hung Up Quickly",
			"待機放棄", "放弃排队", "Queue Abandoned", "abandoned queue", "abandon queue",
			"キュー未選択", "未选择队列", "Queue Not Selected", "no queue selected", norm.NFD.String("キュー未選択"),
		},
	}
	for want, words := range results {
		for _, w := range words {
			t.Run(string(want)+"/"+w, func(t *testing.T) {
				t.Parallel()
				leg := only(t, calls(t, post{"call_id": "a", "call_result": w}), session.Snapshot).Leg
				if leg.Outcome != want {
					t.Errorf("outcome %q, want %q", leg.Outcome, want)
				}
				if running := leg.CustomerSide.HangupAt.IsZero(); running != (want == "") {
					t.Errorf("goes on: %t", running)
				}
			})
		}
	}
}

func TestTheResultIsKeptAsSent(t *testing.T) {
	t.Parallel()
	sent := norm.NFD.String("オペレーター拒否")
	if got := only(t, calls(t, post{"call_id": "a", "call_result": sent}), session.Snapshot).Leg.Result; got != sent {
		t.Errorf("result %q, want %q", got, sent)
	}
}

func TestWorkflows(t *testing.T) {
	t.Parallel()
	directions := map[session.Direction][]any{
		session.Inbound:  {"in", " IN "},
		session.Outbound: {"out_callback", "out_direct", "out_auto", "OUT_AUTO"},
		"":               {"other", "sideways", "", nil, 7},
	}
	for want, workflows := range directions {
		for _, w := range workflows {
			got := only(t, calls(t, post{"call_id": "a", "workflow": w}), session.Started).Direction
			if got != want {
				t.Errorf("%v is %q, want %q", w, got, want)
			}
		}
	}
}

// TestCategories reads all eleven kinds of legs, with the events that tell of a part in the session. From an agent's leg
// of a plain call to one that nobody knows, each is a leg.
func TestCategories(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		leg      session.LegKind
		handover session.Kind // empty: none
		joined   session.PartyType
	}{
		"normal":              {session.MainLeg, "", session.PartyAgent},
		"transfer":            {session.TransferLeg, session.Transferred, session.PartyAgent},
		"transfer_outline":    {session.TransferLeg, session.Transferred, session.PartyThird},
		"substitute":          {session.TransferLeg, session.Transferred, session.PartyAgent},
		"consult":             {session.ConsultLeg, "", ""},
		"consult_outline":     {session.ConsultLeg, "", ""},
		"three_party":         {session.ConferenceLeg, session.Conferenced, session.PartyAgent},
		"three_party_outline": {session.ConferenceLeg, session.Conferenced, session.PartyThird},
		"barge_in":            {session.ConferenceLeg, session.Conferenced, session.PartyManager},
		"listening":           {session.ListeningLeg, "", session.PartyManager},
		"other":               {session.OtherLeg, "", session.PartyAgent},
		"something new":       {session.OtherLeg, "", session.PartyAgent},
		" Transfer ":          {session.TransferLeg, session.Transferred, session.PartyAgent},
		"":                    {"", "", session.PartyAgent},
	}
	for category, tt := range tests {
		t.Run(category, func(t *testing.T) {
			t.Parallel()
			got := calls(t, post{
				"call_id": "a", "conversation_id": 2, "category": category, "workflow": "in", "from_agent_id": 1, "agent_id": 9,
				"outline_phone_number": "02155550000", "agent_ring_at": stamp("11:00:00"), "agent_answer_at": stamp("11:00:05"),
			})
			if leg := only(t, got, session.Snapshot).Leg; leg.Kind != tt.leg {
				t.Errorf("leg %q, want %q", leg.Kind, tt.leg)
			}
			checkHandover(t, got, tt.handover)
			checkJoined(t, all(got, session.ParticipantJoined), tt.joined)
		})
	}
}

func checkHandover(t *testing.T, got []session.Event, want session.Kind) {
	t.Helper()
	handovers := append(all(got, session.Transferred), all(got, session.Conferenced)...)
	if want == "" {
		if len(handovers) != 0 {
			t.Errorf("handed over: %+v", handovers)
		}
		return
	}
	e := only(t, handovers, want)
	ends := session.Transfer{
		At: at(t, "11:00:00"), From: session.End{AgentID: "1"}, To: session.End{AgentID: "9", Number: "02155550000"},
	}
	if want == session.Conferenced {
		ends.Kind = session.Conference
	}
	if *e.Transfer != ends {
		t.Errorf("transfer %+v, want %+v", *e.Transfer, ends)
	}
}

func checkJoined(t *testing.T, joined []session.Event, want session.PartyType) {
	t.Helper()
	if want == "" {
		if len(joined) != 0 {
			t.Errorf("joined: %+v", joined)
		}
		return
	}
	e := only(t, joined, session.ParticipantJoined)
	switch {
	case want == session.PartyAgent:
		if e.Agent == nil || e.Agent.ID != "9" || e.Party != nil {
			t.Errorf("joined %+v, %+v; want agent 9", e.Agent, e.Party)
		}
	case e.Party == nil || e.Party.Type != want || e.Agent != nil:
		t.Errorf("joined %+v, %+v; want a %s", e.Agent, e.Party, want)
	}
}

// TestWhoHungUp reads drop_side, whose values are not documented, in the three languages.
func TestWhoHungUp(t *testing.T) {
	t.Parallel()
	sides := map[string][]string{
		"agent":    {"客服", "オペレーター", "agent", "Agent side"},
		"end_user": {"客户", "顧客", "customer"},
		"system":   {"系统", "システム", "system"},
		"":         {"", "somebody"},
	}
	for want, words := range sides {
		for _, w := range words {
			e := only(t, calls(t, post{"call_id": "a", "drop_side": w}), session.Snapshot)
			if e.EndedBy != want || e.Leg.Reason != w {
				t.Errorf("%q: ended by %q for %q, want %q", w, e.EndedBy, e.Leg.Reason, want)
			}
		}
	}
}
