package udesk

import (
	"bytes"
	"encoding/json"
	"iter"
)

// replaced gives each value of a key of an object, valid JSON, to with and puts what it returns in its place. Every other
// byte stays as it came, and so does the whole of what is no object.
func replaced(object json.RawMessage, key string, with func(json.RawMessage) json.RawMessage) json.RawMessage {
	if len(object) == 0 || object[0] != '{' {
		return object
	}
	var out []byte
	kept := 0 // how much of object is in out
	isKey, named := false, false
	for from, to := range pieces(object) {
		if isKey = !isKey; isKey {
			named = spells(object[from:to], key)
			continue
		}
		if named {
			out = append(append(out, object[kept:from]...), with(object[from:to])...)
			kept = to
		}
	}
	return append(out, object[kept:]...)
}

// spells says whether a JSON string is the text, which has nothing to escape but may come escaped.
func spells(literal []byte, text string) bool {
	if bytes.IndexByte(literal, '\\') < 0 {
		return string(literal) == `"`+text+`"`
	}
	var s string
	return json.Unmarshal(literal, &s) == nil && s == text
}

// pieces are the places, from and to, of an array's elements, or of an object's keys and values in turn. It is made by
// hand for the places, and because a decoder allocates a hundred times the size of an array of numbers.
func pieces(b json.RawMessage) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for at := 1; at < len(b); at++ {
			end := at + length(b[at:])
			piece := bytes.TrimSpace(b[at:end])
			from := at + bytes.Index(b[at:end], piece)
			if len(piece) > 0 && !yield(from, from+len(piece)) {
				return
			}
			at = end
		}
	}
}

// length is how long the value at the beginning of b is, up to the sign that follows it.
func length(b []byte) int {
	level, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			level++
		case level == 0 && (c == ',' || c == ':' || c == '}' || c == ']'):
			return i
		case c == '}' || c == ']':
			level--
		}
	}
	return len(b)
}
