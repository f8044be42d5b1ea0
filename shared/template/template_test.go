package template_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/template"
)

// values looks variables up; a name that is not there is no variable, one that is empty is not known yet.
func values(m map[string]string) template.Lookup {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

// The example is the page's own: find an account by query at Zoho.
func TestExpand(t *testing.T) {
	t.Parallel()
	const zoho = "=CONCAT_OR((Id:equals:{ACCOUNT_ID}), (Phone:equals:{PHONE_NUMBER}), (Email:equals:{EMAIL}))"
	none := map[string]string{"ACCOUNT_ID": "", "PHONE_NUMBER": "", "EMAIL": "", "NAME": ""}
	tests := map[string]struct {
		from     string
		text     string
		values   map[string]string
		want     string
		complete bool
	}{
		"example: one argument has no separator":  {fromFunctions, zoho, map[string]string{"ACCOUNT_ID": "a-1"}, "(Id:equals:a-1)", true},
		"example: two are joined":                 {fromFunctions, zoho, map[string]string{"ACCOUNT_ID": "a-1", "EMAIL": "kim@example"}, "(Id:equals:a-1) or (Email:equals:kim@example)", true},
		"example: the phone and the email":        {fromFunctions, zoho, map[string]string{"PHONE_NUMBER": "+12223334444", "EMAIL": "kim@example"}, "(Phone:equals:+12223334444) or (Email:equals:kim@example)", true},
		"example: none removes the parameter":     {fromFunctions, zoho, nil, "", false},
		"or":                                      {fromFunctions, "=CONCAT_OR(val1, val2, val3)", nil, "val1 or val2 or val3", true},
		"and, of three":                           {fromFunctions, "=CONCAT_AND(val1, val2, val3)", nil, "val1 and val2 and val3", true},
		"and, of one":                             {fromFunctions, "=CONCAT_AND({EMAIL},{NAME})", map[string]string{"NAME": "n"}, "n", true},
		"and, of none, removes the parameter":     {fromFunctions, "=CONCAT_AND({EMAIL},{NAME})", nil, "", false},
		"a default among plain values":            {fromFunctions, "=DEFAULT_VALUE(val1, val2)", nil, "val1", true},
		"a number for a value":                    {fromEndpoint, "12345", nil, "12345", true},
		"and":                                     {fromFunctions, "=CONCAT_AND({EMAIL},{NAME})", map[string]string{"EMAIL": "e", "NAME": "n"}, "e and n", true},
		"a default where the variable is empty":   {fromFunctions, "=DEFAULT_VALUE({EMAIL}, nobody@example.com)", nil, "nobody@example.com", true},
		"no default where it is not":              {fromFunctions, "=DEFAULT_VALUE({EMAIL}, nobody@example.com)", map[string]string{"EMAIL": "e"}, "e", true},
		"a default may be empty too":              {fromFunctions, "=DEFAULT_VALUE({EMAIL}, {NAME})", nil, "", false},
		"an argument may be empty as typed":       {oursNesting, "=CONCAT_OR(,a,)", nil, "a", true},
		"names in any letter case":                {oursNesting, "=concat_or({email},{Name})", map[string]string{"EMAIL": "e", "NAME": "n"}, "e or n", true},
		"functions within functions":              {oursNesting, "=DEFAULT_VALUE(=CONCAT_OR({EMAIL}, {NAME}), DEFAULT_VALUE({PHONE_NUMBER}, x))", nil, "x", true},
		"quotes keep a comma":                     {oursNesting, `=CONCAT_OR("a, b", c)`, nil, "a, b or c", true},
		"quotes keep a parenthesis":               {oursNesting, `=CONCAT_OR("a)", c)`, nil, "a) or c", true},
		"a quote within quotes":                   {oursNesting, `=CONCAT_OR("say \"{NAME}\", \\o/")`, map[string]string{"NAME": "hi"}, `say "hi", \o/`, true},
		"quotes within an argument stay":          {oursNesting, `=CONCAT_OR(name:"{NAME}, jr", c)`, map[string]string{"NAME": "Kim"}, `name:"Kim, jr" or c`, true},
		"two quoted stretches stay":               {oursNesting, `=CONCAT_OR("a" or "b")`, nil, `"a" or "b"`, true},
		"parentheses nest":                        {oursNesting, "=CONCAT_OR(f(a,(b,c)),d)", nil, "f(a,(b,c)) or d", true},
		"blanks around everything":                {oursNesting, "  = CONCAT_OR ( a , b )  ", nil, "a or b", true},
		"an argument with what is no variable":    {oursPlain, "=CONCAT_OR({ccai_phone}:1)", nil, "{ccai_phone}:1", true},
		"another function is plain text":          {oursPlain, "=SUM(a,b)", nil, "=SUM(a,b)", true},
		"without the equals sign it is plain":     {fromFunctions, "CONCAT_OR(a,b)", nil, "CONCAT_OR(a,b)", true},
		"a formula is plain text":                 {oursPlain, "=1", nil, "=1", true},
		"plain text":                              {fromEndpoint, "tel {PHONE_NUMBER}!", map[string]string{"PHONE_NUMBER": "1"}, "tel 1!", true},
		"plain text lacks a value":                {oursKnown, "tel {PHONE_NUMBER}!", nil, "tel !", false},
		"names that are no variables stay":        {oursPlain, "CustomField.{ccai_phone} {} { NAME } {1}", nil, "CustomField.{ccai_phone} {} { NAME } {1}", true},
		"braces next to a variable stay":          {oursPlain, `{"name":"{NAME}"}`, map[string]string{"NAME": "n"}, `{"name":"n"}`, true},
		"a value is no template":                  {oursValues, "{NAME}", map[string]string{"NAME": "{EMAIL}"}, "{EMAIL}", true},
		"a value is no function":                  {oursValues, "{NAME}", map[string]string{"NAME": "=CONCAT_OR(a,b)"}, "=CONCAT_OR(a,b)", true},
		"a value does not end an argument":        {oursValues, "=CONCAT_OR({NAME},c)", map[string]string{"NAME": `x", b)`}, `x", b) or c`, true},
		"values are no half of a variable's name": {oursValues, "{{NAME}}", map[string]string{"NAME": "EMAIL"}, "{EMAIL}", true},
		"the empty text":                          {oursPlain, "", nil, "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			parsed, err := template.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			all := maps.Clone(none)
			maps.Copy(all, tt.values)
			got, complete := parsed.Expand(values(all), nil)
			if got != tt.want || complete != tt.complete {
				t.Errorf("%s gives %q, %v; want %q, %v", tt.text, got, complete, tt.want, tt.complete)
			}
		})
	}
}

