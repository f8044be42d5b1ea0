package crm_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

// A list has as many hits as it has elements, whichever of them the location leads to.
func TestAPlaceInTheListIsAHitOfAll(t *testing.T) {
	t.Parallel()
	const three = `{"items":[{"id":1,"user":{"id":"u1"}},{"id":2,"user":{"id":"u2"}},{"id":3,"user":{"id":"u3"}}]}`
	const kinds = `{"all":[{"type":"team","id":1},{"type":"user","id":2},{"type":"team","id":3},"note"]}`
	tests := map[string]struct {
		from, location, body string
		max                  int
		want                 string
		hits                 int
	}{
		"a place in brackets":             {oursHits, "items[0]", three, 2, "", 3},
		"a place with a dot":              {oursHits, "items.1", three, 2, "", 3},
		"what is within the first":        {oursHits, "items.user", three, 2, "", 3},
		"what is within a place":          {oursHits, "items[2].user", three, 2, "", 3},
		"as many as may be":               {oursHits, "items.user", three, 3, "u1", 3},
		"a list of answers":               {oursHits, "[0].items[0]", "[" + three + "]", 2, "", 3},
		"a list within a list":            {oursHits, "items", `{"items":[[{"id":1},{"id":2}]]}`, 2, "1", 1},
		"a selector counts what it is of": {oursHits, "all[type=user]", kinds, 1, "2", 1},
		"and all of that":                 {oursHits, "all[type=team]", kinds, 1, "", 2},
		"nothing there is nobody":         {oursHits, "items.person", three, 2, "", 0},
		"a place behind the last":         {oursHits, "items[7]", three, 2, "", 0},
		"a root that is a list":           {oursHits, "user", `[{"user":{"id":1}},{"user":{"id":2}}]`, 1, "", 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			e := &settings.Endpoint{Response: tt.location, MaxHits: tt.max}
			got, err := crm.ReadSearch(e, nil, ok(tt.body))
			if err != nil || got.ID != tt.want || got.Hits != tt.hits {
				t.Errorf("found %+v, %v; want %q of %d hits", got, err, tt.want, tt.hits)
			}
		})
	}
}

