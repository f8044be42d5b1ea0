package crm

import "time"

// expiring maps texts to what they stand for, each for the same life. It is for idempotency keys and what OAuth hands out.
type expiring[T any] struct {
	life    time.Duration
	entries map[string]entry[T]
	order   []string // oldest first; all live equally long, so these also end first
}

type entry[T any] struct {
	value   T
	expires time.Time
}

// maxEntries bounds each; beyond, the oldest is forgotten before its time.
const maxEntries = 10_000

func (e *expiring[T]) get(key string, now time.Time) (value T, ok bool) {
	e.expire(now)
	found, ok := e.entries[key]
	return found.value, ok
}

// add wants a key that is not there.
func (e *expiring[T]) add(key string, value T, now time.Time) {
	e.expire(now)
	if e.entries == nil {
		e.entries = map[string]entry[T]{}
	}
	e.entries[key] = entry[T]{value, now.Add(e.life)}
	e.order = append(e.order, key)
	if len(e.order) > maxEntries {
		e.forget()
	}
}

func (e *expiring[T]) expire(now time.Time) {
	for len(e.order) > 0 && !now.Before(e.entries[e.order[0]].expires) {
		e.forget()
	}
}

func (e *expiring[T]) forget() {
	delete(e.entries, e.order[0])
	e.order = e.order[1:]
}
