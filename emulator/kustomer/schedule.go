package kustomer

import (
	"context"
	"fmt"
	"time"
)

// NextDue is the earliest time after now at which a delivery is tried again; zero: there is none. Whoever moves the clock
// stops there.
func (k *Kustomer) NextDue() (next time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	for _, due := range k.waiting {
		if due.After(now) && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return next
}

// Active says what is under way or due by now: deliveries, but for those that wait to be tried again. Empty: nothing is.
func (k *Kustomer) Active() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	n, now := k.pending, k.now()
	for _, due := range k.waiting {
		if due.After(now) {
			n--
		}
	}
	return tell(n, "webhooks of Kustomer under way")
}

// Unmade says what is neither delivered nor given up, waits included. Empty: nothing is.
func (k *Kustomer) Unmade() []string { return tell(k.Pending(), "webhooks of Kustomer not delivered") }

func tell(n int, what string) []string {
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d %s", n, what)}
}

// Seq grows with every attempt at a delivery.
func (k *Kustomer) Seq() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.attempts
}

// rest waits until the delivery is to be tried again.
func (k *Kustomer) rest(ctx context.Context, d *delivery, wait time.Duration) error {
	due := k.now().Add(wait)
	k.mu.Lock()
	k.waiting[d] = due
	k.mu.Unlock()
	err := k.o.Clock.WaitUntil(ctx, due)
	k.mu.Lock()
	delete(k.waiting, d)
	k.mu.Unlock()
	return err
}
