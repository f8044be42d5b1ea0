package udesk

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"sessionbridge.internal/shared/session"
)

// word is the form in which a vendor's word is compared: the outcomes are display text, and a text from a Mac has its
// kana decomposed.
func word(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

// direction reads `workflow`. In `out_callback` the agent is rung first, but it is the company who calls.
func direction(workflow string) session.Direction {
	switch word(workflow) {
	case "in":
		return session.Inbound
	case "out_callback", "out_direct", outAuto:
		return session.Outbound
	}
	return ""
}

// listedWorkflow says whether a word is one of those documented, of which one says that the direction is not known.
func listedWorkflow(w string) bool { return w == "other" || direction(w) != "" }

// outAuto is the workflow of the automatic dialler, whose calls belong to a campaign.
const outAuto = "out_auto"

// The categories that are more than a kind of leg.
const (
	listening  = "listening"  // a supervisor listens
	bargeIn    = "barge_in"   // a supervisor joins
	substitute = "substitute" // a supervisor takes the agent out; the translations differ on who takes over
)

// legKind reads `category`. Where it is absent nothing is known of the leg, which erases nothing either.
func legKind(category string) session.LegKind {
	switch strings.TrimSuffix(word(category), outline) {
	case "":
		return ""
	case "normal":
		return session.MainLeg
	case "transfer", substitute:
		return session.TransferLeg
	case "consult":
		return session.ConsultLeg
	case "three_party", bargeIn:
		return session.ConferenceLeg
	case listening:
		return session.ListeningLeg
	}
	return session.OtherLeg
}

// listedCategory says whether a word is one of the eleven documented.
func listedCategory(w string) bool {
	switch w {
	case "normal", "transfer", "transfer_outline", "consult", "consult_outline", "three_party", "three_party_outline",
		listening, bargeIn, substitute, "other":
		return true
	}
	return false
}

// outline ends the categories whose other end is a number outside, and not an agent.
const outline = "_outline"

// outcomes reads `call_result` in the three languages its page exists in. That somebody answered is not an outcome: the
// times decide, since in an outbound call it is said of the agent too. The English words for the queue are guesses: the
// page could be read as far as the eighth of twelve.
var outcomes = map[string]session.Outcome{
	"顧客応答": "", "客户接听": "", "customer answered": "",
	"オペレーター応答": "", "客服接听": "", "agent answered": "",

	"顧客未応答": session.Missed, "客户未接": session.Missed, "customer not answered": session.Missed,
	"オペレーター未応答": session.Missed, "客服未接": session.Missed, "agent not answered": session.Missed,
	"オペレーター拒否": session.Missed, "客服拒接": session.Missed, "agent rejected": session.Missed,

	// The agent's telephone, as the Chinese words say; the Japanese ones leave it open.
	"話中": session.Failed, "话机占线": session.Failed, "line busy": session.Failed,
	"電話オフライン": session.Failed, "话机离线": session.Failed, "line offline": session.Failed,

	"顧客即時切断": session.Abandoned, "客户速挂": session.Abandoned,
	"顧客切断": session.Abandoned, "客户挂机": session.Abandoned,
	"待機放棄": session.Abandoned, "放弃排队": session.Abandoned,
	"queue abandoned": session.Abandoned, "abandoned queue": session.Abandoned, "abandon queue": session.Abandoned,
	"キュー未選択": session.Abandoned, "未选择队列": session.Abandoned,
	"queue not selected": session.Abandoned, "no queue selected": session.Abandoned,

	"待機タイムアウト": session.Missed, "排队超时": session.Missed,
	"queue timeout": session.Missed, "queuing timeout": session.Missed,
}

// outcome is what a call_result means; empty where somebody answered, or the word is unknown.
func outcome(result string) session.Outcome {
	w := word(result)
	if strings.HasPrefix(w, customerHung) {
		return session.Abandoned
	}
	return outcomes[w]
}

// customerHung begins the labels of the two ways to hang up, which may be one in English.
const customerHung = "customer hung"

// listedResult says whether a word is one of the documented results, or of what they are guessed to be in English.
func listedResult(w string) bool {
	_, listed := outcomes[w]
	return listed || strings.HasPrefix(w, customerHung)
}

// endedBy reads who hung up (`drop_side`) or closed a chat (`close_method`). The values are not listed anywhere; the
// call log's documentation shows `客服`, the agent.
func endedBy(side string) string {
	w := word(side)
	for _, s := range []struct{ prefix, by string }{
		{"客服", "agent"}, {"オペレーター", "agent"}, {"agent", "agent"},
		{"客户", "end_user"}, {"顧客", "end_user"}, {"customer", "end_user"},
		{"系统", "system"}, {"システム", "system"}, {"system", "system"},
	} {
		if strings.HasPrefix(w, s.prefix) {
			return s.by
		}
	}
	return ""
}
