package mail

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"slices"

	gomail "github.com/wneessen/go-mail"
)

// Error is a message that was not accepted. Its text names the server and holds no address of a person.
type Error struct {
	Server string // host:port
	Code   int    // the server's reply (RFC 5321, section 4.2), 0 where there was none
	// Permanent says that the same message will fail again: the server refused it (5xx) or it cannot be sent at all.
	// Everything else may pass: a refusal of our credentials, which can be mended, a reply of 4xx, no server, no answer, a
	// server that cannot encrypt today.
	Permanent bool

	err error
}

// Error is one line for the log.
func (e *Error) Error() string {
	verdict := "may pass"
	if e.Permanent {
		verdict = "permanent"
	}
	return fmt.Sprintf("mail: not sent by %s (%s): %s", e.Server, verdict, address.ReplaceAllString(e.err.Error(), "[address]"))
}

// Unwrap is the library's or the network's error. Its text may hold addresses: log the Error itself.
func (e *Error) Unwrap() error { return e.err }

// IsPermanent reports whether err is an *Error that trying again cannot mend.
func IsPermanent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Permanent
}

// address is anything like an email address: servers repeat the recipient in their replies.
var address = regexp.MustCompile(`[^\s<>,;:"'()]+@[^\s<>,;:"'()]+`)

// failure tells refusals from troubles by the reply's code. The library's own verdict is of no use: it takes a broken
// connection for a permanent failure.
func (s Server) failure(ctx context.Context, err error) *Error {
	code := replyCode(err)
	if code == 0 && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return &Error{Server: s.address(), Code: code, Permanent: code >= 500 && code < 600 && !slices.Contains(credentials, code), err: err}
}

// credentials are the refusals of a user name or password (RFC 4954, section 6).
var credentials = []int{530, 534, 535, 538}

func replyCode(err error) int {
	var sending *gomail.SendError // after the greetings; it does not wrap the reply
	if errors.As(err, &sending) {
		return sending.ErrorCode()
	}
	var reply *textproto.Error // before
	if errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}
