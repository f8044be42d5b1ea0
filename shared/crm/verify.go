package crm

import (
	"fmt"
	"slices"
	"strings"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// check is a settings.Check, parsed and with its variables filled. An empty text is one that never holds.
type check struct {
	field location
	text  string
	phone bool
	fixed bool // no value is in the text: it says nothing of whom was searched for
}

// newChecks fills the checks. One of which a variable is not known never holds: "tel:{PHONE_NUMBER}" must not find whoever
// has a bare "tel:".
func newChecks(key string, list []settings.Check, v Vars) (checks []check, err error) {
	for i, c := range list {
		field, err := parseLocation(c.Field)
		if err != nil {
			return nil, fmt.Errorf("%s[%d].field: %w", key, i, err)
		}
		t, err := template.Parse(c.Equals)
		if err != nil {
			return nil, fmt.Errorf("%s[%d].equals: %w", key, i, err)
		}
		text, complete := t.Expand(v.lookup, nil)
		if !complete {
			text = ""
		}
		filled := slices.ContainsFunc(t.Variables(), func(name string) bool { return v[name] != "" })
		checks = append(checks, check{field: field, text: strings.TrimSpace(text), phone: c.Phone, fixed: !filled})
	}
	return checks, nil
}

// allHold says whether a hit has all that was asked for.
func allHold(checks []check, hit any) bool {
	for _, c := range checks {
		if !c.holds(hit) {
			return false
		}
	}
	return true
}

// holds says whether one of the values at the field, of which a list may have many, is the one asked for.
func (c check) holds(hit any) bool {
	if c.text == "" {
		return false
	}
	found := false
	walk(hit, c.field.steps, true, func(v any) bool {
		found = c.equalsAny(v)
		return !found
	})
	return found
}

func (c check) equalsAny(v any) bool {
	if list, ok := v.([]any); ok {
		for _, element := range list {
			if c.equalsAny(element) {
				return true
			}
		}
		return false
	}
	text, ok := scalar(v)
	return ok && c.equals(strings.TrimSpace(text))
}

// equals compares texts to the letter, those with an "@" but for the case of ASCII letters: mail addresses are compared
// so everywhere, whatever RFC 5321, section 2.4, says of the part before it. Other letters stay, since their folding makes
// different addresses equal (the Kelvin sign is a small k).
func (c check) equals(text string) bool {
	switch {
	case c.phone:
		return samePhone(c.text, text)
	case strings.Contains(c.text, "@"):
		return lowerASCII(c.text) == lowerASCII(text)
	}
	return c.text == text
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// A telephone number is told from another by its last digits: at least 7, which is a subscriber's number in many
// countries, and no more than E.164 has.
const (
	fewestDigits = 7
	mostDigits   = 15
)

// samePhone says whether two texts may be one telephone number: of their digits, without leading zeros, the fewer must be
// the end of the others. So "+39 06 1234567", "0039 061234567" and "06 1234567" are one, with or without the country, and so
// are two countries' numbers where one text does not name the country. An extension, or a trunk prefix within an
// international number ("+44 (0)20 …"), makes it another; a customer not recognised does less harm than a wrong one.
func samePhone(a, b string) bool {
	a, b = phoneDigits(a), phoneDigits(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= fewestDigits && len(b) <= mostDigits && strings.HasSuffix(b, a)
}

func phoneDigits(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	return strings.TrimLeft(digits, "0")
}
