package flow

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// commentSteps are the comments that were not made yet ("Custom CRM", comment endpoint: the events that produce one), in
// the order of a session. What may happen again or change, such as a rating, is commented anew when it does.
func commentSteps(c *settings.CRM, s session.Session, k session.CRM) (steps []Step) {
	e := c.Endpoints.Comment
	if e == nil {
		return nil
	}
	for _, r := range append(remarks(c, s, k), fileRemarks(c, s, k)...) {
		if !wanted(c.CommentOn, r.on) || k.Done[r.name] != "" {
			continue
		}
		v := crm.Vars{"COMMENT_BODY": format(c, r.text)}
		maps.Copy(v, r.vars)
		steps = append(steps, Step{Name: r.name, endpoint: e, vars: v})
	}
	return steps
}

// wanted says whether a list of settings has a word; an absent one has all.
func wanted(list []string, word string) bool {
	return list == nil || word == onFile || slices.Contains(list, word)
}

// format gives a comment its form: as it stands, or as HTML with its line breaks.
func format(c *settings.CRM, text string) string {
	if !c.HTML {
		return text
	}
	return crm.HTML(text)
}

// remark is what a comment says, the event that it is about, the step's name, and variables of its own.
type remark struct {
	on, name, text string
	vars           crm.Vars
}

// remarks is all there is to say about the session so far.
func remarks(c *settings.CRM, s session.Session, k session.CRM) (all []remark) {
	all = append(all, remark{on: settings.OnStart, name: CommentStart, text: startComment(c, s, k)})
	addAs := func(on, fact, text string) { // what is said of a fact is said once
		if text != "" {
			sum := sha256.Sum256([]byte(fact))
			all = append(all, remark{on: on, name: commentPrefix + on + "_" + hex.EncodeToString(sum[:6]), text: cutTo(title(s)+": "+text, maxComment)})
		}
	}
	addOf := func(on, of, text string) { addAs(on, of+text, text) } // of tells apart what may say the same
	add := func(on, text string) { addOf(on, "", text) }
	add(settings.OnCustomData, customData(s.CustomData))
	for _, a := range s.Actions {
		addOf(settings.OnSmartAction, a.ID+"\x00", actionText(a))
	}
	all = append(all, transferRemarks(s, k)...)
	if !s.EndedAt.IsZero() {
		all = append(all, remark{on: settings.OnEnd, name: CommentEnd, text: endComment(s)})
	}
	add(settings.OnDisposition, dispositionText(s.Disposition))
	add(settings.OnRating, ratingText(s))
	add(settings.OnSurvey, surveyText(s.Survey))
	return all
}

// maxComment bounds a comment, in bytes; the metadata file has all.
const maxComment = 16 << 10

// startComment says what the settings want said at the start; else that the session began and when: nothing that becomes
// known only later, so that the comment is the same whenever the CRM takes it.
func startComment(c *settings.CRM, s session.Session, k session.CRM) string {
	if c.StartComment != "" {
		if text := crm.Lines(c.StartComment, crm.VarsOf(c, s, k)); text != "" {
			return cutTo(text, maxComment)
		}
	}
	at := s.StartedAt
	if at.IsZero() {
		at = s.FirstMessageAt
	}
	if at.IsZero() {
		return title(s) + " started."
	}
	return title(s) + " started at " + at.UTC().Format(time.RFC3339) + "."
}

// endComment says how it went.
func endComment(s session.Session) string {
	text := []string{title(s) + " ended at " + s.EndedAt.UTC().Format(time.RFC3339)}
	if s.Outcome != "" {
		text = append(text, "outcome "+string(s.Outcome))
	}
	if s.TalkSeconds != nil {
		text = append(text, "talked "+(time.Duration(*s.TalkSeconds)*time.Second).String())
	}
	var agents []string
	for _, a := range s.Agents {
		if name := cmp.Or(a.Name, a.Email, a.ID); name != "" {
			agents = append(agents, name)
		}
	}
	if len(agents) > 0 {
		text = append(text, "with "+strings.Join(agents, ", "))
	}
	return strings.Join(text, ", ") + "."
}

func customData(d session.Data) string {
	var lines []string
	add := func(label string, data json.RawMessage) {
		if len(data) > 0 {
			lines = append(lines, label+": "+string(data))
		}
	}
	add("data signed by the company", d.Signed)
	add("data of the page, not signed", d.Unsigned)
	add("SIP headers", d.SIPHeaders)
	add("variables of the virtual agent", d.SessionVariables)
	return strings.Join(lines, "\n")
}

