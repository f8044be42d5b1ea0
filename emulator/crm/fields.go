package crm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// fields are the members of a posted JSON object not taken yet. null is a field that is absent, or is to be emptied.
type fields map[string]json.RawMessage

// badField is a field that is not as it must be.
type badField struct{ field, message string }

func (e *badField) Error() string { return e.field + ": " + e.message }

func parseFields(body []byte) (fields, error) {
	var f fields
	if err := json.Unmarshal(body, &f); err != nil || f == nil {
		return nil, &badField{"", "the body must be a JSON object"}
	}
	return f, nil
}

// text takes a text. What is absent leaves to as it is; null empties it.
func (f fields) text(name string, to *string) error {
	raw, ok := f[name]
	delete(f, name)
	if !ok {
		return nil
	}
	*to = ""
	if err := json.Unmarshal(raw, to); err != nil {
		return &badField{name, "must be a text"}
	}
	return nil
}

// id takes a whole number. It may be in quotes: what builds requests from templates knows no other type.
func (f fields) id(name string, to *int64) error {
	raw, ok := f[name]
	delete(f, name)
	if !ok {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return &badField{name, fmt.Sprintf("must be an id such as 1, not %.40s", raw)}
	}
	*to = n
	return nil
}

// drop removes fields that only the CRM sets.
func (f fields) drop(names ...string) {
	for _, n := range names {
		delete(f, n)
	}
}

// first is the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func failField(err error) answer {
	if e, ok := err.(*badField); ok {
		return fail(http.StatusBadRequest, e.field, e.message)
	}
	return fail(http.StatusBadRequest, "", err.Error())
}

// pathID is the id in the path; 0, which nothing has, where it is no number.
func pathID(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