func TestParseSaysWhere(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, text, want string }{
		"no closing parenthesis":            {oursMistakes, "=CONCAT_OR(a, b", "at 16: a closing parenthesis is missing"},
		"nor one behind a nested function":  {oursMistakes, "=CONCAT_OR(CONCAT_OR(a)", "at 24: a closing parenthesis is missing"},
		"a quote that stays open":           {oursMistakes, `=CONCAT_OR(a, "b)`, "at 15: a quote is not closed"},
		"a backslash at the end":            {oursMistakes, `=CONCAT_OR("b\`, "at 12: a quote is not closed"},
		"text behind the function":          {oursMistakes, "=CONCAT_OR(a) b", "at 15: nothing may follow"},
		"text behind a nested function":     {oursMistakes, "=CONCAT_OR(CONCAT_OR(a) b)", "at 25: a comma or a closing parenthesis must follow"},
		"one argument of two":               {fromFunctions, "=DEFAULT_VALUE({NAME})", "at 1: DEFAULT_VALUE takes 2 arguments and has 1"},
		"three arguments of two":            {fromFunctions, "=CONCAT_OR(DEFAULT_VALUE(a,b,c))", "at 12: DEFAULT_VALUE takes 2 arguments and has 3"},
		"functions too deep in each other":  {oursBounds, strings.Repeat("=CONCAT_OR(", 17), "at 177: functions stand more than 16 deep"},
		"a megabyte of opening parentheses": {oursBounds, "=CONCAT_OR(" + strings.Repeat("(", 1<<20), "at 65537: the text goes on beyond 65536 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if _, err := template.Parse(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	parsed, err := template.Parse("=CONCAT_OR({Name}:{ccai_phone}, =DEFAULT_VALUE({EMAIL}, {NAME}))")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := parsed.Variables(), []string{"NAME", "CCAI_PHONE", "EMAIL"}; !slices.Equal(got, want) {
		t.Errorf("Variables() = %q, want %q", got, want)
	}
}

func TestLone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, text string
		want       bool
	}{
		"a variable":            {oursLone, "{NAME}", true},
		"a blank and one":       {oursLone, " {NAME}", false},
		"two":                   {oursLone, "{A}{B}", false},
		"nothing":               {oursLone, "", false},
		"a word":                {oursLone, "NAME", false},
		"a function of one":     {oursLone, "=CONCAT_OR({A})", false},
		"what is no variable's": {oursLone, "{ NAME }", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			parsed, err := template.Parse(tt.text)
			if err != nil || parsed.Lone() != tt.want {
				t.Errorf("%q: lone %v, %v; want %v", tt.text, parsed.Lone(), err, tt.want)
			}
		})
	}
}

func TestEscapeIsForValuesOnly(t *testing.T) {
	t.Parallel()
	parsed, err := template.Parse(`=CONCAT_OR('{NAME}')`)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := parsed.Expand(values(map[string]string{"NAME": "o'x"}), func(s string) string { return strings.ReplaceAll(s, "'", `\'`) })
	if want := `'o\'x'`; got != want {
		t.Errorf("escaped: %s, want %s", got, want)
	}
}

// Whatever is typed, reading it ends, and what is read can be expanded.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"{A}", `=CONCAT_OR("a\", {B}), (c`, "=DEFAULT_VALUE(=CONCAT_AND(a),{B})", "=CONCAT_OR(\xff{A})"} {
		f.Add(seed, "v")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		parsed, err := template.Parse(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "at ") {
				t.Errorf("the error has no place: %v", err)
			}
			return
		}
		same, _ := parsed.Expand(func(string) (string, bool) { return "", false }, nil)
		if !strings.Contains(text, "=") && same != text {
			t.Errorf("%q became %q with nothing known", text, same)
		}
		parsed.Expand(func(string) (string, bool) { return value, true }, strings.ToUpper)
	})
}
