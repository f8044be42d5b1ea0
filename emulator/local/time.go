package local

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Now is the virtual time.
func (c *Cloud) Now() time.Time { return c.clock.Now() }

// Advance moves the virtual time ahead by d. It stops at everything that falls due on the way and lets it run, so that
// a week of retries happens one after the other, and returns once all is done.
func (c *Cloud) Advance(ctx context.Context, d time.Duration) error {
	select {
	case c.advancing <- struct{}{}:
		defer func() { <-c.advancing }()
	case <-ctx.Done():
		return &Restless{[]string{"the clock is being moved by another"}}
	}
	target := c.clock.Now().Add(d)
	for {
		if err := c.settle(ctx); err != nil {
			return err
		}
		due := c.nextDue()
		if due.IsZero() || due.After(target) {
			break
		}
		c.clock.AdvanceTo(due)
	}
	c.clock.AdvanceTo(target)
	return c.settle(ctx)
}

// nextDue is the earliest time after now at which a service will do something by itself; zero: never.
func (c *Cloud) nextDue() time.Time {
	var next time.Time
	for _, due := range []time.Time{c.services.pusher.NextDue(), c.services.tasks.NextDue(), c.services.kustomer.NextDue()} {
		if next.IsZero() || !due.IsZero() && due.Before(next) {
			next = due
		}
	}
	return next
}

// settle waits until nothing runs and nothing is due by now, but for tasks that wait for their queue's rate: to them time
// must be given.
func (c *Cloud) settle(ctx context.Context) error {
	return c.wait(ctx, func() []string {
		return slices.Concat(c.services.onTheirWay(), c.services.pusher.Pending(), c.services.tasks.Active(), c.services.kustomer.Active())
	})
}

// Drain waits until no message is unacknowledged, back-off included, and no due task is waiting. The error names what is
// left when ctx ends.
func (c *Cloud) Drain(ctx context.Context) error {
	return c.wait(ctx, func() []string {
		return slices.Concat(c.services.onTheirWay(), c.services.pusher.Unacked(), c.services.tasks.Pending(), c.services.kustomer.Unmade())
	})
}

// lookEvery is how often the quiet is looked for. It needs two looks with nothing between them, since what one service
// finishes may begin something in another.
const lookEvery = 2 * time.Millisecond

func (c *Cloud) wait(ctx context.Context, left func() []string) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		before := c.seq()
		what := left()
		if len(what) == 0 && len(left()) == 0 && c.seq() == before {
			return nil
		}
		select {
		case <-ctx.Done():
			return &Restless{what}
		case <-tick.C:
		}
	}
}

// seq grows with everything the services do by themselves.
func (c *Cloud) seq() uint64 {
	return c.services.pusher.Seq() + c.services.tasks.Seq() + c.services.kustomer.Seq()
}

// Restless is what was left to do when the time for waiting was over.
type Restless struct{ Left []string }

// Error names all that was left.
func (r *Restless) Error() string {
	return fmt.Sprintf("local cloud: not quiet yet: %s", strings.Join(r.Left, "; "))
}
