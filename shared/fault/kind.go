package fault

import (
	"log/slog"
	"net/http"
)

// Kind is what sort of failure an error is. What follows from it is in the one table of this package and is decided
// nowhere else.
type Kind string

// The kinds. The first group is the caller's doing, the second passes, the third is ours.
const (
	Malformed        Kind = "malformed"          // the body cannot be read as what it should be
	Unauthorized     Kind = "unauthorized"       // no credentials, or wrong ones
	Forbidden        Kind = "forbidden"          // known, and not allowed
	NotFound         Kind = "not_found"          // there is no such thing, or none the caller may know of
	MethodNotAllowed Kind = "method_not_allowed" // not with this method
	Conflict         Kind = "conflict"           // the state of things does not permit it
	Stale            Kind = "stale"              // If-Match named a version that is no longer the newest
	TooLarge         Kind = "too_large"          // the body is longer than the limit
	UnsupportedMedia Kind = "unsupported_media"  // not a media type or encoding we read
	Unprocessable    Kind = "unprocessable"      // readable, but its values are not valid
	TooMany          Kind = "too_many"           // the caller asks more often than they may (RFC 6585, section 4)

	TooSlow     Kind = "too_slow"    // the caller took too long to send its body
	Busy        Kind = "busy"        // another holds the lease; it passes
	Canceled    Kind = "canceled"    // the caller left, or the process is stopping
	Unavailable Kind = "unavailable" // something we depend on does not answer, or wants us to slow down
	Timeout     Kind = "timeout"     // something we depend on took too long

	Internal Kind = "internal" // our mistake, or nobody thought of it
)

// Rule is what follows from a kind.
type Rule struct {
	Status     int        // the HTTP answer
	Retry      bool       // the same request may succeed later: let the queue deliver it again
	DeadLetter bool       // it never will: set the message aside where a person sees it, and tell the queue it is done
	Level      slog.Level // severity of the line in the log
}

// Trouble that passes is retried; input that stays wrong is set aside. What an outsider alone can cause (no credentials,
// wrong method) is neither: setting it aside would let anybody fill the dead letters. Internal is retried because a new
// revision may mend it, and the queue's own limit of attempts sets it aside.
var rules = map[Kind]Rule{
	Malformed:        {http.StatusBadRequest, false, true, slog.LevelWarn},
	Unauthorized:     {http.StatusUnauthorized, false, false, slog.LevelWarn},
	Forbidden:        {http.StatusForbidden, false, false, slog.LevelWarn},
	NotFound:         {http.StatusNotFound, false, true, slog.LevelInfo},
	MethodNotAllowed: {http.StatusMethodNotAllowed, false, false, slog.LevelInfo},
	Conflict:         {http.StatusConflict, false, true, slog.LevelWarn},
	Stale:            {http.StatusPreconditionFailed, false, false, slog.LevelInfo},
	TooLarge:         {http.StatusRequestEntityTooLarge, false, true, slog.LevelWarn},
	UnsupportedMedia: {http.StatusUnsupportedMediaType, false, true, slog.LevelWarn},
	Unprocessable:    {http.StatusUnprocessableEntity, false, true, slog.LevelWarn},
	TooMany:          {http.StatusTooManyRequests, true, false, slog.LevelInfo},

	TooSlow:     {http.StatusRequestTimeout, true, false, slog.LevelInfo},
	Busy:        {http.StatusConflict, true, false, slog.LevelInfo},
	Canceled:    {http.StatusServiceUnavailable, true, false, slog.LevelInfo},
	Unavailable: {http.StatusServiceUnavailable, true, false, slog.LevelWarn},
	Timeout:     {http.StatusGatewayTimeout, true, false, slog.LevelWarn},

	Internal: {http.StatusInternalServerError, true, false, slog.LevelError},
}

// Rule is the kind's row of the table. A kind the table lacks is treated as Internal.
func (k Kind) Rule() Rule {
	if r, ok := rules[k]; ok {
		return r
	}
	return rules[Internal]
}
