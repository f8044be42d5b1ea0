package console

import (
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // the function's machine need not have the zones

	"sessionbridge.internal/shared/fault"
)

// day is a day somewhere: from its first moment until the next one's.
type day struct {
	from, until time.Time
	date        time.Time // in UTC, since a day's midnight may be a time that clocks leave out
	zone        string    // the IANA Time Zone Database's name (RFC 6557), such as Europe/Berlin
}

// maxZone bounds a zone's name; the longest has 32 letters.
const maxZone = 64

// dayOf is the day in ?day= and ?zone=, by default today and UTC. Where clocks change it has 23 or 25 hours.
func (c *console) dayOf(r *http.Request) (d day, err error) {
	name := r.URL.Query().Get("zone")
	if name == "" {
		name = "UTC"
	}
	zone, err := time.LoadLocation(name)
	if err != nil || len(name) > maxZone || strings.EqualFold(name, "local") { // which is the machine's
		return d, fault.New(fault.Malformed, "zone must be a name of the time zone database such as UTC or Europe/Berlin")
	}
	first := c.clock().In(zone)
	if text := r.URL.Query().Get("day"); text != "" {
		if first, err = time.Parse(time.DateOnly, text); err != nil {
			return d, fault.Wrap(fault.Malformed, err, "day must be a day such as 2026-01-05")
		}
	}
	year, month, of := first.Date()
	begin := func(of int, zone *time.Location) time.Time { return time.Date(year, month, of, 0, 0, 0, 0, zone) }
	return day{begin(of, zone), begin(of+1, zone), begin(of, time.UTC), name}, nil
}

// String is as in 2026-01-05.
func (d day) String() string { return d.date.Format(time.DateOnly) }

// beside is the day so many days later.
func (d day) beside(days int) string { return d.date.AddDate(0, 0, days).Format(time.DateOnly) }
