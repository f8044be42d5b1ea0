package quality_test

import (
	"fmt"
	"strings"
	"testing"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
)

// BenchmarkPayloads measures what a deliverer computes after each event.
func BenchmarkPayloads(b *testing.B) {
	agents := func(n int) session.Session {
		var events []session.Event
		for i := range session.MaxEvents {
			events = append(events, on(session.Connected, i, &session.Agent{ID: fmt.Sprint(i%n, strings.Repeat("x", 100))}))
		}
		s, _ := session.ApplyAll(session.Session{}, events)
		return s
	}
	whole := deliver(course(b, "ccai-six-steps")).s
	for name, s := range map[string]session.Session{"a call": whole, "1000 events of 10 agents": agents(10), "1000 events of 1000 agents": agents(1000)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				quality.Payloads(s)
			}
		})
	}
}
