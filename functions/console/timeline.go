package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// moment is one entry of a session's timeline.
type moment struct {
	ID       string // within the page
	At       time.Time
	Kind     string // event, message or delivery
	Title    string
	Text     string // what was said, or who and where
	Tone     string
	Delivery *store.Delivery
	Notes    []string
	Raw      string
	Cut      bool   // a text of it is left out, since the page has no room for more
	From     string // the vendor's own name of it
	Late     *int   // seconds after it happened in which it came, where that is noticeable
}

// How much one page shows of a session.
const (
	maxEntries = 2_000     // beside the messages of runs
	maxRaw     = 8 << 10   // bytes of one event's JSON
	maxRaws    = 768 << 10 // of all texts of events and deliveries
)

// late is how long after it happened an event must arrive for the page to say so.
const late = 30 * time.Second

// timelineOf is what happened to a session and what was done about it, the first first.
func timelineOf(v view) (all []moment) {
	for _, e := range slices.Concat(v.Events, v.Messages) {
		all = append(all, eventMoment(e))
	}
	for i := range v.Deliveries {
		all = append(all, deliveryMoment(&v.Deliveries[i]))
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.At.Compare(b.At) })
	for i := range all {
		all[i].ID = "m" + strconv.Itoa(i)
	}
	return all
}

func eventMoment(e session.Event) moment {
	m := moment{
		At: e.At, Kind: "event", Title: cmp.Or(happened[e.Kind], plain(e.Kind)), Text: eventText(e),
		Notes: e.Notes, From: e.VendorType, Raw: rawText(e.Raw),
	}
	switch e.Kind {
	case session.MessageSent:
		m.Kind, m.Title = "message", plain(e.Message.Role)
		if e.Message.Name != "" {
			m.Title = e.Message.Name + " · " + m.Title
		}
	case session.Unknown:
		m.Tone = "warn"
	case session.Snapshot: // its facts are entries of their own
		m.Tone, m.Text = "faint", ""
	case session.Started, session.Connected, session.Ended, session.Finished:
		m.Tone = "mark"
	}
	if by := e.ReceivedAt.Sub(e.At); by > late {
		seconds := int(by / time.Second)
		m.Late = &seconds
	}
	return m
}

// eventText is who and what an event names, for people.
func eventText(e session.Event) string {
	var parts []string
	add := func(text string) {
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	switch {
	case e.Message != nil:
		return e.Message.Text
	case e.Party != nil:
		add(cmp.Or(e.Party.Name, e.Party.Number, e.Party.ID))
		add(plain(e.Party.Type))
	case e.Agent != nil:
		add(agentName(*e.Agent))
	}
	if e.Queue != nil {
		add(cmp.Or(e.Queue.Path, e.Queue.ID))
	}
	if e.Transfer != nil {
		add(transferText(*e.Transfer))
	}
	if e.Leg != nil && e.Leg.Kind != "" && e.Leg.Kind != session.MainLeg {
		add(plain(e.Leg.Kind) + " leg")
	}
	if e.File != nil {
		add(plain(e.File.Kind))
	}
	if e.Rating != nil && e.Rating.Score != nil {
		add(fmt.Sprintf("%d of 5", *e.Rating.Score))
	}
	for _, text := range detailsOf(e) {
		add(text)
	}
	return strings.Join(parts, " · ")
}

// detailsOf are an event's texts of its own.
func detailsOf(e session.Event) (texts []string) {
	if e.Rating != nil {
		texts = append(texts, e.Rating.Feedback)
	}
	if e.Answer != nil {
		texts = append(texts, strings.TrimSpace(e.Answer.Question+" "+e.Answer.Text))
	}
	if e.Disposition != nil {
		texts = append(texts, cmp.Or(e.Disposition.Name, e.Disposition.Code), e.Disposition.Note)
	}
	if e.Action != nil {
		texts = append(texts, plain(e.Action.Name), plain(e.Action.State), e.Action.Text)
	}
	if e.Cobrowse != nil {
		texts = append(texts, plain(e.Cobrowse.Phase))
	}
	if e.EndedBy != "" {
		texts = append(texts, "by "+plain(e.EndedBy))
	}
	return append(texts, plain(e.FailReason), plain(e.State))
}

func transferText(t session.Transfer) string {
	to := cmp.Or(t.To.AgentEmail, t.To.AgentID, t.To.QueuePath, t.To.QueueID, t.To.Number)
	if to == "" {
		return plain(t.Kind)
	}
	return strings.TrimSpace(plain(t.Kind) + " to " + to)
}

// rawText is the vendor's JSON as people read it, without what may be a credential in an address.
func rawText(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		b.Reset()
		b.Write(raw)
	}
	return cut(b.String(), maxRaw)
}

// cut shortens a text and says so.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "\n[…]"
}

func deliveryMoment(d *store.Delivery) moment {
	m := moment{At: d.At, Kind: "delivery", Title: workName(d.Work), Text: stepName(d.Step), Delivery: d}
	switch d.Verdict {
	case store.Done:
		m.Tone = "good"
	case store.Waiting:
		m.Tone = "warn"
	case store.Dead:
		m.Tone = "bad"
	}
	return m
}