// actionText says what came of a smart action, with what the customer wrote or why it failed; empty while it goes on.
func actionText(a session.Action) string {
	if a.State == "" {
		return ""
	}
	text := strings.TrimSpace("smart action "+a.Name) + " " + string(a.State)
	if a.Text != "" {
		text += ":\n" + a.Text
	}
	return text
}

// transferRemarks are those on the transfers that were not told of yet. Each is named by its time, and by its place among those of
// one time. A transfer's time may become an earlier one, as when the other agent's page tells of it late: so no more are told of
// than there are transfers beyond the comments that were made.
func transferRemarks(s session.Session, k session.CRM) (all []remark) {
	const prefix = commentPrefix + settings.OnTransfer + "_"
	more := len(s.Transfers)
	for name := range k.Done {
		if strings.HasPrefix(name, prefix) {
			more--
		}
	}
	nth := 0
	for i, t := range s.Transfers {
		if nth++; i == 0 || !t.At.Equal(s.Transfers[i-1].At) {
			nth = 0
		}
		fact := t.At.UTC().Format(time.RFC3339Nano)
		if nth > 0 {
			fact += " " + strconv.Itoa(nth)
		}
		sum := sha256.Sum256([]byte(fact))
		r := remark{on: settings.OnTransfer, name: prefix + hex.EncodeToString(sum[:6]), text: cutTo(title(s)+": "+transferText(s, t), maxComment)}
		if k.Done[r.name] == "" {
			all = append(all, r)
		}
	}
	return all[max(0, len(all)-max(0, more)):]
}

// transferText says who handed the session on. Its ends may become known later than it does; the comment is not made again then.
// Where a consultation is told of apart from the session's events, in any order, a transfer that seems cold may yet be a warm one: then
// the comment does not say which it is.
func transferText(s session.Session, t session.Transfer) string {
	if t.Kind == session.Cold && len(s.Legs) > 0 {
		t.Kind = ""
	}
	text := strings.TrimSpace(string(t.Kind)+" transfer") + " at " + t.At.UTC().Format(time.RFC3339)
	if from := endText(t.From); from != "" {
		text += " from " + from
	}
	if to := endText(t.To); to != "" {
		text += " to " + to
	}
	return text + "."
}

func endText(e session.End) string {
	var parts []string
	if who := cmp.Or(e.AgentEmail, e.CustomID, e.AgentID); who != "" {
		parts = append(parts, "agent "+who)
	}
	if queue := cmp.Or(e.QueuePath, e.QueueID); queue != "" {
		parts = append(parts, "queue "+queue)
	}
	if e.Number != "" {
		parts = append(parts, e.Number)
	}
	return strings.Join(parts, ", ")
}

func dispositionText(d *session.Disposition) string {
	if d == nil {
		return ""
	}
	text := "disposition " + strings.TrimSpace(d.Code+" "+d.Name)
	if d.Note != "" {
		text += "\n" + d.Note
	}
	return text
}

func ratingText(s session.Session) string {
	var parts []string
	if s.Rating != nil {
		parts = append(parts, fmt.Sprintf("rated %d", *s.Rating))
	}
	if s.Feedback != "" {
		parts = append(parts, s.Feedback)
	}
	return strings.Join(parts, "\n")
}

func surveyText(answers []session.Answer) string {
	var lines []string
	for _, a := range answers {
		lines = append(lines, strings.TrimPrefix(a.Question+" "+a.Text, " "))
	}
	if len(lines) == 0 {
		return ""
	}
	return "survey\n" + strings.Join(lines, "\n")
}

// facts is a digest of what updates a record while its session goes on: the settings name some, and a record is assigned
// again whenever another agent has the session.
func facts(c *settings.CRM, s session.Session) string {
	known := []string{""}
	if a, came := crm.LastAgent(s); came {
		known = append(known, "agent", a.ID, a.Email)
	}
	if wanted(c.UpdateOn, settings.OnQueue) && s.Queue != (session.Queue{}) {
		known = append(known, "queue", s.Queue.ID, s.Queue.Path)
	}
	if wanted(c.UpdateOn, settings.OnVerified) && s.Verified {
		known = append(known, "verified")
	}
	if wanted(c.UpdateOn, settings.OnRating) {
		known = append(known, ratingText(s))
	}
	sum := sha256.Sum256([]byte(strings.Join(known, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// title names the session for people: Call 103646.
func title(s session.Session) string {
	channel, id, _ := strings.Cut(s.Key, "-")
	if channel == "" {
		return "Session"
	}
	return strings.ToUpper(channel[:1]) + channel[1:] + " " + id
}
