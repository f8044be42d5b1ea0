// Package telemetry says what the functions say of themselves: log lines in the shape Cloud Logging understands, each
// tied to the trace of the request it was written for. shared/inbound reads the trace off a request and logs its
// outcome; shared/fault names the trace in an error's answer; secrets redact themselves (shared/secrets).
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"
)

// The fields Cloud Logging lifts out of a JSON line (docs.cloud.google.com/logging/docs/structured-logging).
const (
	severityField = "severity"
	messageField  = "message"
	traceField    = "logging.googleapis.com/trace"
	spanField     = "logging.googleapis.com/spanId"
	sampledField  = "logging.googleapis.com/trace_sampled"
	labelsField   = "logging.googleapis.com/labels"
)

// Logger writes one JSON object a line to w, at Info and above: severity, time, message, the label "service", the
// attributes, and the trace of the context it is called with (see WithTrace). Project is the Google Cloud project the
// traces belong to; without one, as on a laptop, the trace is its bare id.
func Logger(w io.Writer, service, project string) *slog.Logger {
	base := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: rename}).
		WithAttrs([]slog.Attr{slog.Group(labelsField, "service", service)})
	return slog.New(&handler{base: base, current: base, project: project})
}

// rename turns slog's own fields into Cloud Logging's. An attribute that merely has the name of one of slog's fields is
// left alone: its value is of another type.
func rename(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.MessageKey:
		a.Key = messageField
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String(severityField, severity(level))
		}
	}
	return a
}

// severity is the level in the words of Cloud Logging's LogSeverity.
func severity(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "DEBUG"
	case l < slog.LevelWarn:
		return "INFO"
	case l < slog.LevelError:
		return "WARNING"
	default:
		return "ERROR"
	}
}

// handler adds the context's trace at the top of every line. A logger with groups would nest what is added to the
// record, so the trace goes into the base and the steps since are taken again.
type handler struct {
	base    slog.Handler
	current slog.Handler // base after steps
	steps   []func(slog.Handler) slog.Handler
	project string
}

func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.base.Enabled(ctx, l) }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	t := TraceOf(ctx)
	if t.ID == "" {
		return h.current.Handle(ctx, r)
	}
	traced := h.base.WithAttrs(h.traceAttrs(t))
	for _, step := range h.steps {
		traced = step(traced)
	}
	return traced.Handle(ctx, r)
}

func (h *handler) traceAttrs(t Trace) []slog.Attr {
	name := t.ID
	if h.project != "" {
		name = "projects/" + h.project + "/traces/" + t.ID
	}
	return []slog.Attr{
		slog.String(traceField, name), slog.String(spanField, t.SpanID), slog.Bool(sampledField, t.Sampled),
	}
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.step(func(s slog.Handler) slog.Handler { return s.WithAttrs(attrs) })
}

func (h *handler) WithGroup(name string) slog.Handler {
	return h.step(func(s slog.Handler) slog.Handler { return s.WithGroup(name) })
}

func (h *handler) step(f func(slog.Handler) slog.Handler) slog.Handler {
	return &handler{
		base: h.base, current: f(h.current), steps: append(slices.Clip(h.steps), f), project: h.project,
	}
}
