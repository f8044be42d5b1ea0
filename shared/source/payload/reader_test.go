package payload_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/source/payload"
)

// reader reads an object at the path `item`, then the one around it.
func reader(t *testing.T, body string) payload.Reader {
	t.Helper()
	outer, ok := payload.ParseObject([]byte(body))
	if !ok {
		t.Fatalf("no object: %s", body)
	}
	item, _ := payload.ParseObject(outer["item"])
	return payload.NewReader(payload.Place{Path: "item", Object: item}, payload.Place{Object: outer})
}

func TestParseObject(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{`{}`: true, `{"a":1}`: true, `[]`: false, `"{}"`: false, `null`: false, ``: false, `{`: false} {
		if _, ok := payload.ParseObject([]byte(raw)); ok != want {
			t.Errorf("%s is an object: %v", raw, ok)
		}
	}
}

// TestReaderOfTextsAndIDs reads key `a` in one way, from `item` or else from around it.
func TestReaderOfTextsAndIDs(t *testing.T) {
	t.Parallel()
	text := func(r payload.Reader) any { return r.Text("a", "b") }
	prose := func(r payload.Reader) any { return len(r.Prose("a")) }
	id := func(r payload.Reader) any { return r.ID("a", "b") }
	sessionID := func(r payload.Reader) any { return r.SessionID("a") }
	readAll(t, map[string]reading{
		"a text":                                  {`{"item":{"a":"x"}}`, text, "x", ""},
		"a text without white space":              {`{"item":{"a":" x\n"}}`, text, "x", ""},
		"a text around the item":                  {`{"a":"x","item":{}}`, text, "x", ""},
		"the item's text goes first":              {`{"a":"x","item":{"a":"y"}}`, text, "y", ""},
		"null leaves it to what is around":        {`{"a":"x","item":{"a":null}}`, text, "x", ""},
		"an empty text leaves it to the next key": {`{"item":{"a":" ","b":"x"}}`, text, "x", ""},
		"a number is no text":                     {`{"item":{"a":1}}`, text, "", ""},
		"keys are compared exactly":               {`{"item":{"A":"x"}}`, text, "", ""},
		"a long text is cut":                      {`{"a":"` + strings.Repeat("x", 2_000) + `"}`, func(r payload.Reader) any { return len(r.Text("a")) }, 1_000, ""},
		"a long prose is cut later":               {`{"a":"` + strings.Repeat("x", 40_000) + `"}`, prose, 32_000, ""},

		"an id beyond float64":          {`{"a":9007199254740993}`, id, "9007199254740993", ""},
		"an id as a string":             {`{"a":" x7 "}`, id, "x7", ""},
		"an id under the second key":    {`{"a":null,"b":7}`, id, "7", ""},
		"an empty id is passed over":    {`{"a":"","b":7}`, id, "7", ""},
		"no id":                         {`{}`, id, "", ""},
		"a fraction is no id":           {`{"item":{"a":1.5}}`, id, "", "item.a"},
		"a negative number is no id":    {`{"a":-1}`, id, "", "a"},
		"an array is no id":             {`{"item":{"a":[]}}`, id, "", "item.a"},
		"the longest id":                {`{"a":"` + strings.Repeat("x", 128) + `"}`, id, strings.Repeat("x", 128), ""},
		"an id too long":                {`{"a":"` + strings.Repeat("x", 129) + `"}`, id, "", "a"},
		"a number too long for an id":   {`{"a":` + strings.Repeat("9", 129) + `}`, id, "", "a"},
		"a session's id":                {`{"a":"A-z_09"}`, sessionID, "A-z_09", ""},
		"a session's id that is a path": {`{"item":{"a":"../1"}}`, sessionID, "", "item.a"},
		"no session's id":               {`{}`, sessionID, "", ""},
	})
}

// TestReaderOfOtherValues reads times, and values that are kept as they are.
func TestReaderOfOtherValues(t *testing.T) {
	t.Parallel()
	millis := func(r payload.Reader) any { return r.Millis("a") }
	iso := func(r payload.Reader) any { return r.Time("a", "b") }
	scalar := func(r payload.Reader) any { return r.Scalar("a", "b") }
	kept := func(r payload.Reader) any { return string(r.JSON("a", "b")) }
	nine := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	const utf8 = "ééé"
	readAll(t, map[string]reading{
		"milliseconds":              {`{"a":1767603600000}`, millis, nine, ""},
		"milliseconds in a string":  {`{"a":"1767603600000"}`, millis, nine, ""},
		"no milliseconds":           {`{"a":null}`, millis, time.Time{}, ""},
		"empty milliseconds":        {`{"a":""}`, millis, time.Time{}, ""},
		"an empty time":             {`{"a":"","b":"2026-01-05T09:00:00Z"}`, iso, nine, ""},
		"seconds":                   {`{"a":1767603600}`, millis, time.Time{}, "a"},
		"milliseconds beyond int64": {`{"a":99999999999999999999}`, millis, time.Time{}, "a"},
		"a time in Zulu":            {`{"a":"2026-01-05T09:00:00Z"}`, iso, nine, ""},
		"a time with an offset":     {`{"a":"2026-01-05T10:00:00.000+01:00"}`, iso, nine, ""},
		"an offset without colon":   {`{"a":"2026-01-05T10:00:00+0100"}`, iso, nine, ""},
		"a time without a zone":     {`{"a":"2026-01-05T09:00:00"}`, iso, nine, ""},
		"the second key's time":     {`{"b":"2026-01-05T09:00:00Z"}`, iso, nine, ""},
		"no time":                   {`{}`, iso, time.Time{}, ""},
		"a word for a time":         {`{"item":{"a":"soon"}}`, iso, time.Time{}, "item.a"},
		"a number for a time":       {`{"a":1767603600}`, iso, time.Time{}, "a"},
		"a time of another century": {`{"a":"1970-01-01T00:00:00Z"}`, iso, time.Time{}, "a"},

		"a scalar that is a text":   {`{"a":"x"}`, scalar, "x", ""},
		"a scalar that is a number": {`{"a":-1.50}`, scalar, "-1.50", ""},
		"a scalar of the next key":  {`{"a":"","b":7}`, scalar, "7", ""},
		"a truth is no scalar":      {`{"a":true}`, scalar, "", ""},
		"no scalar":                 {`{}`, scalar, "", ""},

		"an object, compact":          {`{"a":{ "x" : [1, 2] }}`, kept, `{"x":[1,2]}`, ""},
		"an array":                    {`{"a":[1]}`, kept, `[1]`, ""},
		"an empty one is passed":      {`{"a":{},"b":[1]}`, kept, `[1]`, ""},
		"a scalar is no JSON to keep": {`{"a":"x"}`, kept, "", ""},
		"the longest JSON":            {`{"a":["` + strings.Repeat("x", 16<<10-4) + `"]}`, kept, `["` + strings.Repeat("x", 16<<10-4) + `"]`, ""},
		"JSON too long":               {`{"a":["` + strings.Repeat("x", 16<<10-3) + `"]}`, kept, "", ""},

		"cut between characters":         {`{}`, func(payload.Reader) any { return payload.Clip(utf8, 3) }, "é", ""},
		"not cut at all":                 {`{}`, func(payload.Reader) any { return payload.Clip(utf8, 6) }, utf8, ""},
		"the path where it should stand": {`{}`, func(r payload.Reader) any { return r.Path("a") }, "item.a", ""},
	})
}

