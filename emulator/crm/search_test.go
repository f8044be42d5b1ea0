package crm_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/crm"
)

// found is what a search answers with.
type found struct {
	Accounts []crm.Account
	Records  []struct {
		ID      int64
		Subject string
	}
	Total int
	Next  string
}

func (f found) names() string {
	var names []string
	for _, a := range f.Accounts {
		names = append(names, a.Name)
	}
	for _, r := range f.Records {
		names = append(names, r.Subject)
	}
	return strings.Join(names, " ")
}

func (o *office) find(t *testing.T, path string) found {
	t.Helper()
	r := o.request(t, "GET", path, "")
	var f found
	if err := json.Unmarshal([]byte(r.body), &f); err != nil || r.status != 200 {
		t.Fatalf("%s: %d %s %v", path, r.status, r.body, err)
	}
	return f
}

// directory is an office with some accounts.
func directory(t *testing.T) *office {
	t.Helper()
	o := open(t)
	for _, a := range []string{
		`{"name":"Kim","phone":"+1 (222) 333-4444","email":"kim@example.com","external_id":"eu-1"}`,
		`{"name":"Lee","phone":"+12223334444","email":"lee@example.com"}`,
		`{"name":"Ana","phone":"+49 30 1234567","email":"ana@example.org"}`,
		`{"name":"Burns, (B)","email":"burns@example.com"}`,
	} {
		o.must(t, "/api/accounts", a)
	}
	return o
}

func TestPhonesAreFoundInEveryForm(t *testing.T) {
	t.Parallel()
	o := directory(t)
	for query, want := range map[string]string{
		"phone_like=*222*333*4444":         "Kim Lee", // the search form of "automatic"
		"phone_like=%2B1222*":              "Lee",
		"phone_like=%2B12223334444":        "Lee",
		"phone_like=*4444":                 "Kim Lee",
		"phone_like=*444*4444":             "", // no digit counts twice
		"phone_like=*4444*333*":            "",
		"phone_like=222*":                  "", // it must fit from the beginning
		"phone_like=*333":                  "",
		"phone_like=**":                    "Kim Lee Ana Burns, (B)",
		"phone_ends=4444":                  "Kim Lee",
		"phone_ends=333-4444":              "Kim Lee",
		"phone_ends=4567":                  "Ana",
		"phone_ends=none":                  "",
		"phone_ends=4444&email=LEE@*":      "",
		"phone_ends=4444&name=lee":         "Lee",
		"name=kim":                         "Kim",
		"name=ki":                          "",
		"external_id=eu-1":                 "Kim",
		"phone_like=&phone_ends=&name=&q=": "Kim Lee Ana Burns, (B)",
	} {
		if got := o.find(t, "/api/accounts?"+query); got.names() != want {
			t.Errorf("%s found %q, want %q", query, got.names(), want)
		}
	}
}

