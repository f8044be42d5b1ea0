package crm_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

// many are n parameters, which the page does not bound.
func many(n int) (ps []settings.Parameter) {
	for i := range n {
		ps = append(ps, param(fmt.Sprintf("k%d", i), "v"))
	}
	return ps
}

// manyIn is the body of many.
func manyIn(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":"v"`, i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestBuildBody(t *testing.T) {
	t.Parallel()
	formatted := func(format string, ps ...settings.Parameter) settings.Endpoint {
		e := post(ps...)
		e.Format, e.Container = format, "data"
		return e
	}
	by := func(method string, ps ...settings.Parameter) settings.Endpoint {
		e := post(ps...)
		e.Method = method
		return e
	}
	tests := map[string]struct {
		from     string
		endpoint settings.Endpoint
		want     string
	}{
		"nothing is an empty object":       {fromConfig, post(), `{}`},
		"a body keeps the settings' order": {fromConfig, post(param("z", "1"), param("a", "call {Call_ID}")), `{"z":"1","a":"call 9"}`},
		"a name is no template, no JSON":   {fromJSON, post(param("name", "{NAME}")), `{"name":"Kim \"{EMAIL}\" \u0026 \u003cco\u003e"}`},
		"braces that are no variable stay": {oursEscape, post(param("q", "{no} {THING}")), `{"q":"{no} {THING}"}`},
		"property":                         {fromConfig, formatted("property", param("a", "1")), `{"a":"1"}`},
		"without a format, properties":     {fromConfig, formatted("", param("a", "1")), `{"a":"1"}`},
		"a map of several":                 {fromConfig, formatted("map", param("a", "1"), param("b", "2")), `{"data":{"a":"1","b":"2"}}`},
		"an array of one with several":     {fromConfig, formatted("array", param("a", "1"), param("b", "2")), `{"data":[{"a":"1","b":"2"}]}`},
		"PUT":                              {fromConfig, by("PUT", param("a", "1")), `{"a":"1"}`},
		"PATCH":                            {fromConfig, by("PATCH", param("a", "1")), `{"a":"1"}`},
		"a plain text":                     {fromConfig, post(param("source", "PHONE")), `{"source":"PHONE"}`},
		"a number, which is text untold":   {fromConfig, post(param("n", "5")), `{"n":"5"}`},
		"what a function gives is a text":  {fromFunctions, post(param("r", "=DEFAULT_VALUE({RATING}, 0)"), param("l", "=DEFAULT_VALUE({LANG}, x)")), `{"r":"5","l":"true"}`},
		"an empty function is left out":    {fromFunctions, post(param("a", "=CONCAT_AND({EMAIL}, {UJET_ID})"), param("b", "=CONCAT_OR({EMAIL})"), param("c", "=DEFAULT_VALUE({EMAIL}, )")), `{}`},
		"a safe agent where none is known": {fromFunctions, post(param("agent", "=DEFAULT_VALUE({AGENT_EMAIL}, nobody@example.com)")), `{"agent":"nobody@example.com"}`},
		"the page's body of a record": {fromCreateRecord, post(param("subject", "{TICKET_SUBJECT}"), param("phone", "{PHONE_NUMBER}"), param("sourceType", "PHONE"), param("rating", "{RATING}", kind("number"))),
			`{"phone":"+12223334444","sourceType":"PHONE","rating":5}`},
		"the page's body of a comment":     {fromComment, post(param("comment", "{COMMENT_BODY}"), param("id", "{CALL_ID}", kind("number"))), `{"id":9}`},
		"more parameters than anybody has": {fromConfig, post(many(300)...), manyIn(300)},
		"a map":                            {fromConfig, formatted("map", param("a", "1")), `{"data":{"a":"1"}}`},
		"an array":                         {fromConfig, formatted("array", param("a", "1")), `{"data":[{"a":"1"}]}`},
		"what is not known is left out":    {oursRemoval, post(param("a", "{EMAIL}"), param("b", "x{EMAIL}"), param("c", "1")), `{"c":"1"}`},
		"unless it is to be kept":          {oursRemoval, post(param("a", "{EMAIL}", keep), param("n", "{EMAIL}", keep, kind("number"))), `{"a":"","n":null}`},
		"an object within":                 {oursNestedKey, post(param("CustomFields.a", "1"), param("Queue", "General"), param("CustomFields.b", "2")), `{"CustomFields":{"a":"1","b":"2"},"Queue":"General"}`},
		"a list of objects": {oursNestedKey, post(param("Attachments[0].FileName", "x"), param("Attachments[0].FileType", "y"), param("Attachments[1].FileName", "z")),
			`{"Attachments":[{"FileName":"x","FileType":"y"},{"FileName":"z"}]}`},
		"a list that grows":                    {oursNestedKey, post(param("a[]", "1"), param("a[]", "2"), param("a[].b", "3")), `{"a":["1","2",{"b":"3"}]}`},
		"a list of lists":                      {oursNestedKey, post(param("a[0][1]", "2"), param("a[0][0]", "1")), `{"a":[["1","2"]]}`},
		"a place left out is closed":           {oursNestedKey, post(param("a[0]", "{EMAIL}"), param("a[1]", "2"), param("a[7]", "8")), `{"a":["2","8"]}`},
		"a huge place costs nothing":           {oursNestedKey, post(param("a[999999999]", "1")), `{"a":["1"]}`},
		"numbers stay to the digit":            {fromJSONNumber, post(param("n", "12345678901234567890", kind("number")), param("r", " {RATING} ", kind("number"))), `{"n":12345678901234567890,"r":5}`},
		"booleans":                             {oursTyped, post(param("a", "{LANG}", kind("boolean")), param("b", "FALSE", kind("boolean"))), `{"a":true,"b":false}`},
		"JSON":                                 {oursTyped, post(param("j", `{"a":[{RATING},"{RATING}","{NAME}"]}`, kind("json"))), `{"j":{"a":[5,"5","Kim \"{EMAIL}\" \u0026 \u003cco\u003e"]}}`},
		"HTML":                                 {oursTyped, post(param("h", "<p>{NAME}</p>", escape("html"), most(13))), `{"h":"\u003cp\u003eKim \u0026#34;{\u003c/p\u003e"}`},
		"a parameter of a GET may be a body's": {oursPlace, get("https://crm/a", param("q", "1", in("body"))), `{"q":"1"}`},
		"a GET has none":                       {oursPlace, get("https://crm/a", param("q", "1")), ``},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			r, ok, err := crm.Build(&tt.endpoint, vars)
			if err != nil || !ok || string(r.Body) != tt.want {
				t.Errorf("Build: %s, %v, %v\nwant   %s", r.Body, ok, err, tt.want)
			}
			if hasType := r.ContentType == "application/json"; hasType != (tt.want != "") {
				t.Errorf("content type %q", r.ContentType)
			}
		})
	}
}

