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

// The limits of one payload. No vendor documents any; a real event is about a kilobyte. An entry may be nested less deeply
// than the whole payload, so that one that is too deep spoils no other.
const (
	maxBytes   = 1 << 20
	maxEntries = 1_000
	maxEvents  = 5_000 // that the entries become
	maxDepth   = 40
	entryDepth = 32
)

// Check returns the payload as valid UTF-8 without white space around it, or what keeps it from being read at all: it is
// empty, no JSON, longer than 1 MiB, or nested deeper than 40 levels.
func Check(body []byte) ([]byte, *source.Malformed) { return check(body, maxDepth) }

func check(body []byte, levels int) ([]byte, *source.Malformed) {
	if len(body) > maxBytes {
		return nil, Malformed("", "%d bytes; at most %d can be read", len(body), maxBytes)
	}
	body = bytes.TrimSpace(bytes.ToValidUTF8(body, []byte("\uFFFD")))
	if len(body) == 0 {
		return nil, Malformed("", "empty; must be JSON")
	}
	if depth(body) > levels {
		return nil, Malformed("", "nested deeper than %d levels", levels)
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
		if len(entries) == maxEntries { // before allocating for more
			return nil, Malformed(path, "more than %d events", maxEntries)
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
		body, problem = unquote(body, "", maxDepth)
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

// Unquote reads JSON that travels in a JSON string, under the limits of an entry: 32 levels.
func Unquote(raw json.RawMessage, path string) (json.RawMessage, *source.Malformed) {
	return unquote(raw, path, entryDepth)
}

func unquote(raw json.RawMessage, path string, levels int) (json.RawMessage, *source.Malformed) {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, Malformed(path, "not a string")
	}
	inner, problem := check([]byte(s), levels)
	if problem != nil {
		return nil, Malformed(path, "a string that holds no readable JSON: %s", problem.Problem)
	}
	return inner, nil
}

// Inner reads an object, or a string that holds one.
func Inner(raw json.RawMessage, path string) (Object, *source.Malformed) {
	if len(raw) > 0 && raw[0] == '"' {
		inner, problem := Unquote(raw, path)
		if problem != nil {
			return nil, problem
		}
		raw = inner
	}
	o, ok := ParseObject(raw)
	if !ok {
		return nil, Malformed(path, "must be an object, or a string that holds one")
	}
	return o, nil
}

// EntryReader reads one entry of a payload into events.
type EntryReader func(source.Receipt, Entry) ([]session.Event, *source.Malformed)

// Decode reads each entry by itself. One that cannot be read is kept as an Unknown event beside its problem; where none
// can, the payload as a whole is malformed: the error is then a *source.Malformed. Neither an entry of more than 32 levels
// can be read, nor the one with which the payload would become more than 5,000 events, nor any after that.
func Decode(r source.Receipt, entries []Entry, read EntryReader) (source.Batch, error) {
	var batch source.Batch
	all := make([][]session.Event, len(entries)) // joined at once: an event is large to copy again and again
	room := maxEvents
	for i, en := range entries {
		events, problem := readWithin(&room, r, en, read)
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

// readWithin reads an entry if there is room for its events. Once there was none, there is none for any other: to read
// what is then thrown away would cost as much as to keep it.
func readWithin(room *int, r source.Receipt, en Entry, read EntryReader) ([]session.Event, *source.Malformed) {
	if depth(en.Raw) > entryDepth {
		return nil, Malformed(en.Path, "nested deeper than %d levels", entryDepth)
	}
	tooMany := Malformed(en.Path, "more than %d events in one payload", maxEvents)
	if *room <= 0 {
		return nil, tooMany
	}
	events, problem := read(r, en)
	if *room -= len(events); *room < 0 {
		return nil, tooMany
	}
	return events, problem
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
