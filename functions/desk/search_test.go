package desk_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/crm"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/settings"
)

// searched is what the tests read of an answer.
type searched struct {
	What, By, Detail string
	Hits             []hit
	More             bool
}

type hit struct{ ID, Name, URL, Frame string }

// office is a world with a demo CRM behind faults, in which there are Ada and Bo, each with a record.
type office struct {
	*world
	crm    *crm.CRM
	at     string
	broken *fault.Plan
	past   time.Duration
}

const password = "canarycanarycanarycanarycanarycanary"

// newOffice has the CRM's settings as they are, in which CRM stands for its address.
func newOffice(t *testing.T, set string) *office {
	t.Helper()
	o := &office{world: newWorld(t, usual), broken: new(fault.Plan)}
	o.crm = crm.New(crm.Options{User: "demo", Password: password, Now: o.now})
	srv := httptest.NewServer(fault.HTTP(o.broken, fault.CRM, o.crm))
	t.Cleanup(srv.Close)
	o.at = srv.URL
	o.make("/api/accounts", `{"name":"Ada Rossi","phone":"+390212345678","email":"ada@customer.example"}`)
	o.make("/api/accounts", `{"name":"Bo Bianchi","phone":"06 1234 5678","email":"bo@customer.example","external_id":"u-7"}`)
	o.make("/api/records", `{"account_id":"2","external_id":"call-7","subject":"A broken pot"}`)
	o.connect(set)
	return o
}

func (o *office) make(path, body string) {
	o.Helper()
	r, err := http.NewRequestWithContext(o.Context(), http.MethodPost, o.at+path, strings.NewReader(body))
	if err != nil {
		o.Fatal(err)
	}
	r.SetBasicAuth("demo", password)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil || resp.StatusCode != http.StatusCreated {
		o.Fatalf("%s: %v %v", body, resp, err)
	}
	resp.Body.Close()
}

func (o *office) connect(crm string) {
	o.Helper()
	doc := `{"desk":{"adapters":{"call":"https://cc.example.com/agent/"}},"people":{"bob@example.com":"agent"},"crm":` +
		strings.ReplaceAll(crm, "CRM", o.at) + `}`
	if _, err := settings.Parse([]byte(doc)); err != nil {
		o.Fatal(err)
	}
	o.put("demo", doc)
	o.later()
}

// later is beyond what the function remembers of settings, and of who has searched.
func (o *office) later() {
	o.Helper()
	o.past += time.Minute
	o.ahead(o.past)
}

func (o *office) search(what, q string) (status int, s searched) {
	o.Helper()
	body, _ := json.Marshal(map[string]string{"what": what, "q": q})
	resp, text := o.ask(bob, http.MethodPost, "/desk/demo/search", string(body), "Content-Type: application/json")
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		o.Fatalf("answered %d %s", resp.StatusCode, text)
	}
	if strings.Contains(text, "canary") {
		o.Errorf("a secret is told: %s", text)
	}
	return resp.StatusCode, s
}

// whole is a CRM that can be searched by most.
const whole = `{"queue":"q","basic":{"username":"demo","password":"secret://client"},"phone":{"region":"IT","lookup":["e164","international","national_digits"]},
	"account_url":"https://crm.example.com/a/{ACCOUNT_ID}","record_url":"https://crm.example.com/a/{ACCOUNT_ID}/r/{RECORD_ID}",MORE
	"skip_account_creation":true,"endpoints":{"create_record":{"method":"POST","url":"CRM/api/records"},
	"find_account_by_id":{"method":"GET","url":"CRM/api/accounts/{ACCOUNT_ID}","response_data_location":"account"},
	"find_account":{"method":"GET","url":"CRM/api/accounts","response_data_location":"accounts","parameters":[{"key":"phone","value":"{PHONE_NUMBER}"},{"key":"external_id","value":"{UJET_ID}"}],"verify":[{"field":"phone","equals":"{PHONE_NUMBER}","phone":true}]},
	"find_account_also":[
		{"method":"GET","url":"CRM/api/accounts","response_data_location":"accounts","parameters":[{"key":"email","value":"{EMAIL}"}],"verify":[{"field":"email","equals":"{EMAIL}"}]},
		{"method":"GET","url":"CRM/api/accounts","response_data_location":"accounts","parameters":[{"key":"name","value":"{NAME}"}]}],
	"find_record":{"method":"GET","url":"CRM/api/records","response_data_location":"records","parameters":[{"key":"account_id","value":"{ACCOUNT_ID}"}],"verify":[{"field":"status","equals":"open"},{"field":"menu","equals":"{MENU_SELECTION}"}]},
	"find_own_record":{"method":"GET","url":"CRM/api/records","response_data_location":"records","parameters":[{"key":"external_id","value":"{SESSION_KEY}"}]}}}`