func TestCriteria(t *testing.T) {
	t.Parallel()
	o := directory(t)
	for q, want := range map[string]string{
		`(Phone:equals:+12223334444)`:                                       "Kim Lee",
		`(Phone:equals:+12223334444) or (Email:equals:ANA@example.org)`:     "Kim Lee Ana",
		`(Phone:equals:+12223334444) and (Email:equals:lee@example.com)`:    "Lee",
		`((Phone:equals:+12223334444)and(Email:equals:lee@example.com))`:    "Lee",
		`(name:equals:Ana) or (name:equals:Kim) and (name:equals:Lee)`:      "Ana", // "and" binds closer
		`((name:equals:Ana) or (name:equals:Kim)) and (id:equals:1)`:        "Kim",
		`(Email:starts_with:KI)`:                                            "Kim",
		`(Phone:starts_with:+1 222)`:                                        "Kim Lee",
		`(Phone:starts_with:x)`:                                             "",
		`(Name:not_equal:Kim) and (Phone:starts_with:1)`:                    "Lee",
		`(External_Id:equals:eu-1)`:                                         "Kim",
		`(Name:equals:Burns\, \(B\))`:                                       "Burns, (B)",
		` ( Phone : Equals : +49 30 1234567 ) OR ( Id : equals : 2 ) `:      "Lee Ana",
		`(Email:equals:a:b)`:                                                "",
		`(Id:equals:1)` + strings.Repeat(` or (Id:equals:2)`, 9):            "Kim Lee",
		strings.Repeat("(", 19) + `(Id:equals:1)` + strings.Repeat(")", 19): "Kim",
		`(Name:equals:)) or (Name:equals:Ana)`:                              "-at character 14",
		`Phone:equals:+1222`:                                                "-at character 1",
		`(Phone:equals:+1222`:                                               "-at character 20",
		`(Phone:equals:+1222) or`:                                           "-at character 24",
		`(Phone:equals:+1222) xor (Id:equals:1)`:                            "-at character 22",
		`(Phone:equals:+1222) (Id:equals:1)`:                                "-at character 22",
		`(Phone:equals:(222) 333-4444)`:                                     `-want \( for a (`,
		`(Phone:equals:1,2)`:                                                `-want \, for a ,`,
		`(Phone:equals:1\`:                                                  "-a backslash at the end",
		`(Phone:equals: )`:                                                  "-want a value",
		`(Phone:like:1)`:                                                    "-operators are equals, not_equal, starts_with",
		`(Phone)`:                                                           "-fields are email, external_id, id, name, phone",
		`(Fax:equals:1)`:                                                    "-at character 2",
		`()`:                                                                "-want a field",
		`((Id:equals:1)`:                                                    `-want ")"`,
		`(Id:equals:1)` + strings.Repeat(` or (Id:equals:2)`, 10):           "-more than 10 conditions",
		strings.Repeat("(", 3000):                                           "-longer than 2000 bytes",
		strings.Repeat("(", 20) + `(Id:equals:1)` + strings.Repeat(")", 20): "-deeper than 20",
		strings.Repeat("(", 1000):                                           "-deeper than 20",
	} {
		r := o.request(t, "GET", "/api/accounts?q="+url.QueryEscape(q), "")
		if problem, bad := strings.CutPrefix(want, "-"); bad {
			e := r.object(t, "error")
			if message, _ := e["message"].(string); r.status != 400 || e["field"] != "q" || !strings.Contains(message, problem) {
				t.Errorf("%.60s: %d %s, want 400 with %q", q, r.status, r.body, problem)
			}
			continue
		}
		var f found
		if err := json.Unmarshal([]byte(r.body), &f); err != nil || f.names() != want {
			t.Errorf("%.60s: %d %s, want %q", q, r.status, r.body, want)
		}
	}
}

func TestRecordsAreFoundSortedAndAssigned(t *testing.T) {
	t.Parallel()
	o := directory(t)
	for i, assignee := range []string{"ada", "ben", "ada"} {
		o.must(t, "/api/records", fmt.Sprintf(`{"account_id":%d,"subject":"r%d","assignee":"%s"}`, i%2+1, i+1, assignee))
		o.clock.Advance(time.Minute)
	}
	for _, body := range []string{`{"status":"closed"}`, `{"assignee":"eve"}`} {
		if r := o.request(t, "PATCH", "/api/records/1001", body); r.status != 200 {
			t.Fatal(r.body)
		}
	}
	for query, want := range map[string]string{
		"":                           "r1 r2 r3",
		"sort=-updated_at":           "r1 r3 r2",
		"sort=updated_at":            "r2 r3 r1",
		"sort=-created_at":           "r3 r2 r1",
		"sort=-id&per_page=2&page=2": "r1",
		"assignee=ada":               "r3",
		"assignee=EVE&status=closed": "r1",
		"account_id=1&sort=-id":      "r3 r1",
		"q=(Account_Id:equals:1)and(Status:equals:open)": "r3",
		"q=(assignee:starts_with:e)":                     "r1",
	} {
		if got := o.find(t, "/api/records?"+strings.ReplaceAll(query, " ", "%20")); got.names() != want {
			t.Errorf("%s found %q, want %q", query, got.names(), want)
		}
	}
	if got := o.find(t, "/api/accounts?sort=name"); got.names() != "Ana Burns, (B) Kim Lee" {
		t.Errorf("accounts by name: %s", got.names())
	}
	o.must(t, "/api/records", `{"account_id":1,"subject":"r4"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"r5"}`)
	if got := o.find(t, "/api/records?sort=-created_at&per_page=2"); got.names() != "r4 r5" {
		t.Errorf("of the same time: %s", got.names())
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 7 {
		o.must(t, "/api/accounts", fmt.Sprintf(`{"name":"n%d","email":"a@example.com"}`, i))
	}
	next, pages := "/api/accounts?email=a%40example.com&per_page=3", []string{}
	for next != "" {
		r := o.request(t, "GET", next, "")
		var f found
		if err := json.Unmarshal([]byte(r.body), &f); err != nil || f.Total != 7 {
			t.Fatalf("%s: %s", next, r.body)
		}
		if link := r.header.Get("Link"); f.Next != "" && link != "<"+f.Next+`>; rel="next"` || f.Next == "" && link != "" {
			t.Errorf("Link %q, next %q", link, f.Next)
		}
		pages = append(pages, f.names())
		if f.Next != "" && !strings.HasPrefix(f.Next, o.url) {
			t.Fatalf("next %s is elsewhere", f.Next)
		}
		next = strings.TrimPrefix(f.Next, o.url)
	}
	if got := strings.Join(pages, "|"); got != "n0 n1 n2|n3 n4 n5|n6" {
		t.Errorf("pages %s", got)
	}
	if f := o.find(t, "/api/accounts?page=2000000000"); f.Total != 7 || len(f.Accounts) != 0 || f.Next != "" {
		t.Errorf("far away: %+v", f)
	}
}

func TestWrongSearchesAreNamed(t *testing.T) {
	t.Parallel()
	o := open(t)
	for query, field := range map[string]string{
		"page=0": "page", "page=-1": "page", "page=x": "page", "page=99999999999": "page",
		"per_page=0": "per_page", "per_page=101": "per_page", "sort=phone": "sort", "sort=--id": "sort", "q=x": "q",
	} {
		for _, path := range []string{"/api/accounts?", "/api/records?"} {
			if r := o.request(t, "GET", path+query, ""); r.status != 400 || r.object(t, "error")["field"] != field {
				t.Errorf("%s%s: %d %s", path, query, r.status, r.body)
			}
		}
	}
}

func TestUniqueEmails(t *testing.T) {
	t.Parallel()
	const conflict = `{"error":{"field":"email","message":"already in use"}}`
	for _, strict := range []bool{true, false} {
		o := openWith(t, crm.Options{User: "demo", Password: "secret word", UniqueEmail: strict})
		o.must(t, "/api/accounts", `{"name":"Kim","email":"kim@example.com"}`)
		o.must(t, "/api/accounts", `{"name":"No email"}`)
		o.must(t, "/api/accounts", `{"name":"No email either"}`)
		r := o.request(t, "POST", "/api/accounts", `{"name":"Kim","email":"Kim@example.com"}`)
		if strict && (r.status != http.StatusConflict || r.body != conflict) || !strict && r.status != 201 {
			t.Errorf("strict %v: %d %s", strict, r.status, r.body)
		}
	}
}
