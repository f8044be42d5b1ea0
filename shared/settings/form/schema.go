// Package form makes a form of a settings document and a document of what the form sends, by the JSON Schema of
// shared/settings alone: what becomes a setting there has its field here. It also tells two documents apart by path.
//
// It knows no HTTP and no HTML: functions/console has the pages. What is sent is checked by settings.Parse, not here.
package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"sessionbridge.internal/shared/settings"
)

// Kind is what sort of value a field takes.
type Kind string

// The kinds.
const (
	Text    Kind = "text"
	Number  Kind = "number"
	Boolean Kind = "boolean"
	Object  Kind = "object"
	List    Kind = "list"
	Map     Kind = "map" // an object whose keys people choose
)

// node is one place of the schema.
type node struct {
	kind        Kind
	description string
	properties  []property // of an object
	item        *node      // of a list or map
	words       []string   // of a text, its only values; of a map, its only keys
	min, max    *float64
	secret      bool // a reference to a secret
}

type property struct {
	key      string
	required bool
	*node
}

// root is the schema of a whole document.
var root = sync.OnceValue(func() *node {
	var doc written
	if err := json.Unmarshal(settings.Schema(), &doc); err != nil {
		panic("form: the schema cannot be read: " + err.Error()) // it is part of the program
	}
	return doc.node(doc.Defs)
})

// written is a place of the schema as it stands in JSON.
type written struct {
	Ref           string             `json:"$ref"`
	Defs          map[string]written `json:"$defs"`
	Type          string             `json:"type"`
	Description   string             `json:"description"`
	Properties    ordered            `json:"properties"`
	Required      []string           `json:"required"`
	Additional    json.RawMessage    `json:"additionalProperties"`
	PropertyNames struct {
		Enum []string `json:"enum"`
	} `json:"propertyNames"`
	Items   *written `json:"items"`
	Enum    []string `json:"enum"`
	Pattern string   `json:"pattern"`
	Minimum *float64 `json:"minimum"`
	Maximum *float64 `json:"maximum"`
}

// node reads the place. The types of the settings hold none of their own kind, so it ends.
func (w *written) node(defs map[string]written) *node {
	if name, ok := strings.CutPrefix(w.Ref, "#/$defs/"); ok {
		def := defs[name]
		n := def.node(defs)
		if w.Description != "" {
			n.description = w.Description
		}
		return n
	}
	n := &node{description: w.Description, min: w.Minimum, max: w.Maximum}
	switch w.Type {
	case "object":
		w.object(n, defs)
	case "array":
		n.kind, n.item = List, w.Items.node(defs)
	case "integer", "number":
		n.kind = Number
	case "boolean":
		n.kind = Boolean
	default:
		n.kind, n.secret = Text, strings.Contains(w.Pattern, "secret://")
		n.words = slices.DeleteFunc(w.Enum, func(word string) bool { return word == "" }) // the same as absent
	}
	return n
}

func (w *written) object(n *node, defs map[string]written) {
	var item written
	if json.Unmarshal(w.Additional, &item) == nil { // false, where the keys are known
		n.kind, n.item, n.words = Map, item.node(defs), w.PropertyNames.Enum
		return
	}
	n.kind = Object
	for _, m := range w.Properties {
		n.properties = append(n.properties, property{m.key, slices.Contains(w.Required, m.key), m.value.node(defs)})
	}
}

// ordered are the properties of an object in the order in which they are written.
type ordered []member

type member struct {
	key   string
	value written
}

// UnmarshalJSON reads them.
func (o *ordered) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil { // the brace
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		m := member{key: fmt.Sprint(key)}
		if err := d.Decode(&m.value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

// property is that of an object with the key; nil where there is none.
func (n *node) property(key string) *node {
	for _, p := range n.properties {
		if p.key == key {
			return p.node
		}
	}
	return nil
}

// child is the place behind a key or, of a list, behind a place in it.
func (n *node) child(token string) *node {
	if n.kind == Object {
		return n.property(token)
	}
	return n.item
}

// empty is what a value is that a person has just added.
func (n *node) empty() any {
	switch n.kind {
	case Object:
		o := map[string]any{}
		for _, p := range n.properties {
			if p.required && p.kind != Text && p.kind != Number {
				o[p.key] = p.empty()
			}
		}
		return o
	case Map:
		return map[string]any{}
	case List:
		return []any{}
	}
	return ""
}
