// Package clock is the local cloud's virtual clock: it runs like the machine's, and can be moved ahead, so that what
// happens in fifteen minutes or a week can be watched now.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock is virtual time. It never goes back. All methods may be called at once from many goroutines.
type Clock struct {
	// Moved, if set before the clock is used, is told the new offset at each move, before anything that waits wakes.
	Moved func(offset time.Duration)

	mu      sync.Mutex
	frozen  bool
	at      time.Time     // the time of a frozen clock
	offset  time.Duration // how far a running clock is ahead of the machine's
	changed chan struct{} // closed and replaced at each move
}

// New returns a clock that runs with the machine's time.
func New() *Clock { return &Clock{changed: make(chan struct{})} }

// Frozen returns a clock that stands at t until it is moved: for tests.
func Frozen(t time.Time) *Clock {
	return &Clock{frozen: true, at: t, changed: make(chan struct{})}
}

// Now is the virtual time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.frozen {
		return c.at
	}
	return time.Now().Add(c.offset)
}

// Offset is how far the clock is ahead of the machine's.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// AdvanceTo moves the clock to t, or does nothing where it is there already, and wakes all that wait.
func (c *Clock) AdvanceTo(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := t.Sub(c.now())
	if d <= 0 {
		return
	}
	if c.frozen {
		c.at = t
	} else {
		c.offset += d
	}
	if c.Moved != nil {
		c.Moved(c.offset)
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Advance moves the clock ahead by d; what is not positive does nothing.
func (c *Clock) Advance(d time.Duration) { c.AdvanceTo(c.Now().Add(d)) }

// WaitUntil returns nil once the virtual time is t or later, whether time ran or was moved, and the context's error when
// that ends first.
func (c *Clock) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		c.mu.Lock()
		left, changed, frozen := t.Sub(c.now()), c.changed, c.frozen
		c.mu.Unlock()
		if left <= 0 {
			return nil
		}
		if err := waitReal(ctx, left, changed, frozen); err != nil {
			return err
		}
	}
}

func waitReal(ctx context.Context, left time.Duration, changed <-chan struct{}, frozen bool) error {
	var ran <-chan time.Time // nil, and so never ready, on a frozen clock
	if !frozen {
		t := time.NewTimer(left)
		defer t.Stop()
		ran = t.C
	}
	select {
	case <-ran:
	case <-changed:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
