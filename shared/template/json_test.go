package template_test

import (
	"encoding/json"
	"testing"

	"sessionbridge.internal/shared/template"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	const fromJSON = "RFC 8259: section 7, strings"
	const oursValue = ours + "a caller chooses their name, which is one value wherever it stands"
	tests := map[string]struct {
		from, text, name string
		want             string
		complete         bool
	}{
		"a name within a string":               {fromJSON, `{"a":"<{NAME}>"}`, `","b":"`, `{"a":"<\",\"b\":\">"}`, true},
		"a name by itself is a string":         {oursValue, `{"a":{NAME}}`, `Kim`, `{"a":"Kim"}`, true},
		"an object for a name":                 {oursValue, `{"a":{NAME}}`, `{}`, `{"a":"{}"}`, true},
		"a list for a name":                    {oursValue, `{NAME}`, `[1,[2]]`, `"[1,[2]]"`, true},
		"two elements for a name":              {oursValue, `{"ids":[{NAME}]}`, `1,2`, `{"ids":["1,2"]}`, true},
		"a number":                             {oursValue, `{"a":[{NAME},"{NAME}"]}`, `-1.5e3`, `{"a":[-1.5e3,"-1.5e3"]}`, true},
		"a number with a plus":                 {oursValue, `[{NAME}]`, `+1`, `["+1"]`, true},
		"a number with blanks":                 {oursValue, `[{NAME}]`, `1 `, `["1 "]`, true},
		"true":                                 {oursValue, `[{NAME}]`, `true`, `[true]`, true},
		"null":                                 {oursValue, `[{NAME}]`, `null`, `[null]`, true},
		"nothing is null":                      {oursValue, `[{NAME},"{NAME}"]`, ``, `[null,""]`, false},
		"behind a quote that is escaped":       {fromJSON, `["a\"{NAME}",{NAME}]`, `1,"`, `["a\"1,\"","1,\""]`, true},
		"behind a backslash that is":           {fromJSON, `["a\\",{NAME}]`, `1,2`, `["a\\","1,2"]`, true},
		"a function is one value":              {oursValue, `=DEFAULT_VALUE({NAME}, null)`, `{}`, `"{}"`, true},
		"a function's other argument":          {oursValue, `=DEFAULT_VALUE({NAME}, null)`, ``, `null`, true},
		"a function's text":                    {oursValue, `=DEFAULT_VALUE({NAME}, none)`, ``, `"none"`, true},
		"a function without a result":          {oursValue, `=CONCAT_OR({NAME})`, ``, `null`, false},
		"a value that begins where one ended":  {oursValue, `[{NAME},{NAME}]`, `"`, `["\"","\""]`, true},
		"a value that ends with a backslash":   {oursValue, `["{NAME}",{NAME}]`, `\`, `["\\","\\"]`, true},
		"what is no variable stays":            {oursPlain, `{"{x}":{NAME}}`, `1`, `{"{x}":1}`, true},
		"a value is no template":               {oursValues, `["{NAME}"]`, `{NAME}`, `["{NAME}"]`, true},
		"what would be a second string in one": {oursValue, `["{NAME}{NAME}"]`, `","`, `["\",\"\",\""]`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			parsed, err := template.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			lookup := values(map[string]string{"NAME": tt.name})
			got, complete := parsed.JSON(lookup, nil)
			if got != tt.want || complete != tt.complete {
				t.Errorf("%s gives %s, %v; want %s, %v", tt.text, got, complete, tt.want, tt.complete)
			}
			if !parsed.IsJSON(lookup) {
				t.Error("it is not known as JSON")
			}
		})
	}
}

func TestIsJSON(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a word":                           `abc`,
		"a value beside another":           `[{NAME}{NAME}]`,
		"a value beside a number":          `[1{NAME}]`,
		"a value beside a string":          `["a"{NAME}]`,
		"a value for a key":                `{{NAME}:1}`,
		"a backslash before a value":       `["\{NAME}"]`,
		"a string that stays open":         `["{NAME}]`,
		"a name that is no variable":       `[{thing}]`,
		"an object that ends twice":        `{"a":1}}`,
		"nothing":                          ``,
		"a number that goes on in a value": `-{NAME}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := template.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.IsJSON(values(map[string]string{"NAME": ""})) {
				t.Errorf("%s is taken for JSON", text)
			}
		})
	}
}

// Whatever a value is, the typed structure stays as it is.
func FuzzJSONKeepsItsShape(f *testing.F) {
	for _, seed := range []string{`{}`, `1,2`, `"`, `\`, `\"`, `],[`, "\x00", "\xff", "null", "1e5"} {
		f.Add(seed)
	}
	parsed, err := template.Parse(`{"a":[{NAME},"x{NAME}",{"b":{NAME}}],"c":"\\{NAME}"}`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		text, _ := parsed.JSON(values(map[string]string{"NAME": name}), nil)
		var doc struct {
			A []any
			C string
		}
		if err := json.Unmarshal([]byte(text), &doc); err != nil || len(doc.A) != 3 {
			t.Fatalf("%q gives %s: %v", name, text, err)
		}
		switch doc.A[0].(type) {
		case []any, map[string]any:
			t.Errorf("%q became structure: %s", name, text)
		}
	})
}
