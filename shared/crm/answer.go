package crm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// ReadID finds the object's id in an answer. found is false when the answer is empty, or sound but holds no object there, which is
// what a search that found nobody says. The error is for an answer that is no JSON.
//
// The path is dotted; an array stands for its first element, and a number for that element.
func ReadID(e *settings.Endpoint, body []byte) (id string, found bool, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return "", false, nil // a 204, with which some CRMs say that they found nobody
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // an id must not pass through a float
	var doc any
	if err := d.Decode(&doc); err != nil {
		return "", false, fmt.Errorf("crm: the answer is not JSON: %w", err)
	}
	path := orDefault(e.ID, "id")
	if e.Response != "" {
		path = e.Response + "." + path
	}
	switch v := at(doc, strings.Split(path, ".")).(type) {
	case string:
		return v, v != "", nil
	case json.Number:
		return v.String(), true, nil
	}
	return "", false, nil
}

// at follows the path, or gives nil where it leads nowhere.
func at(v any, path []string) any {
	if list, ok := v.([]any); ok {
		n := 0
		if len(path) > 0 {
			if i, err := strconv.Atoi(path[0]); err == nil {
				n, path = i, path[1:]
			}
		}
		if n < 0 || n >= len(list) {
			return nil
		}
		return at(list[n], path)
	}
	if len(path) == 0 {
		return v
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return at(m[path[0]], path[1:])
}
