package remote

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/outbound"
)

// What a person has to mend, as far as it does not mend itself. Test with errors.Is.
var (
	// ErrHost: the address, or one it redirects to, is on no server of the source's file_hosts, or on one that the
	// network guard refuses.
	ErrHost = errors.New("the address may not be fetched")
	// ErrKind: what came is not what was announced.
	ErrKind = errors.New("the content is of the wrong kind")
	// ErrTooLarge: it is larger than Options.Max.
	ErrTooLarge = outbound.ErrTooLarge
	// ErrGone: 404 or 410.
	ErrGone = errors.New("there is no such file on the server, not yet or no longer")
	// ErrDenied: 401 or 403.
	ErrDenied = errors.New("the server denies access: the address has perhaps expired, or credentials are missing")
)

// ErrEmpty says that a file has no bytes. It may have some later.
var ErrEmpty = errors.New("the file is empty: it is perhaps not ready yet")

// Passing says whether the error may pass without anybody doing anything.
func Passing(err error) bool {
	for _, lasting := range []error{ErrHost, ErrKind, ErrTooLarge, ErrGone, ErrDenied} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	return err != nil
}

// statusError is an answer that is no content.
type statusError struct {
	status int
	after  time.Duration
}

func (e *statusError) Error() string {
	if e.status == http.StatusAccepted || e.status == http.StatusNoContent {
		return fmt.Sprintf("the server answered %d %s: the file is perhaps not ready yet", e.status, http.StatusText(e.status))
	}
	return strings.TrimSpace(fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status)))
}

// Unwrap is the sentinel of the status, if it has one.
func (e *statusError) Unwrap() error {
	switch e.status {
	case http.StatusNotFound, http.StatusGone:
		return ErrGone
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrDenied
	}
	return nil
}

// newStatusError is the error of an answer that is no content, with the sentinel's words where it has one.
func newStatusError(status int, h http.Header) error {
	e := &statusError{status, retryAfter(h)}
	if meaning := e.Unwrap(); meaning != nil {
		return fmt.Errorf("%w: %w", e, meaning)
	}
	return e
}

// RetryAfter is how long the server asked to be left alone; 0 where it did not.
func RetryAfter(err error) time.Duration {
	var e *statusError
	if errors.As(err, &e) {
		return e.after
	}
	return 0
}

// retryAfter reads the header in seconds or as a date (RFC 9110, section 10.2.3). A date is held against the server's own
// clock, its Date, so that no other matters.
func retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(n, 0), maxRetrySeconds)) * time.Second
	}
	at, err := http.ParseTime(value)
	now, errNow := http.ParseTime(h.Get("Date"))
	if err != nil || errNow != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetrySeconds*time.Second)
}

const maxRetrySeconds = 7 * 24 * 3600 // nobody waits longer
