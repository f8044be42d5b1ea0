package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is one place in which two documents differ.
type Change struct {
	Path   string `json:"path"`             // as settings.Problem has it
	Before string `json:"before,omitempty"` // JSON; empty: it was not there
	After  string `json:"after,omitempty"`  // JSON; empty: it is not there any more
}

// MaxChanges bounds how many are told; more are another document.
const MaxChanges = 1_000

// Diff tells how to come from one document to the other, by path. Elements of lists are compared by their place. The error is
// that of a text that is no JSON object.
func Diff(before, after []byte) ([]Change, error) {
	a, err := leaves(before)
	if err != nil {
		return nil, err
	}
	b, err := leaves(after)
	if err != nil {
		return nil, err
	}
	changes := []Change{}
	paths := maps.Clone(a)
	maps.Copy(paths, b)
	for _, path := range slices.SortedFunc(maps.Keys(paths), natural) {
		if a[path] != b[path] && len(changes) < MaxChanges {
			changes = append(changes, Change{path, a[path], b[path]})
		}
	}
	return changes, nil
}

// leaves are a document's texts, numbers and booleans, and what is empty, by path.
func leaves(doc []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("the settings are no JSON object: %w", err)
	}
	all := map[string]string{}
	spread(all, "", v)
	return all, nil
}

func spread(all map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, in := range v {
			spread(all, strings.TrimPrefix(path+"."+key, "."), in)
		}
		if len(v) > 0 {
			return
		}
	case []any:
		for i, in := range v {
			spread(all, path+"["+strconv.Itoa(i)+"]", in)
		}
		if len(v) > 0 {
			return
		}
	}
	var b bytes.Buffer
	writeLeaf(&b, v)
	all[path] = b.String()
}

// natural orders paths so that [10] comes behind [9].
func natural(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] == b[i] {
			continue
		}
		x, y := digits(a[i:]), digits(b[i:])
		if x > 0 && y > 0 && x != y {
			return x - y
		}
		return int(a[i]) - int(b[i])
	}
	return len(a) - len(b)
}

// digits says how many a text begins with.
func digits(text string) int { return len(text) - len(strings.TrimLeft(text, "0123456789")) }
