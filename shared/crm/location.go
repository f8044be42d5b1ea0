package crm

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// location is a parsed path into an answer, such as "data.items.0.id", "items[0].id" or
// "CustomFields[name=phone].values". Its parts are keys; numbers are places in a list; [key=value] stands for the
// objects of a list that have that value. Every other part that meets a list goes on in its first element, or, where all are
// asked for, in each.
type location struct {
	text  string
	steps []locationStep
}

type locationStep struct {
	key     string
	value   string // of a selector
	selects bool
	end     int // where the step ends in the text
}

// below joins two locations.
func below(parent, child string) string {
	if parent == "" || child == "" || child[0] == '[' {
		return parent + child
	}
	return parent + "." + child
}

func parseLocation(text string) (location, error) {
	l := location{text: text}
	for at := 0; at < len(text); {
		step, err := nextStep(text, at)
		if err != nil {
			return location{}, fmt.Errorf("the location %q is wrong at %d: %w", text, at, err)
		}
		l.steps = append(l.steps, step)
		at = step.end
	}
	return l, nil
}

// nextStep reads one step from a place on: "key" at the beginning, ".key", or "[…]".
func nextStep(text string, at int) (locationStep, error) {
	if text[at] == '[' {
		return bracketStep(text, at)
	}
	if at > 0 {
		if text[at] != '.' {
			return locationStep{}, fmt.Errorf("a dot or a bracket must follow a bracket")
		}
		at++
	}
	end := len(text)
	if n := strings.IndexAny(text[at:], ".["); n >= 0 {
		end = at + n
	}
	if end == at {
		return locationStep{}, fmt.Errorf("a name is missing")
	}
	return locationStep{key: text[at:end], end: end}, nil
}

func bracketStep(text string, at int) (locationStep, error) {
	n := strings.IndexByte(text[at:], ']')
	if n < 0 {
		return locationStep{}, fmt.Errorf("the bracket is not closed")
	}
	key, value, selects := strings.Cut(text[at+1:at+n], "=")
	step := locationStep{key: strings.Trim(key, " \t\r\n"), value: strings.TrimSpace(value), selects: selects, end: at + n + 1}
	if _, isIndex := step.index(); step.key == "" || !selects && !isIndex {
		return locationStep{}, fmt.Errorf("a number, or name=value, must stand in the brackets")
	}
	return step, nil
}

// index is the place in a list that the step names.
func (s locationStep) index() (int, bool) {
	n, err := strconv.ParseUint(s.key, 10, 31)
	return int(n), err == nil && !s.selects
}

// fits says whether an object is one the selector stands for.
func (s locationStep) fits(object map[string]any) bool {
	text, ok := scalar(object[s.key])
	return ok && text == s.value
}

// isFor says whether an element of a list is an object that the selector stands for.
func (s locationStep) isFor(element any) bool {
	object, ok := element.(map[string]any)
	return ok && s.fits(object)
}

// walk visits what the steps lead to, until a visit says that it is enough; it then gives false. every goes on in each
// element of a list instead of the first.
func walk(v any, steps []locationStep, every bool, visit func(any) bool) bool {
	if len(steps) == 0 {
		return visit(v)
	}
	step := steps[0]
	switch v := v.(type) {
	case map[string]any:
		if step.selects {
			return !step.fits(v) || walk(v, steps[1:], every, visit)
		}
		inside, ok := v[step.key]
		return !ok || walk(inside, steps[1:], every, visit)
	case []any:
		if i, ok := step.index(); ok {
			return i >= len(v) || walk(v[i], steps[1:], every, visit)
		}
		for _, element := range v {
			if !walk(element, steps, every, visit) {
				return false
			}
			if !every && !step.selects {
				break
			}
		}
	}
	return true
}

// first is what the steps lead to, lists standing for their first elements; ok is false if they lead nowhere.
func first(v any, steps []locationStep) (found any, ok bool) {
	walk(v, steps, false, func(v any) bool {
		found, ok = v, true
		return false
	})
	return found, ok
}

// scalar is a text, number or truth value as a text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// idAt is the id at a location; a list there stands for its first element.
func idAt(v any, l location) (id string, ok bool) {
	v, _ = first(v, l.steps)
	for {
		list, isList := v.([]any)
		if !isList {
			break
		}
		if len(list) == 0 {
			return "", false
		}
		v = list[0]
	}
	switch v := v.(type) {
	case string:
		return idText(v)
	case json.Number:
		return idNumber(v.String())
	}
	return "", false
}

// maxID is how many bytes an id has at most: many times those of any CRM, and what a URL can carry.
const maxID = 256

// idText is an id given as a text. Its letter case stays, since to a CRM it may matter.
func idText(s string) (string, bool) {
	s = strings.TrimSpace(s)
	bad := func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }
	if s == "" || len(s) > maxID || strings.ContainsFunc(s, bad) {
		return "", false
	}
	return s, true
}

// idNumber is an id given as a number, digit by digit, so that 31, 31.0 and "31" are one id. One with an exponent or a
// fraction has passed through a float somewhere and is not the object's id any more.
func idNumber(s string) (string, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if strings.Trim(fraction, "0") != "" || strings.ContainsAny(whole, "eE") {
		return "", false
	}
	return idText(whole)
}
