package crm

import (
	"cmp"
	"fmt"
	"math/big"
	"time"

	"sessionbridge.internal/shared/settings"
)

// The ways to choose one of several hits (settings.Endpoint.Choose). Any other is the first.
const (
	chooseNewest  = "newest"
	chooseUpdated = "updated"
	chooseAgent   = "agent"
)

// byDefault are the fields a choice goes by where choose_by is empty, in the spellings CRMs have for them.
var byDefault = map[string][]string{
	chooseNewest:  {"created_at", "created", "Created", "CreatedDate"},
	chooseUpdated: {"updated_at", "updated", "LastUpdated", "LastModifiedDate"},
}

// choosers are the locations, below a hit, of what a choice goes by; none if the first hit is taken.
func choosers(e *settings.Endpoint) (by []location, err error) {
	fields, ordered := byDefault[e.Choose]
	if !ordered {
		return nil, nil
	}
	if e.ChooseBy != "" {
		fields = []string{e.ChooseBy}
	}
	for _, field := range fields {
		l, err := parseLocation(field)
		if err != nil {
			return nil, fmt.Errorf("choose_by: %w", err)
		}
		by = append(by, l)
	}
	return by, nil
}

// choose is the id of the hit to take; empty if there is none, or if the one to take has not what it must. Of equals the first
// is taken.
func (r reader) choose(hits []hit) string {
	if len(hits) == 0 {
		return ""
	}
	best, bestAge := hits[0], r.age(hits[0])
	for _, h := range hits[1:] {
		if age := r.age(h); age.compare(bestAge) > 0 {
			best, bestAge = h, age
		}
	}
	if !allHold(r.ofChosen, best.object) {
		return ""
	}
	return best.id
}

// age is what hits are ordered by: a time, or a number such as an id that grows. The zero value, for a hit that has
// neither, is older than any.
type age struct {
	time   time.Time
	number *big.Float
}

func (r reader) age(h hit) age {
	for _, l := range r.by {
		v, _ := first(h.object, l.steps)
		if text, ok := scalar(v); ok && text != "" {
			return ageOf(text)
		}
	}
	return age{}
}

// compare orders the unknown before numbers, and these before times.
func (a age) compare(b age) int {
	switch {
	case a.number != nil && b.number != nil:
		return a.number.Cmp(b.number)
	case a.number != nil || b.number != nil:
		return cmp.Compare(a.rank(), b.rank())
	}
	return a.time.Compare(b.time)
}

func (a age) rank() int {
	switch {
	case a.number != nil:
		return 1
	case !a.time.IsZero():
		return 2
	}
	return 0
}

// layouts are the forms of times: RFC 3339, ISO 8601 with an offset without colon (Salesforce) and without any, and that
// of SQL. One without a zone is taken as UTC, which orders hits of one CRM all the same.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", time.DateTime, time.DateOnly}

// ageOf reads a time or number. A number is read with more digits than a float64 has, for ids of 64 bits and more.
func ageOf(text string) age {
	const longest = 80 // characters, and digits that 256 bits can tell apart
	if len(text) > longest {
		return age{}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return age{time: t}
		}
	}
	if n, _, err := big.ParseFloat(text, 10, 256, big.ToNearestEven); err == nil {
		return age{number: n}
	}
	return age{}
}
