// Package publish hands session events on to Pub/Sub, in order per session.
package publish

import (
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
	groups := bySession(events)
	var results []*pubsub.PublishResult
	for _, g := range groups {
		data, err := json.Marshal(g)
		if err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		results = append(results, topic.Publish(ctx, &pubsub.Message{
			Data: data, OrderingKey: orderingKey(g[0]),
			Attributes: map[string]string{"tenant": g[0].Tenant, "source": g[0].Source},
		}))
	}
	var failed []error
	for i, r := range results {
		if _, err := r.Get(ctx); err != nil {
			failed = append(failed, err)
			// After an error the client refuses the key until it is told that the sender knows.
			topic.ResumePublish(orderingKey(groups[i][0]))
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("publish: %d of %d messages are not durable: %w", len(failed), len(groups), errors.Join(failed...))
	}
	return nil
}

// bySession groups events of one session, each group and all groups in the order they came.
func bySession(events []session.Event) (groups [][]session.Event) {
	place := map[string]int{}
	for _, e := range events {
		key := orderingKey(e)
		i, ok := place[key]
		if !ok {
			i = len(groups)
			place[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// orderingKey keeps one session's events in order. An event of no session has none, so that it waits for nobody.
func orderingKey(e session.Event) string {
	if e.Session == "" {
		return ""
	}
	return e.Tenant + "/" + e.Source + "/" + e.Session
}
