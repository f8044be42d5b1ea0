package firestore

import (
	"maps"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// nameField is the path that stands for a document's name in queries and masks.
const nameField = "__name__"

// fieldPath is the parsed form of a field path, one field name an element.
type fieldPath []string

func (p fieldPath) isName() bool { return len(p) == 1 && p[0] == nameField }

// parseField reads a field path: names joined by dots, each simple ([a-zA-Z_][a-zA-Z_0-9]*) or quoted by backticks, with
// a backslash before a backtick or backslash inside (google/firestore/v1/document.proto, Document.fields).
func parseField(s string) (fieldPath, error) {
	if len(s) > maxFieldBytes {
		return nil, invalid("field path %q is %d bytes; the maximum is %d", clip(s), len(s), maxFieldBytes)
	}
	var path fieldPath
	for rest, more := s, true; more; {
		var name string
		var ok bool
		if name, rest, ok = cutField(rest); !ok {
			return nil, invalid("field path %q must be simple names, or names in backticks, joined by dots", clip(s))
		}
		path = append(path, name)
		if more = rest != ""; more {
			if rest[0] != '.' {
				return nil, invalid("field path %q must have a dot after %q", clip(s), clip(name))
			}
			rest = rest[1:]
		}
	}
	return path, path.check(s)
}

func (p fieldPath) check(s string) error {
	if len(p) > maxDepth {
		return invalid("field path %q has %d elements; the maximum is %d", clip(s), len(p), maxDepth)
	}
	if !p.isName() && slices.ContainsFunc(p, reserved) {
		return invalid("field path %q has a reserved name: none may match __.*__", clip(s))
	}
	return nil
}

// cutField takes the first name off a field path.
func cutField(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, "`") {
		return cutQuoted(s[1:])
	}
	i := 0
	for i < len(s) && simple(s[i], i == 0) {
		i++
	}
	return s[:i], s[i:], i > 0
}

func simple(c byte, first bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || !first && '0' <= c && c <= '9'
}

// cutQuoted reads to the closing backtick; s starts after the opening one.
func cutQuoted(s string) (name, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '`':
			return b.String(), s[i+1:], b.Len() > 0
		case '\\':
			i++
			if i == len(s) || s[i] != '`' && s[i] != '\\' {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// parseFields parses the paths of a mask.
func parseFields(mask []string) ([]fieldPath, error) {
	paths := make([]fieldPath, len(mask))
	for i, m := range mask {
		p, err := parseField(m)
		if err != nil {
			return nil, err
		}
		paths[i] = p
	}
	return paths, nil
}

// prefixed reports whether one path leads through the other, or they are equal.
func prefixed(a, b fieldPath) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// get is the value at a path, nil where there is none.
func get(fields map[string]*pb.Value, path fieldPath) *pb.Value {
	v := fields[path[0]]
	for _, name := range path[1:] {
		v = v.GetMapValue().GetFields()[name]
	}
	return v
}

// with returns fields with v at path, or without path where v is nil. Maps on the way are copied, for documents are
// shared with readers; what is on the way and not a map becomes one when there is a value to hold.
func with(fields map[string]*pb.Value, path fieldPath, v *pb.Value) map[string]*pb.Value {
	next := maps.Clone(fields)
	if next == nil {
		next = map[string]*pb.Value{}
	}
	name := path[0]
	switch {
	case len(path) > 1:
		inner := next[name].GetMapValue()
		if inner != nil || v != nil {
			next[name] = mapValue(with(inner.GetFields(), path[1:], v))
		}
	case v == nil:
		delete(next, name)
	default:
		next[name] = v
	}
	return next
}

func mapValue(f map[string]*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_MapValue{MapValue: &pb.MapValue{Fields: f}}}
}

// pick returns the document with only the fields at the given paths.
func pick(d *pb.Document, paths []fieldPath) *pb.Document {
	fields := map[string]*pb.Value{}
	for _, p := range paths {
		if v := get(d.Fields, p); v != nil {
			fields = with(fields, p, v)
		}
	}
	return &pb.Document{Name: d.Name, Fields: fields, CreateTime: d.CreateTime, UpdateTime: d.UpdateTime}
}