func TestBodyText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, body, want string }{
		"strings are filled":              {oursBody, `{"a":"call {Call_ID}","b":["{RATING}"]}`, `{"a":"call 9","b":["5"]}`},
		"a value stays in its string":     {fromJSON, `{"a":"{NAME}"}`, `{"a":"Kim \"{EMAIL}\" \u0026 \u003cco\u003e"}`},
		"keys and the rest stay":          {oursBody, `{"{NAME}":1.50, "b":[true,null,-1e3,12345678901234567890]}`, `{"{NAME}":1.50,"b":[true,null,-1e3,12345678901234567890]}`},
		"a member that is not known":      {oursBody, `{"a":"{EMAIL}","b":"1"}`, `{"b":"1"}`},
		"a place that is not known":       {oursBody, `["{EMAIL}","1"]`, `["1"]`},
		"one that is half known stays":    {oursBody, `{"a":"{NAME}: {EMAIL}."}`, `{"a":"Kim \"{EMAIL}\" \u0026 \u003cco\u003e: ."}`},
		"a function":                      {fromFunctions, `{"a":"=DEFAULT_VALUE({EMAIL},none)","b":"=CONCAT_OR({EMAIL})"}`, `{"a":"none"}`},
		"what became empty goes too":      {oursBody, `{"a":{"b":["{EMAIL}",{"c":"{UJET_ID}"}]},"d":1}`, `{"d":1}`},
		"what was typed empty stays":      {oursBody, `{"a":{},"b":[],"c":""}`, `{"a":{},"b":[],"c":""}`},
		"nothing remains of an object":    {oursBody, `{"a":"{EMAIL}"}`, `{}`},
		"nothing remains of a list":       {oursBody, `["{EMAIL}"]`, `[]`},
		"names that are no variables":     {oursBody, `{"a":"CustomField.{ccai_phone}"}`, `{"a":"CustomField.{ccai_phone}"}`},
		"the parameters of a body do not": {oursBody, `{"a":1}`, `{"a":1}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			e := &settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: tt.body, Parameters: []settings.Parameter{param("p", "1"), param("q", "2", in("query"))}}
			r, ok, err := crm.Build(e, vars)
			if err != nil || !ok || string(r.Body) != tt.want || r.URL != "https://crm/a?q=2" {
				t.Errorf("Build: %s %s, %v, %v\nwant   %s", r.URL, r.Body, ok, err, tt.want)
			}
		})
	}
}

// A value can only be a value, whatever is in it: not a template, not a member, not a parameter, not the end of a string.
func FuzzValuesStayValues(f *testing.F) {
	for _, seed := range []string{`","admin":true,"x":"`, `{EMAIL}`, `=CONCAT_OR(a,b)`, `' OR id > 0 OR 'x' = '`, `\`, `\\'`, "a\nb\x00", "%2e%2e%2f&b=1#c", "\u202eabc\u2028", `",1,"`, "\xff", "+1 2", "../x"} {
		f.Add(seed)
	}
	inBody := post(param("plain", "{NAME}"), param("json", `["{NAME}","x"]`, kind("json")), param("q", "n='{NAME}'", escape("quoted")))
	text := settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: `{"a":["{NAME}"],"b":"<{NAME}>"}`}
	inQuery := get("https://crm/a/x{NAME}/b?typed={NAME}", param("q", "{NAME}"), param("j", `["{NAME}","x"]`, escape("json")))
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" {
			return
		}
		v := crm.Vars{"NAME": name, "EMAIL": "secret@example.com"}
		if settings.Climbs("https://crm/a/x" + url.PathEscape(name)) { // which is refused
			return
		}
		want := strings.ToValidUTF8(name, "\ufffd")
		if strings.Contains(want, "\ufffd") { // what is no UTF-8 may become any number of replacements
			return
		}

		var body struct {
			Plain, Q string
			JSON     []any
		}
		decode(t, &inBody, v, &body)
		if body.Plain != want || unquoted(t, strings.TrimPrefix(body.Q, "n=")) != want {
			t.Errorf("%q became %+v", name, body)
		}
		if len(body.JSON) != 2 || body.JSON[0] != want || body.JSON[1] != "x" {
			t.Errorf("%q became %q in JSON", name, body.JSON)
		}
		var filled struct {
			A []string
			B string
		}
		decode(t, &text, v, &filled)
		if len(filled.A) != 1 || filled.A[0] != want || filled.B != "<"+want+">" {
			t.Errorf("%q became %+v in a body text", name, filled)
		}
		checkQuery(t, &inQuery, v, want)
	})
}

