package payload

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// ContentID names an entry that brings no id of its own: by its content and its place in the payload, so that a
// repeated delivery is the same event while two equal entries of one payload are two. The order of keys, white space
// and the escapes within strings do not matter; numbers count as they were written.
func ContentID(en Entry) string {
	c := canon{in: en.Raw}
	sum := sha256.Sum256(c.appendValue(nil))
	return fmt.Sprintf("sha256-%s-%d", hex.EncodeToString(sum[:16]), en.Index)
}

// canon reads valid JSON and writes a form of it that is the same for equal values. It is made by hand because decoding
// into maps and interfaces allocates a hundred times the size of a hostile payload.
type canon struct {
	in   []byte
	at   int
	text []byte // the last string that had escapes
}

func (c *canon) appendValue(out []byte) []byte {
	switch c.next() {
	case '{':
		return c.appendObject(out)
	case '[':
		return c.appendArray(out)
	case '"':
		return c.appendString(out)
	}
	end := bytes.IndexAny(c.in[c.at:], ",]} \t\r\n")
	if end < 0 {
		end = len(c.in) - c.at
	}
	c.at += end
	return append(out, c.in[c.at-end:c.at]...)
}

// next passes over white space and returns the byte after it, which it leaves.
func (c *canon) next() byte {
	for c.in[c.at] == ' ' || c.in[c.at] == '\t' || c.in[c.at] == '\r' || c.in[c.at] == '\n' {
		c.at++
	}
	return c.in[c.at]
}

// passed consumes the byte where it is next.
func (c *canon) passed(b byte) bool {
	if c.next() != b {
		return false
	}
	c.at++
	return true
}

func (c *canon) appendArray(out []byte) []byte {
	c.at++
	out = append(out, '[')
	for !c.passed(']') {
		if !c.passed(',') {
			out = append(c.appendValue(out), ',')
		}
	}
	return append(out, ']')
}

func (c *canon) appendObject(out []byte) []byte {
	c.at++
	start := len(out)
	var members []string
	for !c.passed('}') {
		if c.passed(',') {
			continue
		}
		out = c.appendString(out[:start])
		c.passed(':')
		out = c.appendValue(out)
		members = append(members, string(out[start:]))
	}
	slices.Sort(members)
	out = append(out[:start], '{')
	for _, m := range members {
		out = append(append(out, m...), ',')
	}
	return append(out, '}')
}

// appendString writes a string by its length and content, so that nothing in it can be taken for what follows.
func (c *canon) appendString(out []byte) []byte {
	c.next()
	end := c.at + 1
	for ; c.in[end] != '"'; end++ {
		if c.in[end] == '\\' {
			end++
		}
	}
	content := c.in[c.at+1 : end]
	c.at = end + 1
	if bytes.IndexByte(content, '\\') >= 0 {
		c.text = appendUnescaped(c.text[:0], content)
		content = c.text
	}
	out = strconv.AppendInt(append(out, '"'), int64(len(content)), 10)
	return append(append(out, ':'), content...)
}

// escapes are the one-letter ones of JSON (RFC 8259, section 7).
var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// appendUnescaped appends the text of a valid JSON string, given without its quotes. It does not allocate, unlike
// json.Unmarshal, for the many strings that a payload may hold.
func appendUnescaped(out, inside []byte) []byte {
	for at := 0; at < len(inside); at++ {
		if inside[at] != '\\' {
			out = append(out, inside[at])
			continue
		}
		at++
		if inside[at] != 'u' {
			out = append(out, escapes[inside[at]])
			continue
		}
		c := hex4(inside[at+1:])
		at += 4
		if utf16.IsSurrogate(c) {
			both := utf8.RuneError
			if at+6 < len(inside) && inside[at+1] == '\\' && inside[at+2] == 'u' {
				both = utf16.DecodeRune(c, hex4(inside[at+3:]))
			}
			if c = both; c != utf8.RuneError {
				at += 6
			}
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}

// hex4 reads four hexadecimal digits.
func hex4(b []byte) rune {
	var c rune
	for _, d := range b[:4] {
		switch {
		case d <= '9':
			c = c<<4 | rune(d-'0')
		default:
			c = c<<4 | rune(d|0x20-'a'+10)
		}
	}
	return c
}
