package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/telemetry"
)

// line is what one use of a logger wrote, without its time.
func line(t *testing.T, project string, use func(*slog.Logger)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	use(telemetry.Logger(&out, "webhook", project))
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("not one JSON object: %v\n%s", err, out.String())
	}
	if _, ok := got["time"].(string); !ok {
		t.Errorf("no time in %s", out.String())
	}
	delete(got, "time")
	return got
}

func traced(t *testing.T) context.Context {
	h := http.Header{}
	h.Set("traceparent", "00-"+id+"-"+span+"-01")
	return telemetry.WithTrace(t.Context(), h)
}

func TestLoggerWritesCloudLoggingsShape(t *testing.T) {
	t.Parallel()
	labels := map[string]any{"service": "webhook"}
	trace := func(name string, rest map[string]any) map[string]any {
		rest["logging.googleapis.com/labels"] = labels
		rest["logging.googleapis.com/trace"] = name
		rest["logging.googleapis.com/spanId"] = span
		rest["logging.googleapis.com/trace_sampled"] = true
		return rest
	}
	for name, row := range map[string]struct {
		project string
		use     func(*slog.Logger)
		want    map[string]any
	}{
		"without a trace": {
			"p", func(l *slog.Logger) { l.Info("hello", "n", 1) },
			map[string]any{"severity": "INFO", "message": "hello", "n": 1.0, "logging.googleapis.com/labels": labels},
		},
		"with a trace": {
			"p", func(l *slog.Logger) { l.WarnContext(traced(t), "hello") },
			trace("projects/p/traces/"+id, map[string]any{"severity": "WARNING", "message": "hello"}),
		},
		"with a trace and no project": {
			"", func(l *slog.Logger) { l.ErrorContext(traced(t), "hello") },
			trace(id, map[string]any{"severity": "ERROR", "message": "hello"}),
		},
		"a group does not swallow the trace": {
			"p", func(l *slog.Logger) {
				l.With("a", 1).WithGroup("g").With("b", 2).InfoContext(traced(t), "hello", "c", 3)
			},
			trace("projects/p/traces/"+id, map[string]any{
				"severity": "INFO", "message": "hello", "a": 1.0, "g": map[string]any{"b": 2.0, "c": 3.0},
			}),
		},
		"an attribute named level stays one": {
			"p", func(l *slog.Logger) { l.Info("hello", "level", "gold") },
			map[string]any{"severity": "INFO", "message": "hello", "level": "gold", "logging.googleapis.com/labels": labels},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, line(t, row.project, row.use)); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoggersOfOneParentDoNotMix(t *testing.T) {
	t.Parallel()
	got := line(t, "p", func(l *slog.Logger) {
		parent := l.With("a", 1)
		_ = parent.With("b", 2)
		parent.With("c", 3).InfoContext(traced(t), "hello")
	})
	if _, mixed := got["b"]; mixed || got["c"] != 3.0 {
		t.Errorf("line %v", got)
	}
}

func TestSecretsRedactThemselves(t *testing.T) {
	t.Parallel()
	const canary = "hunter2-canary"
	s := secrets.New(canary)
	var out bytes.Buffer
	l := telemetry.Logger(&out, "webhook", "")
	l.With("s", s).Info("with", "plain", s, "pointer", &s, "struct", struct{ S secrets.Secret }{s},
		"map", map[string]secrets.Secret{"k": s}, slog.Group("g", "s", s))
	if strings.Contains(out.String(), canary) {
		t.Errorf("the secret is in the log: %s", out.String())
	}
	if n := strings.Count(out.String(), "[redacted]"); n != 6 {
		t.Errorf("%d redactions, want 6: %s", n, out.String())
	}
}

func TestDebugIsNotWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	telemetry.Logger(&out, "webhook", "").Debug("hello")
	if out.Len() != 0 {
		t.Errorf("wrote %s", out.String())
	}
}

func BenchmarkLogger(b *testing.B) {
	h := http.Header{}
	h.Set("traceparent", "00-"+id+"-"+span+"-01")
	ctx := telemetry.WithTrace(b.Context(), h)
	l := telemetry.Logger(io.Discard, "webhook", "p")
	b.ReportAllocs()
	for b.Loop() {
		l.InfoContext(ctx, "request", "status", 200)
	}
}
