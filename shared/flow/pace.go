package flow

import (
	"context"
	"time"

	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/store"
)

// maxPause is how long a run itself waits for a CRM's rate limit. For what takes longer it gives its place to others, and the
// session comes again at that moment: that is no failure, and what was found must be searched for anew.
const maxPause = 10 * time.Second

// await waits, once an answer told that nothing of a rate limit remains, until its reset (outbound.Waits). later is not nil
// where that is too far off: the run is over then, before its step was sent.
//
// A run gives its place up only where its last step brought the session on. What was searched for would have to be searched
// for again, and who is told at each answer that nothing remains would search for ever: the step is sent all the same, and a
// refusal of it is a failure, of which a week is the end.
func (u *run) await(ctx context.Context) (later *store.Document, err error) {
	wait := u.notBefore.Sub(u.Clock())
	if wait <= 0 {
		return nil, nil
	}
	if wait <= maxPause {
		return nil, cloud.Pause(ctx, wait)
	}
	if !u.settled {
		return nil, nil
	}
	later, err = u.putOff(ctx, wait, "nothing remains of the CRM's rate limit, and it goes on at "+u.notBefore.UTC().Format(time.RFC3339))
	if err == nil {
		u.unlockAccount(ctx, later, nil)
	}
	return later, err
}
