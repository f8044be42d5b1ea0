package crm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

const oursPerson = ours + "a person who searches sees all whom the CRM finds, and nobody whom it was not asked for"

// A person chooses of what is found, so nothing is chosen for them; but a filter that the CRM ignores must not show them everybody.
func TestReadHits(t *testing.T) {
	t.Parallel()
	mail := verify(settings.Check{Field: "EmailAddress", Equals: "{EMAIL}"})
	ofSession := verify(settings.Check{Field: "menu", Equals: "{MENU_SELECTION}"}, settings.Check{Field: "open", Equals: "yes"})
	const two = `{"items":[{"id":1,"name":"Kim\n Lee"},{"id":2}]}`
	tests := map[string]struct {
		from     string
		endpoint *settings.Endpoint
		body     string
		want     []crm.Candidate
		more     bool
	}{
		"an object at the root is one":               {oursPerson, searcher(""), `{"id":123,"name":"Kim"}`, []crm.Candidate{{ID: "123", Label: "Kim"}}, false},
		"all of several, though one would be chosen": {oursPerson, searcher("items", choose("newest", "id")), two, []crm.Candidate{{ID: "1", Label: "Kim Lee"}, {ID: "2"}}, false},
		"nobody":                                       {oursPerson, searcher("items"), `{"items":[]}`, nil, false},
		"an empty answer is nobody":                    {oursPerson, searcher("items"), ``, nil, false},
		"more than the answer lists":                   {oursPerson, searcher("items"), `{"total":9,"items":[{"id":1}]}`, []crm.Candidate{{ID: "1"}}, true},
		"only who has what was asked for":              {oursPerson, searcher("items", mail), rtAll, []crm.Candidate{{ID: "31", Label: "ccai-u1"}}, true},
		"nobody has what was asked for":                {oursPerson, searcher("items", mail), `{"total":9,"items":[` + rtOther + `]}`, nil, false},
		"too many whom nothing verifies are not shown": {oursPerson, searcher("items", maxHits(1)), two, nil, true},
		"many who are verified are":                    {oursPerson, searcher("items", maxHits(1), verify(settings.Check{Field: "name", Equals: "{NAME}"})), `{"items":[{"id":1,"name":"Kim"},{"id":2,"name":"Kim"}]}`, []crm.Candidate{{ID: "1", Label: "Kim"}, {ID: "2", Label: "Kim"}}, false},
		"a check that is of nobody verifies nobody":    {oursPerson, searcher("items", maxHits(1), ofSession), `{"items":[{"id":1,"open":"yes"},{"id":2,"open":"yes"}]}`, nil, true},
		"nor does one whose value is not known":        {oursPerson, searcher("items", maxHits(1), verify(settings.Check{Field: "open", Equals: `=DEFAULT_VALUE({MENU_SELECTION}, "yes")`})), `{"items":[{"id":1,"open":"yes"},{"id":2,"open":"yes"}]}`, nil, true},
		"what a session alone knows is not asked for":  {oursPerson, searcher("items", ofSession), `{"items":[{"id":1,"menu":"a","open":"yes"},{"id":2,"open":"no"}]}`, []crm.Candidate{{ID: "1"}}, false},
		"what the chosen one must have is nobody's":    {oursPerson, searcher("items", func(e *settings.Endpoint) { e.VerifyChosen = []settings.Check{{Field: "open", Equals: "yes"}} }), two, []crm.Candidate{{ID: "1", Label: "Kim Lee"}, {ID: "2"}}, false},
		"a name among the attributes (JSON:API)":       {oursPerson, searcher("data"), `{"data":{"id":"5f","attributes":{"name":"Ada"}}}`, []crm.Candidate{{ID: "5f", Label: "Ada"}}, false},
		"one who is there twice, once":                 {oursPerson, searcher(""), `[{"id":1},` + strings.Repeat(`{"id":1},`, 25) + `{"id":2}]`, []crm.Candidate{{ID: "1"}, {ID: "2"}}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got, more, err := crm.ReadHits(tt.endpoint, kim, ok(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || more != tt.more {
				t.Errorf("ReadHits (-want +got), and more: %v:\n%s", more, diff)
			}
		})
	}
}

func TestReadHitsListsAtMostTwenty(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for i := range 21 {
		fmt.Fprintf(&body, `,{"id":%d}`, i+1)
	}
	got, more, err := crm.ReadHits(searcher(""), kim, ok("["+body.String()[1:]+"]"))
	if err != nil || len(got) != 20 || got[19].ID != "20" || !more {
		t.Errorf("%d hits, more: %v, %v", len(got), more, err)
	}
}

func TestReadHitsTellsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		from     string
		endpoint *settings.Endpoint
		body     string
		want     string
	}{
		"a page to sign in at": {oursPerson, searcher(""), "<html>", "web page"},
		"no JSON":              {oursPerson, searcher(""), "nobody", "not JSON"},
		"a wrong setting":      {oursPerson, searcher("", id("Location")), "{}", "custom_id_location"},
	} {
		cite(t, tt.from)
		if _, _, err := crm.ReadHits(tt.endpoint, kim, ok(tt.body)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q in it", name, err, tt.want)
		}
	}
}
