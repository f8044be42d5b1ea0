package pubsub

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/protobuf/proto"

	"sessionbridge.internal/emulator/clock"
)

// maxPushes bounds how many messages of one subscription are being pushed at once. The real service starts low and
// grows with success (https://cloud.google.com/pubsub/docs/push#push-delivery-rate); a laptop needs no more than this.
const maxPushes = 64

// Pusher delivers to push subscriptions as the real service does: in order per ordering key, again after a failure
// with the subscription's back-off, and to the dead letter topic in the end. All methods may be called at once.
type Pusher struct {
	clock   *clock.Clock
	token   func(serviceAccountEmail, audience string) (string, error)
	client  *http.Client
	log     *slog.Logger
	publish publishFunc
	subs    *pubsub.SubscriptionAdminClient // nil within a Server
	topics  *history

	mu    sync.Mutex
	feeds map[*feed]bool
	seq   uint64
}

type publishFunc func(context.Context, *pb.PublishRequest, ...gax.CallOption) (*pb.PublishResponse, error)

// NewPusher is a pusher for subscriptions that live in another broker, reached through the generated clients; a
// pubsub.Client has both. Call Serve for each subscription.
func NewPusher(subs *pubsub.SubscriptionAdminClient, topics *pubsub.TopicAdminClient, o Options) (*Pusher, error) {
	p, err := newPusher(o, topics.Publish)
	if err != nil {
		return nil, err
	}
	p.subs = subs
	return p, nil
}

func newPusher(o Options, publish publishFunc) (*Pusher, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	return &Pusher{
		clock: o.Clock, token: o.Token, client: o.Client, log: o.Log,
		publish: publish, topics: newHistory(), feeds: map[*feed]bool{},
	}, nil
}

// add begins to serve a subscription. ack tells its broker that a message is done; nil where the broker knows already.
func (p *Pusher) add(sub *pb.Subscription, ack func(context.Context, string) error) *feed {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := newFeed(proto.CloneOf(sub), ack)
	p.feeds[f] = true
	return f
}

// update changes how a subscription is served from the next push on.
func (p *Pusher) update(f *feed, sub *pb.Subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.sub = proto.CloneOf(sub)
}

// remove breaks off what runs for a subscription, waits for it to end, and forgets what is left.
func (p *Pusher) remove(f *feed) {
	p.mu.Lock()
	f.cancel() // under the lock: from here on nothing of the feed starts
	delete(p.feeds, f)
	p.seq++
	p.mu.Unlock()
	f.running.Wait()
}

func (p *Pusher) close() {
	p.mu.Lock()
	var all []*feed
	for f := range p.feeds {
		all = append(all, f)
	}
	p.mu.Unlock()
	for _, f := range all {
		p.remove(f)
	}
	p.client.CloseIdleConnections()
}

// arrive takes messages in the order they are to be delivered in. One that is held already is a redelivery by a
// broker whose ack deadline passed: it only brings a new ack id.
func (p *Pusher) arrive(f *feed, messages []*pb.ReceivedMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range messages {
		f.take(m, p.clock.Now())
	}
	p.seq += uint64(len(messages))
	p.dispatch(f)
}

// dispatch starts pushes while there are messages ready and slots free. The lock is held.
func (p *Pusher) dispatch(f *feed) {
	for f.ctx.Err() == nil && f.pushing < maxPushes && len(f.ready) > 0 {
		l := f.ready[0]
		f.ready = f.ready[1:]
		f.pushing++
		l.state = pushing
		f.running.Go(func() { p.work(f, l) })
	}
}

// work tries once to get rid of the first message of a lane.
func (p *Pusher) work(f *feed, l *lane) {
	p.mu.Lock()
	sub, h := f.sub, l.queue[0]
	p.mu.Unlock()
	done := p.deliver(f, sub, h)
	p.mu.Lock()
	defer p.mu.Unlock()
	f.pushing--
	if f.ctx.Err() != nil {
		return
	}
	p.seq++
	if done {
		f.drop(l)
	} else {
		p.backOff(f, l)
	}
	p.dispatch(f)
}

// backOff lets a lane wait on the virtual clock. The messages behind the first wait with it. The lock is held.
func (p *Pusher) backOff(f *feed, l *lane) {
	l.state = waiting
	l.due = p.clock.Now().Add(retryDelay(f.sub.RetryPolicy, l.queue[0].failures))
	f.running.Go(func() {
		if p.clock.WaitUntil(f.ctx, l.due) != nil {
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		f.enqueue(l)
		p.dispatch(f)
	})
}

// deliver pushes a message, or forwards one that has failed too often, and acknowledges it. It reports whether the
// subscription is done with the message.
func (p *Pusher) deliver(f *feed, sub *pb.Subscription, h *held) bool {
	if !exhausted(sub, h) {
		a := p.push(f.ctx, sub, h)
		if f.ctx.Err() != nil {
			return false // broken off by us: no fault of the endpoint
		}
		p.note(f, h, a)
		if a.ok {
			p.acknowledge(f, h)
			return true
		}
	}
	return exhausted(sub, h) && p.deadLetter(f, sub, h)
}

// note keeps what became of a push.
func (p *Pusher) note(f *feed, h *held, a answer) {
	p.mu.Lock()
	attempt := h.failures + 1
	if !a.ok {
		h.failures++
	}
	f.last = &Answer{At: p.clock.Now(), MessageID: h.msg.MessageId, Attempt: attempt, Status: a.status, Error: a.problem()}
	p.mu.Unlock()
	if !a.ok {
		p.log.Warn("push failed", "subscription", f.name, "message_id", h.msg.MessageId, "attempt", attempt,
			"status", a.status, "error", a.problem())
	}
}

// acknowledge tells the broker. Where that fails the broker will deliver the message once more, which at-least-once
// delivery allows.
func (p *Pusher) acknowledge(f *feed, h *held) {
	if f.ack == nil {
		return
	}
	for id := ""; ; {
		p.mu.Lock()
		done := h.ackID == id
		id = h.ackID // another one, when the broker gave the message out again meanwhile
		if done {
			delete(f.held, h.msg.MessageId) // from here on it is a new message
		}
		p.mu.Unlock()
		if done {
			return
		}
		p.acknowledgeAs(f, h, id)
	}
}

func (p *Pusher) acknowledgeAs(f *feed, h *held, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(f.ctx), defaultAckDeadline)
	defer cancel()
	if err := f.ack(ctx, id); err != nil {
		p.log.Error("message not acknowledged", "subscription", f.name, "message_id", h.msg.MessageId, "error", err)
	}
}
