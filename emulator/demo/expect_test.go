package demo_test

import (
	"encoding/json"
	"slices"
	"testing"

	"sessionbridge.internal/emulator/demo"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want, got string
		found     []string
	}{
		"nothing is wanted":             {`{}`, `{"a":1}`, nil},
		"equal values":                  {`{"a":1,"b":"x","c":true,"d":[1,{"e":2}]}`, `{"a":1,"b":"x","c":true,"d":[1,{"e":2}]}`, nil},
		"more than is wanted":           {`{"a":{"b":1},"c":[{"d":2}]}`, `{"a":{"b":1,"x":0},"c":[{"d":2,"x":0}],"x":0}`, nil},
		"what must be absent is":        {`{"a":null,"b":{"c":null}}`, `{"b":{}}`, nil},
		"another number":                {`{"talk_seconds":300}`, `{"talk_seconds":299}`, []string{`talk_seconds is 299, not 300`}},
		"a text for a number":           {`{"a":300}`, `{"a":"300"}`, []string{`a is "300", not 300`}},
		"absent":                        {`{"outcome":"completed"}`, `{}`, []string{`outcome is absent, not "completed"`}},
		"there, though it must not be":  {`{"a":{"b":null}}`, `{"a":{"b":0}}`, []string{`a.b is 0, not absent`}},
		"deep within":                   {`{"transfers":[{"from":{}},{"from":{"agent_id":"1"}}]}`, `{"transfers":[{"from":{}},{"from":{"agent_id":"2"}}]}`, []string{`transfers[1].from.agent_id is "2", not "1"`}},
		"too few elements":              {`{"a":[1,2]}`, `{"a":[1]}`, []string{`a is [1], not [1,2]`}},
		"too many elements":             {`{"a":[1]}`, `{"a":[1,2]}`, []string{`a is [1,2], not [1]`}},
		"another order":                 {`{"a":[1,2]}`, `{"a":[2,1]}`, []string{`a[0] is 2, not 1`, `a[1] is 1, not 2`}},
		"a value in an object's place":  {`{"a":{"b":1}}`, `{"a":1}`, []string{`a is 1, not {"b":1}`}},
		"an object in an array's place": {`{"a":[1]}`, `{"a":{"0":1}}`, []string{`a is {"0":1}, not [1]`}},
		"an object in a value's place":  {`{"a":1}`, `{"a":{"b":1}}`, []string{`a is {"b":1}, not 1`}},
		"each of several, by name":      {`{"c":1,"a":1,"b":1}`, `{"b":1}`, []string{`a is absent, not 1`, `c is absent, not 1`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := demo.Differences(value(t, tt.want), value(t, tt.got)); !slices.Equal(found, tt.found) {
				t.Errorf("found %q, want %q", found, tt.found)
			}
		})
	}
}

func value(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
