package crm_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

// ok is an answer of 200 with a body.
func ok(body string) crm.Answer { return crm.Answer{Status: http.StatusOK, Body: []byte(body)} }

// header is an answer of 201 with one header.
func header(name, value, body string) crm.Answer {
	return crm.Answer{Status: http.StatusCreated, Header: http.Header{name: {value}}, Body: []byte(body)}
}

// "RT" is Request Tracker 5 and its REST 2.0, whose answers these are.
func TestReadCreated(t *testing.T) {
	t.Parallel()
	const user = `{"type":"user","id":"ccai-u1","_url":"http://rt/REST/2.0/user/ccai-u1"}`
	const uuid = "3F2504E0-4f89-41d3-9a0c-0305e82c3301"
	tests := map[string]struct {
		from         string
		response, id string
		answer       crm.Answer
		want         string
	}{
		"Custom CRM, create account: the id at the root":  {fromFind, "", "", ok(`{"id":123,"name":"Kim"}`), "123"},
		"Custom CRM, where the object is told":            {fromConfig, "data.account", "", ok(`{"data":{"account":{"id":123}}}`), "123"},
		"Custom CRM, where the id is told":                {fromLocationOfID, "", "contact_id", ok(`{"contact_id":123}`), "123"},
		"RT, POST /user: the body's id is the name":       {seenInRT, "", "", ok(user), "ccai-u1"},
		"RT, POST /user: the header has the number":       {seenInRT, "", "Location", header("Location", "/REST/2.0/user/31", user), "31"},
		"RT, POST /comment: only the header has an id":    {seenInRT, "", "Location", header("Location", "/REST/2.0/transaction/125", `["Comments added"]`), "125"},
		"RT, POST /ticket: the id is a text of digits":    {fromRT, "", "id", ok(`{"type":"ticket","id":"1"}`), "1"},
		"a header with scheme, host, query and a slash":   {fromLocation, "data", "Location", header("Location", "https://crm/a/7/?x=1#y", ""), "7"},
		"a header with a blank and a slash in the id":     {fromURI, "", "Location", header("Location", "/a/b%2Fc%20d", ""), "b/c d"},
		"a header with a relative path":                   {fromLocation, "", "Location", header("Location", "42", ""), "42"},
		"the header counts, whatever the body":            {fromLocation, "", "Location", crm.Answer{Header: http.Header{"Location": {"/a/9"}}, Body: []byte(`<html>`), Truncated: true}, "9"},
		"a number keeps all its digits":                   {oursIDs, "", "", ok(`{"id":12345678901234567890123}`), "12345678901234567890123"},
		"a number written as a decimal is the same id":    {oursIDs, "", "", ok(`{"id":31.00}`), "31"},
		"a UUID keeps its letter case":                    {oursIDs, "", "", ok(`{"id":" ` + uuid + `\n"}`), uuid},
		"below a path":                                    {oursPaths, "data.account", "uuid", ok(`{"data":{"account":{"uuid":"a-b"}}}`), "a-b"},
		"an id deeper than the object":                    {oursPaths, "data", "attributes.key", ok(`{"data":{"attributes":{"key":"k"}}}`), "k"},
		"the first of a list":                             {oursPaths, "results", "", ok(`{"results":[{"id":1},{"id":2}]}`), "1"},
		"a place in a list, with a dot":                   {oursPaths, "results.1", "", ok(`{"results":[{"id":1},{"id":2}]}`), "2"},
		"a place in a list, in brackets":                  {oursPaths, "results[1]", "", ok(`{"results":[{"id":1},{"id":2}]}`), "2"},
		"a place in the list at the root":                 {oursPaths, "", "[1].id", ok(`[{"id":1},{"id":2}]`), "2"},
		"a place in the list that is the object":          {oursPaths, "results", "[1].id", ok(`{"results":[{"id":1},{"id":2}]}`), "2"},
		"the whole answer is a list":                      {oursPaths, "", "", ok(`[{"id":5}]`), "5"},
		"a list of lists":                                 {oursPaths, "rows", "", ok(`{"rows":[[{"id":6}]]}`), "6"},
		"an id in a list":                                 {oursPaths, "", "", ok(`{"id":["a","b"]}`), "a"},
		"a number as a key of an object":                  {oursPaths, "rows.7", "", ok(`{"rows":{"7":{"id":"x"}}}`), "x"},
		"one of a list by what it has":                    {oursPaths, "", "links[rel=self].id", ok(`{"links":[{"rel":"next","id":1},{"rel":"self","id":2}]}`), "2"},
		"one of a list by a dotted value":                 {oursPaths, "", "f[ name = a.b ].id", ok(`{"f":[{"id":1},{"name":"a.b","id":2}]}`), "2"},
		"one of a list by a key of digits":                {oursPaths, "", "f[0=x].id", ok(`{"f":[{"1":"x","id":1},{"0":"x","id":2}]}`), "2"},
		"the one object there is may fit":                 {oursPaths, "", "f[n=1].id", ok(`{"f":{"n":1,"id":2}}`), "2"},
		"of a key that stands twice the last counts":      {oursAnswers, "", "", ok(`{"id":1,"id":2}`), "2"},
		"a byte order mark goes before the JSON":          {oursAnswers, "", "", ok("\ufeff{\"id\":1}\r\n"), "1"},
		"JSON that says it is HTML, as PHP does, is JSON": {oursAnswers, "", "", header("Content-Type", "text/html; charset=UTF-8", `{"id":1}`), "1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			id, err := crm.ReadCreated(&settings.Endpoint{Response: tt.response, ID: tt.id}, tt.answer)
			if err != nil || id != tt.want {
				t.Errorf("ReadCreated = %q, %v; want %q", id, err, tt.want)
			}
		})
	}
}

