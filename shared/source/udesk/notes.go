package udesk

import (
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/payload"
)

// maxQuoted is the longest value that a note repeats, in bytes; of a longer one it says only what it is not.
const maxQuoted = 40

// notes say, for people, what was odd about one post and how it was read. They never repeat a name, a telephone number,
// or an address, which may carry a credential. A nil *notes takes none.
type notes struct {
	payload.Notes
	root string // the post's JSON path, which they leave out: a post says the same wherever in a payload it stands
}

// note says something of a field, once.
func (n *notes) note(path, format string, args ...any) {
	if n != nil {
		n.Add(strings.TrimPrefix(strings.TrimPrefix(path, n.root), "."), format, args...)
	}
}

// unread notes a value that is not what its field is for.
func (n *notes) unread(path, value, isNot string) {
	if len(value) > maxQuoted {
		n.note(path, "%s, taken as unknown", isNot)
		return
	}
	n.note(path, "%q is %s, taken as unknown", value, isNot)
}

// follows notes a time that is before one it cannot be before. Either may be unknown.
func (f fields) follows(key string, at, earlier time.Time) {
	if !at.IsZero() && at.Before(earlier) {
		_, path := f.Find(key)
		f.note(path, "before what it should follow, kept as sent")
	}
}

// doubts notes words that are not documented, and times and durations that contradict each other. All are kept.
func (c *call) doubts(notified time.Time) {
	c.listed("workflow", c.workflow, listedWorkflow)
	c.listed("category", c.leg.VendorKind, listedCategory)
	c.listed("call_result", c.leg.Result, listedResult)
	a, b := c.leg.AgentSide, c.leg.CustomerSide
	began := earliest(a.RingAt, a.AnswerAt, b.RingAt, b.AnswerAt)
	c.follows("timestamp", notified, began)
	c.inOrder("agent", a, began)
	c.inOrder("customer", b, began)
	ended := payload.First(latest(a.HangupAt, b.HangupAt), notified)
	if talked := c.leg.TalkSeconds; talked != nil && !began.IsZero() && !ended.Before(began) && float64(*talked) > ended.Sub(began).Seconds() {
		c.note("total_time", "longer than the call, kept as sent")
	}
}

func (n *notes) listed(key, text string, is func(word string) bool) {
	if text != "" && !is(word(text)) {
		n.note(key, "not one of the documented values, kept as sent")
	}
}

// inOrder looks at one side's times. A side that only hung up did so after the call began.
func (f fields) inOrder(name string, side session.Side, began time.Time) {
	f.follows(name+"_answer_at", side.AnswerAt, side.RingAt)
	f.follows(name+"_hangup_at", side.HangupAt, payload.First(side.AnswerAt, side.RingAt, began))
}
