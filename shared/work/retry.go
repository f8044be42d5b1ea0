package work

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"
)

// Horizon is how long a refused step is tried again (docs.cloud.google.com, CCAI Platform, "Custom CRM": retried with
// exponential back-off for up to one week). The last attempt is at its very end.
const Horizon = 7 * 24 * time.Hour

const (
	firstDelay = 30 * time.Second
	maxDelay   = 6 * time.Hour
	jitter     = 0.2 // a delay is shortened by up to this share, so that what failed together does not return together
)

// Backoff is the delay after the given number of failures in a row, 1 or more: 30 s, doubling to 6 h, each shortened by
// up to a fifth. The share comes from the seed, so that the same failure always waits the same time.
func Backoff(failures int, seed string) time.Duration {
	d := float64(maxDelay)
	if n := failures - 1; n < 10 { // 30 s doubled ten times is over 6 h
		d = math.Min(d, float64(firstDelay)*math.Pow(2, float64(max(n, 0))))
	}
	h := fnv.New32a()
	h.Write([]byte(seed + strconv.Itoa(failures))) // never fails
	share := float64(h.Sum32()) / math.MaxUint32
	return time.Duration(d * (1 - jitter*share))
}

// Next is when a step that failed at now, and the first time in a row at firstFailed, is due again: after the back-off,
// or later where the answer asked for it. ok is false when the week is over.
func Next(now, firstFailed time.Time, failures int, seed string, retryAfter time.Duration) (at time.Time, ok bool) {
	end := firstFailed.Add(Horizon)
	if !now.Before(end) {
		return time.Time{}, false
	}
	at = now.Add(max(Backoff(failures, seed), retryAfter))
	if at.After(end) {
		at = end
	}
	return at, true
}
