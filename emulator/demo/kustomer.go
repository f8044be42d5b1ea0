package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// Kustomer is the source whose story is one of its own: five sessions, and the conversations that result in Kustomer.
const Kustomer = "kustomer"

// PlayKustomer plays an inbound call, a follow-up to the same customer, a call that nobody answers, a message on the tape and
// a rated chat with the tenant whose CRM is Kustomer, moves the clock fifteen minutes, and tells which conversations there are.
// It may be played again and again on one cloud: its customers are others each time.
func PlayKustomer(ctx context.Context, c Client, out io.Writer) error {
	c.Tenant = Kustomer
	now, err := c.now(ctx)
	if err != nil {
		return err
	}
	media, err := c.media(ctx)
	if err != nil {
		return err
	}
	sessions, wanted := scenes(now, media)
	s := &story{ctx: ctx, c: c, out: out}
	for _, sc := range sessions {
		s.play(sc)
		// What met another run of the session at the CRM comes again after a second; the next session is to find it done.
		s.step("a minute passes", func() error { return c.Advance(ctx, time.Minute) })
	}
	s.chapter("Fifteen minutes later")
	s.step("the clock moves, files and metadata are due", func() error { return c.Advance(ctx, 15*time.Minute) })
	s.chapter("What Kustomer has")
	s.conversations(sessions, wanted)
	return s.verdict()
}

// conversations tells of each conversation that came of the sessions, and compares it with what it must be.
func (s *story) conversations(sessions []Scenario, wanted []conversation) {
	var k kustomerView
	if s.err == nil {
		s.err = s.c.Get(s.ctx, "/emulator/kustomer", &k)
	}
	for _, sc := range sessions {
		s.settled(sc.Key)
	}
	if s.err != nil {
		return
	}
	mine := k.of(sessions)
	for _, r := range mine {
		k.tell(s.out, r)
	}
	s.want(len(mine) == len(wanted), "Kustomer has %d conversations, not %d", len(mine), len(wanted))
	for _, w := range wanted {
		own := w.names()
		i := slices.IndexFunc(mine, func(r conversationView) bool { return r.text("externalId") == own[0] })
		if i < 0 {
			s.want(false, "there is no conversation %s", own[0])
			continue
		}
		for _, wrong := range k.differs(w, mine[i]) {
			s.want(false, "the conversation %s: %s", own[0], wrong)
		}
	}
}

// settled wants the session's work at the CRM done.
func (s *story) settled(key string) {
	var v sessionView
	if s.err == nil {
		s.err = s.c.Get(s.ctx, "/console/api/tenants/"+s.c.tenant()+"/sessions/"+key, &v)
	}
	s.want(s.err != nil || v.CRM.State == "done" && len(v.Plan) == 0, "%s: the CRM work is %s and still owes %v", key, v.CRM.State, v.Plan)
}

// conversation is what must be in Kustomer.
type conversation struct {
	customer string   // their number, or the id by which the contact centre knows them
	assigned []string // names
	messages []string // external id and direction of each, with %d for its number
	ids      []int    // of messages
	fields   object   // custom ones, some of all
	files    []string // the ends of their names
}

// present is wanted of a field whose value does not matter.
const present = "*"

// names are the external ids of its messages. The first is the conversation's own.
func (w conversation) names() (names []string) {
	for _, m := range w.said() {
		name, _, _ := strings.Cut(m, " ")
		names = append(names, name)
	}
	return names
}

func (w conversation) said() (said []string) {
	for i, m := range w.messages {
		said = append(said, fmt.Sprintf(m, w.ids[i]))
	}
	return said
}

// The parts of what the stand-in shows that matter here.
type (
	recordView struct {
		ID            string         `json:"id"`
		Attributes    map[string]any `json:"attributes"`
		Relationships map[string]struct {
			Data json.RawMessage `json:"data"`
		} `json:"relationships"`
	}
	conversationView struct {
		recordView
		Messages []recordView `json:"messages"`
		Notes    []recordView `json:"notes"`
	}
	kustomerView struct {
		Customers     []recordView       `json:"customers"`
		Conversations []conversationView `json:"conversations"`
		Attachments   []struct {
			recordView
			SHA256 string `json:"sha256"`
		} `json:"attachments"`
		Users []recordView `json:"users"`
	}
)

func (r recordView) text(name string) string {
	text, _ := r.Attributes[name].(string)
	return text
}

// related are the ids of the records that r has under a name.
func (r recordView) related(name string) (ids []string) {
	type ref struct {
		ID string `json:"id"`
	}
	var one ref
	var some []ref
	switch data := r.Relationships[name].Data; {
	case json.Unmarshal(data, &one) == nil:
		some = []ref{one}
	case json.Unmarshal(data, &some) != nil:
		return nil
	}
	for _, ref := range some {
		ids = append(ids, ref.ID)
	}
	return ids
}

// of are the conversations in which a session of the story is recorded.
func (k kustomerView) of(sessions []Scenario) (mine []conversationView) {
	for _, r := range k.Conversations {
		if slices.ContainsFunc(r.Messages, func(m recordView) bool {
			_, key, _ := session.ParseExternalID(m.text("externalId"))
			return slices.ContainsFunc(sessions, func(sc Scenario) bool { return sc.Key == key })
		}) {
			mine = append(mine, r)
		}
	}
	return mine
}
