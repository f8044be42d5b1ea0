package pubsub

import (
	"context"
	"sync"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// feed is one push subscription being served. All but name, ctx, cancel, ack and running are guarded by Pusher.mu.
type feed struct {
	name    string
	ctx     context.Context // ends when the subscription is no longer served
	cancel  context.CancelFunc
	ack     func(ctx context.Context, ackID string) error
	running sync.WaitGroup // pushes and back-offs

	sub     *pb.Subscription // replaced as a whole, never changed
	held    map[string]*held // unacknowledged messages by id
	lanes   map[string]*lane
	ready   []*lane // in the order they are to be pushed
	pushing int
	last    *Answer
}

// lane is messages that must go one after the other: those of one ordering key, or a single one without a key. It is
// never empty.
type lane struct {
	key   string
	queue []*held
	state laneState
	due   time.Time // when waiting ends
}

type laneState int

const (
	ready   laneState = iota // for a free slot
	pushing                  // the first message is on its way
	waiting                  // the first message failed and is backing off
)

// held is a message from its arrival to its acknowledgement.
type held struct {
	msg      *pb.PubsubMessage
	ackID    string
	arrived  time.Time // in virtual time; what endpoints see as its publish time
	failures int       // pushes that were not acknowledged; changed only by the goroutine that pushes
}

func newFeed(sub *pb.Subscription, ack func(context.Context, string) error) *feed {
	ctx, cancel := context.WithCancel(context.Background())
	return &feed{
		name: sub.Name, ctx: ctx, cancel: cancel, ack: ack,
		sub: sub, held: map[string]*held{}, lanes: map[string]*lane{},
	}
}

// take puts a message at the end of its lane.
func (f *feed) take(m *pb.ReceivedMessage, now time.Time) {
	id := m.Message.MessageId
	if h := f.held[id]; h != nil {
		h.ackID = m.AckId
		return
	}
	h := &held{msg: m.Message, ackID: m.AckId, arrived: now}
	f.held[id] = h
	key := f.laneKey(h)
	if l := f.lanes[key]; l != nil {
		l.queue = append(l.queue, h)
		return
	}
	l := &lane{key: key, queue: []*held{h}}
	f.lanes[key] = l
	f.enqueue(l)
}

func (f *feed) laneKey(h *held) string {
	if f.sub.EnableMessageOrdering && h.msg.OrderingKey != "" {
		return "key " + h.msg.OrderingKey
	}
	return "id " + h.msg.MessageId
}

func (f *feed) enqueue(l *lane) {
	l.state = ready
	f.ready = append(f.ready, l)
}

// drop removes the first message of a lane, and lets the next one follow.
func (f *feed) drop(l *lane) {
	if h := l.queue[0]; f.held[h.msg.MessageId] == h { // and not the same message, come once more
		delete(f.held, h.msg.MessageId)
	}
	l.queue[0] = nil
	if l.queue = l.queue[1:]; len(l.queue) == 0 {
		delete(f.lanes, l.key)
		return
	}
	f.enqueue(l)
}
