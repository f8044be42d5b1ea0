package form

import (
	"encoding/json"
	"net/url"
	"strings"
)

// A form names its inputs by JSON Pointer (RFC 6901), since keys of maps may have dots in them: mail addresses do. An object,
// list or map that is there has an input of its own, hidden, with the value "there"; a text that is there and empty has one whose
// name begins with "!". What has no input is absent.
const (
	there = "there"
	blank = "!"
)

// values are what a form has sent, with the keys of each place.
type values struct {
	url.Values
	below map[string][]string
}

// Read takes the part of a document out of what a form sent; what is not of the schema is left out, and what is of the wrong
// form stays a text, about which settings.Parse has its say.
func Read(part string, sent url.Values) *Document {
	v := values{sent, map[string][]string{}}
	for name := range sent {
		if i := strings.LastIndexByte(name, '/'); i >= 0 && name[0] == '/' {
			v.below[name[:i]] = append(v.below[name[:i]], unescape(name[i+1:]))
		}
	}
	d := &Document{parts: map[string]any{}}
	if n := root().property(part); n != nil {
		if value, present := v.read(n, "/"+escape(part)); present {
			d.parts[part] = value
		}
	}
	return d
}

// read is the value at a pointer.
func (v values) read(n *node, at string) (value any, present bool) {
	if !v.Has(at) {
		return nil, false
	}
	text := v.Get(at)
	switch n.kind {
	case Object:
		o := map[string]any{}
		for _, p := range n.properties {
			in := at + "/" + escape(p.key)
			if value, present := v.read(p.node, in); present && (value != "" || v.Has(blank+in)) {
				o[p.key] = value
			}
		}
		return o, true
	case Map:
		return v.entries(n, at), true
	case List:
		return v.elements(n, at), true
	case Boolean:
		if text == "true" || text == "false" {
			return text == "true", true
		}
		return "", text != ""
	case Number:
		return number(text), true
	}
	return strings.ReplaceAll(text, "\r\n", "\n"), true // as forms send the ends of lines (html.spec.whatwg.org, form submission)
}

func (v values) entries(n *node, at string) map[string]any {
	o := map[string]any{}
	for _, key := range v.below[at] {
		if value, present := v.read(n.item, at+"/"+escape(key)); present {
			o[key] = value
		}
	}
	return o
}

// elements are those of a list, up to the first that is not there.
func (v values) elements(n *node, at string) []any {
	list := []any{}
	for i := range len(v.below[at]) {
		value, present := v.read(n.item, place(at, i))
		if !present {
			break
		}
		list = append(list, value)
	}
	return list
}

// number is one as JSON has them, and any other text as it is.
func number(text string) any {
	text = strings.TrimSpace(text)
	if n := json.Number(text); text != "" && json.Valid([]byte(text)) && !strings.ContainsAny(text, `"[{tfn`) {
		return n
	}
	return text
}

func escape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

func unescape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

// tokens are the parts of a pointer.
func tokens(pointer string) []string {
	all := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range all {
		all[i] = unescape(all[i])
	}
	return all
}
