package work

import (
	"context"
	"log/slog"

	"sessionbridge.internal/shared/store"
)

// Log writes the one line that an attempt leaves: which step of which session, what came of it, and when it will be
// tried again. A wait is expected of other people's systems and passes; a dead letter needs a person.
func Log(ctx context.Context, log *slog.Logger, id store.ID, d store.Delivery) {
	attrs := []slog.Attr{
		slog.String("work", d.Work), slog.String("tenant", id.Tenant), slog.String("session", id.Key), slog.String("step", d.Step),
		slog.Int("attempt", d.Number), slog.Int64("millis", d.Millis), slog.String("verdict", string(d.Verdict)),
	}
	if d.Status != 0 {
		attrs = append(attrs, slog.Int("status", d.Status))
	}
	if !d.Next.IsZero() {
		attrs = append(attrs, slog.Time("next_attempt_at", d.Next))
	}
	log.LogAttrs(ctx, levels[d.Verdict], "attempt", attrs...)
}

var levels = map[store.Verdict]slog.Level{
	store.Done: slog.LevelInfo, store.Waiting: slog.LevelWarn, store.Dead: slog.LevelError,
}