// A value is a scalar or a text within a string, whatever it holds; nothing of it becomes structure.
func TestAValueIsNoStructure(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, name string
		e          settings.Endpoint
		want       string
	}{
		"a default of null":                      {oursEscape, `{}`, post(param("j", "=DEFAULT_VALUE({NAME}, null)", kind("json"))), `{"j":"{}"}`},
		"the default itself":                     {oursTyped, ``, post(param("j", "=DEFAULT_VALUE({NAME}, null)", kind("json"))), `{"j":null}`},
		"two elements":                           {oursEscape, `1,2`, post(param("j", `{"ids":[{NAME}]}`, kind("json"))), `{"j":{"ids":["1,2"]}}`},
		"one element":                            {oursTyped, `12`, post(param("j", `{"ids":[{NAME}]}`, kind("json"))), `{"j":{"ids":[12]}}`},
		"a list that is escaped":                 {oursEscape, `[1,[2]]`, post(param("j", "{NAME}", kind("json"), escape("json"))), `{"j":"[1,[2]]"}`},
		"an ordinary name":                       {oursTyped, `Kim`, post(param("j", `{"a":{NAME}}`, kind("json"))), `{"j":{"a":"Kim"}}`},
		"an ordinary name, escaped":              {oursTyped, `Kim "K"`, post(param("j", `{"a":"{NAME}"}`, kind("json"), escape("json"))), `{"j":{"a":"Kim \"K\""}}`},
		"a name for HTML":                        {oursTyped, `<b>`, post(param("j", `["{NAME}",{NAME}]`, kind("json"), escape("html"))), `{"j":["\u0026lt;b\u0026gt;","\u0026lt;b\u0026gt;"]}`},
		"kept though nothing is known":           {oursRemoval, ``, post(param("j", `{"a":{NAME}}`, kind("json"), keep)), `{"j":{"a":null}}`},
		"JSON as a text":                         {oursEscape, `1,2`, post(param("q", `{"ids":[{NAME}]}`, escape("json"))), `{"q":"{\"ids\":[\"1,2\"]}"}`},
		"a text that is no JSON":                 {oursEscape, `a"b`, post(param("q", `name:"{NAME}" or {NAME}`, escape("json"))), `{"q":"name:\"a\\\"b\" or a\\\"b"}`},
		"a body's string":                        {oursEscape, `{}`, settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: `{"a":"{NAME}","b":["{NAME}"]}`}, `{"a":"{}","b":["{}"]}`},
		"a body's string, and what would end it": {oursEscape, `","x":"`, settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: `{"a":"{NAME}"}`}, `{"a":"\",\"x\":\""}`},
		"a function in a body":                   {oursEscape, `[1]`, settings.Endpoint{Method: "POST", URL: "https://crm/a", Body: `{"a":"=DEFAULT_VALUE({NAME}, null)"}`}, `{"a":"[1]"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			r, ok, err := crm.Build(&tt.e, crm.Vars{"NAME": tt.name})
			if err != nil || !ok || string(r.Body) != tt.want {
				t.Errorf("body %s, %v, %v; want %s", r.Body, ok, err, tt.want)
			}
		})
	}
}

// What Validate takes is what Build can put into a body, whichever parameters a session leaves out.
func TestKeysThatAreTakenCanBeSent(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "a.b", "a.c", "a[]", "a[0]", "a[00]", "a[1]", "a[].b", "a[0].b", "a[0][]", "a[0][0]", "b[2]", "b[]"}
	for _, first := range all {
		for _, second := range all {
			for _, third := range all {
				names := []string{first, second, third}
				var members settings.Body
				taken := true
				for _, name := range names {
					taken = taken && members.Put(name, json.RawMessage("1")) == nil
				}
				if !taken {
					continue
				}
				for left := range 8 {
					var ps []settings.Parameter
					for i, name := range names {
						if left>>i&1 == 1 {
							ps = append(ps, param(name, "1"))
						}
					}
					e := post(ps...)
					if _, _, err := crm.Build(&e, nil); err != nil {
						t.Fatalf("%q are taken, but of them %v", names, err)
					}
				}
			}
		}
	}
}

// A page for people is no answer of an API, whatever its status and content type.
func TestWebPage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from       string
		kind, body string
		truncated  bool
		want       bool
	}{
		"a page":                         {oursAnswers, "text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in</title>", false, true},
		"a page that says nothing":       {oursAnswers, "", " \n<html>", false, true},
		"a page called JSON":             {oursAnswers, "application/json", "<html>", false, true},
		"a page behind a mark":           {oursAnswers, "text/html", "\ufeff<html>", false, true},
		"a text called a page":           {oursAnswers, "text/html", "Please sign in", false, true},
		"XHTML":                          {oursAnswers, "application/xhtml+xml", `<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">`, false, true},
		"a long page":                    {oursAnswers, "text/html", "<html>", true, true},
		"JSON":                           {oursAnswers, "application/json", `{"id":1}`, false, false},
		"JSON called a page, as by PHP":  {oursAnswers, "text/html", ` {"id":1}`, false, false},
		"JSON called a page, and cut":    {oursAnswers, "text/html", `{"id":1,"te`, true, false},
		"a number called a page":         {oursAnswers, "text/html", `7`, false, false},
		"nothing":                        {oursAnswers, "text/html", "", false, false},
		"blanks":                         {oursAnswers, "text/html", " \r\n", false, false},
		"XML":                            {oursAnswers, "application/xml", `<response/>`, false, false},
		"XML by its first line":          {oursAnswers, "text/html", `<?xml version="1.0"?><response/>`, false, false},
		"a text":                         {oursAnswers, "text/plain", "Created", false, false},
		"a text with an angle bracket":   {oursAnswers, "text/plain", "a < b", false, false},
		"problem details in XML":         {oursAnswers, "application/problem+xml; charset=utf-8", `<problem/>`, false, false},
		"a content type that is no type": {oursAnswers, "html;;", "Created", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			a := crm.Answer{Status: 200, Header: http.Header{"Content-Type": {tt.kind}}, Body: []byte(tt.body), Truncated: tt.truncated}
			if got := crm.WebPage(a); got != tt.want {
				t.Errorf("a web page: %v, want %v", got, tt.want)
			}
		})
	}
}

