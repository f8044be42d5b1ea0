package clock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"sessionbridge.internal/emulator/clock"
)

func TestFrozenClockMovesOnlyWhenMoved(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	c := clock.Frozen(start)
	c.Advance(15 * time.Minute)
	c.AdvanceTo(start) // back in time: nothing
	c.Advance(-time.Hour)
	if got, want := c.Now(), start.Add(15*time.Minute); !got.Equal(want) {
		t.Errorf("Now() = %v, want %v", got, want)
	}
}

func TestWaitUntilWakesWhenTheClockIsMoved(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	c := clock.Frozen(start)
	woken := make(chan error, 1)
	go func() { woken <- c.WaitUntil(context.Background(), start.Add(time.Hour)) }()
	c.Advance(59 * time.Minute)
	select {
	case <-woken:
		t.Fatal("woke a minute early")
	default:
	}
	c.Advance(time.Minute)
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
}

func TestWaitUntilWakesWhenTimeRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.New()
		due := c.Now().Add(time.Hour)
		if err := c.WaitUntil(t.Context(), due); err != nil {
			t.Fatal(err)
		}
		if c.Now().Before(due) {
			t.Error("woke before its time")
		}
		c.Advance(2 * time.Hour)
		if c.Offset() != 2*time.Hour {
			t.Errorf("Offset() = %v, want 2h", c.Offset())
		}
	})
}

func TestWaitUntilEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := clock.Frozen(time.Unix(0, 0))
	if err := c.WaitUntil(ctx, time.Unix(1, 0)); err == nil {
		t.Error("no error although the context ended")
	}
}