func withPage(page string) string { return strings.Replace(whole, "MORE", page, 1) }

func TestWhatIsFoundInTheCRM(t *testing.T) {
	t.Parallel()
	o := newOffice(t, withPage(""))
	adaRossi, bo := hit{"1", "Ada Rossi", "https://crm.example.com/a/1", ""}, hit{"2", "Bo Bianchi", "https://crm.example.com/a/2", ""}
	pot := hit{"1001", "A broken pot", "https://crm.example.com/a/2/r/1001", ""}
	loose := pot
	loose.URL = "" // whose it is, the search did not say
	for name, tt := range map[string]struct {
		what, q string
		by      string
		want    []hit
	}{
		"by a number as people write it":              {"account", " 02 1234-5678 ", "telephone number", []hit{adaRossi}},
		"by a number as links have it":                {"account", "tel:+390212345678", "telephone number", []hit{adaRossi}},
		"by a number that the CRM keeps in its own":   {"account", "+39 06 1234 5678", "telephone number", []hit{bo}},
		"by a mail address":                           {"account", "bo@customer.example", "mail address", []hit{bo}},
		"by the CRM's id":                             {"account", "2", "id", []hit{bo}},
		"by the contact centre's id":                  {"account", "u-7", "id", []hit{bo}},
		"by a name":                                   {"account", "Ada Rossi", "name", []hit{adaRossi}},
		"nobody":                                      {"account", "+390299999999", "", []hit{}},
		"a stranger's address":                        {"account", "x@customer.example", "", []hit{}},
		"a record by the number of its customer":      {"record", "+390612345678", "telephone number", []hit{pot}},
		"a record by the address of its customer":     {"record", "bo@customer.example", "mail address", []hit{pot}},
		"a record by the id of its customer":          {"record", "2", "id", []hit{pot}},
		"a record by its session":                     {"record", "call-7", "session", []hit{loose}},
		"a record by its session and where it is of":  {"record", "ccai/call-7", "session", []hit{loose}},
		"no record of a customer who has none":        {"record", "ada@customer.example", "mail address", []hit{}},
		"no record of nobody":                         {"record", "x@customer.example", "", []hit{}},
		"a name is no way out of the CRM's own words": {"account", `Ada" OR name="Bo`, "", []hit{}},
	} {
		o.later()
		status, got := o.search(tt.what, tt.q)
		if diff := cmp.Diff(searched{What: tt.what, By: tt.by, Hits: tt.want}, got); status != http.StatusOK || diff != "" {
			t.Errorf("%s: answered %d (-want +got):\n%s", name, status, diff)
		}
	}
}

