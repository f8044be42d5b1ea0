package outbound_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/outbound"
)

// Where the rules are written.
const (
	fromRetryAfter  = "RFC 9110, section 10.2.3: Retry-After"
	fromDates       = "RFC 9110, section 5.6.7: dates"
	fromRateLimit   = "draft-ietf-httpapi-ratelimit-headers-10, section 4: RateLimit"
	fromThreeFields = "draft-ietf-httpapi-ratelimit-headers-06, section 5: RateLimit-Remaining and RateLimit-Reset"
	fromKustomer    = "developer.kustomer.com/docs/concepts/rate-limits: x-ratelimit-limit, -remaining and -reset, a moment"
	fromMillis      = "ours: services tell moments in milliseconds and as dates too"
	fromNames       = "ours: services write the headers' names in three ways"
	fromOther       = "ours: what was exceeded may be another limit than the one that is told"
	fromHostile     = "ours: what is no time to wait counts as none, and nobody makes us wait for ever"
)

func TestWaits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) // 1767603600
	const minute = 61 * time.Second
	tests := map[string]struct {
		from        string
		status      int
		headers     string
		retry, next time.Duration
	}{
		"nothing is asked":                       {fromRetryAfter, 200, "", 0, 0},
		"in seconds":                             {fromRetryAfter, 429, "Retry-After: 120", 2 * time.Minute, 0},
		"at a date":                              {fromRetryAfter, 503, "Retry-After: Mon, 05 Jan 2026 09:00:30 GMT", 30 * time.Second, 0},
		"at a date of the old form":              {fromDates, 503, "Retry-After: Monday, 05-Jan-26 09:00:30 GMT", 30 * time.Second, 0},
		"at a date gone by":                      {fromHostile, 503, "Retry-After: Mon, 05 Jan 2026 08:00:00 GMT", 0, 0},
		"seconds among blanks":                   {fromRetryAfter, 503, "Retry-After:  5 ", 5 * time.Second, 0},
		"more than a life has":                   {fromHostile, 503, "Retry-After: 99999999999999999999", 0, 0},
		"no time at all":                         {fromHostile, 503, "Retry-After: soon", 0, 0},
		"before now":                             {fromHostile, 503, "Retry-After: -5", 0, 0},
		"a 429 with the reset in seconds":        {fromThreeFields, 429, "RateLimit-Reset: 60", minute, 0},
		"a 429 with the reset as a moment":       {fromKustomer, 429, "x-ratelimit-remaining: 0|x-ratelimit-reset: 1767603660", minute, minute},
		"what Retry-After says goes first":       {fromRetryAfter, 429, "Retry-After: 5|X-RateLimit-Reset: 60", 5 * time.Second, 0},
		"a 429 although some of it remains":      {fromOther, 429, "X-RateLimit-Remaining: 900|X-RateLimit-Reset: 60", minute, 0},
		"a good answer that was the last":        {fromKustomer, 200, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 1767603660", minute, minute},
		"a good answer that was not":             {fromKustomer, 200, "X-RateLimit-Remaining: 1|X-RateLimit-Reset: 1767603660", 0, 0},
		"a refusal that was the last":            {fromOther, 403, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 60", minute, minute},
		"a refusal for other reasons":            {fromOther, 403, "X-RateLimit-Remaining: 5|X-RateLimit-Reset: 60", 0, 0},
		"nobody says what remains":               {fromOther, 200, "X-RateLimit-Reset: 60", 0, 0},
		"names with another hyphen":              {fromNames, 200, "X-Rate-Limit-Remaining: 0|X-Rate-Limit-Reset: 60", minute, minute},
		"a moment in milliseconds":               {fromMillis, 429, "X-RateLimit-Reset: 1767603660000", minute, 0},
		"a moment as a date":                     {fromMillis, 429, "X-RateLimit-Reset: Mon, 05 Jan 2026 09:01:00 GMT", minute, 0},
		"parts of a second":                      {fromMillis, 429, "X-RateLimit-Reset: 0.5", 1500 * time.Millisecond, 0},
		"a moment gone by":                       {fromHostile, 200, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 1767603000", 0, 0},
		"in one field":                           {fromRateLimit, 200, `RateLimit: "default";r=0;t=60`, minute, minute},
		"in one field, of which some remains":    {fromRateLimit, 200, `RateLimit: "default";r=50;t=60`, 0, 0},
		"in one field, of several the spent one": {fromRateLimit, 200, `RateLimit: "a";r=5;t=600, "b, c;\"r=0";r=0;t=60`, minute, minute},
		"a name that looks like a limit":         {fromRateLimit, 200, `RateLimit: "x, y\";r=0;t=900, z";r=5;t=60`, 0, 0},
		"in two fields of the name":              {fromRateLimit, 200, `RateLimit: "a";r=5;t=600|RateLimit: "b";t=60;r=0`, minute, minute},
		"no reset in it":                         {fromRateLimit, 200, `RateLimit: "a";r=0`, 0, 0},
		"a reset nobody waits for":               {fromHostile, 200, "X-RateLimit-Remaining: 0|X-RateLimit-Reset: 999999999", time.Hour, time.Hour},
		"a moment nobody waits for":              {fromHostile, 429, "X-RateLimit-Reset: 99999999999", time.Hour, 0},
		"numbers that are none":                  {fromHostile, 429, "X-RateLimit-Remaining: NaN|X-RateLimit-Reset: NaN", 0, 0},
		"numbers beyond all":                     {fromHostile, 429, "X-RateLimit-Remaining: -Inf|X-RateLimit-Reset: 1e300", 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for line := range strings.SplitSeq(tt.headers, "|") {
				key, value, _ := strings.Cut(line, ": ")
				h.Add(key, value)
			}
			retry, next := outbound.Waits(tt.status, h, now)
			if retry != tt.retry || next != tt.next {
				t.Errorf("Waits = %v, %v; want %v, %v (%s)", retry, next, tt.retry, tt.next, tt.from)
			}
		})
	}
}