func decode(t *testing.T, e *settings.Endpoint, v crm.Vars, into any) {
	t.Helper()
	r, ok, err := crm.Build(e, v)
	if err != nil || !ok {
		t.Fatalf("Build: %v, %v", ok, err)
	}
	d := json.NewDecoder(strings.NewReader(string(r.Body)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
}

// unquoted reads a string of a query language, in which a backslash stands before quotes and backslashes.
func unquoted(t *testing.T, s string) string {
	t.Helper()
	inner, ok := strings.CutPrefix(s, "'")
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '\'' && i == len(inner)-1 && ok:
			return b.String()
		case c == '\'':
			t.Fatalf("the string %s ends early", s)
		case c == '\\':
			i++
			b.WriteByte(inner[i])
		default:
			b.WriteByte(c)
		}
	}
	t.Fatalf("the string %s does not end", s)
	return ""
}

func checkQuery(t *testing.T, e *settings.Endpoint, v crm.Vars, want string) {
	t.Helper()
	r, ok, err := crm.Build(e, v)
	if err != nil || !ok {
		t.Fatalf("Build: %v, %v", ok, err)
	}
	u, err := url.ParseRequestURI(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal([]byte(q.Get("j")), &list); err != nil || len(list) != 2 || list[0] != want {
		t.Errorf("%q became %q in JSON in the query, %v", want, list, err)
	}
	if u.Host != "crm" || u.Fragment != "" || u.Path != "/a/x"+want+"/b" || strings.Count(u.EscapedPath(), "/") != 3 || len(q) != 3 || q.Get("q") != want || q.Get("typed") != want {
		t.Errorf("%q became %s", want, r.URL)
	}
	for _, c := range []byte(r.URL) {
		if c <= ' ' || c > '~' {
			t.Errorf("the URL %q has the byte %x", r.URL, c)
		}
	}
}
