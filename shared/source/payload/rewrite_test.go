package payload_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sessionbridge.internal/shared/source/payload"
)

func TestReplaced(t *testing.T) {
	t.Parallel()
	crossed := func(json.RawMessage) json.RawMessage { return json.RawMessage(`"x"`) }
	tests := map[string]string{ // object: with "x" for each value of the key a
		`{}`:                               `{}`,
		` {"a":1}`:                         ` {"a":1}`, // no object begins with a space
		`{ "a" : [1,{"a":2}] , "b":"a" }`:  `{ "a" : "x" , "b":"a" }`,
		`{"b":{"a":1},"\u0061":2,"a":"}"}`: `{"b":{"a":1},"\u0061":"x","a":"x"}`,
		`{"A":1,"\\u0061":2}`:              `{"A":1,"\\u0061":2}`,
		`["a",1]`:                          `["a",1]`,
	}
	for object, want := range tests {
		if got := payload.Replaced(json.RawMessage(object), crossed, "a", "c"); string(got) != want {
			t.Errorf("%s: got %s, want %s", object, got, want)
		}
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`[]`: "", `[1, [2,3] ,"a,\"]"]`: `1|[2,3]|"a,\"]"`, `{"a":{"b":1}, "c" : null}`: `"a"|{"b":1}|"c"|null`,
	} {
		var got []string
		for from, to := range payload.Pieces(json.RawMessage(value)) {
			got = append(got, value[from:to])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: got %q", value, got)
		}
	}
}

// TestWithoutQueries takes the credentials out of addresses; nothing else changes.
func TestWithoutQueries(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`"https://h/a.mp3?token=x"`:                         `"https://h/a.mp3"`,
		`"https:\/\/h\/\u0061.mp3\u003ftoken=x"`:            `"https://h/a.mp3"`,
		`"HTTP://kim:pin@h/a@b"`:                            `"HTTP://h/a@b"`,
		`"http://h/a@b"`:                                    `"http://h/a@b"`,
		`"http:\/\/h\/a"`:                                   `"http:\/\/h\/a"`,
		`[ {"url":"https://h/a?b","name":"who?"} , 1.0,""]`: `[ {"url":"https://h/a","name":"who?"} , 1.0,""]`,
		`"ask http://h/a?b"`:                                `"ask http://h/a?b"`,
		`"https://h/\"?x"`:                                  `"https://h/\""`,
	}
	for value, want := range tests {
		if got := payload.WithoutQueries([]byte(value)); string(got) != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

func TestWebAddress(t *testing.T) {
	t.Parallel()
	longest := "https://h/" + strings.Repeat("a", 7_990)
	tests := map[string]string{
		"https://h/a?b#c": "https://h/a?b#c", "http://h": "http://h", "HTTPS://h/a": "HTTPS://h/a", longest: longest,
		"https://kim:pin@h/a?b": "https://h/a?b", "https://kim@h:8443": "https://h:8443",
		longest + "a": "", "ftp://h/a": "", "https:a": "", "https://": "", "h/a": "", "": "", "https://h/%zz": "", "javascript:alert(1)": "",
	}
	for text, want := range tests {
		if got := payload.WebAddress(text); got != want {
			t.Errorf("%.50s: got %.50s, want %.50s", text, got, want)
		}
	}
}

func TestInner(t *testing.T) {
	t.Parallel()
	for raw, keys := range map[string]int{`{"a":1}`: 1, `"{\"a\":1,\"b\":2}"`: 2, `"[]"`: -1, `[]`: -1, `"{"`: -1, ``: -1, `7`: -1} {
		o, problem := payload.Inner(json.RawMessage(raw), "a.b")
		if pathOf(problem) != map[bool]string{true: "a.b"}[keys < 0] || keys >= 0 && len(o) != keys {
			t.Errorf("%s: %v, %v", raw, o, problem)
		}
	}
}

// TestCleaned empties objects, wherever they travel.
func TestCleaned(t *testing.T) {
	t.Parallel()
	clean := func(v json.RawMessage) json.RawMessage {
		if v[0] == '{' {
			return json.RawMessage(`{}`)
		}
		return v
	}
	for value, want := range map[string]string{
		`{"a":1}`: `{}`, `[ {"a":1} , 2,[{"a":1}] ]`: `[ {} , 2,[{}] ]`, `"{\"a\":1}"`: `"{}"`, `["[{\"a\":1}]"]`: `["[{}]"]`,
		`"text"`: `"text"`, `"\u0031"`: `"\u0031"`, `1`: `1`, ``: ``,
	} {
		if got := payload.Cleaned(json.RawMessage(value), clean); string(got) != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}
