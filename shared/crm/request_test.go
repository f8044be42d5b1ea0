package crm_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

func param(key, value string, change ...func(*settings.Parameter)) settings.Parameter {
	p := settings.Parameter{Key: key, Value: value}
	for _, c := range change {
		c(&p)
	}
	return p
}

// The changes to parameters that the tables make.
func kind(t string) func(*settings.Parameter)   { return func(p *settings.Parameter) { p.Type = t } }
func escape(e string) func(*settings.Parameter) { return func(p *settings.Parameter) { p.Escape = e } }
func in(place string) func(*settings.Parameter) { return func(p *settings.Parameter) { p.In = place } }
func most(max int) func(*settings.Parameter)    { return func(p *settings.Parameter) { p.Max = max } }
func keep(p *settings.Parameter)                { p.Keep = true }
func get(url string, ps ...settings.Parameter) settings.Endpoint {
	return settings.Endpoint{Method: "GET", URL: url, Parameters: ps}
}

func post(ps ...settings.Parameter) settings.Endpoint {
	return settings.Endpoint{Method: "POST", URL: "https://crm/a", Parameters: ps}
}

// vars are values with everything in them that means something to a URL, to JSON and to templates.
var vars = crm.Vars{"PHONE_NUMBER": "+12223334444", "NAME": `Kim "{EMAIL}" & <co>`, "RECORD_ID": "4/5?x", "CALL_ID": "9", "LAST_NAME": `O'Neil\`,
	"RATING": "5", "LANG": "true", "FIRST_NAME": "Jürgen", "CUSTOM_USER_ID": ".."}

func TestBuildURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from     string
		endpoint settings.Endpoint
		want     string // empty: not to be sent
	}{
		"a search has its filters in the query": {oursQuery, get("https://crm/a?v=2", param("phone", "{PHONE_NUMBER}")), "https://crm/a?v=2&phone=%2B12223334444"},
		"a filter that is not known is left out": {oursRemoval, get("https://crm/a", param("phone", "{PHONE_NUMBER}"), param("email", "{EMAIL}")),
			"https://crm/a?phone=%2B12223334444"},
		"so is one that is half known": {oursRemoval, get("https://crm/a", param("q", "phone:{PHONE_NUMBER} email:{EMAIL}")), "https://crm/a"},
		"unless it is to be kept":      {oursRemoval, get("https://crm/a", param("q", "{PHONE_NUMBER}|{EMAIL}", keep)), "https://crm/a?q=%2B12223334444%7C"},
		"a function is left out when it is empty": {fromFunctions, get("https://crm/a", param("q", "=CONCAT_OR(e:{EMAIL},u:{UJET_ID})"), param("w", "=CONCAT_OR(e:{EMAIL},c:{CALL_ID})")),
			"https://crm/a?w=c%3A9"},
		"parameters stay in their order":         {fromConfig, get("https://crm/a?z=1&b=2", param("y", "3"), param("a", "4")), "https://crm/a?z=1&b=2&y=3&a=4"},
		"a blank is %20":                         {fromURI, get("https://crm/a", param("a b", "c d+e")), "https://crm/a?a%20b=c%20d%2Be"},
		"keys are encoded":                       {fromURI, get("https://crm/a", param("fields[Requestor]", "id,Name")), "https://crm/a?fields%5BRequestor%5D=id%2CName"},
		"what was typed in the URL is encoded":   {fromURI, get(`https://crm/a?q=a b%20c%z|"ü"`), "https://crm/a?q=a%20b%20c%25z%7C%22%C3%BC%22"},
		"a variable in the query is escaped":     {fromURI, get("https://crm/a?q=phone:{PHONE_NUMBER}&n={NAME}"), "https://crm/a?q=phone:%2B12223334444&n=Kim%20%22%7BEMAIL%7D%22%20%26%20%3Cco%3E"},
		"a variable in the path is escaped":      {fromURI, settings.Endpoint{Method: "POST", URL: "https://crm/r/{RECORD_ID}/c"}, "https://crm/r/4%2F5%3Fx/c"},
		"an account by its id in the path":       {fromFindByID, get("https://crm/a/{RECORD_ID}"), "https://crm/a/4%2F5%3Fx"},
		"a plain text and a number":              {fromConfig, get("https://crm/a", param("source", "PHONE"), param("n", "5")), "https://crm/a?source=PHONE&n=5"},
		"a path that is not known is not sent":   {oursLinks, settings.Endpoint{Method: "POST", URL: "https://crm/a/{ACCOUNT_ID}"}, ""},
		"a parameter of a POST may be a query's": {oursPlace, settings.Endpoint{Method: "POST", URL: "https://crm/a?v=2", Parameters: []settings.Parameter{param("q", "1", in("query"))}}, "https://crm/a?v=2&q=1"},
		"JSON in a query, as Request Tracker's": {fromRT, get("https://crm/u", param("query", `[{"field":"CustomField.{ccai_phone}","value":"{NAME}"}]`, escape("json"))),
			"https://crm/u?query=%5B%7B%22field%22%3A%22CustomField.%7Bccai_phone%7D%22%2C%22value%22%3A%22Kim%20%5C%22%7BEMAIL%7D%5C%22%20%5Cu0026%20%5Cu003cco%5Cu003e%22%7D%5D"},
		"a string of a query language": {oursEscape, get("https://crm/t", param("query", `Name = '{LAST_NAME}'`, escape("quoted"))), `https://crm/t?query=Name%20%3D%20%27O%5C%27Neil%5C%5C%27`},
		"a value is cut":               {oursCut, get("https://crm/a", param("n", "{FIRST_NAME}", most(2))), "https://crm/a?n=J%C3%BC"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			r, ok, err := crm.Build(&tt.endpoint, vars)
			if err != nil || ok != (tt.want != "") || r.URL != tt.want {
				t.Errorf("Build: %s, %v, %v\nwant   %s", r.URL, ok, err, tt.want)
			}
		})
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from     string
		endpoint settings.Endpoint
		want     string
	}{
		"a value that climbs":          {oursEscape, get("https://crm/a/{CUSTOM_USER_ID}/b"), "only dots"},
		"a URL that is none":           {oursMistakes, get("https://crm:{CALL_ID}x/a"), "the URL of the endpoint is not one"},
		"a template with a fault":      {oursMistakes, post(param("q", "=CONCAT_OR({NAME}")), `parameter "q": at 18: a closing parenthesis is missing`},
		"a number that is none":        {oursMistakes, post(param("n", "{PHONE_NUMBER}", kind("number"))), `parameter "n": its value is no number`},
		"a boolean that is none":       {oursMistakes, post(param("b", "{RATING}", kind("boolean"))), `parameter "b": its value is no boolean`},
		"JSON that is none":            {oursMistakes, post(param("j", "[1,", kind("json"))), `parameter "j": its value is no JSON`},
		"a name for a JSON key":        {oursEscape, post(param("j", `{{NAME}:1}`, kind("json"))), `parameter "j": its value is no JSON`},
		"a type there is not":          {oursMistakes, post(param("d", "x", kind("date"))), `parameter "d": type "date"`},
		"an escape there is not":       {oursMistakes, post(param("d", "x", escape("xml"))), `parameter "d": escape "xml"`},
		"a format there is not":        {oursMistakes, settings.Endpoint{Method: "POST", URL: "https://crm/a", Format: "xml"}, `format "xml"`},
		"one key twice":                {oursMistakes, post(param("a", "1"), param("a", "2")), `parameter "a": its key is given twice`},
		"one place twice":              {oursMistakes, post(param("a[0]", "1"), param("a[0]", "2")), `parameter "a[0]": its key is given twice`},
		"a value within a value":       {oursMistakes, post(param("a", "1"), param("a.b", "2")), `parameter "a.b": its key goes through`},
		"a value instead of an object": {oursMistakes, post(param("a.b", "1"), param("a", "2")), `parameter "a": its key is given twice`},
		"an object and a list":         {oursMistakes, post(param("a.b", "1"), param("a[0]", "2")), `parameter "a[0]": its key goes through`},
		"a list and an object":         {oursMistakes, post(param("a[]", "1"), param("a.b", "2")), `parameter "a.b": its key goes through`},
		"an empty key":                 {oursMistakes, post(param("", "1")), `empty name`},
		"an empty name":                {oursMistakes, post(param("a..b", "1")), `parameter "a..b": its key has an empty name`},
		"a bracket that stays open":    {oursMistakes, post(param("a[0", "1")), `without a closing one`},
		"a bracket without a number":   {oursMistakes, post(param("a[x]", "1")), `without a number`},
		"a negative place":             {oursMistakes, post(param("a[-1]", "1")), `without a number`},
		"text behind a bracket":        {oursMistakes, post(param("a[0]b", "1")), `text behind a closing bracket`},
		"a body that is no JSON":       {oursMistakes, settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: `{"a":{NAME}}`}, "the body of the endpoint is no JSON"},
		"a fault in a body":            {oursMistakes, settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: `{"a":["=CONCAT_OR(x"]}`}, `body: "a": in a list: at 13: a closing`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			_, _, err := crm.Build(&tt.endpoint, vars)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %s", err, tt.want)
			}
			for _, value := range vars {
				if len(value) > 4 && strings.Contains(err.Error(), value) {
					t.Errorf("the error has the value of a variable: %v", err)
				}
			}
		})
	}
}