func TestWhatIsFoundLeadsToItsPage(t *testing.T) {
	t.Parallel()
	const own = "https://crm.example.com/a/2"
	for name, tt := range map[string]struct{ page, account, record string }{
		"a frame shows the CRM's own pages":           {`"page_url":"https://crm.example.com/",`, own, own + "/r/1001"},
		"a frame shows the page that settings say":    {`"page_url":"https://crm.example.com/app#{RECORD_ID}",`, own, "https://crm.example.com/app#1001"},
		"where there is no frame, nothing is for one": {``, "", ""},
	} {
		o := newOffice(t, withPage(tt.page))
		_, accounts := o.search("account", "bo@customer.example")
		_, records := o.search("record", "bo@customer.example")
		want := []hit{{"2", "Bo Bianchi", own, tt.account}, {"1001", "A broken pot", own + "/r/1001", tt.record}}
		if diff := cmp.Diff(want, append(accounts.Hits, records.Hits...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// narrow can be asked by a telephone number alone, and for no records.
const narrow = `{"queue":"q","basic":{"username":"demo","password":"secret://client"},"skip_account_creation":true,"endpoints":{
	"find_account":{"method":"GET","url":"CRM/api/accounts","response_data_location":"accounts","parameters":[{"key":"phone","value":"{PHONE_NUMBER}"}]}}}`

func TestWhatCannotBeSearchedBy(t *testing.T) {
	t.Parallel()
	o := newOffice(t, narrow)
	for name, tt := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"a name, where numbers alone are asked for": {`{"what":"account","q":"Ada"}`, 422, "the CRM can be asked by telephone number"},
		"an address, where numbers alone are":       {`{"what":"account","q":"ada@customer.example"}`, 422, "the CRM can be asked by telephone number"},
		"records, for which the settings have none": {`{"what":"record","q":"+390212345678"}`, 422, "crm.endpoints needs a find_record"},
		"nothing":                      {`{"what":"account","q":"  "}`, 422, "write a telephone number"},
		"a text of any length":         {`{"what":"account","q":"` + strings.Repeat("1", 201) + `"}`, 422, "1 to 200 bytes"},
		"neither accounts nor records": {`{"what":"agent","q":"1"}`, 400, "must be"},
		"a key that there is not":      {`{"what":"account","query":"1"}`, 400, "the body must be"},
	} {
		o.later()
		resp, text := o.ask(bob, http.MethodPost, "/desk/demo/search", tt.body, "Content-Type: application/json")
		if resp.StatusCode != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%s: answered %d %s, want %d and %q", name, resp.StatusCode, text, tt.status, tt.want)
		}
	}
	if resp, text := o.ask(ada, http.MethodPost, "/desk/other/search", `{"what":"account","q":"1"}`, "Content-Type: application/json"); resp.StatusCode != 422 {
		t.Errorf("a tenant without a CRM is answered %d %s", resp.StatusCode, text)
	}
	if got := len(o.crm.Snapshot().Requests); got > 3 { // those that made it what it is
		t.Errorf("the CRM was asked: %+v", o.crm.Snapshot().Requests)
	}
}

func TestWhoMaySearch(t *testing.T) {
	t.Parallel()
	o := newOffice(t, narrow)
	for who, want := range map[string]int{bob: http.StatusOK, ada: http.StatusOK, "eve@example.com": http.StatusForbidden, "": http.StatusUnauthorized} {
		if resp, _ := o.ask(who, http.MethodPost, "/desk/demo/search", `{"what":"account","q":"+390212345678"}`, "Content-Type: application/json"); resp.StatusCode != want {
			t.Errorf("%q is answered %d, want %d", who, resp.StatusCode, want)
		}
	}
}

// What the CRM answers is told in words that an agent can do something with, and the customer's number stands in none.
func TestTroubleWithTheCRM(t *testing.T) {
	t.Parallel()
	o := newOffice(t, narrow)
	for name, tt := range map[string]struct {
		plan   string
		status int
		want   string
	}{
		"its sign-in is refused":      {`{"crm":[{"status":401}]}`, 503, "401 Unauthorized: an administrator has to look at its sign-in"},
		"it has too much to do":       {`{"crm":[{"status":429}]}`, 503, "try again in a moment"},
		"it is out of order":          {`{"crm":[{"status":500}]}`, 503, "try again in a moment"},
		"it does not know the search": {`{"crm":[{"status":404}]}`, 503, "an administrator has to look at the settings"},
		"the connection breaks":       {`{"crm":[{"mode":"reset","times":3}]}`, 503, "the CRM cannot be reached"},
	} {
		o.later()
		emulatortest.Plan(t, o.broken, tt.plan)
		status, got := o.search("account", "+390212345678")
		if status != tt.status || !strings.Contains(got.Detail, tt.want) || strings.Contains(got.Detail, "12345") {
			t.Errorf("%s: answered %d %q, want %d and %q", name, status, got.Detail, tt.status, tt.want)
		}
	}
	o.connect(strings.Replace(narrow, "secret://client", "secret://nowhere", 1))
	if status, got := o.search("account", "+390212345678"); status != 503 || !strings.Contains(got.Detail, "an administrator has to mend it") {
		t.Errorf("without its secret: answered %d %q", status, got.Detail)
	}
	o.connect(strings.ReplaceAll(narrow, "CRM", "https://10.0.0.1"))
	if status, got := o.search("account", "+390212345678"); status != 503 || !strings.Contains(got.Detail, "cannot be reached") {
		t.Errorf("an address that is not public: answered %d %q", status, got.Detail)
	}
}

func TestAnAgentSearchesOnceASecond(t *testing.T) {
	t.Parallel()
	o := newOffice(t, narrow)
	for n := range 6 {
		o.ahead(o.past - time.Duration(n)*10*time.Second) // backwards, so that no second passes, however slow the machine is
		resp, text := o.ask(bob, http.MethodPost, "/desk/demo/search", `{"what":"account","q":"+390212345678"}`, "Content-Type: application/json")
		if want := map[bool]int{true: 200, false: 429}[n < 5]; resp.StatusCode != want || (resp.Header.Get("Retry-After") == "1") != (n == 5) {
			t.Errorf("search %d is answered %d %v %s", n+1, resp.StatusCode, resp.Header, text)
		}
	}
	if resp, text := o.ask(ada, http.MethodPost, "/desk/demo/search", `{"what":"account","q":"+390212345678"}`, "Content-Type: application/json"); resp.StatusCode != 200 {
		t.Errorf("another agent is answered %d %s", resp.StatusCode, text)
	}
	o.later()
	if status, _ := o.search("account", "+390212345678"); status != 200 {
		t.Errorf("later it is answered %d", status)
	}
}

// A CRM that ignores what it is asked by must not have an agent see everybody.
func TestEverybodyIsNobody(t *testing.T) {
	t.Parallel()
	o := newOffice(t, strings.Replace(narrow, `"key":"phone"`, `"key":"telephone"`, 1))
	if _, got := o.search("account", "+390299999999"); len(got.Hits) != 2 {
		t.Fatalf("the CRM does not ignore it: %+v", got)
	}
	o.connect(strings.Replace(strings.Replace(narrow, `"key":"phone"`, `"key":"telephone"`, 1), `"response_data`, `"max_hits":1,"response_data`, 1))
	if status, got := o.search("account", "+390299999999"); status != 200 || len(got.Hits) != 0 || !got.More {
		t.Errorf("answered %d %+v", status, got)
	}
}

func TestThePageHasASearchWhereTheSettingsDo(t *testing.T) {
	t.Parallel()
	o := newOffice(t, withPage(`"page_url":"https://crm.example.com/app",`))
	for set, want := range map[string][2]bool{
		strings.ReplaceAll(whole, "MORE", ""): {true, true}, narrow: {true, false}, `{"queue":"q","endpoints":{}}`: {false, false},
	} {
		o.connect(set)
		_, page := o.ask(bob, http.MethodGet, "/desk/demo/", "")
		has := [2]bool{strings.Contains(page, `value="account"`), strings.Contains(page, `value="record"`)}
		if has != want || strings.Contains(page, `id="search"`) != want[0] {
			t.Errorf("%.60s: the page has a search for accounts and records %v, want %v", set, has, want)
		}
	}
	o.connect(strings.Replace(withPage(`"page_url":"https://crm.example.com/app",`), `"account_url":"https://crm.`, `"account_url":"https://accounts.`, 1))
	resp, page := o.ask(bob, http.MethodGet, "/desk/demo/", "")
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "https://accounts.example.com") {
		t.Errorf("the frame may not show an account: %s", policy)
	}
	if want := `data-frames="https://accounts.example.com https://crm.example.com "`; !strings.Contains(page, want) {
		t.Errorf("the page's scripts are not told what the frame may show: no %s", want)
	}
}
