package pubsub

import (
	"fmt"
	"slices"
	"time"
)

// Pending is what is left to do by now, one line for each message that is being pushed, queued for it, or whose retry
// is due; sorted. Messages that back off until later, and those behind them in the same ordering key, are not in it.
//
// Within a Server a message is here before the answer to its Publish. With NewPusher it is here once the broker has
// answered the pusher's pull, a few milliseconds later: look twice, and compare Seq.
func (p *Pusher) Pending() []string {
	now := p.clock.Now()
	return p.lines(func(l *lane) bool { return l.state == waiting && l.due.After(now) })
}

// Unacked is every message not yet acknowledged or dead-lettered, those that back off included; one line each, sorted.
func (p *Pusher) Unacked() []string {
	return p.lines(func(*lane) bool { return false })
}

func (p *Pusher) lines(skip func(*lane) bool) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []string
	for f := range p.feeds {
		for _, l := range f.lanes {
			if skip(l) {
				continue
			}
			for i, h := range l.queue {
				lines = append(lines, fmt.Sprintf("%s %s: %s", f.name, h.msg.MessageId, l.describe(i)))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// describe says what the i-th message of a lane waits for.
func (l *lane) describe(i int) string {
	first := l.queue[0]
	switch {
	case i > 0:
		return fmt.Sprintf("queued behind %s, which has the same ordering key", first.msg.MessageId)
	case l.state == pushing:
		return fmt.Sprintf("being pushed, attempt %d", first.failures+1)
	case l.state == waiting:
		return fmt.Sprintf("attempt %d is due at %s", first.failures+1, l.due.UTC().Format(time.RFC3339Nano))
	}
	return fmt.Sprintf("queued, attempt %d", first.failures+1)
}

// NextDue is when the earliest back-off ends that ends after now; zero if there is none.
func (p *Pusher) NextDue() time.Time {
	now := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	var next time.Time
	for f := range p.feeds {
		for _, l := range f.lanes {
			if l.state == waiting && l.due.After(now) && (next.IsZero() || l.due.Before(next)) {
				next = l.due
			}
		}
	}
	return next
}

// Seq grows with every arrival and with every push that ends, well or not: if it is the same in two looks, nothing
// came or went between them.
func (p *Pusher) Seq() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seq
}
