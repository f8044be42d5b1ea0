package crm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// field is one by which criteria ask for a T.
type field[T any] struct {
	of     func(*T) string
	equal  func(have, want string) bool
	begins func(have, want string) bool
}

func text[T any](of func(*T) string) field[T] {
	return field[T]{of, sameText, func(have, want string) bool {
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(want))
	}}
}

func phone[T any](of func(*T) string) field[T] {
	return field[T]{of, samePhone, func(have, want string) bool {
		w := digits(want)
		return w != "" && strings.HasPrefix(digits(have), w)
	}}
}

// maxConditions and maxDepth bound criteria; ten conditions are also Zoho's bound.
const (
	maxConditions = 10
	maxDepth      = 20
)

// criteria reads what the parameter q asks for, in the language of Zoho's searches
// (https://www.zoho.com/crm/developer/docs/api/v8/search-records.html):
//
//	(Phone:equals:+12223334444) or ((Email:starts_with:kim) and (Name:not_equal:Lee\, Kim))
//
// "and" binds closer than "or"; parentheses, commas and backslashes in a value have a backslash before them; letter case
// matters nowhere. Nothing asked for fits everything.
func criteria[T any](q string, fields map[string]field[T]) (fits func(*T) bool, err error) {
	if q == "" {
		return func(*T) bool { return true }, nil
	}
	if len(q) > maxQuery {
		return nil, &badField{"q", fmt.Sprintf("is longer than %d bytes", maxQuery)}
	}
	p := &parser[T]{text: q, fields: fields}
	fits, err = p.either(0)
	if err == nil && p.at < len(q) {
		err = errors.New(`want "and", "or" or the end`)
	}
	if err != nil {
		return nil, &badField{"q", fmt.Sprintf("at character %d: %v", p.at+1, err)}
	}
	return fits, nil
}

type parser[T any] struct {
	text       string
	at         int
	fields     map[string]field[T]
	conditions int
}

// either is what "or" stands between.
func (p *parser[T]) either(depth int) (func(*T) bool, error) {
	fits, err := p.all(depth)
	for err == nil && p.word("or") {
		var next func(*T) bool
		before := fits
		next, err = p.all(depth)
		fits = func(x *T) bool { return before(x) || next(x) }
	}
	return fits, err
}

// all is what "and" stands between.
func (p *parser[T]) all(depth int) (func(*T) bool, error) {
	fits, err := p.one(depth)
	for err == nil && p.word("and") {
		var next func(*T) bool
		before := fits
		next, err = p.one(depth)
		fits = func(x *T) bool { return before(x) && next(x) }
	}
	return fits, err
}

// one is a condition in parentheses, or criteria in parentheses.
func (p *parser[T]) one(depth int) (fits func(*T) bool, err error) {
	if !p.symbol('(') {
		return nil, errors.New("want (field:operator:value)")
	}
	if depth == maxDepth {
		return nil, fmt.Errorf("parentheses are deeper than %d", maxDepth)
	}
	p.space()
	if strings.HasPrefix(p.text[p.at:], "(") {
		fits, err = p.either(depth + 1)
	} else {
		fits, err = p.condition()
	}
	if err == nil && !p.symbol(')') {
		err = errors.New(`want ")"`)
	}
	return fits, err
}

func (p *parser[T]) condition() (func(*T) bool, error) {
	if p.conditions++; p.conditions > maxConditions {
		return nil, fmt.Errorf("there are more than %d conditions", maxConditions)
	}
	start := p.at
	name, ok := p.untilColon()
	f, known := p.fields[strings.ToLower(name)]
	if !ok || !known {
		p.at = start
		return nil, fmt.Errorf("want a field and a colon; fields are %s", strings.Join(sortedKeys(p.fields), ", "))
	}
	operator, ok := p.untilColon()
	operators := []string{"equals", "not_equal", "starts_with"}
	if operator = strings.ToLower(operator); !ok || !slices.Contains(operators, operator) {
		return nil, fmt.Errorf("want an operator and a colon; operators are %s", strings.Join(operators, ", "))
	}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	switch operator {
	case "starts_with":
		return func(x *T) bool { return f.begins(f.of(x), value) }, nil
	case "not_equal":
		return func(x *T) bool { return !f.equal(f.of(x), value) }, nil
	default:
		return func(x *T) bool { return f.equal(f.of(x), value) }, nil
	}
}

// untilColon takes a word and the colon after it; if there is none, it takes nothing.
func (p *parser[T]) untilColon() (string, bool) {
	end := strings.IndexAny(p.text[p.at:], `:()\`)
	if end < 0 || p.text[p.at+end] != ':' {
		return "", false
	}
	word := strings.TrimSpace(p.text[p.at : p.at+end])
	p.at += end + 1
	return word, true
}

// value takes all until the parenthesis that closes the condition.
func (p *parser[T]) value() (string, error) {
	var value strings.Builder
	for ; p.at < len(p.text); p.at++ {
		switch b := p.text[p.at]; b {
		case '\\':
			if p.at++; p.at == len(p.text) {
				return "", errors.New("a backslash at the end")
			}
			value.WriteByte(p.text[p.at])
		case '(', ',':
			return "", fmt.Errorf(`want \%c for a %c in a value`, b, b)
		case ')':
			if text := strings.TrimSpace(value.String()); text != "" {
				return text, nil
			}
			return "", errors.New("want a value")
		default:
			value.WriteByte(b)
		}
	}
	return "", errors.New(`want ")"`)
}

func (p *parser[T]) space() {
	p.at = len(p.text) - len(strings.TrimLeft(p.text[p.at:], " \t\r\n"))
}

// symbol takes b and the space around it, if it is next.
func (p *parser[T]) symbol(b byte) bool {
	p.space()
	if p.at == len(p.text) || p.text[p.at] != b {
		return false
	}
	p.at++
	p.space()
	return true
}

// word takes "and" or "or", if it is next.
func (p *parser[T]) word(w string) bool {
	if rest := p.text[p.at:]; len(rest) < len(w) || !strings.EqualFold(rest[:len(w)], w) {
		return false
	}
	p.at += len(w)
	return true
}