func TestAsks(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"PHONE_NUMBER": "+1", "CHANNEL": "chat", "NAME": "Kim"}
	tests := map[string]struct {
		from       string
		url, value string
		want       bool
	}{
		"by a known variable":                 {oursAsks, "https://crm/a", "(Phone:equals:{phone_number})", true},
		"by one in the path":                  {oursAsks, "https://crm/a/{PHONE_NUMBER}", "", true},
		"by one that is not known":            {oursAsks, "https://crm/a", "{EMAIL}", false},
		"by one that is not known, in a path": {oursAsks, "https://crm/a/{EMAIL}", "{PHONE_NUMBER}", false},
		"by one that went with another":       {oursAsks, "https://crm/a", "{PHONE_NUMBER} {EMAIL}", false},
		"by what a function keeps":            {fromFunctions, "https://crm/a", "=CONCAT_OR({EMAIL},{PHONE_NUMBER})", true},
		"by what a function drops":            {fromFunctions, "https://crm/a", "=CONCAT_OR({PHONE_NUMBER} {EMAIL},{CHANNEL})", false},
		"by what a default hides":             {oursAsks, "https://crm/a", "=DEFAULT_VALUE({CHANNEL},{PHONE_NUMBER})", false},
		"by what all have in common":          {oursAsks, "https://crm/a", "{CHANNEL}", false},
		"by what does not name one":           {oursAsks, "https://crm/a", "{NAME}", false},
		"by nothing":                          {oursAsks, "https://crm/a", "1", false},
		"wrong settings show when built":      {oursAsks, "https://crm/a", "=CONCAT_OR(", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			for _, method := range []string{"GET", "POST"} {
				e := &settings.Endpoint{Method: method, URL: tt.url, Parameters: []settings.Parameter{{Key: "q", Value: tt.value}}}
				if got := crm.Asks(e, v, "PHONE_NUMBER", "EMAIL"); got != tt.want {
					t.Errorf("%s asks: %v, want %v", method, got, tt.want)
				}
			}
		})
	}
}

