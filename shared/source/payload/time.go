package payload

import "time"

// The years between which a time is taken for one; beyond them it is a number of other units, or no time at all.
var (
	minTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

func plausible(t time.Time) bool { return !t.Before(minTime) && t.Before(maxTime) }

// longestTime is that of a time with a fraction of nine digits and a zone, in bytes; a longer text is not worth trying.
const longestTime = len("2006-01-02T15:04:05.999999999+08:00")

// ParseTime reads a time between the years 2000 and 2100 in the first of the layouts that fits; one without a zone is in
// the given one, nil being UTC.
func ParseTime(text string, zone *time.Location, layouts ...string) (time.Time, bool) {
	if text == "" || len(text) > longestTime {
		return time.Time{}, false
	}
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil && plausible(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// First is the first of the times that is known.
func First(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
