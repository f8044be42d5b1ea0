package payload

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
	in []byte
	at int
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
	literal := c.in[c.at : end+1]
	c.at = end + 1
	content := literal[1 : len(literal)-1]
	if bytes.IndexByte(content, '\\') >= 0 {
		var s string
		if json.Unmarshal(literal, &s) == nil {
			content = []byte(s)
		}
	}
	out = strconv.AppendInt(append(out, '"'), int64(len(content)), 10)
	return append(append(out, ':'), content...)
}