// reading is an object, one way to read it, what that gives, and where the problem is.
type reading struct {
	body string
	read func(payload.Reader) any
	want any
	at   string
}

func readAll(t *testing.T, tests map[string]reading) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(t, tt.body)
			if diff := cmp.Diff(tt.want, tt.read(r)); diff != "" && tt.at == "" { // what is rejected has no value to rely on
				t.Errorf("(-want +got):\n%s", diff)
			}
			if at := pathOf(r.Problem()); at != tt.at {
				t.Errorf("problem %v, want one at %q", r.Problem(), tt.at)
			}
		})
	}
}

// TestObjects reads the id of each object in a field.
func TestObjects(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want []string
		at   string
	}{
		"an array":                   {`{"a":[{"id":1},{"id":2}]}`, []string{"1", "2"}, ""},
		"one object":                 {`{"a":{"id":1}}`, []string{"1"}, ""},
		"others are passed over":     {`{"a":[7,null,"x",{"id":1}]}`, []string{"1"}, ""},
		"a text":                     {`{"a":"x"}`, nil, ""},
		"none":                       {`{}`, nil, ""},
		"empty ones are passed over": {`{"a":[{},{"id":1}]}`, []string{"1"}, ""},
		"of too many the first":      {`{"a":[` + strings.Repeat("1,", 199) + `{"id":200},{"id":201}]}`, []string{"200"}, ""},
		"a problem has its own path": {`{"item":{"a":[{"id":1},{"id":[]}]}}`, []string{"1"}, "item.a[1].id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := reader(t, tt.body)
			var got []string
			for _, o := range r.Objects("a") {
				if id := o.ID("id"); r.Problem() == nil {
					got = append(got, id)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if at := pathOf(r.Problem()); at != tt.at {
				t.Errorf("problem %v, want one at %q", r.Problem(), tt.at)
			}
		})
	}
}

func TestTheFirstProblemCounts(t *testing.T) {
	t.Parallel()
	r := reader(t, `{}`)
	r.Reject("a", "wrong by %d", 1)
	r.Reject("b", "wrong too")
	if got := r.Problem().Error(); got != "a: wrong by 1" {
		t.Errorf("got %s", got)
	}
}

func TestSafeID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{"": true, "aZ09-_": true, "a b": false, "a/b": false, "..": false, "é": false, "a\x00": false} {
		if got := payload.SafeID(id); got != want {
			t.Errorf("%q is safe: %v", id, got)
		}
	}
}

func TestDialable(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"+15550123456": "+15550123456", "+39 02 1234.56-7": "+39021234567", "+1 (555) 012/3456": "+15550123456",
		"+33\u00a01 23 45 67 89": "+33123456789", "+1234567": "+1234567", "+123456789012345": "+123456789012345",
		"+123456": "", "+1234567890123456": "", "+0123456789": "", "3393669393": "", "0039021234567": "", "+44 (0)20 7946 0958": "",
		"+1555012345x6": "", "+١٥٥٥٠١٢٣٤٥٦": "", "anonymous": "", "sip:+15550123456@example.com": "", "": "", "+": "", "++15550123456": "",
		"+266696687": "", "+7378742833": "", "+2562533": "", "+8656696": "", "+86 282 452 253": "",
	}
	for raw, want := range tests {
		if got := payload.Dialable(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func TestIsNumber(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"+15550123456": true, "0800 123": true, "118": true, "*31#0612345678": true, "(02) 123-45/6.7": true, "020\u00a07946": true,
		"": false, "+": false, "11": false, "customer": false, "anonymous": false, "80165@agents.example.com": false, "end_user_5": false, "١٢٣٤": false,
	}
	for s, want := range tests {
		if got := payload.IsNumber(s); got != want {
			t.Errorf("%q is a number: %v", s, got)
		}
	}
}
