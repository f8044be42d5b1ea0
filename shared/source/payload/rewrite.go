package payload

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
)

// Replaced gives each value of the keys of an object, valid JSON, to with and puts what it returns in its place. Every
// other byte stays as it came, and so does the whole of what is no object.
func Replaced(object json.RawMessage, with func(json.RawMessage) json.RawMessage, keys ...string) json.RawMessage {
	if len(object) == 0 || object[0] != '{' {
		return object
	}
	out := make([]byte, 0, len(object))
	kept := 0 // how much of object is in out
	isKey, named := false, false
	for from, to := range Pieces(object) {
		if isKey = !isKey; isKey {
			named = slices.ContainsFunc(keys, func(key string) bool { return spells(object[from:to], key) })
			continue
		}
		if named {
			out = append(append(out, object[kept:from]...), with(object[from:to])...)
			kept = to
		}
	}
	return append(out, object[kept:]...)
}

// Cleaned is the value, valid JSON, as clean returns it: an array with each element cleaned, and a string that holds JSON
// with that cleaned. So an entry that could not be read, whatever it is, keeps no more than one that could.
func Cleaned(value json.RawMessage, clean func(json.RawMessage) json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return value
	}
	switch value[0] {
	case '[':
		out := make([]byte, 0, len(value))
		kept := 0
		for from, to := range Pieces(value) {
			out = append(append(out, value[kept:from]...), Cleaned(value[from:to], clean)...)
			kept = to
		}
		return append(out, value[kept:]...)
	case '"':
		inner, problem := Unquote(value, "")
		if problem != nil {
			return clean(value)
		}
		cleaned := Cleaned(inner, clean)
		if quoted, err := json.Marshal(string(cleaned)); err == nil && !bytes.Equal(cleaned, inner) {
			return quoted
		}
		return value
	}
	return clean(value)
}

// spells says whether a JSON string is the text, which has nothing to escape but may come escaped.
func spells(literal []byte, text string) bool {
	if bytes.IndexByte(literal, '\\') < 0 {
		return string(literal) == `"`+text+`"`
	}
	return string(appendUnescaped(nil, literal[1:len(literal)-1])) == text
}

// Pieces are the places, from and to, of an array's elements, or of an object's keys and values in turn. It is made by
// hand for the places, and because a decoder allocates a hundred times the size of an array of numbers.
func Pieces(b json.RawMessage) iter.Seq2[int, int] {
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

// Rewritten gives each string within a value, valid JSON, as it is written to with, and puts what it returns in its place.
func Rewritten(value []byte, with func(literal []byte) []byte) []byte {
	out := make([]byte, 0, len(value))
	for at := 0; at < len(value); at++ {
		if value[at] != '"' {
			out = append(out, value[at])
			continue
		}
		end := at + 1
		for ; value[end] != '"'; end++ {
			if value[end] == '\\' {
				end++
			}
		}
		out = append(out, with(value[at:end+1])...)
		at = end
	}
	return out
}

// Plain writes a JSON string without the escapes that no character of an address needs: it is the inside of an equal
// string. It is made by hand, as Pieces is.
func Plain(literal []byte) []byte {
	inside := literal[1 : len(literal)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	out := make([]byte, 0, len(inside))
	for at := 0; at < len(inside); at++ {
		if inside[at] != '\\' {
			out = append(out, inside[at])
			continue
		}
		at++
		if inside[at] == '/' {
			out = append(out, '/')
			continue
		}
		if inside[at] == 'u' {
			c, err := strconv.ParseUint(string(inside[at+1:at+5]), 16, 16)
			if err == nil && c >= ' ' && c <= '~' && c != '"' && c != '\\' {
				out = append(out, byte(c))
				at += 4
				continue
			}
		}
		out = append(out, '\\', inside[at])
	}
	return out
}