func TestAsksInABody(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"PHONE_NUMBER": "+1"}
	tests := map[string]struct {
		from string
		body string
		want bool
	}{
		"by a known variable":      {oursAsks, `[{"field":"phone","value":"{PHONE_NUMBER}"}]`, true},
		"by one that is not known": {oursAsks, `[{"field":"email","value":"{EMAIL}"}]`, false},
		"by one that is half":      {oursAsks, `{"q":"p:{PHONE_NUMBER} e:{EMAIL}"}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			e := &settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: tt.body}
			if got := crm.Asks(e, v, "PHONE_NUMBER", "EMAIL"); got != tt.want {
				t.Errorf("asks: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestByID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, url string
		want      bool
	}{
		"the id in the path":  {fromFindByID, "https://crm/a/{ACCOUNT_ID}", true},
		"the id in the query": {oursByID, "https://crm/a?id={ACCOUNT_ID}", false},
		"no id":               {fromFindByID, "https://crm/a", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.ByID(&settings.Endpoint{URL: tt.url}); got != tt.want {
				t.Errorf("%s by id: %v", tt.url, got)
			}
		})
	}
}

func TestDigestTellsRequestsApart(t *testing.T) {
	t.Parallel()
	a := crm.Request{Method: "PUT", URL: "https://crm/1", Body: []byte("{}")}
	b := a
	b.Body = []byte(`{"x":1}`)
	c := a
	c.Body = []byte("{}")
	if a.Digest() == b.Digest() || a.Digest() != c.Digest() {
		t.Error("the digest does not follow the content")
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	with, err := crm.Request{Method: "POST", URL: "https://crm/a", Body: []byte("{}")}.HTTP(t.Context())
	if err != nil || with.Header.Get("Content-Type") != "application/json" || with.ContentLength != 2 {
		t.Errorf("with a body: %v, %v", with.Header, err)
	}
	without, err := crm.Request{Method: "GET", URL: "https://crm/a"}.HTTP(t.Context())
	if err != nil || without.Header.Get("Content-Type") != "" || without.ContentLength != 0 {
		t.Errorf("without one: %v, %v", without.Header, err)
	}
}

func BenchmarkBuild(b *testing.B) {
	e := &settings.Endpoint{Method: "POST", URL: "https://crm.example.com/api/records", Parameters: []settings.Parameter{
		{Key: "account", Value: "{ACCOUNT_ID}"}, {Key: "subject", Value: "{TICKET_SUBJECT}"}, {Key: "text", Value: "{TICKET_DESCRIPTION}"}}}
	for b.Loop() {
		if _, _, err := crm.Build(e, crm.VarsOf(&settings.CRM{}, call(), session.CRM{AccountID: "1"})); err != nil {
			b.Fatal(err)
		}
	}
}

// A caller's name is a string wherever it stands, and is cut before it is escaped.
func TestACallersNameIsNeitherJSONNorHalfAnEscape(t *testing.T) {
	t.Parallel()
	most := func(n int) func(*settings.Parameter) { return func(p *settings.Parameter) { p.Max = n } }
	tests := map[string]struct {
		from string
		name string
		e    settings.Endpoint
		want string
	}{
		"an object for a name":        {oursEscape, `{"role":"admin"}`, post(param("meta", "{NAME}", kind("json"))), `{"meta":"{\"role\":\"admin\"}"}`},
		"a number for a name":         {oursEscape, `7`, post(param("meta", "{NAME}", kind("json"))), `{"meta":7}`},
		"a quote at the cut":          {oursEscape, `abcd'efgh`, post(param("q", "x='{NAME}'", escape("quoted"), most(9))), `{"q":"x='abcd\\''"}`},
		"an ampersand at the cut":     {oursEscape, `abcd&efgh`, post(param("q", "{NAME}", escape("html"), most(5))), `{"q":"abcd\u0026amp;"}`},
		"nothing to escape, too long": {oursCut, `abcdefgh`, post(param("q", "{NAME}", most(3))), `{"q":"abc"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			r, _, err := crm.Build(&tt.e, crm.Vars{"NAME": tt.name})
			if err != nil || string(r.Body) != tt.want {
				t.Errorf("body %s, %v; want %s", r.Body, err, tt.want)
			}
		})
	}
}
