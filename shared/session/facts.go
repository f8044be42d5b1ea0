package session

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// learn takes over what an event of any kind says about the session as a whole. Events come in order of time, so the
// last word is the latest one; what is empty says nothing.
func (s *Session) learn(e *Event) {
	s.Verified = s.Verified || e.Kind == Verified
	set(&s.Type, e.Type)
	set(&s.Direction, e.Direction)
	set(&s.Language, e.Language)
	set(&s.CompanyNumber, e.CompanyNumber)
	set(&s.EndedBy, e.EndedBy)
	set(&s.FailReason, e.FailReason)
	if e.Customer != nil {
		s.Customer = s.Customer.with(*e.Customer)
	}
	if q := e.Queue; q != nil && *q != (Queue{}) {
		s.Queue = *q
	}
	if c := e.Campaign; c != nil && *c != (Campaign{}) {
		s.Campaign = *c
	}
	if d := e.Disposition; d != nil && *d != (Disposition{}) {
		known := *d
		s.Disposition = &known
	}
	if v := e.VirtualAgent; v != nil && *v != (Bot{}) {
		s.VirtualAgent = s.VirtualAgent.with(*v)
	}
	if e.CustomData != nil {
		s.CustomData = s.CustomData.with(*e.CustomData)
	}
	s.learnOpinion(e)
	s.learnAction(e.Action)
	s.learnFile(e.File, e.At)
}

// learnOpinion takes over what the customer thinks: the last score, feedback, and answer to each question.
func (s *Session) learnOpinion(e *Event) {
	if r := e.Rating; r != nil {
		set(&s.Feedback, r.Feedback)
		if r.Score != nil {
			s.Rating = r.Score
		}
	}
	if a := e.Answer; a != nil {
		i := slices.IndexFunc(s.Survey, func(b Answer) bool { return b.Question == a.Question })
		if i < 0 {
			s.Survey = append(s.Survey, *a)
		} else {
			s.Survey[i] = *a
		}
	}
}

// learnAction takes over what is known of a smart action, each id once. What is done does not become undone.
func (s *Session) learnAction(a *Action) {
	if a == nil {
		return
	}
	i := slices.IndexFunc(s.Actions, func(b Action) bool { return b.ID == a.ID })
	if i < 0 {
		s.Actions = append(s.Actions, *a)
		return
	}
	known := &s.Actions[i]
	set(&known.Name, a.Name)
	set(&known.State, a.State)
	set(&known.Text, a.Text)
}

// MenuSelection is the path of the queue that the customer chose in the menu: the last one before an agent came or the
// session was handed on, since Queue is the one where it is now. Where none was known by then, it is the first.
func (s *Session) MenuSelection() string {
	chosen, settled := "", false
	for _, e := range s.all() {
		settled = settled || e.Kind == Transferred
		if q := e.Queue; q != nil && q.Path != "" && (chosen == "" || !settled) {
			chosen = q.Path
		}
		settled = settled || e.Kind == Connected
	}
	return cmp.Or(chosen, s.Queue.Path)
}

// learnFile notes an announced file, each id once. The query of its address may be a credential and is not shown.
func (s *Session) learnFile(f *File, at time.Time) {
	if f == nil {
		return
	}
	shown := *f
	shown.URL, _, _ = strings.Cut(f.URL, "?")
	i := slices.IndexFunc(s.Announced, func(g File) bool { return g.ID == f.ID })
	if i < 0 {
		shown.At = at
		s.Announced = append(s.Announced, shown)
		return
	}
	set(&s.Announced[i].Kind, shown.Kind)
	set(&s.Announced[i].URL, shown.URL)
}

// with adds what a later report knows of the virtual agent. Another one takes its place.
func (b *Bot) with(later Bot) *Bot {
	if b != nil && (later.ID == "" || later.ID == b.ID) {
		set(&later.ID, b.ID)
		if later.Name == "" {
			later.Name = b.Name
		}
	}
	return &later
}

// with takes over each part that a later report has.
func (d Data) with(later Data) Data {
	for _, part := range []struct{ to, from *json.RawMessage }{
		{&d.Signed, &later.Signed}, {&d.Unsigned, &later.Unsigned}, {&d.SIPHeaders, &later.SIPHeaders},
		{&d.VAParameters, &later.VAParameters}, {&d.SessionVariables, &later.SessionVariables}, {&d.Predefined, &later.Predefined},
	} {
		if len(*part.from) > 0 {
			*part.to = *part.from
		}
	}
	return d
}

// with adds what a later report knows. Of several numbers the first stays, since who comes later may be a third party,
// unless a later one is known better: a number of any form is more than a word such as `customer`, and one in
// international form is more than one of another.
func (c Customer) with(later Customer) Customer {
	set(&c.Name, later.Name)
	set(&c.Email, later.Email)
	set(&c.ID, later.ID)
	set(&c.AccountID, later.AccountID)
	if later.knownBy() > c.knownBy() || c.PhoneRaw == "" {
		c.Phone, c.PhoneRaw = later.Phone, later.PhoneRaw
	}
	return c
}

// knownBy says how well a customer's number is known: 2 in international form, 1 in another, 0 not at all.
func (c Customer) knownBy() int {
	switch {
	case c.Phone != "":
		return 2
	case strings.ContainsAny(c.PhoneRaw, "0123456789") && !strings.Contains(c.PhoneRaw, "@"):
		return 1
	}
	return 0
}

// with adds what a later report knows of the agent; the times are not its matter.
func (a Agent) with(later Agent) Agent {
	set(&a.ID, later.ID)
	set(&a.CustomID, later.CustomID)
	set(&a.Email, later.Email)
	set(&a.Name, later.Name)
	return a
}

func set[T ~string](field *T, value T) {
	if value != "" {
		*field = value
	}
}
