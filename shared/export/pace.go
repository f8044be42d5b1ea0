package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// pace is how a run keeps time: the machine's, not the injected clock's, since it is the network that is watched.
type pace struct {
	limit time.Duration // how long a run may take
	beat  time.Duration // how often it tells that it lives
}

const (
	limit = schedule.LongestDeadline - 2*time.Minute // it can still say what came of it
	beat  = time.Minute                              // of the three that a lease lasts
)

// errSlow says that a transfer took as long as a run may last. What an SFTP server has got is not sent again.
var errSlow = errors.New("the transfer takes longer than a run may last: the source or the place is too slow")

// bringInTime is bring for as long as a run may last, and while no other has begun. It tells that the run lives: a large
// file takes longer than a lease.
func (u *run) bringInTime(ctx context.Context, doc *store.Document) result {
	limit := cmp.Or(u.pace.limit, limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w (%v)", errSlow, limit))
	defer cancel()
	ctx, lose := context.WithCancelCause(ctx)
	silent := make(chan struct{})
	go func() {
		defer close(silent)
		u.tell(ctx, cmp.Or(u.pace.beat, beat), lose)
	}()
	r := u.bring(ctx, doc)
	lose(nil)
	<-silent // before the result is noted, which it would get in the way of
	return r
}

// tell notes again and again that the run lives, and calls lose where another one has begun. That the database does not
// take a note now may pass.
func (u *run) tell(ctx context.Context, every time.Duration, lose context.CancelCauseFunc) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := u.note(ctx, func(*store.Document) {}); errors.Is(err, work.ErrLost) {
			lose(err)
		}
	}
}
