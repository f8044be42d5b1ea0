package crm_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

// searcher is an endpoint whose hits are at a location.
func searcher(response string, with ...func(*settings.Endpoint)) *settings.Endpoint {
	e := &settings.Endpoint{Method: "GET", URL: "https://crm/users", Response: response}
	for _, set := range with {
		set(e)
	}
	return e
}

func id(location string) func(*settings.Endpoint) {
	return func(e *settings.Endpoint) { e.ID = location }
}
func verify(checks ...settings.Check) func(*settings.Endpoint) {
	return func(e *settings.Endpoint) { e.Verify = checks }
}
func maxHits(n int) func(*settings.Endpoint) { return func(e *settings.Endpoint) { e.MaxHits = n } }
func choose(how, by string) func(*settings.Endpoint) {
	return func(e *settings.Endpoint) { e.Choose, e.ChooseBy = how, by }
}

// kim is what is known of a customer.
var kim = crm.Vars{"EMAIL": "Kim@Agents.co", "PHONE_NUMBER": "+1 222 333 4444", "NAME": "Kim"}

// The answers of Request Tracker 5 ("RT"), REST 2.0.
const (
	rtUser  = `{"type":"user","id":31,"Name":"ccai-u1","EmailAddress":"kim@agents.co","CustomFields":[{"type":"customfield","id":"5","name":"ccai_user","values":["u1"]},{"type":"customfield","id":"4","name":"ccai_phone","values":["+390612345678","+12223334444"]}]}`
	rtOther = `{"type":"user","id":"root","Name":"root","EmailAddress":"root@rt.test","CustomFields":[{"id":"4","name":"ccai_phone","values":[]},{"id":"5","name":"ccai_user","values":["+12223334444"]}]}`
	rtAll   = `{"count":2,"total":240,"page":1,"pages":12,"per_page":2,"items":[` + rtOther + `,` + rtUser + `]}`
)

