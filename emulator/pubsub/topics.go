package pubsub

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// What Topics shows of each topic: the last messages, and the beginning of their data.
const (
	maxShown        = 200
	maxPreviewBytes = 4 << 10
)

// TopicInfo is a topic for people to look at.
type TopicInfo struct {
	Name          string             `json:"name"`
	Published     int                `json:"published"` // messages ever
	Messages      []MessageInfo      `json:"messages"`  // the last ones, oldest first
	Subscriptions []SubscriptionInfo `json:"subscriptions"`
}

// MessageInfo is one published message.
type MessageInfo struct {
	ID          string            `json:"id"`
	OrderingKey string            `json:"ordering_key,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	PublishTime time.Time         `json:"publish_time"` // virtual
	Size        int               `json:"size"`         // of the data, in bytes
	Data        string            `json:"data"`         // at most its first 4 KiB
	Base64      bool              `json:"base64,omitempty"`
}

// SubscriptionInfo is a push subscription that is being served. Pull subscriptions are not shown.
type SubscriptionInfo struct {
	Name     string    `json:"name"`
	Endpoint string    `json:"endpoint"`
	Unacked  int       `json:"unacked"`             // messages, those in back-off included
	NextDue  time.Time `json:"next_due,omitzero"`   // the earliest end of a back-off
	Last     *Answer   `json:"last_push,omitempty"` // nil before the first push
}

// Answer is how a push went.
type Answer struct {
	At        time.Time `json:"at"` // virtual
	MessageID string    `json:"message_id"`
	Attempt   int       `json:"attempt"`          // 1 is the first
	Status    int       `json:"status,omitempty"` // HTTP; 0 where no answer came
	Error     string    `json:"error,omitempty"`
}

// Topics is a snapshot of all topics known, sorted by name. Within a Server these are all topics; with NewPusher
// those whose subscriptions are served, with the messages that came through them.
func (p *Pusher) Topics() []TopicInfo {
	subs := p.subscriptions()
	topics := p.topics.snapshot()
	for i := range topics {
		topics[i].Subscriptions = append(topics[i].Subscriptions, subs[topics[i].Name]...)
	}
	return topics
}

// subscriptions is what is served, by topic.
func (p *Pusher) subscriptions() map[string][]SubscriptionInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	byTopic := map[string][]SubscriptionInfo{}
	for f := range p.feeds {
		byTopic[f.sub.Topic] = append(byTopic[f.sub.Topic], f.info())
	}
	for _, subs := range byTopic {
		slices.SortFunc(subs, func(a, b SubscriptionInfo) int { return cmp.Compare(a.Name, b.Name) })
	}
	return byTopic
}

func (f *feed) info() SubscriptionInfo {
	info := SubscriptionInfo{Name: f.name, Endpoint: f.sub.PushConfig.PushEndpoint, Unacked: len(f.held), Last: f.last}
	for _, l := range f.lanes {
		if l.state == waiting && (info.NextDue.IsZero() || l.due.Before(info.NextDue)) {
			info.NextDue = l.due
		}
	}
	return info
}

// history remembers the last messages of each topic.
type history struct {
	mu     sync.Mutex
	topics map[string]*TopicInfo
}

func newHistory() *history { return &history{topics: map[string]*TopicInfo{}} }

// record adds messages to a topic, each once: one that was recorded lately comes again through another subscription
// of its topic. Without messages it makes the topic known.
func (h *history) record(topic string, now time.Time, messages ...*pb.PubsubMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[topic]
	if t == nil {
		t = &TopicInfo{Name: topic}
		h.topics[topic] = t
	}
	for _, m := range messages {
		if slices.ContainsFunc(t.Messages, func(seen MessageInfo) bool { return seen.ID == m.MessageId }) {
			continue
		}
		t.Published++
		if len(t.Messages) == maxShown {
			t.Messages = slices.Delete(t.Messages, 0, 1)
		}
		t.Messages = append(t.Messages, preview(m, now))
	}
}

func (h *history) forget(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.topics, topic)
}

func (h *history) snapshot() []TopicInfo {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := []TopicInfo{} // empty lists rather than none: the page's JSON
	for _, t := range h.topics {
		all = append(all, TopicInfo{
			Name: t.Name, Published: t.Published,
			Messages: append([]MessageInfo{}, t.Messages...), Subscriptions: []SubscriptionInfo{},
		})
	}
	slices.SortFunc(all, func(a, b TopicInfo) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func preview(m *pb.PubsubMessage, now time.Time) MessageInfo {
	info := MessageInfo{
		ID: m.MessageId, OrderingKey: m.OrderingKey, Attributes: m.Attributes, PublishTime: now, Size: len(m.Data),
	}
	head := m.Data[:min(len(m.Data), maxPreviewBytes)]
	if info.Base64 = !utf8.Valid(m.Data); info.Base64 {
		info.Data = base64.StdEncoding.EncodeToString(head)
	} else {
		info.Data = strings.ToValidUTF8(string(head), "") // the cut may go through a rune
	}
	return info
}
