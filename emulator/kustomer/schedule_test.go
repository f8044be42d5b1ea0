package kustomer_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestWhoMovesTheClockKnowsWhatWaits has a delivery that is refused once.
func TestWhoMovesTheClockKnowsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan int)
		m := machineWith(t, func(*http.Request) (*http.Response, error) { return answerWith(<-answer), nil })
		quiet := func(when string, active, unmade bool, due time.Duration) {
			t.Helper()
			synctest.Wait()
			next := m.NextDue()
			if (len(m.Active()) > 0) != active || (len(m.Unmade()) > 0) != unmade || next.IsZero() != (due == 0) {
				t.Errorf("%s: active %q, unmade %q, next at %v", when, m.Active(), m.Unmade(), next)
			}
			if in := next.Sub(m.clock.Now()); due > 0 && in != due {
				t.Errorf("%s: the next is due in %v, want %v", when, in, due)
			}
		}
		quiet("at first", false, false, 0)
		m.post("/v1/customers", `{}`)
		quiet("before anything runs", true, true, 0)
		m.run()
		quiet("while it is sent", true, true, 0)
		before := m.Seq()
		answer <- http.StatusServiceUnavailable
		quiet("once it is refused", false, true, time.Minute)
		m.clock.AdvanceTo(m.NextDue())
		quiet("when it is sent again", true, true, 0)
		answer <- http.StatusOK
		quiet("once it is taken", false, false, 0)
		if m.Seq() != before+2 {
			t.Errorf("%d attempts were counted, want 2", m.Seq()-before)
		}
	})
}
