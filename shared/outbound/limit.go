package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxReset is how far away a limit's reset is believed to be: whoever says more is asked again by then.
const maxReset = time.Hour

// limit is what an answer tells of one rate limit.
type limit struct {
	spent bool // nothing of it remains
	reset time.Duration
}

// Waits says how long an answer asks us to wait: retry before what it refused is asked again, next before anything else is
// asked of the server. Zero: not at all.
//
// next is until the reset of a rate limit of which nothing remains. retry is what Retry-After says, in seconds or as a date
// (RFC 9110, section 10.2.3); else next; else, of a 429, until the latest reset there is, since what was exceeded may be
// another limit than the one that is told.
func Waits(status int, h http.Header, now time.Time) (retry, next time.Duration) {
	var latest time.Duration
	for _, l := range limits(h, now) {
		latest = max(latest, l.reset)
		if l.spent {
			next = max(next, l.reset)
		}
	}
	switch retry = retryAfter(h.Get("Retry-After"), now); {
	case retry > 0:
	case status == http.StatusTooManyRequests && next == 0:
		retry = latest
	default:
		retry = next
	}
	return retry, next
}

func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if n, err := strconv.Atoi(header); err == nil && n > 0 && n < 1<<30 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(header); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// limits reads the headers of draft-ietf-httpapi-ratelimit-headers, in the form it has now (from version 8 on, section 4:
// RateLimit: "default";r=0;t=30) and in the three headers it had before, whose names with X- most services use.
func limits(h http.Header, now time.Time) (all []limit) {
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
		all = append(all, newLimit(h.Get(prefix+"Remaining"), h.Get(prefix+"Reset"), now))
	}
	for item := range strings.SplitSeq(unquoted(strings.Join(h.Values("RateLimit"), ",")), ",") {
		var remaining, reset string
		for parameter := range strings.SplitSeq(item, ";") {
			switch key, value, _ := strings.Cut(strings.TrimSpace(parameter), "="); key {
			case "r":
				remaining = value
			case "t":
				reset = value
			}
		}
		all = append(all, newLimit(remaining, reset, now))
	}
	return all
}

func newLimit(remaining, reset string, now time.Time) limit {
	n, err := strconv.ParseFloat(strings.TrimSpace(remaining), 64)
	return limit{spent: err == nil && n <= 0, reset: untilReset(reset, now)}
}

// untilReset reads a reset, which the draft has in seconds from now and services also as a moment: seconds since 1970, which are
// over 1,000,000,000 since 2001, milliseconds since then, a thousand times that, or a date. It is a second longer than told,
// since whole seconds are mostly cut; 0 where it has passed or cannot be read.
func untilReset(text string, now time.Time) (d time.Duration) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseFloat(text, 64)
	switch at, notDate := http.ParseTime(text); {
	case notDate == nil:
		d = at.Sub(now)
	case err != nil, !(n >= 0 && n < 1e15): // NaN is neither
		return 0
	case n >= 1e12:
		d = time.UnixMilli(int64(n)).Sub(now)
	case n >= 1e9:
		d = time.Unix(int64(n), 0).Sub(now)
	default:
		d = time.Duration(min(n, maxReset.Seconds()) * float64(time.Second))
	}
	if d <= 0 {
		return 0
	}
	return min(d, maxReset-time.Second) + time.Second
}

// unquoted is a structured field without its strings (RFC 9651, section 3.3.3), in which separators mean nothing.
func unquoted(field string) string {
	var b strings.Builder
	inside, escaped := false, false
	for _, c := range field {
		switch {
		case escaped:
			escaped = false
		case inside && c == '\\':
			escaped = true
		case c == '"':
			inside = !inside
		case !inside:
			b.WriteRune(c)
		}
	}
	return b.String()
}
