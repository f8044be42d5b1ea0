package inbound

import (
	"context"
	"log/slog"
)

type noteKey struct{}

// Note adds to the line that Handler logs of this request: what only the handler knows, such as whose request it was. It
// must be nothing personal and nothing that the caller chose. Outside of Handler it does nothing.
func Note(ctx context.Context, attrs ...slog.Attr) {
	if notes, ok := ctx.Value(noteKey{}).(*[]slog.Attr); ok {
		*notes = append(*notes, attrs...)
	}
}

// withNotes carries what is noted to the end of the request.
func withNotes(ctx context.Context) (context.Context, *[]slog.Attr) {
	notes := new([]slog.Attr)
	return context.WithValue(ctx, noteKey{}, notes), notes
}
