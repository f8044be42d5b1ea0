package kustomer

import (
	"net/http"
	"strconv"
	"time"
)

// perMinute is how many conversations, messages and notes, each, one customer may get in a minute, unless they are
// imported (https://developer.kustomer.com/kustomer-api-docs/reference/createaconversation).
const perMinute = 120

// window counts what is taken in 60 seconds, beginning with the first.
type window struct {
	ends time.Time
	n    int
}

func (w *window) take(now time.Time, limit int) bool {
	if !now.Before(w.ends) {
		*w = window{ends: now.Add(time.Minute)}
	}
	if w.n >= limit {
		return false
	}
	w.n++
	return true
}

// tell writes the headers that every answer has. The reset is a moment, in seconds since 1970.
func (w *window) tell(h http.Header, limit int, now time.Time) {
	left, ends := limit-w.n, w.ends
	if !now.Before(ends) {
		left, ends = limit, now.Add(time.Minute)
	}
	h.Set("x-ratelimit-limit", strconv.Itoa(limit))
	h.Set("x-ratelimit-remaining", strconv.Itoa(left))
	h.Set("x-ratelimit-reset", strconv.FormatInt(ends.Unix(), 10))
}

// overLimit takes one of what a customer may get of a type, and is whether there was none left.
func (k *Kustomer) overLimit(c *call, kind, customer string, imported bool) bool {
	if imported {
		return false
	}
	name := kind + "/" + customer
	if k.budgets[name] == nil {
		k.budgets[name] = &window{}
	}
	return !k.budgets[name].take(c.now, perMinute)
}

func tooMany(kind string) answer {
	return refuse(http.StatusTooManyRequests, "the customer got "+strconv.Itoa(perMinute)+" "+kind+"s this minute")
}
