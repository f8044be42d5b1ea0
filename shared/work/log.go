package work

import (
	"context"
	"log/slog"
	"strings"

	"sessionbridge.internal/shared/store"
)

// Log writes the one line that an attempt leaves: which step of which session, what came of it, and when it will be
// tried again. A wait is expected of other people's systems and passes; a dead letter needs a person.
//
// Metrics are made of these lines (terraform/metrics.tf), so "work" and "action" are of few words, where "step" may name a
// file: work is crm, file, metadata or quality; action is the step's first word, such as find, create or upload.
// "status_class" is 2xx to 5xx, or none where no answer had a status; "owed_seconds" how long the step has failed in a row.
func Log(ctx context.Context, log *slog.Logger, id store.ID, d store.Delivery) {
	attrs := []slog.Attr{
		slog.String("work", firstWord(d.Work)), slog.String("tenant", id.Tenant), slog.String("session", id.Key), slog.String("step", d.Step),
		slog.String("action", firstWord(d.Step)), slog.Int("attempt", d.Number), slog.Int64("millis", d.Millis),
		slog.String("verdict", string(d.Verdict)), slog.String("status_class", class(d.Status)),
	}
	if d.Status != 0 {
		attrs = append(attrs, slog.Int("status", d.Status))
	}
	if !d.Next.IsZero() {
		attrs = append(attrs, slog.Time("next_attempt_at", d.Next))
	}
	if !d.Since.IsZero() {
		attrs = append(attrs, slog.Int64("owed_seconds", max(0, int64(d.At.Sub(d.Since).Seconds()))))
	}
	log.LogAttrs(ctx, levels[d.Verdict], "attempt", attrs...)
}

// firstWord is what stands before the first mark that joins words.
func firstWord(name string) string {
	if i := strings.IndexAny(name, "-_ "); i >= 0 {
		return name[:i]
	}
	return name
}

// class is a status in the words that metrics of the platform use.
func class(status int) string {
	if status < 100 || status > 599 {
		return "none"
	}
	return string(rune('0'+status/100)) + "xx"
}

var levels = map[store.Verdict]slog.Level{
	store.Done: slog.LevelInfo, store.Waiting: slog.LevelWarn, store.Dead: slog.LevelError,
}
