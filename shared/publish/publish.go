// Package publish hands session events on to Pub/Sub, in order per session.
package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2"

	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/session"
)

// Timeout is how long a message is tried before its sender is told to send it again.
const Timeout = 8 * time.Second

// Publisher publishes to one topic. Its client is made at the first use.
type Publisher struct {
	client *cloud.Lazy[*pubsub.Client]
	topic  func() (*pubsub.Publisher, error)
}

// Open returns the publisher of EVENTS_TOPIC in GOOGLE_CLOUD_PROJECT; PUBSUB_EMULATOR_HOST names an emulator. Nothing is
// connected before the first use.
func Open(getenv func(string) string) *Publisher {
	client := cloud.NewLazy(func() (*pubsub.Client, error) {
		c, err := pubsub.NewClient(context.Background(), getenv("GOOGLE_CLOUD_PROJECT"), cloud.Options(getenv("PUBSUB_EMULATOR_HOST"))...)
		if err != nil {
			return nil, fmt.Errorf("publish: opening Pub/Sub: %w", err)
		}
		return c, nil
	})
	return &Publisher{client: client, topic: sync.OnceValues(func() (*pubsub.Publisher, error) {
		c, err := client.Get()
		if err != nil {
			return nil, err
		}
		p := c.Publisher(getenv("EVENTS_TOPIC"))
		p.EnableMessageOrdering = true
		// A function waits for its message to be durable, so a batch would only delay it by the batch's wait.
		p.PublishSettings.CountThreshold = 1
		// While one message of a session is tried again those after it wait: no longer than its sender does.
		p.PublishSettings.Timeout = Timeout
		return p, nil
	})}
}

// Close ends the connection, if one was made.
func (p *Publisher) Close() error { return p.client.Close() }

// Publish returns once every event is durable, or with the errors of those that are not: then the sender must send all of
// them again, which is harmless since an event's id says that it came before. The events of one session travel in one
// message, so that they cost one delivery and one transaction.
func (p *Publisher) Publish(ctx context.Context, events []session.Event) error {
	topic, err := p.topic()
	if err != nil {
		return err
	}
	messages, err := bySession(events)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	var results []*pubsub.PublishResult
	for _, m := range messages {
		results = append(results, topic.Publish(ctx, m))
	}
	var failed []error
	for i, r := range results {
		if _, err := r.Get(ctx); err != nil {
			failed = append(failed, err)
			// After an error the client refuses the key until it is told that the sender knows.
			topic.ResumePublish(messages[i].OrderingKey)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("publish: %d of %d messages are not durable: %w", len(failed), len(messages), errors.Join(failed...))
	}
	return nil
}

// maxMessage is the most that goes into one message; Pub/Sub takes 10 MB (docs.cloud.google.com/pubsub/quotas), and an event
// is at most a few.
const maxMessage = 4 << 20

// bySession makes one message of the events of one session, or more where they are too many for one, each message and all
// of them in the order the events came.
func bySession(events []session.Event) (messages []*pubsub.Message, err error) {
	last := map[string]*pubsub.Message{}
	for i := range events {
		e := &events[i]
		data, err := encode(e)
		if err != nil {
			return nil, err
		}
		key := orderingKey(*e)
		m := last[key]
		if m == nil || len(m.Data)+len(data) > maxMessage {
			m = &pubsub.Message{OrderingKey: key, Attributes: map[string]string{"tenant": e.Tenant, "source": e.Source}}
			last[key] = m
			messages = append(messages, m)
		}
		m.Data = append(append(m.Data, ','), data...)
	}
	for _, m := range messages {
		m.Data[0] = '['
		m.Data = append(m.Data, ']')
	}
	return messages, nil
}

// encode is the event as JSON, without the escapes for HTML, which make six bytes of one.
func encode(e *session.Event) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// orderingKey keeps one session's events in order. An event of no session has none, so that it waits for nobody.
func orderingKey(e session.Event) string {
	if e.Session == "" {
		return ""
	}
	return e.Tenant + "/" + e.Source + "/" + e.Session
}
