package template

import (
	"fmt"
	"strings"
)

// call is a function with its arguments.
type call struct {
	name string // in upper case
	args []Template
}

// separators are what the functions put between arguments; DEFAULT_VALUE takes one of them alone.
var separators = map[string]string{"DEFAULT_VALUE": "", "CONCAT_OR": " or ", "CONCAT_AND": " and "}

// result is the function's value. An argument of which a variable is empty drops out, as the documented example of
// =CONCAT_OR shows, and so does one that is empty itself.
func (c *call) result(lookup Lookup, escape func(string) string) string {
	var texts []string
	for _, arg := range c.args {
		if text, complete := arg.Expand(lookup, escape); complete && text != "" {
			texts = append(texts, text)
		}
	}
	if c.name == "DEFAULT_VALUE" && len(texts) > 1 {
		texts = texts[:1]
	}
	return strings.Join(texts, separators[c.name])
}

// maxDepth bounds functions within functions.
const maxDepth = 16

// isCall says whether a text is "=" and a function's name with its parenthesis; letter case and blanks do not matter.
func isCall(text string) bool {
	name, _ := callName(text)
	return name != "" && strings.HasPrefix(strings.TrimSpace(text), "=")
}

// nameWithin is in how many bytes a function's name and its parenthesis stand, blanks and all: every argument is looked at so,
// and one text may have thousands.
const nameWithin = 64

// callName reads a function's name at the text's beginning, with or without "=", and where its parenthesis ends.
func callName(text string) (name string, end int) {
	open := strings.IndexByte(text[:min(len(text), nameWithin)], '(')
	if open < 0 {
		return "", 0
	}
	name = strings.ToUpper(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text[:open]), "=")))
	if _, ok := separators[name]; !ok {
		return "", 0
	}
	return name, open + 1
}

// parser reads a function call byte by byte; all that has a meaning is ASCII.
type parser struct {
	text string
	at   int
}

func (p *parser) fault(format string, args ...any) error {
	return fmt.Errorf("at %d: %s", p.at+1, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// call reads a function whose name begins here, to behind its closing parenthesis.
func (p *parser) call(depth int) (*call, error) {
	if depth >= maxDepth {
		return nil, p.fault("functions stand more than %d deep in each other", maxDepth)
	}
	start := p.at
	name, open := callName(p.text[p.at:])
	c := &call{name: name}
	p.at += open
	for more := true; more; {
		arg, last, err := p.argument(depth)
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, arg)
		more = !last
	}
	if name == "DEFAULT_VALUE" && len(c.args) != 2 {
		p.at = start
		return nil, p.fault("%s takes 2 arguments and has %d", name, len(c.args))
	}
	return c, nil
}

// argument reads one argument and the comma or parenthesis behind it; last says that it was the parenthesis.
func (p *parser) argument(depth int) (arg Template, last bool, err error) {
	p.space()
	if name, _ := callName(p.text[p.at:]); name != "" {
		c, err := p.call(depth + 1)
		if err != nil {
			return Template{}, false, err
		}
		p.space()
		last, err := p.delimiter()
		return Template{call: c}, last, err
	}
	text, err := p.words()
	if err != nil {
		return Template{}, false, err
	}
	last, err = p.delimiter()
	return plain(text), last, err
}

// delimiter takes the comma or closing parenthesis that must stand here.
func (p *parser) delimiter() (last bool, err error) {
	if p.at >= len(p.text) {
		return false, p.fault("a closing parenthesis is missing")
	}
	if c := p.text[p.at]; c != ',' && c != ')' {
		return false, p.fault("a comma or a closing parenthesis must follow a function")
	}
	p.at++
	return p.text[p.at-1] == ')', nil
}

// words reads a plain argument up to its comma or parenthesis, which parentheses and quotes within it keep from ending
// it. Quotes around the whole argument are not part of it; within them a backslash stands before a quote or backslash.
func (p *parser) words() (string, error) {
	start, open, quoted := p.at, 0, -1
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case quoted >= 0 && c == '\\':
			p.at++
		case quoted >= 0 && c == '"':
			quoted = -1
		case quoted >= 0:
		case c == '"':
			quoted = p.at
		case c == '(':
			open++
		case c == ')' && open > 0:
			open--
		case c == ',' && open == 0, c == ')':
			return unquoted(strings.TrimRight(p.text[start:p.at], " \t\r\n")), nil
		}
	}
	if p.at = len(p.text); quoted >= 0 {
		p.at = quoted
		return "", p.fault("a quote is not closed")
	}
	return "", p.fault("a closing parenthesis is missing")
}

// unquoted takes off quotes around the whole argument.
func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		switch {
		case s[i] == '"':
			return s // more than one quoted stretch: they are part of the text
		case s[i] == '\\' && i+2 < len(s) && strings.IndexByte(`"\`, s[i+1]) >= 0:
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
