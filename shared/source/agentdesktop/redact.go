package agentdesktop

import (
	"bytes"
	"encoding/json"
	"strings"

	"sessionbridge.internal/shared/source/payload"
)

// redacted stands in the place of a credential.
const redacted = `"[redacted]"`

// redact takes the credentials out of every CallData within valid JSON, at any depth and also within strings that hold
// JSON, and leaves every other byte as it is. Which event or envelope the CallData belongs to does not matter, so that
// what cannot be read later, and is kept as it came, holds none either.
func redact(raw json.RawMessage) json.RawMessage {
	if !mayHoldCallData(raw) {
		return raw
	}
	c := cutter{in: raw}
	c.value("", 0)
	if c.copied == 0 {
		return raw
	}
	return append(c.out, c.in[c.copied:]...)
}

// mayHoldCallData is quick and never wrong when it says no: letters that are not written as such take a \u, however
// often a string is quoted anew.
func mayHoldCallData(raw []byte) bool {
	return mentionsCallData(raw) || bytes.Contains(raw, []byte(`\u`))
}

// mentionsCallData looks for the property's name in any letter case, without making a copy in lower case.
func mentionsCallData(raw []byte) bool {
	for ; len(raw) >= len(callData); raw = raw[1:] {
		if raw[0]|0x20 == callData[0]|0x20 && bytes.EqualFold(raw[:len(callData)], []byte(callData)) {
			return true
		}
	}
	return false
}

// cutter walks through valid JSON without parsing it into anything, since that would move and rewrite what must stay.
// Its methods take the offset at which a value begins and return that of its end.
type cutter struct {
	in, out []byte
	copied  int // so much of in is in out, or replaced there
}

func (c *cutter) replace(from, to int, with string) {
	if c.out == nil {
		c.out = make([]byte, 0, len(c.in)+len(c.in)/2+len(with)) // {"name":"pin","value":1} grows by half
	}
	c.out = append(append(c.out, c.in[c.copied:from]...), with...)
	c.copied = to
}

// value redacts what stands under a key.
func (c *cutter) value(key string, at int) int {
	switch {
	case strings.EqualFold(key, callData):
		return c.callData(at)
	case c.in[at] == '{', c.in[at] == '[':
		return c.each(at, c.value)
	case c.in[at] == '"':
		return c.text(at)
	}
	return c.skip(key, at)
}

// callData redacts the pairs that are named like a credential. What is no list of pairs goes as a whole where it mentions
// one, since there is no telling which part of it is the secret.
func (c *cutter) callData(at int) int {
	end := c.skip("", at)
	switch {
	case c.isPairs(at):
		c.each(at, c.pair)
	case credential(string(c.in[at:end])) || bytes.Contains(c.in[at:end], []byte(`\u`)): // it may spell one
		c.replace(at, end, redacted)
	}
	return end
}

// isPairs says whether each element of a list is {name, value}.
func (c *cutter) isPairs(at int) bool {
	all := c.in[at] == '['
	if all {
		c.each(at, func(_ string, at int) int {
			pair, _ := c.readName(at)
			all = all && pair
			return c.skip("", at)
		})
	}
	return all
}

// pair redacts {name, value} where the name is a credential's: what is not the name, whatever it is called.
func (c *cutter) pair(_ string, at int) int {
	if _, secret := c.readName(at); !secret {
		return c.skip("", at)
	}
	return c.each(at, func(key string, at int) int {
		end := c.skip(key, at)
		if key != "name" {
			c.replace(at, end, redacted)
		}
		return end
	})
}

// readName says whether a value is an object of a name and at most one thing more, and whether the name is a
// credential's. There may be very many, so nothing is parsed for it.
func (c *cutter) readName(at int) (pair, secret bool) {
	if c.in[at] != '{' {
		return false, false
	}
	names, others := 0, 0
	c.each(at, func(key string, at int) int {
		end := c.skip(key, at)
		if key == "name" && c.in[at] == '"' {
			names++
			secret = credential(unquote(c.in[at:end]))
		} else {
			others++
		}
		return end
	})
	return names == 1 && others <= 1, secret
}

// shortest is no longer than any string that holds a CallData with a credential, quotes and all.
const shortest = len(`"{\"CallData\":\"pin\"}"`)

// text redacts JSON within a string. A string that mentions CallData and is no readable JSON goes as a whole.
func (c *cutter) text(at int) int {
	end := c.stringEnd(at)
	literal := c.in[at:end]
	if len(literal) < shortest || !mayHoldCallData(literal) {
		return end
	}
	inner, problem := payload.Unquote(literal, "")
	if problem != nil {
		if mentionsCallData(literal) {
			c.replace(at, end, redacted)
		}
		return end
	}
	if clean := redact(inner); !bytes.Equal(clean, inner) {
		c.replace(at, end, quote(clean))
	}
	return end
}

// quoter escapes what must be in a string that holds JSON, which has no other control characters.
var quoter = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func quote(text []byte) string { return `"` + quoter.Replace(string(text)) + `"` }

// each visits the values of an object or array, with their keys.
func (c *cutter) each(at int, visit func(key string, at int) int) int {
	object, key, keyed := c.in[at] == '{', "", false
	for at++; ; {
		switch b := c.in[at]; {
		case b == '}' || b == ']':
			return at + 1
		case b <= ' ' || b == ',' || b == ':':
			at++
		case object && !keyed:
			end := c.stringEnd(at)
			key, keyed = unquote(c.in[at:end]), true
			at = end
		default:
			at, keyed = visit(key, at), false
		}
	}
}

func unquote(literal []byte) string {
	if bytes.IndexByte(literal, '\\') < 0 {
		return string(literal[1 : len(literal)-1])
	}
	var s string
	_ = json.Unmarshal(literal, &s) // it is valid JSON, or there would be no walking through it
	return s
}

// skip passes over a value. A number or a word is always followed by something: alone, it holds no CallData.
func (c *cutter) skip(_ string, at int) int {
	switch c.in[at] {
	case '{', '[':
		return c.each(at, c.skip)
	case '"':
		return c.stringEnd(at)
	}
	return at + bytes.IndexAny(c.in[at:], ",]} \t\r\n")
}

func (c *cutter) stringEnd(at int) int {
	for at++; c.in[at] != '"'; at++ {
		if c.in[at] == '\\' {
			at++
		}
	}
	return at + 1
}
