package settings

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"slices"
	"sync"
)

// descriptions are the Go comments of the types, by type and key, so that what a person reads in an editor is what stands in
// the code. A test holds that they are fresh.
//
//go:generate go test -run=^TestDescriptionsAreTheComments$ -count=1 . -args -update
//go:embed descriptions.json
var descriptions []byte

// object is a JSON object of the schema.
type object = map[string]any

// Schema is the JSON Schema (draft 2020-12) of a settings document, from the same types and rules as Parse. Every document
// that Parse takes is valid by it. The other way round it is laxer, as it says nothing of:
//
//   - what two values must have in common: one way to sign in, what each endpoint requires, what counts only beside what;
//   - whether a URL is whole, a template can be read, an address is one, or the text of a body is JSON;
//   - keys given twice, and numbers such as 1.0 and 1e1, which are whole numbers to a schema.
var Schema = sync.OnceValue(func() []byte {
	s := schema{defs: object{}}
	if err := json.Unmarshal(descriptions, &s.docs); err != nil {
		panic("settings: descriptions.json: " + err.Error()) // it is part of the program
	}
	root := s.object(reflect.TypeFor[Settings]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Settings of a tenant"
	root["$defs"] = s.defs
	doc, _ := json.MarshalIndent(root, "", "  ") // of maps, lists, texts and numbers alone
	return append(doc, '\n')
})

// schema gathers the definitions of the types met so far.
type schema struct {
	defs object
	docs map[string]string
}

// object describes a struct.
func (s *schema) object(t reflect.Type) object {
	all, needed := properties{}, []string{}
	for _, f := range fieldsOf(t) {
		p := s.of(f.typ, f.rule)
		s.describe(p, f.doc)
		all = append(all, property{f.key, p})
		if f.rule.required {
			needed = append(needed, f.key)
		}
	}
	o := object{"type": "object", "properties": all, "additionalProperties": false}
	if len(needed) > 0 {
		o["required"] = needed
	}
	s.describe(o, t.Name())
	return o
}

func (s *schema) describe(o object, id string) {
	if text := s.docs[id]; text != "" {
		o["description"] = text
	}
}

// of describes a value of the type that keeps the rule.
func (s *schema) of(t reflect.Type, r rule) object {
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem(), r)
	case reflect.Struct:
		if s.defs[t.Name()] == nil {
			s.defs[t.Name()] = s.object(t)
		}
		return object{"$ref": "#/$defs/" + t.Name()}
	case reflect.Map:
		return s.entries(t, r)
	case reflect.Slice:
		return s.list(t, r)
	case reflect.String:
		return r.text()
	case reflect.Bool:
		return object{"type": "boolean"}
	}
	return r.number(t.Kind())
}

// entries describes a map, whose rule is for its keys.
func (s *schema) entries(t reflect.Type, r rule) object {
	o := object{"type": "object", "additionalProperties": s.of(t.Elem(), r.ofValues())}
	switch {
	case r.words != nil:
		o["propertyNames"] = object{"enum": r.words}
	case r.pattern != "":
		o["propertyNames"] = object{"pattern": "^(" + r.pattern + ")$"}
	}
	return o
}

func (s *schema) list(t reflect.Type, r rule) object {
	element := r
	element.required = t.Elem().Kind() == reflect.String && (r.words != nil || r.pattern != "") // an empty one is none of the words
	o := object{"type": "array", "items": s.of(t.Elem(), element)}
	if t.Elem().Kind() == reflect.String {
		o["uniqueItems"] = true
	}
	if r.required {
		o["minItems"] = 1
	}
	return o
}

// text describes a string. One that is not required may be empty, which is the same as absent.
func (r rule) text() object {
	o := object{"type": "string"}
	switch {
	case r.words != nil:
		words := slices.Clone(r.words)
		if !r.required {
			words = append(words, "")
		}
		o["enum"] = words
	case r.pattern != "" && r.required:
		o["pattern"] = "^(" + r.pattern + ")$"
	case r.pattern != "":
		o["pattern"] = "^(" + r.pattern + ")?$"
	}
	if r.required && r.words == nil {
		o["minLength"] = 1
	}
	return o
}

// number describes a number. One that is not required may be 0, which is the same as absent.
func (r rule) number(k reflect.Kind) object {
	o := object{"type": "integer"}
	if k == reflect.Float64 {
		o["type"] = "number"
	}
	if r.bounded() {
		o["minimum"], o["maximum"] = r.min, r.max
	}
	if r.bounded() && !r.required && r.min > 0 {
		delete(o, "minimum")
		o["anyOf"] = []object{{"const": 0}, {"minimum": r.min}}
	}
	return o
}
