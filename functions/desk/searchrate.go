package desk

import (
	"maps"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// An agent's searches: one a second, and a few at once for somebody who mends a typing error. The CRM's rate is for sessions.
const (
	searchesPerSecond = 1
	searchesAtOnce    = 5
	maxSearchers      = 1000 // who are remembered, before those are forgotten who have searched nothing lately
)

// pacer holds each agent to the rate. It is this process's alone. The zero value is ready.
type pacer struct {
	mu sync.Mutex
	by map[string]*rate.Limiter // by tenant and agent
}

// wait is how long the agent has to wait for the next search; 0: it may be made, and counts.
func (p *pacer) wait(tenant string, who agent, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.by) >= maxSearchers {
		maps.DeleteFunc(p.by, func(_ string, l *rate.Limiter) bool { return l.TokensAt(now) >= searchesAtOnce })
	}
	if p.by == nil {
		p.by = map[string]*rate.Limiter{}
	}
	key := tenant + "/" + strings.ToLower(string(who))
	if p.by[key] == nil {
		p.by[key] = rate.NewLimiter(searchesPerSecond, searchesAtOnce)
	}
	turn := p.by[key].ReserveN(now, 1)
	delay := turn.DelayFrom(now)
	if delay > 0 {
		turn.CancelAt(now)
	}
	return delay
}
