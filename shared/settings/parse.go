package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// MaxBytes bounds a settings document.
const MaxBytes = 512 << 10

// Parse reads a document strictly: a key that is unknown, written in other letter case or given twice, a null, a wrong type
// or anything after the document is an error. One of an earlier version is upgraded first (Upgrade). The result is checked as Validate does; the error joins every *Problem found.
func Parse(doc []byte) (Settings, error) {
	var s Settings
	if len(doc) > MaxBytes {
		return s, &Problem{"$", fmt.Sprintf("is %d bytes; the most is %d", len(doc), MaxBytes)}
	}
	doc, err := Upgrade(doc)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(doc, new(json.RawMessage)); err != nil {
		return s, &Problem{"$", syntax(doc, err)}
	}
	r := &reader{d: json.NewDecoder(bytes.NewReader(doc)), broken: map[string]bool{}}
	r.d.UseNumber()
	r.value(reflect.TypeFor[Settings](), "")
	if err := json.Unmarshal(doc, &s); err != nil && len(r.problems) == 0 {
		return s, &Problem{"$", err.Error()} // not known to happen: the reader is the stricter of the two
	}
	c := &checker{problems: r.problems, broken: r.broken}
	c.settings(&s)
	return s, c.err()
}

// syntax says where a document stops being JSON, in lines, since an offset helps nobody who edits it.
func syntax(doc []byte, err error) string {
	line := 1
	var s *json.SyntaxError
	if errors.As(err, &s) {
		line += bytes.Count(doc[:s.Offset], []byte("\n"))
	}
	return fmt.Sprintf("line %d: %v; must be one JSON object and nothing after it", line, err)
}

// reader compares a document, known to be JSON, with the types it is for, token by token, and notes each difference with
// its path. Values of unknown keys are skipped, so it goes no deeper than the types do.
type reader struct {
	d        *json.Decoder
	problems []*Problem
	broken   map[string]bool // the paths of settings whose value cannot be taken
}

// note notes what is wrong with a setting.
func (r *reader) note(path, detail string) {
	r.broken[path] = true
	if path == "" {
		path = "$"
	}
	r.problems = append(r.problems, &Problem{path, detail})
}

// token is the next one; there is one, since the document is JSON.
func (r *reader) token() json.Token {
	t, _ := r.d.Token()
	return t
}

// value reads one value that is to be of the type.
func (r *reader) value(t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token := r.token()
	if problem := mismatch(t, token); problem != "" {
		r.note(path, problem)
		r.skip(token)
		return
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		r.object(t, path)
	case reflect.Slice:
		for i := 0; r.d.More(); i++ {
			r.value(t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
		r.token()
	}
}

// object reads the keys of an object whose opening brace was read.
func (r *reader) object(t reflect.Type, path string) {
	seen := map[string]bool{}
	for r.d.More() {
		key := r.token().(string)
		at := join(path, key)
		if seen[key] {
			r.note(at, "is there twice; only one of them can count")
		}
		seen[key] = true
		if of := typeOf(t, key); of != nil {
			r.value(of, at)
			continue
		}
		r.problems = append(r.problems, &Problem{at, "is no setting; here there are " + keysOf(t)}) // and says nothing of any that is
		r.skip(r.token())
	}
	r.token()
}

// skip reads on to the end of the value that the token begins.
func (r *reader) skip(first json.Token) {
	for depth := depthOf(first); depth > 0; {
		depth += depthOf(r.token())
	}
}

func depthOf(t json.Token) int {
	switch t {
	case json.Delim('{'), json.Delim('['):
		return 1
	case json.Delim('}'), json.Delim(']'):
		return -1
	}
	return 0
}

// typeOf is the type behind a key, nil if there is none. encoding/json would take the key in any letter case.
func typeOf(t reflect.Type, key string) reflect.Type {
	if t.Kind() == reflect.Map {
		return t.Elem()
	}
	for _, f := range fieldsOf(t) {
		if f.key == key {
			return f.typ
		}
	}
	return nil
}

func keysOf(t reflect.Type) string {
	var keys []string
	for _, f := range fieldsOf(t) {
		keys = append(keys, f.key)
	}
	return strings.Join(keys, ", ")
}

// mismatch says what is wrong with a value that begins with the token; empty if it is of the type.
func mismatch(t reflect.Type, token json.Token) string {
	want, is := jsonName(t.Kind()), tokenName(token)
	if number, ok := token.(json.Number); ok && strings.HasPrefix(want, is) {
		return outOfRange(t.Kind(), number)
	}
	if want == is {
		return ""
	}
	if token == nil {
		return fmt.Sprintf("must be a JSON %s, not null; leave the key out to have none", want)
	}
	return fmt.Sprintf("must be a JSON %s, not of type %s", want, is)
}

func outOfRange(k reflect.Kind, n json.Number) string {
	if k == reflect.Float64 {
		if _, err := n.Float64(); err != nil {
			return fmt.Sprintf("must be a number that fits 64 bits, not %s", n)
		}
		return ""
	}
	if _, err := n.Int64(); err != nil {
		return fmt.Sprintf("must be a JSON number without a fraction, not %s", n)
	}
	return ""
}

// jsonName is what JSON calls a Go type of the settings.
func jsonName(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Slice:
		return "array"
	case reflect.Int:
		return "number without a fraction"
	case reflect.Float64:
		return "number"
	}
	return "object"
}

func tokenName(t json.Token) string {
	switch t := t.(type) {
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case json.Delim:
		if t == '[' {
			return "array"
		}
		return "object"
	}
	return "null"
}

// join is the dotted path of a key.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
