package inbound_test

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/shared/inbound"
)

func TestWhatIsNotedIsInTheRequestsLine(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]error{"when all is well": nil, "when it is not": errors.New("no")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, log := serve(t, func(_ http.ResponseWriter, r *http.Request) error {
				inbound.Note(r.Context(), slog.String("tenant", "demo"))
				inbound.Note(r.Context(), slog.Int("events", 2))
				return fails
			}, post())
			if !strings.Contains(log, `"tenant":"demo","events":2`) || strings.Count(log, "\n") != 1 {
				t.Errorf("the log is %s, want one line with both", log)
			}
		})
	}
}

func TestOutsideOfARequestNothingIsNoted(t *testing.T) {
	t.Parallel()
	inbound.Note(t.Context(), slog.String("tenant", "demo")) // and nothing breaks
	_, _, log := serve(t, func(http.ResponseWriter, *http.Request) error { return nil }, post())
	if strings.Contains(log, "demo") {
		t.Errorf("the log is %s", log)
	}
}
