package payload_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/payload"
	"sessionbridge.internal/shared/source/sourcetest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{ // want: the body, or the problem's beginning after a bang
		"white space around it is cut":          {" \r\n{\"a\":1}\t", `{"a":1}`},
		"bytes that are no UTF-8 become U+FFFD": {"[\"a\xffb\"]", "[\"a\uFFFDb\"]"},
		"as deep as may be":                     {nested(40), nested(40)},
		"brackets in a string are not depth":    {`["` + strings.Repeat("[{", 40) + `"]`, `["` + strings.Repeat("[{", 40) + `"]`},
		"a quote in a string does not end it":   {`["\"` + strings.Repeat("[", 40) + `"]`, `["\"` + strings.Repeat("[", 40) + `"]`},
		"as long as may be":                     {`"` + strings.Repeat("x", 1<<20-2) + `"`, `"` + strings.Repeat("x", 1<<20-2) + `"`},
		"empty":                                 {"", "!empty"},
		"white space alone":                     {" \n", "!empty"},
		"no JSON":                               {"{", "!not JSON"},
		"two values":                            {"{} {}", "!not JSON"},
		"too deep":                              {nested(41), "!nested"},
		"too deep in turns":                     {strings.Repeat(`{"a":[`, 21), "!nested"},
		"too long":                              {`"` + strings.Repeat("x", 1<<20-1) + `"`, "!1048577 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problem := payload.Check([]byte(tt.body))
			if beginning, refused := strings.CutPrefix(tt.want, "!"); refused {
				if problem == nil || problem.Path != "$" || !strings.HasPrefix(problem.Problem, beginning) {
					t.Errorf("got %v, want %q at $", problem, beginning)
				}
				return
			}
			if problem != nil || string(got) != tt.want {
				t.Errorf("got %.50s, %v", got, problem)
			}
		})
	}
}

// TestEntries writes each entry as its path and JSON.
func TestEntries(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want []string
		at   string // where the problem is
	}{
		"an object":             {` {"a":1} `, []string{` {"a":1}`}, ""},
		"an array":              {`[{"a":1}, 2,"x"]`, []string{`[0] {"a":1}`, `[1] 2`, `[2] "x"`}, ""},
		"no elements":           {`[]`, nil, ""},
		"a string of an object": {`"{\"a\":1}"`, []string{` {"a":1}`}, ""},
		"a string of an array":  {`"[1]"`, []string{`[0] 1`}, ""},
		"a thousand":            {"[" + strings.Repeat("1,", 999) + "1]", nil, ""},
		"a thousand and one":    {"[" + strings.Repeat("1,", 1_000) + "1]", nil, "$"},
		"a number":              {`1`, nil, "$"},
		"a string of a string":  {`"\"{}\""`, nil, "$"},
		"a string of no JSON":   {`"{"`, nil, "$"},
		"nothing":               {``, nil, "$"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries, problem := payload.Entries([]byte(tt.body), "a thing")
			if at := pathOf(problem); at != tt.at {
				t.Fatalf("problem %v, want one at %q", problem, tt.at)
			}
			if name == "a thousand" {
				if len(entries) != 1_000 || entries[999].Index != 999 {
					t.Errorf("%d entries", len(entries))
				}
				return
			}
			var got []string
			for i, en := range entries {
				if en.Index != i {
					t.Errorf("entry %d has the place %d", i, en.Index)
				}
				got = append(got, en.Path+" "+string(en.Raw))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, problem := payload.Entries([]byte(`1`), "a thing"); !strings.Contains(problem.Problem, "must be a thing") {
		t.Errorf("the problem %q does not say what would be right", problem.Problem)
	}
}

func TestElementsNameTheirPlace(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // array: path of the problem, or of the last entry
		`[1,{}]`:                                 "a.b[1]",
		`[1,]`:                                   "a.b[1]",
		``:                                       "a.b",
		`[` + strings.Repeat("1,", 1_000) + `1]`: "a.b",
	}
	for array, want := range tests {
		entries, problem := payload.Elements(json.RawMessage(array), "a.b")
		got := pathOf(problem)
		if problem == nil {
			got = entries[len(entries)-1].Path
		}
		if got != want {
			t.Errorf("%.20s: %q, want %q", array, got, want)
		}
	}
}

func TestUnquote(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ raw, want string }{ // want: empty for a problem
		"an object":        {`"{\"a\":1}"`, `{"a":1}`},
		"a number":         {`" 1 "`, `1`},
		"no string":        {`1`, ""},
		"no JSON":          {`"x"`, ""},
		"an empty string":  {`""`, ""},
		"deep in a string": {`"` + nested(33) + `"`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problem := payload.Unquote(json.RawMessage(tt.raw), "a.b")
			if (problem != nil) != (tt.want == "") || string(got) != tt.want {
				t.Errorf("got %s, %v", got, problem)
			}
			if problem != nil && problem.Path != "a.b" {
				t.Errorf("problem at %s", problem.Path)
			}
		})
	}
}

