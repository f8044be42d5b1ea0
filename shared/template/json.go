package template

import (
	"encoding/json"
	"strings"
)

// JSON fills a JSON text. A value within one of its strings stays within it (RFC 8259, section 7); one that stands by itself is
// one value: a number, true, false or null as it is, any other a string, and an empty one null. So no value becomes an
// object, a list or a second element, whatever is in it. The result of a function is such a value by itself, as a whole.
//
// Values go through escape (nil: as they are) first. complete is as for Expand. That holds for a text of which IsJSON is true.
func (t Template) JSON(lookup Lookup, escape func(string) string) (text string, complete bool) {
	if t.call != nil {
		text, complete = t.Expand(lookup, escape)
		return byItself(text), complete
	}
	var at reading
	return t.fill(lookup, func(value, before string) string {
		if escape != nil {
			value = escape(value)
		}
		if at.readTo(before); at.inString {
			return withinString(value)
		}
		return byItself(value)
	})
}

// IsJSON says whether the text is JSON whatever its variables hold: with a number in the place of each, and with a string. A
// function is.
func (t Template) IsJSON(lookup Lookup) bool {
	for _, sample := range []string{"0", "x"} {
		text, _ := t.JSON(func(name string) (string, bool) {
			_, known := lookup(name)
			return sample, known
		}, nil)
		if !json.Valid([]byte(text)) {
			return false
		}
	}
	return true
}

// reading is how far a JSON text was read, and whether within a string.
type reading struct {
	bytes    int
	inString bool
}

func (r *reading) readTo(text string) {
	for ; r.bytes < len(text); r.bytes++ {
		switch c := text[r.bytes]; {
		case c == '"':
			r.inString = !r.inString
		case c == '\\' && r.inString:
			r.bytes++
		}
	}
}

// byItself is a value as JSON.
func byItself(value string) string {
	switch {
	case value == "":
		return "null"
	case IsNumber(value), value == "true", value == "false", value == "null":
		return value
	}
	return `"` + withinString(value) + `"`
}

func withinString(s string) string {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return string(quoted[1 : len(quoted)-1])
}

// IsNumber says whether a text is a number of JSON (RFC 8259, section 6), in which there is no plus sign and no leading zero.
func IsNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s)) && strings.TrimSpace(s) == s
}
