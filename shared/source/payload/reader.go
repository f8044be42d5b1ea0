package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// Object is one JSON object. Its keys are compared exactly, unlike the fields of a Go struct, which any letter case
// would match.
type Object map[string]json.RawMessage

// ParseObject reads an object, false where raw is anything else.
func ParseObject(raw json.RawMessage) (Object, bool) {
	var o Object
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &o) != nil {
		return nil, false
	}
	return o, true
}

// Reader reads fields that may stand in one of several objects: the first that has a field counts. It remembers the
// first problem, so that a caller reads everything and asks once.
type Reader struct {
	places  []Place
	problem **source.Malformed
	notes   *Notes // of a lenient reader
}

// Place is an object and its JSON path.
type Place struct {
	Path   string
	Object Object
}

// NewReader reads from the places, the first of them first.
func NewReader(places ...Place) Reader {
	return Reader{places: places, problem: new(*source.Malformed)}
}

// Lenient reads from the places, too, but notes what cannot be read and takes it for absent: it never has a Problem.
func Lenient(notes *Notes, places ...Place) Reader {
	r := NewReader(places...)
	r.notes = notes
	return r
}

// inside reads another object and reports to the same problem.
func (r Reader) inside(path string, o Object) Reader {
	r.places = []Place{{path, o}}
	return r
}

// Reject reports a problem, unless there is one already.
func (r Reader) Reject(path, format string, args ...any) {
	if r.notes != nil {
		r.notes.Add(path, format, args...)
		return
	}
	if *r.problem == nil {
		*r.problem = Malformed(path, format, args...)
	}
}

// Problem is the first problem met, nil where there was none.
func (r Reader) Problem() *source.Malformed { return *r.problem }

// Path is the JSON path of a key in the first of the places, where it should stand.
func (r Reader) Path(key string) string { return Join(r.places[0].Path, key) }

// Find returns the field and its path, nil where it is absent, null or the empty string.
func (r Reader) Find(key string) (json.RawMessage, string) {
	for _, p := range r.places {
		switch raw := p.Object[key]; string(raw) {
		case "", "null", `""`:
		default:
			return raw, Join(p.Path, key)
		}
	}
	return nil, key
}

// Join is the path of a key within an object.
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Text is the first of the keys that holds a string with something in it, else empty.
func (r Reader) Text(keys ...string) string { return r.clipped(maxText, keys...) }

// Prose is Text of greater length.
func (r Reader) Prose(keys ...string) string { return r.clipped(maxProse, keys...) }

func (r Reader) clipped(limit int, keys ...string) string {
	for _, key := range keys {
		raw, _ := r.Find(key)
		var s string
		if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil && strings.TrimSpace(s) != "" {
			return Clip(strings.TrimSpace(s), limit)
		}
	}
	return ""
}

// Clip cuts a text to so many bytes, between characters.
func Clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}

// ID is the first of the keys that holds an id: a whole number, kept digit by digit since an id may be greater than a
// float64 can hold, or a string. Anything else that is not null is rejected.
func (r Reader) ID(keys ...string) string {
	for _, key := range keys {
		raw, path := r.Find(key)
		if raw == nil {
			continue
		}
		id, ok := parseID(raw)
		if !ok {
			r.Reject(path, "must be an id: a whole number or a string of at most %d bytes", maxID)
			continue
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

// Millis reads epoch milliseconds, number or numeric string; zero where the field is absent.
func (r Reader) Millis(key string) time.Time {
	raw, path := r.Find(key)
	if raw == nil {
		return time.Time{}
	}
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	t := time.UnixMilli(n).UTC()
	if err != nil || !plausible(t) {
		r.Reject(path, "must be milliseconds since 1970, such as 1767603600000")
		return time.Time{}
	}
	return t
}

// isoLayouts are the forms of ISO 8601 taken for a time; one without a zone is UTC.
var isoLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}

// Time reads the first of the keys that holds an ISO 8601 time; zero where none is there.
func (r Reader) Time(keys ...string) time.Time {
	for _, key := range keys {
		raw, path := r.Find(key)
		if raw == nil {
			continue
		}
		var s string
		if json.Unmarshal(raw, &s) == nil {
			if t, ok := ParseTime(s, time.UTC, isoLayouts...); ok {
				return t.UTC()
			}
		}
		r.Reject(path, "must be an ISO 8601 time, such as 2026-01-05T09:00:00Z")
	}
	return time.Time{}
}

// maxObjects bounds the elements of one array within an event; Raw keeps those beyond it.
const maxObjects = 200

// Objects reads a field that holds an object or an array of them, of an array the first 200; elements of other types and
// empty objects are passed over.
func (r Reader) Objects(key string) []Reader {
	raw, path := r.Find(key)
	if o, ok := ParseObject(raw); ok {
		return []Reader{r.inside(path, o)}
	}
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var rs []Reader
	i := 0
	for from, to := range Pieces(raw) {
		if i == maxObjects {
			break
		}
		if o, ok := ParseObject(raw[from:to]); ok && len(o) > 0 {
			rs = append(rs, r.inside(fmt.Sprintf("%s[%d]", path, i), o))
		}
		i++
	}
	return rs
}

// SessionID reads an id that becomes part of addresses and file names, and so may hold only what is safe in all of them:
// letters, digits, hyphens and underscores.
func (r Reader) SessionID(key string) string {
	id := r.ID(key)
	if SafeID(id) {
		return id
	}
	_, path := r.Find(key)
	r.Reject(path, "must be a whole number, or letters, digits, hyphens and underscores")
	return ""
}

// SafeID says whether an id can stand in addresses and file names as it is.
func SafeID(id string) bool {
	return !strings.ContainsFunc(id, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
	})
}

// Scalar is the first of the keys that holds a string with something in it or a number, as it was written.
func (r Reader) Scalar(keys ...string) string {
	for _, key := range keys {
		if s := r.Text(key); s != "" {
			return s
		}
		if raw, _ := r.Find(key); len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') {
			return Clip(string(raw), maxText)
		}
	}
	return ""
}

// maxKept bounds a value that is taken into an event as JSON; Raw keeps a longer one.
const maxKept = 16 << 10

// JSON is the first of the keys that holds an object or array with something in it, as JSON without white space; nil where
// there is none or it is longer than 16 KiB.
func (r Reader) JSON(keys ...string) json.RawMessage {
	for _, key := range keys {
		raw, _ := r.Find(key)
		var out bytes.Buffer
		if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' || json.Compact(&out, raw) != nil {
			continue
		}
		if out.Len() > len("{}") && out.Len() <= maxKept {
			return out.Bytes()
		}
	}
	return nil
}
