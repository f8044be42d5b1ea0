package settings_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/settings"
)

// The rule is ours: as every session waits before each of its requests, so many at once keep the rate exactly.
func TestRate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from    string
		rate    settings.Rate
		atOnce  int
		spacing time.Duration
	}{
		"none is the queue's own":              {oursRate, settings.Rate{}, 0, 0},
		"only at once spaces nothing":          {oursRate, settings.Rate{AtOnce: 4}, 4, 0},
		"ten a second are two at once":         {oursRate, settings.Rate{PerSecond: 10}, 2, 200 * time.Millisecond},
		"three a second are one at once":       {oursRate, settings.Rate{PerSecond: 3}, 1, time.Second / 3},
		"four at once wait longer":             {oursRate, settings.Rate{PerSecond: 10, AtOnce: 4}, 4, 400 * time.Millisecond},
		"less than one a second":               {oursRate, settings.Rate{PerSecond: 0.5}, 1, 2 * time.Second},
		"very many are still a hundred or few": {fromTasks, settings.Rate{PerSecond: 500}, 100, 200 * time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if n, d := tt.rate.Sessions(), tt.rate.Spacing().Round(time.Microsecond); n != tt.atOnce || d != tt.spacing.Round(time.Microsecond) {
				t.Errorf("%d at once, %v apart; want %d and %v", n, d, tt.atOnce, tt.spacing)
			}
		})
	}
}
