// Package payload is what the readers of all vendors' payloads share: the limits of a payload, its split into entries,
// reading fields that may be absent or of another type, names by content, and the browser's envelope. The vendors'
// packages beside it know the names and shapes; shared/source above has the types they answer with.
package payload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
)

// The limits of one payload. No vendor documents any; a real event is about a kilobyte.
const (
	maxBytes  = 1 << 20
	maxEvents = 1_000
	maxDepth  = 32
)

// Check returns the payload as valid UTF-8 without white space around it, or what keeps it from being read at all: it is
// empty, no JSON, longer than 1 MiB, or nested deeper than 32 levels.
func Check(body []byte) ([]byte, *source.Malformed) {
	if len(body) > maxBytes {
		return nil, Malformed("", "%d bytes; at most %d can be read", len(body), maxBytes)
	}
	body = bytes.TrimSpace(bytes.ToValidUTF8(body, []byte("\uFFFD")))
	if len(body) == 0 {
		return nil, Malformed("", "empty; must be JSON")
	}
	if depth(body) > maxDepth {
		return nil, Malformed("", "nested deeper than %d levels", maxDepth)
	}
	if !json.Valid(body) {
		return nil, Malformed("", "not JSON")
	}
	return body, nil
}

// depth counts how deeply objects and arrays are nested; before the payload is known to be JSON, so that what parses
// JSON by recursion never sees a deep one.
func depth(body []byte) int {
	deepest, level, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// Entry is one event within a payload.
type Entry struct {
	Path  string // its JSON path, empty where it is the whole payload
	Index int    // its place in the payload
	Raw   json.RawMessage
}

// Elements splits an array, valid JSON, into its entries, at most 1,000.
func Elements(array json.RawMessage, path string) ([]Entry, *source.Malformed) {
	var entries []Entry
	d := json.NewDecoder(bytes.NewReader(array))
	if _, err := d.Token(); err != nil { // the opening bracket
		return nil, Malformed(path, "not an array")
	}
	for d.More() {
		if len(entries) == maxEvents { // before allocating for more
			return nil, Malformed(path, "more than %d events", maxEvents)
		}
		en := Entry{Path: fmt.Sprintf("%s[%d]", path, len(entries)), Index: len(entries)}
		if err := d.Decode(&en.Raw); err != nil {
			return nil, Malformed(en.Path, "not JSON")
		}
		entries = append(entries, en)
	}
	return entries, nil
}

// Entries checks a payload that is one event or an array of them, as JSON or as a JSON string that holds it, and splits
// it. The problem of any other payload says that it must be what.
func Entries(body []byte, what string) ([]Entry, *source.Malformed) {
	body, problem := Check(body)
	if problem == nil && body[0] == '"' {
		body, problem = Unquote(body, "")
	}
	if problem != nil {
		return nil, problem
	}
	switch body[0] {
	case '{':
		return []Entry{{Raw: body}}, nil
	case '[':
		return Elements(body, "")
	}
	return nil, Malformed("", "must be %s, or an array of them", what)
}

// Unquote reads JSON that travels in a JSON string, under the same limits as a payload.
func Unquote(raw json.RawMessage, path string) (json.RawMessage, *source.Malformed) {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, Malformed(path, "not a string")
	}
	inner, problem := Check([]byte(s))
	if problem != nil {
		return nil, Malformed(path, "a string that holds no readable JSON: %s", problem.Problem)
	}
	return inner, nil
}

// Decode reads each entry by itself. One that cannot be read is kept as an Unknown event beside its problem; where none
// can, the payload as a whole is malformed: the error is then a *source.Malformed.
func Decode(r source.Receipt, entries []Entry, read func(source.Receipt, Entry) ([]session.Event, *source.Malformed)) (source.Batch, error) {
	var batch source.Batch
	all := make([][]session.Event, len(entries)) // joined at once: an event is large to copy again and again
	for i, en := range entries {
		events, problem := read(r, en)
		if problem != nil {
			batch.Rejected = append(batch.Rejected, problem)
			events = []session.Event{unreadable(r, en, problem)}
		}
		all[i] = events
	}
	batch.Events = slices.Concat(all...)
	if n := len(batch.Rejected); n > 0 && n == len(entries) {
		return source.Batch{}, batch.Rejected[0]
	}
	return batch, nil
}

// unreadable keeps an entry that could not be read, with the reason.
func unreadable(r source.Receipt, en Entry, problem *source.Malformed) session.Event {
	e := NewEvent(r, ContentID(en))
	e.Kind, e.Raw, e.Notes = session.Unknown, en.Raw, []string{problem.Error()}
	return e
}

// NewEvent is an event of the payload, at the time of its receipt until the caller knows a better one.
func NewEvent(r source.Receipt, id string) session.Event {
	at := r.At.UTC()
	return session.Event{ID: id, Tenant: r.Tenant, Source: r.Source, At: at, ReceivedAt: at}
}

// Malformed reports a problem at a path; the empty path is the payload itself.
func Malformed(path, format string, args ...any) *source.Malformed {
	if path == "" {
		path = "$"
	}
	return &source.Malformed{Path: path, Problem: fmt.Sprintf(format, args...)}
}