// A CRM repeats what it was sent: a caller who is called like a refusal is not one.
func TestTheCallersWordsMeanNothing(t *testing.T) {
	t.Parallel()
	const oursEcho = ours + "a CRM repeats what it was sent, and a caller chooses their name"
	e := &settings.Endpoint{Answers: []settings.Meaning{
		{Status: 201, Contains: "in use", Means: settings.MeansExists},
		{Status: 201, Contains: "isn't valid", Means: settings.MeansRefused},
		{Status: 201, Contains: "a/b", Means: settings.MeansRefused},
		{Status: 409, Means: settings.MeansExists},
	}}
	sent := func(url, body string) crm.Request { return crm.Request{Method: "POST", URL: url, Body: []byte(body)} }
	tests := map[string]struct {
		from   string
		status int
		answer string
		sent   crm.Request
		want   string
	}{
		"the CRM's own words":           {oursEcho, 201, `{"message":"Name in use"}`, sent("https://crm/a", `{"name":"Kim"}`), settings.MeansExists},
		"the request is not known":      {oursEcho, 201, `{"message":"Name in use"}`, crm.Request{}, settings.MeansExists},
		"a name that is repeated":       {oursEcho, 201, `{"id":1,"name":"Not In Use"}`, sent("https://crm/a", `{"name":"Not In Use"}`), ""},
		"in other letters":              {oursEcho, 201, `{"id":1,"name":"IN USE"}`, sent("https://crm/a", `{"name":"in use"}`), ""},
		"out of a query":                {oursEcho, 201, `{"q":"in use"}`, sent("https://crm/a?x=1&q=in%20use", ""), ""},
		"out of a query, with a plus":   {oursEcho, 201, `{"q":"in use"}`, sent("https://crm/a?q=in+use", ""), ""},
		"out of a path":                 {oursEcho, 201, `{"path":"a/b"}`, sent("https://crm/a%2Fb", ""), ""},
		"with an escape of JSON":        {oursEcho, 201, `{"name":"isn't valid"}`, sent("https://crm/a", `{"name":"isn\u0027t valid"}`), ""},
		"escaped in the answer alone":   {oursEcho, 201, `{"name":"isn\u0027t valid"}`, sent("https://crm/a", `{"name":"isn't valid"}`), ""},
		"with an escape of HTML":        {oursEcho, 201, `{"name":"isn't valid"}`, sent("https://crm/a", `{"name":"isn&#39;t valid"}`), ""},
		"with an escape of a language":  {oursEcho, 201, `{"name":"isn't valid"}`, sent("https://crm/a?q=%27isn%5C%27t%20valid%27", ""), ""},
		"JSON within a query":           {oursEcho, 201, `{"name":"isn't valid"}`, sent("https://crm/a?q=%5B%22isn%5Cu0027t+valid%22%5D", ""), ""},
		"a status has nothing repeated": {oursEcho, 409, `{"name":"in use"}`, sent("https://crm/a", `{"name":"in use"}`), settings.MeansExists},
		"the next that fits":            {oursEcho, 201, `in use: isn't valid`, sent("https://crm/a", `{"name":"in use"}`), settings.MeansRefused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got := crm.MeaningOf(e, crm.Answer{Status: tt.status, Body: []byte(tt.answer), Sent: tt.sent})
			if got != tt.want {
				t.Errorf("MeaningOf = %q, want %q", got, tt.want)
			}
		})
	}
}

