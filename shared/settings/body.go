package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/template"
)

// Body is the JSON object that the parameters of a body make. Validate builds it as shared/crm does, so that what is right
// here can be sent there, whichever parameters are left out: a place by number is none behind one that is counted ("a[0]"
// behind "a[]"), since it would be another then.
type Body struct{ root node }

// Put puts a value where the key says, "a.b" or "a[0].b", and makes the objects and lists on the way. The error names the
// key that is in the way.
func (b *Body) Put(key string, value json.RawMessage) error {
	steps, err := stepsOf(key)
	if err != nil {
		return err
	}
	n := &b.root
	for _, s := range steps {
		if n, err = n.child(s, key); err != nil {
			return err
		}
	}
	if n.value != nil || n.members != nil || n.items != nil {
		return fmt.Errorf("its key is given twice: it has the place of %q", n.by)
	}
	n.value = value
	return nil
}

// MarshalJSON writes the object, its members in the order in which they were put.
func (b *Body) MarshalJSON() ([]byte, error) { return b.root.MarshalJSON() }

// Encode gives a parameter's value the JSON form of its type (Parameter.Type). One that is kept though nothing is known has none
// but null, if it is no string. The error does not repeat the value.
func Encode(text, kind string) (json.RawMessage, error) {
	if kind == "" || kind == "string" {
		return json.Marshal(text)
	}
	text = strings.TrimSpace(text)
	lower := strings.ToLower(text)
	switch {
	case text == "":
		return json.RawMessage("null"), nil
	case kind == "number" && template.IsNumber(text), kind == "json" && json.Valid([]byte(text)):
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

// node is a part of a body: a value, an object with its members in the order they came, or a list.
type node struct {
	by      string // the key that made it
	value   json.RawMessage
	names   []string
	members map[string]*node // not nil: an object
	items   map[int]*node    // not nil: a list
	behind  int              // of a list: the place behind its last
	ordered bool             // of a list: that place was taken by a key
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

// child is where a step of a key leads, made if it is not there.
func (n *node) child(s step, key string) (*node, error) {
	switch {
	case n.value != nil, s.list && n.members != nil, !s.list && n.items != nil:
		return nil, fmt.Errorf("its key goes through another's value, or through an object and a list in one place: that of %q", n.by)
	case s.list && s.place >= 0 && n.ordered:
		return nil, fmt.Errorf("its key has a place by number in a list where %q stands already behind the last", n.by)
	case s.list:
		return n.item(s.place, key), nil
	}
	if n.members == nil {
		n.members = map[string]*node{}
	}
	if n.members[s.name] == nil {
		n.names = append(n.names, s.name)
		n.members[s.name] = &node{by: key}
	}
	return n.members[s.name], nil
}

// item is a place of the list that the node is, or becomes.
func (n *node) item(place int, key string) *node {
	if n.items == nil {
		n.items = map[int]*node{}
	}
	if place < 0 {
		place, n.ordered = n.behind, true
	}
	n.behind = max(n.behind, place+1)
	if n.items[place] == nil {
		n.items[place] = &node{by: key}
	}
	return n.items[place]
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
