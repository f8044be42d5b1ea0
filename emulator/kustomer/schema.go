package kustomer

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// schema says of each attribute what it must be.
type schema map[string]check

// check says what a value must be; nothing, if it is that. The value is as JSON decodes it, nil where it is null.
type check func(v any) string

// badField is an attribute that is not as it must be.
type badField struct{ field, detail string }

func (e *badField) answer() answer { return fail(400, e.field, e.detail) }

// attributes reads a posted JSON object. A PUT that is to replace everything would lose what the stand-in cannot tell from
// what was set, so that it is refused.
func (c *call) attributes() (map[string]any, *badField) {
	if c.r.URL.Query().Get("replace") == "true" {
		return nil, &badField{"replace", "the stand-in changes only what is given: leave replace out"}
	}
	var given map[string]any
	if err := json.Unmarshal(c.body, &given); err != nil || given == nil {
		return nil, &badField{"", "the body must be a JSON object"}
	}
	return given, nil
}

// take removes an attribute that is a text and says what becomes of the others, such as the customer of a conversation.
func take(given map[string]any, name string) (string, *badField) {
	v, there := given[name]
	delete(given, name)
	text, ok := v.(string)
	if there && !ok {
		return "", &badField{name, "must be a text"}
	}
	return text, nil
}

// merge sets what is given over what was there: null removes. The names in custom are merged likewise, as a PUT without
// ?replace=true does (https://developer.kustomer.com/kustomer-api-docs/reference/updateconversation).
func (s schema) merge(old, given map[string]any) (map[string]any, *badField) {
	merged := maps.Clone(old)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		v, c := given[name], s[name]
		if c == nil {
			return nil, &badField{name, "there is no such attribute, or it cannot be set here"}
		}
		if wrong := c(v); wrong != "" {
			return nil, &badField{name, wrong}
		}
		if values, ok := v.(map[string]any); ok && name == "custom" {
			was, _ := old[name].(map[string]any)
			v = overlay(was, values)
		}
		merged[name] = v
		if v == nil {
			delete(merged, name)
		}
	}
	return merged, nil
}

func overlay(old, given map[string]any) map[string]any {
	both := map[string]any{}
	maps.Copy(both, old)
	maps.Copy(both, given)
	maps.DeleteFunc(both, func(_ string, v any) bool { return v == nil })
	return both
}

func text(most int) check {
	return func(v any) string {
		s, ok := v.(string)
		if v != nil && !ok || utf8.RuneCountInString(s) > most {
			return fmt.Sprintf("must be a text of at most %d characters", most)
		}
		return ""
	}
}

func oneOf(values ...string) check {
	return func(v any) string {
		if s, ok := v.(string); ok && slices.Contains(values, s) {
			return ""
		}
		return "must be one of " + strings.Join(values, ", ")
	}
}

func whole(least, most float64) check {
	return func(v any) string {
		n, ok := v.(float64)
		if !ok || n < least || n > most || n != float64(int64(n)) {
			return fmt.Sprintf("must be a whole number from %.0f to %.0f", least, most)
		}
		return ""
	}
}

func moment(v any) string {
	s, ok := v.(string)
	if _, err := time.Parse(time.RFC3339, s); v != nil && (!ok || err != nil) {
		return "must be a time such as 2026-03-02T09:00:00.000Z (RFC 3339)"
	}
	return ""
}

func flag(v any) string {
	if _, ok := v.(bool); v != nil && !ok {
		return "must be true or false"
	}
	return ""
}

func object(v any) string {
	if _, ok := v.(map[string]any); v != nil && !ok {
		return "must be an object"
	}
	return ""
}

// anything is for attributes that are kept and mean nothing here.
func anything(any) string { return "" }

func listOf(most int, each check) check {
	return func(v any) string {
		values, ok := v.([]any)
		if !ok || len(values) > most {
			return fmt.Sprintf("must be a list of at most %d", most)
		}
		for i, value := range values {
			if value == nil {
				return fmt.Sprintf("its item %d is null", i)
			}
			if wrong := each(value); wrong != "" {
				return fmt.Sprintf("its item %d %s", i, wrong)
			}
		}
		return ""
	}
}

func objectID(v any) string {
	s, _ := v.(string)
	if len(s) != 24 || strings.Trim(s, "0123456789abcdef") != "" {
		return "must be an id of 24 hexadecimal digits"
	}
	return ""
}

// customChecks are the endings a custom attribute's name must have one of, and what its value must be
// (https://developer.kustomer.com/kustomer-api-docs/reference/createaconversation, "Custom Attributes").
var customChecks = map[string]check{
	"Str": text(1024), "Txt": text(1024), "At": moment,
	"Num": func(v any) string {
		if _, ok := v.(float64); v != nil && !ok {
			return "must be a number"
		}
		return ""
	},
	"Bool": flag,
	"Url": func(v any) string {
		s, ok := v.(string)
		if u, err := url.Parse(s); v != nil && (!ok || err != nil || u.Scheme == "") {
			return "must be an address"
		}
		return ""
	},
}

// maxCustom bounds the custom attributes of a record.
const maxCustom = 500

func custom(v any) string {
	values, ok := v.(map[string]any)
	if !ok || len(values) > maxCustom {
		return fmt.Sprintf("must be an object of at most %d custom attributes", maxCustom)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		c := checkOf(name)
		if c == nil {
			return fmt.Sprintf("the name %.80q must end with one of Str, Txt, Num, At, Bool, Url", name)
		}
		if wrong := c(values[name]); wrong != "" {
			return fmt.Sprintf("%.80q %s", name, wrong)
		}
	}
	return ""
}

func checkOf(name string) check {
	for suffix, c := range customChecks {
		if strings.HasSuffix(name, suffix) && name != suffix {
			return c
		}
	}
	return nil
}