// An error tells where the id was looked for and what was there, but no values, which are a customer's.
func TestReadCreatedTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	many := `{"k0":0`
	for i := range 30 {
		many += fmt.Sprintf(`,"key%02d":"Kim"`, i)
	}
	cut := ok(`{"id":1}`)
	cut.Truncated = true
	tests := map[string]struct {
		from         string
		response, id string
		answer       crm.Answer
		want         string
	}{
		"an empty answer":                        {fromCreate, "data", "", crm.Answer{Status: http.StatusNoContent}, `looked at "data.id", but the answer is empty (status 204)`},
		"nothing at the location":                {fromCreate, "data", "", ok(`{"id":"Kim","account":{}}`), `looked at "data.id", but the answer is an object with the keys "account", "id"`},
		"the object without the id":              {fromCreate, "data", "", ok(`{"data":{"name":"Kim","Id":1}}`), `looked at "data.id", but at "data" is an object with the keys "Id", "name"`},
		"the object without keys":                {oursAnswers, "data", "", ok(`{"data":{}}`), `at "data" is an object with no keys`},
		"an empty list":                          {oursAnswers, "data", "", ok(`{"data":[]}`), `at "data" is an empty list`},
		"a list of objects":                      {oursAnswers, "data", "", ok(`{"data":[{"name":"Kim"}]}`), `at "data" is a list of 1 that begins with an object with the keys "name"`},
		"a list of lists":                        {oursAnswers, "data", "", ok(`{"data":[[],[]]}`), `at "data" is a list of 2 lists`},
		"a list whose first element has none":    {oursAnswers, "data", "", ok(`{"data":[{"name":"Kim"},{"id":2}]}`), `at "data" is a list of 2 that begins with an object with the keys "name"`},
		"just beyond a list":                     {oursAnswers, "data[1]", "", ok(`{"data":[1]}`), `at "data" is a list of 1`},
		"beyond a list":                          {oursAnswers, "data[3]", "", ok(`{"data":[1]}`), `at "data" is a list of 1 that begins with a number`},
		"RT, PUT /ticket: a list of sentences":   {seenInRT, "", "", ok(`["Ticket 1: Status changed"]`), `the answer is a list of 1 that begins with a text`},
		"RT, a message":                          {seenInRT, "", "", ok(`{"message":"Kim"}`), `the keys "message"`},
		"null":                                   {oursAnswers, "data", "", ok(`{"data":null}`), `at "data" is null`},
		"an object as id":                        {oursIDs, "", "", ok(`{"id":{"value":1}}`), `at "id" is an object with the keys "value"`},
		"an empty list as id":                    {oursIDs, "", "", ok(`{"id":[]}`), `at "id" is an empty list`},
		"an empty id":                            {oursIDs, "", "", ok(`{"id":" "}`), `at "id" is a text that is no id`},
		"a very long id":                         {oursIDs, "", "", ok(`{"id":"` + strings.Repeat("x", 300) + `"}`), `at "id" is a text that is no id`},
		"an id with a line break in it":          {oursIDs, "", "", ok(`{"id":"a\r\nb"}`), `at "id" is a text that is no id`},
		"an id whose letters are damaged":        {oursIDs, "", "", ok("{\"id\":\"a\xff\"}"), `at "id" is a text that is no id`},
		"a truth value as id":                    {oursIDs, "", "", ok(`{"id":false}`), `at "id" is true or false`},
		"a number that was a float":              {oursIDs, "", "", ok(`{"id":1.2345678901234568e+19}`), `at "id" is a number that is not whole`},
		"a number with an exponent":              {oursIDs, "", "", ok(`{"id":1E3}`), `at "id" is a number that is not whole`},
		"more keys than a person reads":          {oursAnswers, "", "", ok(many + "}"), `"key18" and 11 more`},
		"a key longer than a person reads":       {oursAnswers, "", "", ok(`{"` + strings.Repeat("y", 60) + `":1}`), `"` + strings.Repeat("y", 39) + `…"`},
		"no header":                              {fromLocation, "", "Location", ok(`{"id":1}`), "there is no Location header"},
		"a header without a path":                {fromLocation, "", "Location", header("Location", "https://crm/?id=1", ""), `the path of the Location header, "/", has no id as its last part`},
		"a header that is no URL":                {fromLocation, "", "Location", header("Location", "/a/%zz", ""), "the Location header is not a URL"},
		"a web page":                             {oursAnswers, "", "", ok("\n <!DOCTYPE html><title>Log in</title>"), "crm: the CRM answered with a web page, not JSON: it may be"},
		"a web page by its content type":         {oursAnswers, "", "", header("Content-Type", "text/html; charset=utf-8", "Service unavailable"), "the CRM answered with a web page"},
		"XML":                                    {oursAnswers, "", "", ok(`<?xml version="1.0"?><id>1</id>`), "the answer is XML;"},
		"plain text":                             {oursAnswers, "", "", ok("created"), "the answer is not JSON: invalid character 'c'"},
		"half an answer":                         {oursAnswers, "", "", ok(`{"id":1`), "the answer is not JSON: unexpected EOF"},
		"two answers":                            {oursAnswers, "", "", ok(`{"id":1}{"id":2}`), "something follows the end of the JSON"},
		"more than was read, though it is whole": {oursAnswers, "", "", cut, "the answer is longer than the 8 bytes that are read of one"},
		"deeper than any answer":                 {oursAnswers, "", "", ok(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)), "exceeded max depth"},
		"a location that ends too soon":          {oursPaths, "data.", "", ok(`{}`), `the location "data..id" is wrong at 4: a name is missing`},
		"a location with an open bracket":        {oursPaths, "data[0", "", ok(`{}`), `wrong at 4: the bracket is not closed`},
		"a location with empty brackets":         {oursPaths, "data[]", "", ok(`{}`), `wrong at 4: a number, or name=value, must stand in the brackets`},
		"a location with a name in brackets":     {oursPaths, "data[id]", "", ok(`{}`), `a number, or name=value`},
		"a location with a selector of no name":  {oursPaths, "data[=1]", "", ok(`{}`), `a number, or name=value`},
		"a location with a missing dot":          {oursPaths, "data[0]x", "", ok(`{}`), `wrong at 7: a dot or a bracket must follow a bracket`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			id, err := crm.ReadCreated(&settings.Endpoint{Response: tt.response, ID: tt.id}, tt.answer)
			if err == nil || id != "" || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("ReadCreated = %q, %v; want an error with %q", id, err, tt.want)
			}
			if strings.Contains(err.Error(), "Kim") {
				t.Errorf("the error %q has a value of the answer", err)
			}
		})
	}
}