// TestDecode reads entries that are numbers; any other is a problem.
func TestDecode(t *testing.T) {
	t.Parallel()
	receipt := sourcetest.Receipt("numbers")
	read := func(r source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
		if en.Raw[0] == '"' {
			return nil, payload.Malformed(en.Path, "must be a number")
		}
		e := payload.NewEvent(r, "n"+string(en.Raw))
		e.Kind = session.Started
		return []session.Event{e}, nil
	}
	tests := map[string]struct {
		body     string
		want     []string // kind and Raw of the events
		rejected []string
		err      string // its path
	}{
		"all readable":  {`[1,2]`, []string{"started ", "started "}, nil, ""},
		"one is not":    {`[1,"x"]`, []string{"started ", `unknown "x"`}, []string{"[1]"}, ""},
		"none readable": {`["x","y"]`, nil, nil, "[0]"},
		"none at all":   {`[]`, nil, nil, ""},
		"one too deep":  {`[1,` + nested(33) + `,2]`, []string{"started ", "unknown " + nested(33), "started "}, []string{"[1]"}, ""},
		"as deep as is": {`[` + nested(32) + `]`, []string{"started "}, nil, ""},
		"all too deep":  {`"` + nested(34) + `"`, nil, nil, "[0]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries, _ := payload.Entries([]byte(tt.body), "numbers")
			batch, err := payload.Decode(receipt, entries, read)
			var events, rejected []string
			for _, e := range batch.Events {
				events = append(events, fmt.Sprintf("%s %s", e.Kind, e.Raw))
				if e.Tenant != "demo" || e.Source != "numbers" || e.At != receipt.At || e.ReceivedAt != receipt.At || e.ID == "" {
					t.Errorf("incomplete event %+v", e)
				}
			}
			for _, m := range batch.Rejected {
				rejected = append(rejected, m.Path)
			}
			if diff := cmp.Diff([][]string{tt.want, tt.rejected}, [][]string{events, rejected}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var m *source.Malformed
			if errors.As(err, &m) != (tt.err != "") || pathOf(m) != tt.err {
				t.Errorf("error %v, want one at %q", err, tt.err)
			}
		})
	}
}

