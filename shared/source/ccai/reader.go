package ccai

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/source"
)

// The longest texts taken into an event's fields; Raw keeps them whole.
const (
	maxID    = 128    // bytes; a longer one is no id
	maxText  = 1_000  // bytes of a name, an address, a path
	maxProse = 32_000 // bytes of a message or a note
)

// object is one JSON object. Its keys are compared exactly, unlike the fields of a Go struct, which any letter case
// would match.
type object map[string]json.RawMessage

func parseObject(raw json.RawMessage) (object, bool) {
	var o object
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &o) != nil {
		return nil, false
	}
	return o, true
}

// reader reads fields that may stand in one of several objects: the first that has a field counts. It remembers the
// first problem, so that a caller reads everything and asks once.
type reader struct {
	places  []place
	problem **source.Malformed
}

type place struct {
	path   string
	object object
}

func newReader(places ...place) reader {
	return reader{places: places, problem: new(*source.Malformed)}
}

// inside reads another object and reports to the same problem.
func (r reader) inside(path string, o object) reader {
	return reader{places: []place{{path, o}}, problem: r.problem}
}

func (r reader) reject(path, format string, args ...any) {
	if *r.problem == nil {
		*r.problem = malformed(path, format, args...)
	}
}

// find returns the field and its path, nil where it is absent or null.
func (r reader) find(key string) (json.RawMessage, string) {
	for _, p := range r.places {
		if raw := p.object[key]; len(raw) > 0 && !bytes.Equal(raw, []byte("null")) {
			return raw, join(p.path, key)
		}
	}
	return nil, key
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// text is the first of the keys that holds a string with something in it, else empty.
func (r reader) text(keys ...string) string { return r.clipped(maxText, keys...) }

// prose is text of greater length.
func (r reader) prose(keys ...string) string { return r.clipped(maxProse, keys...) }

func (r reader) clipped(limit int, keys ...string) string {
	for _, key := range keys {
		raw, _ := r.find(key)
		var s string
		if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil && strings.TrimSpace(s) != "" {
			return clip(strings.TrimSpace(s), limit)
		}
	}
	return ""
}

// clip cuts a text to so many bytes, between characters.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

// id is the first of the keys that holds an id: a whole number, kept digit by digit since an id may be greater than a
// float64 can hold, or a string. Anything else that is not null is rejected.
func (r reader) id(keys ...string) string {
	for _, key := range keys {
		raw, path := r.find(key)
		if raw == nil {
			continue
		}
		id, ok := parseID(raw)
		if !ok {
			r.reject(path, "must be an id: a whole number or a string of at most %d bytes", maxID)
		}
		if id != "" {
			return id
		}
	}
	return ""
}

func parseID(raw json.RawMessage) (string, bool) {
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		s = strings.TrimSpace(s)
		return s, err == nil && len(s) <= maxID
	}
	s := string(raw)
	return s, len(s) <= maxID && strings.Trim(s, "0123456789") == ""
}

// The years between which a time is taken for one; beyond them it is a number of other units, or no time at all.
var (
	minTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

func plausible(t time.Time) bool { return !t.Before(minTime) && t.Before(maxTime) }

// millis reads epoch milliseconds, number or numeric string; zero where the field is absent.
func (r reader) millis(key string) time.Time {
	raw, path := r.find(key)
	if raw == nil {
		return time.Time{}
	}
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	t := time.UnixMilli(n).UTC()
	if err != nil || !plausible(t) {
		r.reject(path, "must be milliseconds since 1970, such as 1767603600000")
		return time.Time{}
	}
	return t
}

// isoLayouts are the forms of ISO 8601 taken for a time; one without a zone is UTC.
var isoLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}

// time reads the first of the keys that holds an ISO 8601 time; zero where none is there.
func (r reader) time(keys ...string) time.Time {
	for _, key := range keys {
		raw, path := r.find(key)
		if raw == nil {
			continue
		}
		var s string
		if json.Unmarshal(raw, &s) == nil {
			for _, layout := range isoLayouts {
				if t, err := time.Parse(layout, s); err == nil && plausible(t) {
					return t.UTC()
				}
			}
		}
		r.reject(path, "must be an ISO 8601 time, such as 2026-01-05T09:00:00Z")
		return time.Time{}
	}
	return time.Time{}
}

// objects reads a field that holds an object or an array of them; elements of other types are passed over.
func (r reader) objects(key string) []reader {
	raw, path := r.find(key)
	if o, ok := parseObject(raw); ok {
		return []reader{r.inside(path, o)}
	}
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	entries, problem := elements(raw, path)
	if problem != nil {
		r.reject(problem.Path, "%s", problem.Problem)
	}
	var rs []reader
	for _, en := range entries {
		if o, ok := parseObject(en.raw); ok {
			rs = append(rs, r.inside(en.path, o))
		}
	}
	return rs
}