// What is behind a "#" is not sent, so a search asks for nothing by it.
func TestAFragmentIsNotSent(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"PHONE_NUMBER": "+1"}
	e := get("https://crm/a?v=2#?phone={PHONE_NUMBER}")
	r, ok, err := crm.Build(&e, v)
	if err != nil || !ok || r.URL != "https://crm/a?v=2" {
		t.Errorf("Build: %s, %v, %v", r.URL, ok, err)
	}
	if crm.Asks(&e, v, "PHONE_NUMBER") {
		t.Error("the search is said to ask for somebody")
	}
}

// Servers that read %2F before they resolve dots would take a value for a way out of its path.
func TestNoValueClimbs(t *testing.T) {
	t.Parallel()
	const oursClimbs = "RFC 3986: section 5.2.4, dot segments"
	tests := map[string]struct {
		from, value string
		climbs      bool
	}{
		"dots alone":             {oursClimbs, "..", true},
		"a dot alone":            {oursClimbs, ".", true},
		"dots between slashes":   {oursClimbs, "../../admin", true},
		"dots at the end":        {oursClimbs, "a/..", true},
		"dots behind backslash":  {oursClimbs, `a\..\admin`, true},
		"dots within a name":     {oursClimbs, "a..b/c.", false},
		"a slash alone":          {oursClimbs, "a/b", false},
		"three dots":             {oursClimbs, "...", false},
		"an escape for a value":  {oursClimbs, "%2e%2e", false},
		"a question, and a path": {oursClimbs, "a?/../b", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			v := crm.Vars{"ACCOUNT_ID": tt.value, "EMAIL": tt.value}
			e := get("https://crm/a/{ACCOUNT_ID}/b")
			_, ok, err := crm.Build(&e, v)
			if ok == tt.climbs || (err != nil) != tt.climbs {
				t.Errorf("Build: %v, %v; want it refused: %v", ok, err, tt.climbs)
			}
			if err != nil && !strings.Contains(err.Error(), "only dots") {
				t.Errorf("error %v", err)
			}
			if got := crm.Link("https://crm/a/{ACCOUNT_ID}", v); (got == "") != tt.climbs {
				t.Errorf("Link = %q", got)
			}
			if got := crm.LookupLink("https://crm/{EMAIL}/b?q={EMAIL}", v); (got == "") != tt.climbs {
				t.Errorf("LookupLink = %q", got)
			}
			if got := crm.LookupLink("https://crm/b?q={EMAIL}", v); got == "" {
				t.Error("a value in the query makes no link")
			}
		})
	}
}

// A value that is cut to nothing is one that is not known.
func TestWhatIsCutToNothingIsNotSent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from string
		e    settings.Endpoint
		want string
	}{
		"a function without room":     {oursCut, get("https://crm/a", param("t", "=CONCAT_OR(name:{NAME},mail:{EMAIL})", escape("quoted"), most(4))), "https://crm/a"},
		"a constant that has no room": {oursCut, get("https://crm/a", param("t", "name:{NAME}", escape("quoted"), most(4))), "https://crm/a"},
		"unless it is kept":           {oursCut, get("https://crm/a", param("t", "name:{NAME}", escape("quoted"), most(4), keep)), "https://crm/a?t=name%3A"},
		"with room for a character":   {oursCut, get("https://crm/a", param("t", "name:{NAME}", escape("quoted"), most(6))), "https://crm/a?t=name%3AK"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			r, ok, err := crm.Build(&tt.e, crm.Vars{"NAME": "Kim", "EMAIL": "kim@example.com"})
			if err != nil || !ok || r.URL != tt.want {
				t.Errorf("Build: %s, %v, %v; want %s", r.URL, ok, err, tt.want)
			}
		})
	}
}
