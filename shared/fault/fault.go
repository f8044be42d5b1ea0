// Package fault tells errors apart by what must follow from them: the HTTP answer, another attempt or none, the
// severity in the log, a dead letter or none. It keeps two texts apart as well: what an outsider may read, and what only
// the log may hold.
//
// shared/inbound turns a handler's error into an answer with it; every package above may return one.
package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Error is a failure of a known kind. Its Error text, with what it wraps, is for the log; Detail is for outsiders.
type Error struct {
	Kind   Kind
	Detail string  // one sentence for the caller: what is wrong and what would be right
	Fields []Field // where in the input, if known

	challenge  string
	allow      []string
	retryAfter time.Duration
	err        error
}

// Field is one place in the input that is wrong.
type Field struct {
	Path   string `json:"path"`   // JSON path, e.g. "events[3].item.call_id"; "$" is the whole body
	Detail string `json:"detail"` // what is wrong and what would be right
}

// New is a fault that wraps nothing. The detail is shown to outsiders.
func New(kind Kind, detail string) *Error { return &Error{Kind: kind, Detail: detail} }

// Wrap gives err a kind. The format and its arguments make the detail, which outsiders see; the text of err they never
// see. Wrap(Unavailable, err, "the settings cannot be read") is typical.
func Wrap(kind Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...), err: err}
}

// At is the same fault with one more place in the input that is wrong.
func (e *Error) At(path, detail string) *Error {
	c := *e
	c.Fields = append(slices.Clip(e.Fields), Field{path, detail})
	return &c
}

// Challenge is the same fault with the WWW-Authenticate header its answer shall have, e.g. `Basic realm="webhook"`
// (RFC 9110, section 11.6.1, wants one in every 401).
func (e *Error) Challenge(s string) *Error {
	c := *e
	c.challenge = s
	return &c
}

// Allow is the same fault with the methods its answer names as allowed (RFC 9110, section 10.2.1, wants them in every
// 405).
func (e *Error) Allow(methods ...string) *Error {
	c := *e
	c.allow = methods
	return &c
}

// RetryAfter is the same fault with the time after which the caller should try again; its answer rounds it up to whole
// seconds (RFC 9110, section 10.2.3).
func (e *Error) RetryAfter(d time.Duration) *Error {
	c := *e
	c.retryAfter = d
	return &c
}

// Error is kind, detail and what is wrapped: for the log, not for the caller.
func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Detail
	for _, f := range e.Fields {
		s += "; " + f.Path + ": " + f.Detail
	}
	if e.err != nil {
		s += ": " + e.err.Error()
	}
	return s
}

// Unwrap is what Wrap was given.
func (e *Error) Unwrap() error { return e.err }

// KindOf is the kind of any error, and empty for nil. The outermost fault decides. An error that is none is known by
// what it wraps: an ended context, a body over its limit, a timeout of the network, or a gRPC status that
// passes. A gRPC NotFound or PermissionDenied is Internal, not NotFound or Forbidden: it is about our database or topic, and
// says nothing about what the caller asked for.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var (
		f     *Error
		large *http.MaxBytesError
		slow  interface{ Timeout() bool } // context.DeadlineExceeded and what package net returns
	)
	switch {
	case errors.As(err, &f):
		return f.Kind
	case errors.As(err, &large):
		return TooLarge
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.As(err, &slow) && slow.Timeout():
		return Timeout
	}
	return kindOfStatus(err)
}

// kindOfStatus sorts the codes google.golang.org/grpc/codes documents as worth another attempt. The clients' own error
// types wrap a status too, and FromError finds it. ResourceExhausted is a quota of ours, not a fault of the caller.
func kindOfStatus(err error) Kind {
	s, ok := status.FromError(err)
	if !ok {
		return Internal
	}
	switch s.Code() {
	case codes.Canceled:
		return Canceled
	case codes.DeadlineExceeded:
		return Timeout
	case codes.Unavailable, codes.Aborted, codes.ResourceExhausted:
		return Unavailable
	}
	return Internal
}
