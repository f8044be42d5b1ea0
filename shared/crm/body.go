package crm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// object is the JSON body of parameters, in the order of the settings, in one of the documented formats ("Custom CRM",
// request data format): Property, or a container that is a map or an array.
func object(e *settings.Endpoint, params []filled) ([]byte, error) {
	root := &node{members: map[string]*node{}}
	for _, p := range params {
		value, err := encode(p.text, p.kind)
		if err == nil {
			err = root.put(p.key, value)
		}
		if err != nil {
			return nil, fmt.Errorf("crm: parameter %q: %w", p.key, err)
		}
	}
	body, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("crm: %w", err)
	}
	container, _ := json.Marshal(e.Container) // a string always has a JSON form
	switch e.Format {
	case "", "property":
		return body, nil
	case "map":
		return fmt.Appendf(nil, "{%s:%s}", container, body), nil
	case "array":
		return fmt.Appendf(nil, "{%s:[%s]}", container, body), nil
	}
	return nil, fmt.Errorf("crm: format %q is none of property, map and array", e.Format)
}

// encode gives a value its JSON form. One that is kept though nothing is known has none but null, if it is no string.
func encode(text, kind string) (json.RawMessage, error) {
	if kind == "" || kind == "string" {
		return json.Marshal(text)
	}
	text = strings.TrimSpace(text)
	lower := strings.ToLower(text)
	switch {
	case text == "":
		return json.RawMessage("null"), nil
	case kind == "number" && isNumber(text), kind == "json" && json.Valid([]byte(text)):
		return json.RawMessage(text), nil
	case kind == "boolean" && (lower == "true" || lower == "false"):
		return json.RawMessage(lower), nil
	case kind == "number", kind == "boolean":
		return nil, fmt.Errorf("its value is no %s", kind)
	case kind == "json":
		return nil, errors.New("its value is no JSON")
	}
	return nil, fmt.Errorf("type %q is none of string, number, boolean and json", kind)
}

// isNumber says whether a text is a number of JSON, in which there is no plus sign and no leading zero.
func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s)) && strings.TrimSpace(s) == s
}

// node is a part of a body: a value, an object with its members in the order they came, or a list.
type node struct {
	value   json.RawMessage
	names   []string
	members map[string]*node // not nil: an object
	items   map[int]*node    // not nil: a list
}

// step is one step of a nested key: a member, or a place in a list.
type step struct {
	name  string
	list  bool
	place int // -1: behind the last
}

// stepsOf reads a key: "a.b" is b in a, "a[0].b" is b in the first of the list a, and "a[]" is behind the last of it.
func stepsOf(key string) (steps []step, err error) {
	for part := range strings.SplitSeq(key, ".") {
		name, rest, indexed := strings.Cut(part, "[")
		if name == "" {
			return nil, errors.New(`its key has an empty name; nested keys are of the form "a.b" or "a[0].b"`)
		}
		steps = append(steps, step{name: name})
		for indexed {
			var inside string
			if inside, rest, indexed = strings.Cut(rest, "]"); !indexed {
				return nil, errors.New("its key has an opening bracket without a closing one")
			}
			place := -1
			if inside != "" {
				if place, err = strconv.Atoi(inside); err != nil || place < 0 {
					return nil, errors.New("its key has brackets without a number in them")
				}
			}
			steps = append(steps, step{list: true, place: place})
			if rest == "" {
				break
			}
			if rest, indexed = strings.CutPrefix(rest, "["); !indexed {
				return nil, errors.New("its key has text behind a closing bracket")
			}
		}
	}
	return steps, nil
}

// put puts a value where the key says, and makes the objects and lists on the way.
func (n *node) put(key string, value json.RawMessage) error {
	steps, err := stepsOf(key)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if n = n.child(s); n == nil {
			return errors.New("its key goes through another's value, or through an object and a list in one place")
		}
	}
	if n.value != nil || n.members != nil || n.items != nil {
		return errors.New("its key is given twice")
	}
	n.value = value
	return nil
}

// child is where a step leads; nil where the node is something else.
func (n *node) child(s step) *node {
	if n.value != nil || s.list && n.members != nil || !s.list && n.items != nil {
		return nil
	}
	if s.list {
		if n.items == nil {
			n.items = map[int]*node{}
		}
		if s.place < 0 && len(n.items) > 0 {
			s.place = slices.Max(slices.Collect(maps.Keys(n.items))) + 1
		}
		return makeOf(n.items, max(s.place, 0))
	}
	if n.members == nil {
		n.members = map[string]*node{}
	}
	if n.members[s.name] == nil {
		n.names = append(n.names, s.name)
	}
	return makeOf(n.members, s.name)
}

func makeOf[K comparable](m map[K]*node, key K) *node {
	if m[key] == nil {
		m[key] = &node{}
	}
	return m[key]
}

// MarshalJSON writes the node. A place of a list into which nothing was put, since its parameter was left out, is closed.
func (n *node) MarshalJSON() ([]byte, error) {
	if n.value != nil {
		return n.value, nil
	}
	var b bytes.Buffer
	if n.items != nil {
		b.WriteByte('[')
		for i, place := range slices.Sorted(maps.Keys(n.items)) {
			if err := writeMember(&b, i, nil, n.items[place]); err != nil {
				return nil, err
			}
		}
		b.WriteByte(']')
		return b.Bytes(), nil
	}
	b.WriteByte('{')
	for i, name := range n.names {
		key, _ := json.Marshal(name) // a string always has a JSON form
		if err := writeMember(&b, i, append(key, ':'), n.members[name]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func writeMember(b *bytes.Buffer, i int, key []byte, n *node) error {
	if i > 0 {
		b.WriteByte(',')
	}
	b.Write(key)
	value, err := n.MarshalJSON()
	b.Write(value)
	return err
}
