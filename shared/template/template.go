// Package template is the little language of the settings' texts: variables in braces, {PHONE_NUMBER}, and the parameter
// functions =DEFAULT_VALUE, =CONCAT_OR and =CONCAT_AND (docs.cloud.google.com, CCAI Platform, "Custom CRM", request
// variables and parameter functions). A text is parsed once, where its faults have a place; expanding it cannot fail. JSON
// fills a text that is JSON, of which no value becomes structure.
//
// It knows no variable's name: shared/settings says which there are, and shared/crm what they hold.
package template

import (
	"strings"
)

// Template is a text that was parsed. The zero Template is the empty text.
type Template struct {
	pieces []piece
	call   *call // instead of pieces, for a function
}

// piece is a stretch of text as typed, or a variable: then name is its name in upper case and text how it was typed.
type piece struct{ text, name string }

// Lookup gives a variable's value by its name in upper case. known is false where there is no such variable: what was
// typed stays then, braces and all.
type Lookup func(name string) (value string, known bool)

// MaxBytes bounds a text: a longer one is no text of settings, and each of its variables may become a whole comment.
const MaxBytes = 64 << 10

// Parse reads a text. One that starts with "=" and a function's name is a call of it; everything else is plain, with
// variables. The error begins with the place, "at 17: ", the text's first byte being 1.
func Parse(text string) (Template, error) {
	if len(text) > MaxBytes {
		return Template{}, (&parser{at: MaxBytes}).fault("the text goes on beyond %d bytes", MaxBytes)
	}
	if !isCall(text) {
		return plain(text), nil
	}
	p := parser{text: text}
	c, err := p.call(0)
	if err != nil {
		return Template{}, err
	}
	if p.space(); p.at < len(p.text) {
		return Template{}, p.fault("nothing may follow the function's closing parenthesis")
	}
	return Template{call: c}, nil
}

func plain(text string) (t Template) {
	typed := 0 // where the text begins that is no piece yet
	for i := 0; i < len(text); i++ {
		end := variableEnd(text, i)
		if end == 0 {
			continue
		}
		if i > typed {
			t.pieces = append(t.pieces, piece{text: text[typed:i]})
		}
		t.pieces = append(t.pieces, piece{text[i:end], strings.ToUpper(text[i+1 : end-1])})
		i, typed = end-1, end
	}
	if typed < len(text) {
		t.pieces = append(t.pieces, piece{text: text[typed:]})
	}
	return t
}

// variableEnd is where a variable that begins at i ends; 0 where none begins. A name is a letter of ASCII and then letters,
// digits and underscores.
func variableEnd(text string, i int) int {
	if text[i] != '{' {
		return 0
	}
	for j := i + 1; j < len(text); j++ {
		c := text[j]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		switch {
		case letter, j > i+1 && (c == '_' || c >= '0' && c <= '9'):
		case c == '}' && j > i+1:
			return j + 1
		default:
			return 0
		}
	}
	return 0
}

// Variables names every {NAME} of the text, in upper case, each once, known or not.
func (t Template) Variables() (names []string) {
	seen := map[string]bool{"": true}
	t.visit(func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	})
	return names
}

// visit gives the names of all pieces, those of text being empty.
func (t Template) visit(with func(name string)) {
	for _, p := range t.pieces {
		with(p.name)
	}
	if t.call != nil {
		for _, arg := range t.call.args {
			arg.visit(with)
		}
	}
}

// Lone says whether the text is one variable and nothing else.
func (t Template) Lone() bool { return len(t.pieces) == 1 && t.pieces[0].name != "" }

// IsFunction says whether the text is one of the parameter functions.
func (t Template) IsFunction() bool { return t.call != nil }

// Expand puts values in the variables' place, each through escape (nil: as it is). A value is never read as a template,
// whatever is in it. complete is false when a known variable is empty, and for a function when its result is: the
// documented rule is then that the parameter is not sent.
func (t Template) Expand(lookup Lookup, escape func(string) string) (text string, complete bool) {
	if t.call != nil {
		text = t.call.result(lookup, escape)
		return text, text != ""
	}
	return t.fill(lookup, func(value, _ string) string {
		if escape == nil {
			return value
		}
		return escape(value)
	})
}

// fill is Expand of a plain text; put makes a value, which may be empty, what stands behind the text so far.
func (t Template) fill(lookup Lookup, put func(value, before string) string) (text string, complete bool) {
	var b strings.Builder
	complete = true
	for _, p := range t.pieces {
		value, known := "", false
		if p.name != "" {
			value, known = lookup(p.name)
		}
		if !known {
			b.WriteString(p.text)
			continue
		}
		complete = complete && value != ""
		b.WriteString(put(value, b.String()))
	}
	return b.String(), complete
}
