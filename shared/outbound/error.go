package outbound

import (
	"context"
	"errors"
	"fmt"
)

// Verdict is what is known of a request that got no whole answer. It decides whether the request may be repeated as it
// is.
type Verdict string

// The verdicts.
const (
	Refused Verdict = "refused"  // by our own guard; repeating it changes nothing
	NotSent Verdict = "not_sent" // no byte of it left: no name, no connection, no TLS; it may be repeated
	Unknown Verdict = "unknown"  // some of it left, so it may have been carried out; look before repeating a create
)

// Error is a call without a whole answer.
type Error struct {
	Verdict Verdict
	Timeout bool // the time of the call ran out
	err     error
}

// Error names the verdict and the cause, never the URL: its path and query may hold what must not be logged.
func (e *Error) Error() string {
	what := map[Verdict]string{
		Refused: "refused", NotSent: "not sent", Unknown: "sent, outcome unknown",
	}[e.Verdict]
	if e.Timeout {
		what += ", timed out"
	}
	return fmt.Sprintf("outbound: %s: %v", what, e.err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.err }

// newError sorts a failure. The context is the call's own: it may have ended although the cause says otherwise, since
// a connection cut by the deadline fails in its own words.
func newError(ctx context.Context, begun bool, cause error) *Error {
	if own := context.Cause(ctx); errors.Is(own, ErrSilent) {
		cause = own // it says more than how the connection felt about being cut
	}
	e := &Error{Verdict: NotSent, err: cause}
	var slow interface{ Timeout() bool }
	e.Timeout = errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.As(cause, &slow) && slow.Timeout()
	switch {
	case errors.Is(cause, errRefused):
		e.Verdict, e.Timeout = Refused, false
	case begun:
		e.Verdict = Unknown
	}
	return e
}
