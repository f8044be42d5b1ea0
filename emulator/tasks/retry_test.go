package tasks_test

import (
	"math"
	"testing"
	"time"

	"sessionbridge.internal/emulator/tasks"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	const s = time.Second
	google := tasks.RetryPolicy{MinBackoff: 10 * s, MaxBackoff: 300 * s, MaxDoublings: 3}
	huge := tasks.RetryPolicy{MinBackoff: 1, MaxBackoff: math.MaxInt64, MaxDoublings: math.MaxInt32}
	tests := map[string]struct {
		policy tasks.RetryPolicy
		from   int // the number of the first failure
		want   []time.Duration
	}{
		"follows Google's example": {google, 1,
			[]time.Duration{10 * s, 20 * s, 40 * s, 80 * s, 160 * s, 240 * s, 300 * s, 300 * s}},
		"grows by equal steps without doublings": {tasks.RetryPolicy{MinBackoff: 10 * s, MaxBackoff: 35 * s}, 1,
			[]time.Duration{10 * s, 20 * s, 30 * s, 35 * s}},
		"stays where both bounds are one": {tasks.RetryPolicy{MinBackoff: 5 * s, MaxBackoff: 5 * s, MaxDoublings: 3}, 1,
			[]time.Duration{5 * s, 5 * s}},
		"is nothing where both bounds are nothing": {tasks.RetryPolicy{MaxDoublings: math.MaxInt32}, 1,
			[]time.Duration{0, 0}},
		"stays at the maximum for ever": {google, 1_000_000, []time.Duration{300 * s}},
		"does not overflow at the longest wait": {huge, 62,
			[]time.Duration{1 << 61, 1 << 62, math.MaxInt64, math.MaxInt64}},
		"does not overflow at a great number": {huge, math.MaxInt, []time.Duration{math.MaxInt64}},
		"does not overflow growing by steps": {
			tasks.RetryPolicy{MinBackoff: 1 << 40, MaxBackoff: math.MaxInt64, MaxDoublings: 20}, 1_000_000,
			[]time.Duration{math.MaxInt64}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, want := range test.want {
				if got := test.policy.Backoff(test.from + i); got != want {
					t.Errorf("after failure %d: %v, want %v", test.from+i, got, want)
				}
			}
		})
	}
}

func TestExhausted(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	tests := map[string]struct {
		attempts int // the policy's
		duration time.Duration
		made     int
		age      time.Duration
		want     bool
	}{
		"goes on before the last attempt":             {3, 0, 2, 99 * hour, false},
		"ends at the last attempt":                    {3, 0, 3, 0, true},
		"goes on at the last attempt within time":     {3, hour, 3, hour - 1, false},
		"goes on after the time with attempts left":   {3, hour, 2, 2 * hour, false},
		"ends when both are reached":                  {3, hour, 3, hour, true},
		"ends after the time when attempts unlimited": {-1, hour, 1, hour, true},
		"goes on within time, attempts unlimited":     {-1, hour, 1_000_000, hour - 1, false},
		"never ends when both are unlimited":          {-1, 0, 1_000_000, 1000 * hour, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tasks.RetryPolicy{MaxAttempts: test.attempts, MaxDuration: test.duration}
			if got := p.Exhausted(test.made, test.age); got != test.want {
				t.Errorf("Exhausted(%d, %v) = %v", test.made, test.age, got)
			}
		})
	}
}
