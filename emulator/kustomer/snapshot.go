package kustomer

import (
	"maps"
	"slices"
)

// Snapshot is all there is, but for the bytes of files, the tokens of webhooks and the API keys.
type Snapshot struct {
	Customers     []*Record      `json:"customers"`
	Conversations []Conversation `json:"conversations"`
	Attachments   []Attachment   `json:"attachments"`
	Users         []*Record      `json:"users"`
	Statuses      []*Record      `json:"statuses"`
	WorkSessions  []*Record      `json:"work_sessions"` // oldest first
	Webhooks      []Webhook      `json:"webhooks"`
	Requests      []Request      `json:"requests"` // oldest first, the newest 2,000
}

// Conversation is one with what is in it, oldest first.
type Conversation struct {
	*Record
	Messages []*Record `json:"messages"`
	Notes    []*Record `json:"notes"`
}

// Attachment is one with what is known of its file.
type Attachment struct {
	*Record
	SHA256 string `json:"sha256,omitempty"` // in hexadecimal digits; empty where no file was uploaded here
}

// Webhook is one, without its token, with its newest deliveries, oldest first.
type Webhook struct {
	*Record
	Deliveries []Delivery `json:"deliveries"`
}

// Snapshot returns a copy of everything.
func (k *Kustomer) Snapshot() Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := Snapshot{Customers: k.all("customer", every), Conversations: k.conversations(), Attachments: []Attachment{}, Users: k.all("user", every),
		Statuses: k.all("status", every), WorkSessions: k.all("work_session", every), Webhooks: []Webhook{}, Requests: append([]Request{}, k.requests...)}
	for _, r := range k.all("attachment", every) {
		s.Attachments = append(s.Attachments, k.attachment(r))
	}
	for _, r := range k.all("outbound_webhook", every) {
		hook := *r
		hook.Attributes = maps.Clone(r.Attributes)
		delete(hook.Attributes, "token")
		s.Webhooks = append(s.Webhooks, Webhook{&hook, k.delivered(r.ID)})
	}
	return s
}

func (k *Kustomer) attachment(r *Record) Attachment {
	a := Attachment{Record: r}
	if u := k.uploads[r.ID]; u != nil {
		a.SHA256 = u.sha256
	}
	return a
}

func (k *Kustomer) delivered(hook string) []Delivery {
	list := []Delivery{}
	for _, d := range k.deliveries[hook].newest {
		one := d.Delivery
		one.Attempts = append([]Attempt{}, d.Attempts...)
		list = append(list, one)
	}
	return list
}

// conversations are all, each with what is in it.
func (k *Kustomer) conversations() []Conversation {
	list, place := []Conversation{}, map[string]int{}
	for i, r := range k.all("conversation", every) {
		list, place[r.ID] = append(list, Conversation{r, []*Record{}, []*Record{}}), i
	}
	for _, r := range slices.Concat(k.all("message", every), k.all("note", every)) {
		c := &list[place[r.Related("conversation")]]
		if r.Type == "note" {
			c.Notes = append(c.Notes, r)
		} else {
			c.Messages = append(c.Messages, r)
		}
	}
	return list
}
