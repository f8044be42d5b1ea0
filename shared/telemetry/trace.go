package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The two headers a trace travels in: W3C Trace Context (www.w3.org/TR/trace-context), and Google's older own
// (docs.cloud.google.com/trace/docs/trace-context), the only one the functions framework reads.
const (
	traceparentHeader = "Traceparent"
	cloudTraceHeader  = "X-Cloud-Trace-Context"
)

// Trace names the trace a piece of work belongs to. The zero value is no trace.
type Trace struct {
	ID      string // 32 lower-case hexadecimal digits, not all zero
	SpanID  string // 16 lower-case hexadecimal digits, not all zero: the caller's span
	Sampled bool   // the caller records this trace
}

type traceKey struct{}

// WithTrace carries on the trace the request came with. W3C's header wins over Google's; what is malformed counts as
// absent, and a request without a trace begins one, so that an answer can always be matched with its log lines.
func WithTrace(ctx context.Context, h http.Header) context.Context {
	t, ok := parseTraceparent(h.Get(traceparentHeader))
	if !ok {
		t, ok = parseCloudTrace(h.Get(cloudTraceHeader))
	}
	if !ok {
		t = Trace{ID: randomHex(16), SpanID: randomHex(8)}
	}
	return context.WithValue(ctx, traceKey{}, t)
}

// TraceOf is the trace the context carries, or the zero Trace.
func TraceOf(ctx context.Context) Trace {
	t, _ := ctx.Value(traceKey{}).(Trace)
	return t
}

// Traceparent is the trace as W3C's header and as the Pub/Sub attribute of that name hold it: "00-<id>-<span>-01". It
// is empty where there is no trace.
func (t Trace) Traceparent() string {
	if t.ID == "" {
		return ""
	}
	flags := "00"
	if t.Sampled {
		flags = "01"
	}
	return "00-" + t.ID + "-" + t.SpanID + "-" + flags
}

// Hand puts the trace into the header of a request to be sent; no trace changes nothing. It writes W3C's form alone,
// which Google's front ends and WithTrace read.
func (t Trace) Hand(h http.Header) {
	if t.ID != "" {
		h.Set(traceparentHeader, t.Traceparent())
	}
}

// parseTraceparent reads version-id-span-flags. A version above 00 may carry more parts, and ff is forbidden (W3C Trace
// Context, 3.2.2 and 4.3).
func parseTraceparent(s string) (Trace, bool) {
	parts := strings.Split(s, "-")
	if len(parts) < 4 || !isHex(parts[0], 2) || parts[0] == "ff" || (parts[0] == "00" && len(parts) != 4) {
		return Trace{}, false
	}
	t := Trace{ID: parts[1], SpanID: parts[2]}
	if !isID(t.ID, 32) || !isID(t.SpanID, 16) || !isHex(parts[3], 2) {
		return Trace{}, false
	}
	flags, err := strconv.ParseUint(parts[3], 16, 8)
	t.Sampled = flags&1 == 1
	return t, err == nil
}

// parseCloudTrace reads TRACE_ID/SPAN_ID;o=OPTIONS. The span is a decimal number here, but hexadecimal in the log.
func parseCloudTrace(s string) (Trace, bool) {
	id, rest, _ := strings.Cut(s, "/")
	span, options, _ := strings.Cut(rest, ";")
	id = strings.ToLower(id)
	n, err := strconv.ParseUint(span, 10, 64)
	if err != nil || n == 0 || !isID(id, 32) {
		return Trace{}, false
	}
	return Trace{ID: id, SpanID: fmt.Sprintf("%016x", n), Sampled: options == "o=1"}, true
}

func isID(s string, length int) bool { return isHex(s, length) && strings.Trim(s, "0") != "" }

func isHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, by its documentation
	return hex.EncodeToString(b)
}
