// Package inbound is the doorway's frame: who may call us, how much they may send, and how a handler is run so that
// each request gets one answer and one line in the log. Functions mount their handlers with Handler, read bodies with
// Body, JSON or DecodePush, and check callers with Basic; people are let in by shared/people. Errors become answers in shared/fault; the trace comes
// from shared/telemetry.
package inbound

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/telemetry"
)

// MaxAnswer is the longest answer a handler may write, in bytes.
const MaxAnswer = 4 << 20

// Handler runs f and answers with what it wrote, or, where it returns an error or panics, with problem details alone
// (see fault.Write). The answer is held back until f is done: a panic or error after the first byte must not go out as a
// 200, which the functions framework would let happen. What is longer than MaxAnswer, or must stream, needs
// another way than this. An address that is not UTF-8 is refused as Malformed, and f never sees it.
//
// One line is logged for each request: method, route, status, duration, the error's kind and what Note added. The route is the pattern of
// the http.ServeMux that chose the handler, never the path. The text of an error is logged only where it is ours to mend
// (status 500 and above), because what a caller got wrong may repeat what the caller sent.
func Handler(log *slog.Logger, f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now() // how long it really took, whatever the local cloud's clock says
		ctx, notes := withNotes(telemetry.WithTrace(r.Context(), r.Header))
		r = r.WithContext(ctx)
		limitReading(w, r)
		a := newAnswer()
		err := checkAddress(r)
		if err == nil {
			err = run(f, a, r)
		}
		if err == nil && a.tooLong {
			err = fault.New(fault.Internal, fmt.Sprintf("the answer would be longer than %d bytes", MaxAnswer))
		}
		if err != nil {
			a = newAnswer()
			fault.Write(a, r, err)
		}
		a.send(w)
		logRequest(log, r, a.status, time.Since(start), err, *notes)
	})
}

// run is f, with a panic made an error. The panic's value may hold anything, so only the runtime's own, such as an index
// out of range, is kept; the stack has no values.
func run(f func(http.ResponseWriter, *http.Request) error, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("inbound: panic: %w\n%s", p, debug.Stack())
		default:
			err = fmt.Errorf("inbound: panic: a value of type %T\n%s", p, debug.Stack())
		}
	}()
	return f(w, r)
}

func logRequest(log *slog.Logger, r *http.Request, status int, took time.Duration, err error, notes []slog.Attr) {
	route := r.Pattern
	if route == "" {
		route = "unmatched"
	}
	attrs := []slog.Attr{
		slog.String("method", method(r)), slog.String("route", route), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	}
	level := slog.LevelInfo
	if err != nil {
		kind := fault.KindOf(err)
		level = kind.Rule().Level
		attrs = append(attrs, slog.String("kind", string(kind)))
	}
	if status >= http.StatusInternalServerError && err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	log.LogAttrs(r.Context(), level, "request", append(attrs, notes...)...)
}

// method is the request's method where it is one of HTTP's own: any other word is the caller's to choose.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
		return r.Method
	}
	return "other"
}

// answer holds back what a handler writes. Like a real http.ResponseWriter it fixes the status at the first write.
type answer struct {
	header  http.Header
	status  int
	wrote   bool
	body    bytes.Buffer
	tooLong bool
}

// newAnswer begins with the headers every answer shall have unless the handler says otherwise: browsers must not guess
// types, and nobody may keep what is about customers.
func newAnswer() *answer {
	return &answer{status: http.StatusOK, header: http.Header{
		"X-Content-Type-Options": {"nosniff"},
		"Cache-Control":          {"no-store"},
	}}
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if !a.wrote && status >= http.StatusOK { // 1xx is informational, and there is nobody to inform yet
		a.status, a.wrote = status, true
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.wrote = true
	if a.body.Len()+len(b) > MaxAnswer {
		a.tooLong = true
		return 0, fmt.Errorf("inbound: the answer is longer than %d bytes", MaxAnswer)
	}
	return a.body.Write(b)
}

func (a *answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // a caller that left is no news
}
