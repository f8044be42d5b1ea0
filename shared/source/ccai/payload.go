package ccai

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sessionbridge.internal/shared/source"
)

// The limits of one payload. The platform documents none; a real event is about a kilobyte.
const (
	maxBytes  = 1 << 20
	maxEvents = 1_000
	maxDepth  = 32
)

// check returns the payload as valid UTF-8, or what keeps it from being read at all.
func check(body []byte) ([]byte, *source.Malformed) {
	if len(body) > maxBytes {
		return nil, malformed("", "%d bytes; at most %d can be read", len(body), maxBytes)
	}
	body = bytes.TrimSpace(bytes.ToValidUTF8(body, []byte("\uFFFD")))
	if len(body) == 0 {
		return nil, malformed("", "empty; must be JSON")
	}
	if depth(body) > maxDepth {
		return nil, malformed("", "nested deeper than %d levels", maxDepth)
	}
	if !json.Valid(body) {
		return nil, malformed("", "not JSON")
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

// elements splits an array, valid JSON, into its entries. It stops at the limit rather than allocating for more.
func elements(array json.RawMessage, path string) ([]entry, *source.Malformed) {
	var entries []entry
	d := json.NewDecoder(bytes.NewReader(array))
	if _, err := d.Token(); err != nil { // the opening bracket
		return nil, malformed(path, "not an array")
	}
	for d.More() {
		if len(entries) == maxEvents {
			return nil, malformed(path, "more than %d events", maxEvents)
		}
		en := entry{path: fmt.Sprintf("%s[%d]", path, len(entries)), index: len(entries)}
		if err := d.Decode(&en.raw); err != nil {
			return nil, malformed(en.path, "not JSON")
		}
		entries = append(entries, en)
	}
	return entries, nil
}

// malformed reports a problem at a path; the empty path is the payload itself.
func malformed(path, format string, args ...any) *source.Malformed {
	if path == "" {
		path = "$"
	}
	return &source.Malformed{Path: path, Problem: fmt.Sprintf(format, args...)}
}
