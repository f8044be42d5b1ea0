package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Document is a settings document whose parts can be replaced one by one.
type Document struct {
	parts map[string]any
}

// ErrForm is a document that no form can show: it has keys or values that are no settings. It can be mended as JSON.
var ErrForm = errors.New("the settings have something that no form shows; mend them as JSON")

// Parse reads a document. The error is ErrForm, or that of a text that is no JSON.
func Parse(doc []byte) (*Document, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber() // a number is shown as it was written
	all := &Document{}
	if err := d.Decode(&all.parts); err != nil {
		return nil, fmt.Errorf("the settings are no JSON object: %w", err)
	}
	if all.parts == nil || !root().takes(all.parts) {
		return nil, ErrForm
	}
	return all, nil
}

// takes says whether the value is of the kind, with all within it.
func (n *node) takes(v any) bool {
	switch v := v.(type) {
	case string:
		return n.kind == Text || n.kind == Number // as a person may have written it
	case bool:
		return n.kind == Boolean
	case json.Number:
		return n.kind == Number
	case []any:
		return n.kind == List && !slices.ContainsFunc(v, func(in any) bool { return !n.item.takes(in) })
	case map[string]any:
		if n.kind != Object && n.kind != Map {
			return false
		}
		for key, in := range v {
			if child := n.child(key); child == nil || !child.takes(in) {
				return false
			}
		}
		return true
	}
	return false
}

// Part is one of the top level's keys.
type Part struct {
	Name        string
	Description string
	Present     bool
}

// Parts are all parts that a document can have, in the schema's order. The version is none: nobody is to change it.
func (d *Document) Parts() (all []Part) {
	for _, p := range root().properties {
		if p.kind == Number {
			continue
		}
		_, present := d.parts[p.key]
		all = append(all, Part{p.key, p.description, present})
	}
	return all
}

// Replace puts the part of another document in the place of this one's; a part that the other lacks is taken away.
func (d *Document) Replace(part string, from *Document) {
	v, present := from.parts[part]
	if !present {
		delete(d.parts, part)
		return
	}
	d.parts[part] = v
}

// Names are the parts that the document has.
func (d *Document) Names() []string { return slices.Sorted(maps.Keys(d.parts)) }

// JSON writes the document, indented, its keys in the schema's order.
func (d *Document) JSON() []byte {
	var flat, b bytes.Buffer
	root().write(&flat, d.parts)
	_ = json.Indent(&b, flat.Bytes(), "", "  ") // it was written just now
	b.WriteByte('\n')
	return b.Bytes()
}

func (n *node) write(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, key := range n.keys(v) {
			if i > 0 {
				b.WriteByte(',')
			}
			writeLeaf(b, key)
			b.WriteByte(':')
			n.child(key).write(b, v[key])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, in := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			n.item.write(b, in)
		}
		b.WriteByte(']')
	default:
		writeLeaf(b, v)
	}
}

// keys are those of a value, in the schema's order; of a map, in the alphabet's.
func (n *node) keys(v map[string]any) (keys []string) {
	if n.kind == Map {
		return slices.Sorted(maps.Keys(v))
	}
	for _, p := range n.properties {
		if _, ok := v[p.key]; ok {
			keys = append(keys, p.key)
		}
	}
	return keys
}

// writeLeaf writes a text, number or boolean. What is HTML to a browser is a template's to escape.
func writeLeaf(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of such values it always has a form
	b.Truncate(b.Len() - 1)
}
