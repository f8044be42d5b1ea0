package settings_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

// full is a document that says all that can be said.
func full(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// edits are values, as JSON, by the path at which they are put; an empty one takes away what is there.
type edits map[string]string

// edit gives the document with other values in it.
func edit(t *testing.T, doc string, by edits) string {
	t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(doc), &tree); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(by)) {
		tree = put(t, tree, steps(path), by[path])
	}
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var step = regexp.MustCompile(`[^.\[\]]+`)

func steps(path string) []string { return step.FindAllString(path, -1) }

// raw is a value that goes into the document as it is.
type raw = json.RawMessage

func put(t *testing.T, at any, path []string, value string) any {
	t.Helper()
	if len(path) == 0 {
		return raw(value)
	}
	switch v := at.(type) {
	case map[string]any:
		if len(path) == 1 && value == "" {
			delete(v, path[0])
			return v
		}
		v[path[0]] = put(t, v[path[0]], path[1:], value)
		return v
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil {
			t.Fatal(err)
		}
		if i == len(v) {
			v = append(v, nil)
		}
		v[i] = put(t, v[i], path[1:], value)
		return v
	case raw:
		var in any
		if err := json.Unmarshal(v, &in); err != nil {
			t.Fatal(err)
		}
		return put(t, in, path, value)
	case nil:
		return put(t, map[string]any{}, path, value)
	}
	t.Fatalf("nothing can be put at %v of %v", path, at)
	return nil
}

// problems are those that Parse names.
func problems(t *testing.T, doc string) (all []*settings.Problem) {
	t.Helper()
	_, err := settings.Parse([]byte(doc))
	if err == nil {
		return nil
	}
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		var p *settings.Problem
		if !errors.As(err, &p) || p.Path == "" || p.Detail == "" {
			t.Fatalf("%v names no place or no detail", err)
		}
		all = append(all, p)
	}
	return all
}

// places are the values within a value, by their paths; those of lists are not, only what is within them.
func places(v any, at string) map[string]any {
	all := map[string]any{}
	switch v := v.(type) {
	case map[string]any:
		for key, in := range v {
			path := strings.TrimPrefix(at+"."+key, ".")
			all[path] = in
			maps.Copy(all, places(in, path))
		}
	case []any:
		for i, in := range v {
			maps.Copy(all, places(in, fmt.Sprintf("%s[%d]", at, i)))
		}
	}
	return all
}
