package local

import (
	"context"
	"errors"
	"sync"

	"sessionbridge.internal/emulator/official"
)

// Official are gcloud's Firestore and Pub/Sub emulators, running. Local clouds may share them.
type Official struct {
	firestore string // host:port
	pubsub    string
	stops     []func()
}

// StartOfficial starts both at once, since each takes a second or more. The error is official.ErrNotInstalled where
// there is nothing to start.
func StartOfficial(ctx context.Context) (*Official, error) {
	o := new(Official)
	var (
		both sync.WaitGroup
		errs [2]error
		stop [2]func()
	)
	both.Go(func() { o.firestore, stop[0], errs[0] = official.Firestore(ctx) })
	both.Go(func() { o.pubsub, stop[1], errs[1] = official.PubSub(ctx) })
	both.Wait()
	for _, s := range stop {
		if s != nil {
			o.stops = append(o.stops, s)
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// Close ends them. It may be called on nil, which is none.
func (o *Official) Close() {
	if o == nil {
		return
	}
	for _, stop := range o.stops {
		stop()
	}
}