func TestReadSearch(t *testing.T) {
	t.Parallel()
	mail := verify(settings.Check{Field: "EmailAddress", Equals: "{EMAIL}"})
	phone := verify(settings.Check{Field: "CustomFields[name=ccai_phone].values", Equals: "{PHONE_NUMBER}", Phone: true})
	two := `{"items":[{"id":1,"name":"Kim\n Lee"},{"id":2}]}`
	tests := map[string]struct {
		from     string
		endpoint *settings.Endpoint
		body     string
		want     crm.Found
	}{
		"Custom CRM, find account: an object at the root":       {fromFind, searcher(""), `{"id":123,"name":"Kim","phone":"11234567890"}`, crm.Found{ID: "123", Hits: 1}},
		"Custom CRM, find account by id: the same":              {fromFindByID, searcher(""), `{"id":123,"name":"Kim","phone":"11234567890","email":"Kim@agents.co"}`, crm.Found{ID: "123", Hits: 1}},
		"Custom CRM, find record: an object at the root":        {fromFindRecord, searcher(""), `{"id":456,"subject":"Record title","status":"open","contactId":123,"phone":"11234567890"}`, crm.Found{ID: "456", Hits: 1}},
		"Custom CRM, where the object is told":                  {fromConfig, searcher("data.account"), `{"data":{"account":{"id":123}}}`, crm.Found{ID: "123", Hits: 1}},
		"RT, GET /users: the id is a name unless asked for":     {seenInRT, searcher("items"), `{"total":1,"count":1,"items":[{"type":"user","id":"ccai-u1","_url":"http://rt"}]}`, crm.Found{ID: "ccai-u1", Hits: 1}},
		"RT, GET /users: a number if asked for":                 {seenInRT, searcher("items"), `{"total":1,"items":[` + rtUser + `]}`, crm.Found{ID: "31", Hits: 1}},
		"RT, GET /user/31: the root":                            {seenInRT, searcher("", mail), rtUser, crm.Found{ID: "31", Hits: 1}},
		"RT, GET /users: nobody":                                {fromRT, searcher("items"), `{"count":0,"total":0,"pages":0,"items":[]}`, crm.Found{}},
		"RT, GET /attachments: total is null":                   {seenInRT, searcher("items", maxHits(1)), `{"total":null,"pages":null,"items":[{"id":"52"}]}`, crm.Found{ID: "52", Hits: 1}},
		"RT, a filter that is ignored finds all: too many":      {seenInRT, searcher("items", maxHits(2)), rtAll, crm.Found{Hits: 240}},
		"RT, a filter that is ignored finds all: the one meant": {seenInRT, searcher("items", mail), rtAll, crm.Found{ID: "31", Hits: 240, Unverified: 1}},
		"RT, a phone among the values of a custom field":        {seenInRT, searcher("items", phone), rtAll, crm.Found{ID: "31", Hits: 240, Unverified: 1}},
		"RT, a filter that is ignored finds strangers":          {seenInRT, searcher("items", mail), `{"items":[` + rtOther + `]}`, crm.Found{Hits: 1, Unverified: 1}},
		"RT, PUT: a list of sentences has no object":            {seenInRT, searcher(""), `["Comments added"]`, crm.Found{Hits: 1, Unverified: 1}},
		"an empty body is nobody":                               {oursSearch, searcher("items"), " \n", crm.Found{}},
		"null is nobody":                                        {oursSearch, searcher(""), `null`, crm.Found{}},
		"an empty object is nobody":                             {oursSearch, searcher("data"), `{"data":{}}`, crm.Found{}},
		"nothing at the location is nobody":                     {oursSearch, searcher("data.items"), `{"data":{"error":"none"}}`, crm.Found{}},
		"false at the location is nobody":                       {oursSearch, searcher("data"), `{"data":false}`, crm.Found{}},
		"nulls are no hits":                                     {oursSearch, searcher("items", maxHits(1)), `{"items":[null,{"id":1},null]}`, crm.Found{ID: "1", Hits: 1}},
		"a hit without id is not believed":                      {oursSearch, searcher("items"), `{"items":[{"name":"x"},{"id":2}]}`, crm.Found{ID: "2", Hits: 2, Unverified: 1}},
		"an id below the hit":                                   {oursPaths, searcher("items", id("a.key")), `{"items":[{"id":1,"a":{"key":"k"}}]}`, crm.Found{ID: "k", Hits: 1}},
		"a list of lists":                                       {oursPaths, searcher("rows"), `{"rows":[[{"id":6}],[{"id":7}]]}`, crm.Found{ID: "6", Hits: 2}},
		"one place of the list, with a dot":                     {oursPaths, searcher("items.1"), two, crm.Found{ID: "2", Hits: 2}},
		"one place of the list, in brackets":                    {oursPaths, searcher("items[1]"), two, crm.Found{ID: "2", Hits: 2}},
		"one place of the list, whose total still counts":       {oursHits, searcher("items.0", maxHits(1)), `{"total":2,"items":[{"id":1},{"id":2}]}`, crm.Found{Hits: 2}},
		"a list within the first of a list":                     {oursPaths, searcher("pages.items", maxHits(5)), `{"pages":[{"count":9,"items":[{"id":1}]}]}`, crm.Found{Hits: 9}},
		"as many hits as may be":                                {oursHits, searcher("items", maxHits(2)), two, crm.Found{ID: "1", Hits: 2}},
		"one hit too many":                                      {oursHits, searcher("items", maxHits(1)), two, crm.Found{Hits: 2}},
		"one too many, and a person chooses: nobody":            {oursChoose, searcher("items", maxHits(1), choose("agent", "")), two, crm.Found{Hits: 2}},
		"one too many in totalSize (Salesforce)":                {fromSalesforce, searcher("records", maxHits(2)), `{"totalSize":3,"records":[{"id":1}]}`, crm.Found{Hits: 3}},
		"one too many in count as a text":                       {oursHits, searcher("data.list", maxHits(2)), `{"total":1,"data":{"count":"3","list":[{"id":1}]}}`, crm.Found{Hits: 3}},
		"a count beyond all numbers":                            {oursHits, searcher("items", maxHits(2)), `{"total":1e999,"items":[{"id":1}]}`, crm.Found{Hits: 1<<31 - 1}},
		"a count that is none":                                  {oursHits, searcher("items", maxHits(1)), `{"total":"NaN","count":-7,"items":[{"id":1}]}`, crm.Found{ID: "1", Hits: 1}},
		"a count beside one object says something else":         {oursHits, searcher("data", maxHits(1)), `{"count":5,"data":{"id":1}}`, crm.Found{ID: "1", Hits: 1}},
		"the first of several":                                  {oursChoose, searcher("items", choose("first", "id")), two, crm.Found{ID: "1", Hits: 2}},
		"several, and a person chooses":                         {oursChoose, searcher("items", choose("agent", "")), two, crm.Found{Hits: 2, Candidates: []crm.Candidate{{ID: "1", Label: "Kim Lee"}, {ID: "2"}}}},
		"one verified of several leaves no choice":              {oursChoose, searcher("items", choose("agent", ""), verify(settings.Check{Field: "id", Equals: "2"})), two, crm.Found{ID: "2", Hits: 2, Unverified: 1}},
		"one account twice leaves no choice":                    {oursChoose, searcher("items", choose("agent", "")), `{"items":[{"id":7},{"id":"7"}]}`, crm.Found{ID: "7", Hits: 2}},
		"one shown of several, and a person chooses":            {oursChoose, searcher("items", choose("agent", "")), `{"total":2,"items":[{"id":7,"Subject":"Order"}]}`, crm.Found{Hits: 2, Candidates: []crm.Candidate{{ID: "7", Label: "Order"}}}},
		"nobody, and a person chooses":                          {oursVerify, searcher("items", choose("agent", ""), mail), two, crm.Found{Hits: 2, Unverified: 2}},
		"labels of hits that are lists":                         {oursChoose, searcher("", choose("agent", "")), `[[{"id":1}],[{"id":2}]]`, crm.Found{Hits: 2, Candidates: []crm.Candidate{{ID: "1"}, {ID: "2"}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got, err := crm.ReadSearch(tt.endpoint, kim, ok(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ReadSearch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadSearchChooses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from    string
		how, by string
		body    string
		want    string
	}{
		"the newest":                            {oursChoose, "newest", "", `[{"id":1,"created_at":"2026-01-05T09:00:00Z"},{"id":2,"created_at":"2026-01-06T09:00:00Z"}]`, "2"},
		"the newest, offsets considered":        {oursChoose, "newest", "", `[{"id":1,"created":"2026-01-05T10:00:00+02:00"},{"id":2,"created":"2026-01-05T09:00:00Z"}]`, "2"},
		"RT, the newest by Created":             {seenInRT, "newest", "", `[{"id":"2","Created":"2026-11-20T16:34:53Z"},{"id":"1","Created":"2026-11-20T16:34:52Z"}]`, "2"},
		"RT, the newest by its number":          {seenInRT, "newest", "id", `[{"id":"9"},{"id":"10"},{"id":8}]`, "10"},
		"RT, last updated, and never":           {seenInRT, "updated", "", `[{"id":1,"LastUpdated":"1970-01-01T00:00:00Z"},{"id":2,"LastUpdated":"2026-11-20T16:34:53Z"}]`, "2"},
		"Salesforce, the newest by CreatedDate": {fromSalesforce, "newest", "", `[{"id":1,"CreatedDate":"2026-01-05T09:00:00.000+0000"},{"id":2,"CreatedDate":"2026-01-05T09:00:00.001+0000"}]`, "2"},
		"Salesforce, last modified":             {fromSalesforce, "updated", "", `[{"id":1,"LastModifiedDate":"2026-01-05T09:00:00.000+0000"},{"id":2,"LastModifiedDate":"2025-01-05T09:00:00.000+0000"}]`, "1"},
		"SQL's times":                           {oursChoose, "updated", "", `[{"id":1,"updated_at":"2026-01-05 09:00:00"},{"id":2,"updated_at":"2026-01-05 09:00:01"}]`, "2"},
		"days":                                  {oursChoose, "updated", "", `[{"id":1,"updated":"2026-01-05"},{"id":2,"updated":"2026-01-06"}]`, "2"},
		"numbers are no texts":                  {oursChoose, "newest", "t", `[{"id":1,"t":1000},{"id":2,"t":999}]`, "1"},
		"numbers of more digits than a float's": {oursChoose, "newest", "t", `[{"id":1,"t":9007199254740992000001},{"id":2,"t":"9007199254740992000002"}]`, "2"},
		"a time is newer than a number":         {oursChoose, "newest", "t", `[{"id":1,"t":99},{"id":2,"t":"2026-01-05"},{"id":3,"t":98}]`, "2"},
		"a missing time is the oldest":          {oursChoose, "newest", "", `[{"id":1},{"id":2,"created_at":"1970-01-01T00:00:00Z"}]`, "2"},
		"a missing number is the oldest":        {oursChoose, "newest", "n", `[{"id":1,"n":null},{"id":2,"n":-1}]`, "2"},
		"what is neither is missing":            {oursChoose, "newest", "n", `[{"id":1,"n":"soon"},{"id":2,"n":0},{"id":3,"n":"` + strings.Repeat("9", 99) + `"}]`, "2"},
		"an exponent beyond all is missing":     {oursChoose, "newest", "n", `[{"id":1,"n":1e99999999999},{"id":2,"n":0}]`, "2"},
		"without any the first":                 {oursChoose, "newest", "", `[{"id":1},{"id":2}]`, "1"},
		"of equals the first":                   {oursChoose, "updated", "", `[{"id":1,"updated":5},{"id":2,"updated":5}]`, "1"},
		"by a field further below":              {oursChoose, "updated", "meta.at[0]", `[{"id":1,"meta":{"at":[1]}},{"id":2,"meta":{"at":[2]}}]`, "2"},
		"the default is the first":              {oursChoose, "", "", `[{"id":1,"created":1},{"id":2,"created":2}]`, "1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got, err := crm.ReadSearch(searcher("", choose(tt.how, tt.by)), nil, ok(tt.body))
			if err != nil || got.ID != tt.want {
				t.Errorf("ReadSearch = %+v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestReadSearchBoundsCandidates(t *testing.T) {
	t.Parallel()
	var list []string
	for i := range 25 {
		list = append(list, fmt.Sprintf(`{"id":%d,"title":"%s"}`, i, strings.Repeat("é", 200)))
	}
	got, err := crm.ReadSearch(searcher("", choose("agent", "")), nil, ok("["+strings.Join(list, ",")+"]"))
	if err != nil || got.Hits != 25 || len(got.Candidates) != 20 || got.Candidates[19].ID != "19" {
		t.Fatalf("ReadSearch = %+v, %v; want the first 20 of 25", got, err)
	}
	if n := utf8.RuneCountInString(got.Candidates[0].Label); n != 80 {
		t.Errorf("a label has %d characters, want 80", n)
	}
}

func TestReadSearchRefuses(t *testing.T) {
	t.Parallel()
	cut := ok(`[{"id":1}`)
	cut.Truncated = true
	tests := map[string]struct {
		from     string
		endpoint *settings.Endpoint
		answer   crm.Answer
		want     string
	}{
		"a web page":                      {oursAnswers, searcher(""), ok(`<html>`), "crm: the CRM answered with a web page"},
		"a login page that says 200":      {oursAnswers, searcher("items"), header("Content-Type", "text/html", "Please log in"), "the CRM answered with a web page"},
		"half a list":                     {oursAnswers, searcher(""), cut, "the answer is longer than the 9 bytes"},
		"two documents":                   {oursAnswers, searcher(""), ok(`[][]`), "something follows"},
		"a header for the ids of hits":    {oursMistakes, searcher("", id("Location")), ok(`[]`), "custom_id_location of a search"},
		"a wrong location":                {oursMistakes, searcher("a..b"), ok(`[]`), `response_data_location: the location "a..b" is wrong at 1`},
		"a wrong id":                      {oursMistakes, searcher("", id("a[")), ok(`[]`), "custom_id_location: "},
		"a wrong field to verify":         {oursMistakes, searcher("", verify(settings.Check{Field: "a", Equals: "1"}, settings.Check{Field: ".a"})), ok(`[]`), "verify[1].field: "},
		"a wrong value to verify":         {oursMistakes, searcher("", verify(settings.Check{Field: "a", Equals: "=CONCAT_OR(x"})), ok(`[]`), "verify[0].equals: at "},
		"a wrong field to choose by":      {oursMistakes, searcher("", choose("newest", "a[x]")), ok(`[]`), "choose_by: "},
		"deeper nesting than is readable": {oursAnswers, searcher(""), ok(strings.Repeat(`{"a":`, 20_000)), "exceeded max depth"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got, err := crm.ReadSearch(tt.endpoint, nil, tt.answer)
			if err == nil || !strings.Contains(err.Error(), tt.want) || got.ID != "" {
				t.Errorf("ReadSearch = %+v, %v; want an error with %q", got, err, tt.want)
			}
		})
	}
}

// Whatever a CRM answers and whatever the locations are, the result is bounded, and an id of digits is one that the answer has.
func FuzzReadSearch(f *testing.F) {
	for _, body := range []string{rtAll, rtUser, `[{"id":1e400},{"id":-0.0}]`, `{"items":{"id":[[["x"]]]}}`, `{"id":1,"id":{"id":2}}`, `[[[[`, "<html>", `{"total":1e99,"items":[{"id":"\u0031"}]}`} {
		f.Add("items", "id", "CustomFields[name=ccai_phone].values", "newest", 0, body)
		f.Add("items[0]", "Name", "EmailAddress", "agent", 2, body)
		f.Add("", "id", "", "updated", 1, body)
	}
	f.Fuzz(func(t *testing.T, response, at, field, how string, most int, body string) {
		e := searcher(response, id(at), maxHits(most), choose(how, field))
		for range 2 {
			got, err := crm.ReadSearch(e, kim, ok(body))
			checkFound(t, e, got, err, body)
			e.Verify = []settings.Check{{Field: field, Equals: "{PHONE_NUMBER}", Phone: true}}
		}
		if id, err := crm.ReadCreated(e, header("Location", body, body)); (id == "") != (err != nil) {
			t.Errorf("ReadCreated = %q, %v", id, err)
		}
	})
}

func checkFound(t *testing.T, e *settings.Endpoint, got crm.Found, err error, body string) {
	t.Helper()
	ids := []string{got.ID}
	for _, c := range got.Candidates {
		ids = append(ids, c.ID)
	}
	tooMany := e.MaxHits > 0 && got.Hits > e.MaxHits
	switch {
	case err != nil && (got.ID != "" || got.Hits != 0):
		t.Errorf("an error, and yet %+v", got)
	case tooMany && (got.ID != "" || got.Candidates != nil):
		t.Errorf("of at most %d hits: %+v", e.MaxHits, got)
	case got.ID != "" && got.Candidates != nil, len(got.Candidates) > 20, got.Unverified > got.Hits:
		t.Errorf("found %+v", got)
	}
	for _, id := range ids {
		if len(id) > 256 || !utf8.ValidString(id) {
			t.Errorf("the id %q", id)
		}
		_, notDigits := strconv.ParseUint(id, 10, 64)
		if notDigits == nil && !strings.Contains(body, `\u`) && !bytes.Contains([]byte(body), []byte(id)) {
			t.Errorf("the id %s is not in the answer %q", id, body)
		}
	}
}

func BenchmarkReadSearch(b *testing.B) {
	var body strings.Builder
	body.WriteString(`{"total":100,"items":[`)
	for i := range 100 {
		fmt.Fprintf(&body, `{"id":%d,"created":"2026-01-05T09:00:%02dZ","CustomFields":[{"name":"ccai_phone","values":["+1222333%04d"]}]},`, i, i%60, i)
	}
	answer := crm.Answer{Status: http.StatusOK, Body: []byte(body.String() + rtUser + "]}")}
	e := searcher("items", choose("newest", ""), verify(settings.Check{Field: "CustomFields[name=ccai_phone].values", Equals: "{PHONE_NUMBER}", Phone: true}))
	for b.Loop() {
		if found, err := crm.ReadSearch(e, kim, answer); err != nil || found.ID != "31" {
			b.Fatal(found, err)
		}
	}
}
