package form

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// Field is one place of a form, with what stands in it.
type Field struct {
	ID          string // of the element in the page
	Name        string // of the input: a JSON Pointer
	Path        string // as settings.Problem has it
	Label       string
	Description string
	Kind        Kind
	Required    bool
	Present     bool // always, of an element
	Element     bool // of a list or map, which can be removed
	Movable     bool // an element of a list that is not its first
	Renamable   bool // an element of a map whose keys people choose
	Secret      bool
	Long        bool     // a text of several lines
	Value       string   // of a text, number or boolean
	Words       []string // of a text, its only values; of a map, the keys it may still get
	Keys        bool     // of a map: it has no other keys than a few words
	Min, Max    *float64
	Fields      []*Field // of an object, all it can have; of a list or map, those that are there
	Problems    []string // what is wrong there
}

// Blank says that an empty text is to stay, which is not the same as none.
func (f *Field) Blank() bool { return f.Present && f.Value == "" && !f.Element }

// Open says whether a person wants to see what is in it.
func (f *Field) Open() bool {
	if len(f.Problems) > 0 {
		return true
	}
	for _, in := range f.Fields {
		if in.Open() {
			return true
		}
	}
	return false
}

// builder numbers the fields and puts the problems where they belong.
type builder struct {
	byPath map[string]*Field
}

// Form is the form of a part of the document, with what is wrong in it. Rest are the problems elsewhere in the document.
func (d *Document) Form(part string, problems []*settings.Problem) (form *Field, rest []*settings.Problem) {
	n := root().property(part)
	if n == nil {
		return nil, problems
	}
	b := &builder{byPath: map[string]*Field{}}
	v, present := d.parts[part]
	form = b.field(n, v, present, "/"+escape(part), part)
	form.Label = part
	for _, p := range problems {
		if f := b.nearest(p.Path); f != nil {
			f.Problems = append(f.Problems, p.Detail)
			if f.Secret {
				f.Value = reference(f.Value)
			}
			continue
		}
		rest = append(rest, p)
	}
	return form, rest
}

// nearest is the field of a path, or the one around it that is shown.
func (b *builder) nearest(path string) *Field {
	for path != "" {
		if f := b.byPath[path]; f != nil {
			return f
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return nil
}

func (b *builder) field(n *node, v any, present bool, name, path string) *Field {
	f := &Field{
		ID: "f" + strconv.Itoa(len(b.byPath)), Name: name, Path: path, Kind: n.kind, Description: n.description,
		Secret: n.secret, Present: present, Words: n.words, Min: n.min, Max: n.max,
	}
	b.byPath[path] = f
	switch n.kind {
	case Object:
		b.properties(f, n, v)
	case Map:
		b.entries(f, n, v)
	case List:
		b.elements(f, n, v)
	default:
		if present {
			f.Value = textOf(v)
		}
		f.Long = n.kind == Text && n.words == nil && (long[path[strings.LastIndexByte(path, '.')+1:]] || strings.Contains(f.Value, "\n"))
		if n.secret {
			f.Value, f.Description = reference(f.Value), strings.TrimPrefix(f.Description, "secret://name")
		}
	}
	return f
}

// long are the texts that often have several lines.
var long = map[string]bool{"body": true, "start_comment": true, "ticket_description": true}

func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v) // a json.Number or a boolean
}

// reference is the name of a secret, and nothing where a person has written the secret itself: it is not shown again.
func reference(text string) string {
	if strings.HasPrefix(text, "secret://") {
		return text
	}
	return ""
}

func (b *builder) properties(f *Field, n *node, v any) {
	o, _ := v.(map[string]any)
	if !f.Present {
		return // its fields come when it is added
	}
	for _, p := range n.properties {
		value, present := o[p.key]
		in := b.field(p.node, value, present, f.Name+"/"+escape(p.key), f.Path+"."+p.key)
		in.Label, in.Required = p.key, p.required
		f.Fields = append(f.Fields, in)
	}
}

func (b *builder) entries(f *Field, n *node, v any) {
	o, _ := v.(map[string]any)
	for _, key := range n.keys(o) {
		in := b.field(n.item, o[key], true, f.Name+"/"+escape(key), f.Path+"."+key)
		in.Label, in.Element, in.Renamable = key, true, n.words == nil
		f.Fields = append(f.Fields, in)
	}
	f.Words, f.Keys = nil, n.words != nil
	for _, word := range n.words {
		if _, taken := o[word]; !taken {
			f.Words = append(f.Words, word)
		}
	}
}

func (b *builder) elements(f *Field, n *node, v any) {
	list, _ := v.([]any)
	for i, value := range list {
		in := b.field(n.item, value, true, place(f.Name, i), f.Path+"["+strconv.Itoa(i)+"]")
		in.Label, in.Element, in.Movable = strconv.Itoa(i+1), true, i > 0
		f.Fields = append(f.Fields, in)
		if o, ok := value.(map[string]any); ok {
			in.Label = titled(in.Label, o)
		}
	}
}

func place(name string, i int) string { return name + "/" + strconv.Itoa(i) }

// titled adds to an element's number what names it among the others.
func titled(label string, o map[string]any) string {
	for _, key := range []string{"key", "name", "field", "url", "status"} {
		switch v := o[key].(type) {
		case string:
			return label + " " + v
		case json.Number:
			return label + " " + v.String()
		}
	}
	return label
}