// nested is an array of so many levels.
func nested(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

// TestEventsOfOnePayloadAreBounded: each entry is a number and becomes as many events.
func TestEventsOfOnePayloadAreBounded(t *testing.T) {
	t.Parallel()
	reads := 0
	read := func(r source.Receipt, en payload.Entry) ([]session.Event, *source.Malformed) {
		reads++
		n, err := strconv.Atoi(string(en.Raw))
		if err != nil {
			t.Error(err)
		}
		return make([]session.Event, n), nil
	}
	tests := []struct {
		body                    string
		events, rejected, reads int
	}{
		{`[4999,1]`, 5_000, 0, 2},
		{`[4999,2]`, 5_000, 1, 2},
		{`[4999,2,1,1]`, 5_002, 3, 2}, // each that is rejected is an event, too
		{`[5000,1]`, 5_001, 1, 1},
	}
	for _, tt := range tests {
		reads = 0
		entries, _ := payload.Entries([]byte(tt.body), "numbers")
		batch, err := payload.Decode(sourcetest.Receipt("numbers"), entries, read)
		if err != nil || len(batch.Events) != tt.events || len(batch.Rejected) != tt.rejected || reads != tt.reads {
			t.Errorf("%s: %d events, %d rejected, %d read, %v", tt.body, len(batch.Events), len(batch.Rejected), reads, err)
		}
		if n := len(batch.Rejected); n > 0 && batch.Rejected[0].Error() != "[1]: more than 5000 events in one payload" {
			t.Error(batch.Rejected[0])
		}
	}
	_, err := payload.Decode(sourcetest.Receipt("numbers"), []payload.Entry{{Raw: []byte("5001")}}, read)
	if err == nil || err.Error() != "$: more than 5000 events in one payload" {
		t.Errorf("got %v", err)
	}
}

func pathOf(m *source.Malformed) string {
	if m == nil {
		return ""
	}
	return m.Path
}

// TestContentID compares pairs of entries.
func TestContentID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b payload.Entry
		same bool
	}{
		"keys in another order":            {entry(`{"a":1,"b":[1,{}]}`), entry(`{"b":[1,{}],"a":1}`), true},
		"white space":                      {entry(`{"a":[1,"x"]}`), entry(" { \"a\" :\t[ 1 ,\r\n\"x\" ] } "), true},
		"escapes":                          {entry(`{"\u0061":"\u00e9\n"}`), entry(`{"a":"é\u000a"}`), true},
		"an escaped quote":                 {entry(`"a\"b"`), entry(`"a\u0022b"`), true},
		"scalars":                          {entry(`true`), entry(` true`), true},
		"all the other escapes":            {entry(`"\b\f\r\t\/\\\""`), entry(`"\u0008\u000c\u000D\u0009/\u005C\u0022"`), true},
		"a pair of surrogates":             {entry(`"\ud83d\uDE00!"`), entry(`"😀!"`), true},
		"half a pair":                      {entry(`"\ud83d"`), entry(`"\ufffd"`), true},
		"half a pair and something else":   {entry(`"\ud83d\u0041\ud83dx"`), entry(`"\ufffdA\ufffdx"`), true},
		"two halves the wrong way":         {entry(`"\ude00\ud83d"`), entry(`"\ufffd\ufffd"`), true},
		"another value":                    {entry(`{"a":1}`), entry(`{"a":2}`), false},
		"equal as float64":                 {entry(`9007199254740993`), entry(`9007199254740992`), false},
		"written in another way":           {entry(`1.0`), entry(`1`), false},
		"a number and a string":            {entry(`1`), entry(`"1"`), false},
		"elements in another order":        {entry(`[1,2]`), entry(`[2,1]`), false},
		"strings that hold the separators": {entry(`["a,1:b"]`), entry(`["a","b"]`), false},
		"a key that looks like two":        {entry(`{"a":1,"b":2}`), entry(`{"a:1,1:b":2}`), false},
		"an empty array and an object":     {entry(`[]`), entry(`{}`), false},
		"another place":                    {entry(`1`), payload.Entry{Raw: json.RawMessage(`1`), Index: 1}, false},
		"another path":                     {entry(`1`), payload.Entry{Raw: json.RawMessage(`1`), Path: "events[0]"}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := payload.ContentID(tt.a), payload.ContentID(tt.b)
			if (a == b) != tt.same || !strings.HasPrefix(a, "sha256-") || len(a) != len("sha256-")+32+2 {
				t.Errorf("%s and %s, want the same: %v", a, b, tt.same)
			}
		})
	}
}

func entry(raw string) payload.Entry { return payload.Entry{Raw: json.RawMessage(raw)} }
