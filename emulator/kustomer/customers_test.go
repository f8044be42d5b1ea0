package kustomer_test

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCustomersAreFoundByWhatIsUnique(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim := o.kim(t)
	for name, r := range map[string]struct {
		path string
		want int
	}{
		"the id":                     {kim.ID, 200},
		"the phone":                  {"phone=" + url.PathEscape("+12223334444"), 200},
		"the phone, plus escaped":    {"phone=%2B12223334444", 200},
		"the phone without its plus": {"phone=12223334444", 404},
		"the email in other letters": {"email=kim%40EXAMPLE.com", 200},
		"the external id":            {"externalId=eu-1", 200},
		"another external id":        {"externalId=EU-1", 404},
		"a field that is not unique": {"name=Kim", 404},
		"an id of nothing":           {strings.Repeat("0", 24), 404},
		"the id of another type":     {kim.related("createdBy"), 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := o.request(t, "GET", "/v1/customers/"+r.path, "")
			if got.status != r.want || got.status == 200 && got.record(t).ID != kim.ID {
				t.Errorf("%d %s, want %d", got.status, got.body, r.want)
			}
		})
	}
}

func TestUniqueValuesConflict(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.kim(t)
	lee := o.must(t, "POST", "/v1/customers", `{"name":"Lee","externalIds":[{"externalId":"eu-2"}]}`)
	o.refuses(t, map[string]row{
		"an email, in other letters":  {"POST", "/v1/customers", `{"emails":[{"email":"kim@example.COM"}]}`, 409, "/email"},
		"a phone, written otherwise":  {"POST", "/v1/customers", `{"phones":[{"phone":"+1 222 333 4444"}]}`, 409, "/phone"},
		"an external id":              {"POST", "/v1/customers", `{"externalId":"eu-1"}`, 409, "/externalId"},
		"an external id in the list":  {"POST", "/v1/customers", `{"externalIds":[{"externalId":"eu-1"}]}`, 409, "/externalId"},
		"an update to another's mail": {"PUT", "/v1/customers/" + lee.ID, `{"emails":[{"email":"kim@example.com"}]}`, 409, "/email"},
	})
}

func TestAnUpdateChangesWhatIsGiven(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim := o.kim(t)
	o.must(t, "PUT", "/v1/customers/"+kim.ID, `{"custom":{"customUserIdStr":"u-1","visitsNum":3}}`)
	o.clock.Advance(time.Minute)
	got := o.must(t, "PUT", "/v1/customers/"+kim.ID, `{"name":"Kim Lee","custom":{"visitsNum":null,"vipBool":true},"emails":[{"email":"new@example.com"}]}`)
	custom := got.Attributes["custom"].(map[string]any)
	if got.Attributes["name"] != "Kim Lee" || got.Attributes["externalId"] != "eu-1" || len(custom) != 2 || custom["customUserIdStr"] != "u-1" || custom["vipBool"] != true {
		t.Errorf("attributes %v", got.Attributes)
	}
	if got.Attributes["createdAt"] != "2026-03-02T09:00:00.000Z" || got.Attributes["updatedAt"] != "2026-03-02T09:01:00.000Z" || got.Attributes["rev"] != 3.0 {
		t.Errorf("times and revision %v", got.Attributes)
	}
	if r := o.request(t, "GET", "/v1/customers/email=kim@example.com", ""); r.status != 404 {
		t.Errorf("the old email still finds: %d", r.status)
	}
	o.must(t, "POST", "/v1/customers", `{"emails":[{"email":"kim@example.com"}]}`)
	if again := o.must(t, "PUT", "/v1/customers/"+kim.ID, `{"emails":[{"email":"new@example.com"}]}`); again.ID != kim.ID {
		t.Errorf("its own email is in its way: %+v", again)
	}
}

func TestCustomersAreChecked(t *testing.T) {
	t.Parallel()
	o := open(t)
	long := strings.Repeat("x", 1025)
	rows := map[string]row{
		"a name that is none":          {"POST", "/v1/customers", `{"name":1}`, 400, "/name"},
		"emails that are no list":      {"POST", "/v1/customers", `{"emails":"kim@example.com"}`, 400, "/emails"},
		"emails that are texts":        {"POST", "/v1/customers", `{"emails":["kim@example.com"]}`, 400, "/emails"},
		"an email that is none":        {"POST", "/v1/customers", `{"emails":[{"email":"kim"}]}`, 400, "/emails"},
		"an email without its address": {"POST", "/v1/customers", `{"emails":[{"type":"work"}]}`, 400, "/emails"},
		"a type of email that is none": {"POST", "/v1/customers", `{"emails":[{"email":"kim@example.com","type":"mobile"}]}`, 400, "/emails"},
		"a phone that is none":         {"POST", "/v1/customers", `{"phones":[{"phone":"anonymous"}]}`, 400, "/phones"},
		"a null among the phones":      {"POST", "/v1/customers", `{"phones":[null]}`, 400, "/phones"},
		"verified that is no flag":     {"POST", "/v1/customers", `{"phones":[{"phone":"+12223334444","verified":"yes"}]}`, 400, "/phones"},
		"an attribute nobody knows":    {"POST", "/v1/customers", `{"assignedUsers":[]}`, 400, "/assignedUsers"},
		"a time that is none":          {"POST", "/v1/customers", `{"importedAt":"today"}`, 400, "/importedAt"},
		"an update of everything":      {"PUT", "/v1/customers/" + o.kim(t).ID + "?replace=true", `{}`, 400, "/replace"},
		"an update of nobody":          {"PUT", "/v1/customers/" + strings.Repeat("0", 24), `{}`, 404, ""},
	}
	for name, value := range map[string]string{
		"noSuffix": `"x"`, "Str": `"x"`, "nameStr": `1`, "longStr": `"` + long + `"`, "longTxt": `"` + long + `"`, "countNum": `"1"`,
		"whenAt": `"1 May"`, "onBool": `1`, "pageUrl": `"no address"`, "lowerstr": `"x"`,
	} {
		rows["custom "+name] = row{"POST", "/v1/customers", `{"custom":{"` + name + `":` + value + `}}`, 400, "/custom"}
	}
	o.refuses(t, rows)
	o.must(t, "POST", "/v1/customers", `{"custom":{"aStr":"`+long[:1024]+`","bTxt":"x","cNum":1.5,"dAt":"2026-03-02T09:00:00Z","eBool":false,"fUrl":"https://example.com","gStr":null}}`)
}

func TestListsHavePages(t *testing.T) {
	t.Parallel()
	o := open(t)
	var ids []string
	for range 5 {
		ids = append(ids, o.must(t, "POST", "/v1/customers", `{}`).ID)
	}
	var found []string
	pages := 0
	for path := any("/v1/customers?pageSize=2"); path != nil; pages++ {
		got := o.request(t, "GET", path.(string), "")
		doc := decode[document](t, got.body)
		if doc.Meta.Total != 5 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		for _, r := range got.records(t) {
			found = append(found, r.ID)
		}
		path = doc.Links["next"]
	}
	if strings.Join(found, " ") != strings.Join(ids, " ") || pages != 3 {
		t.Errorf("found %v on %d pages, want %v on 3", found, pages, ids)
	}
	o.refuses(t, map[string]row{
		"page 0":            {"GET", "/v1/customers?page=0", "", 400, "/page"},
		"more than 100":     {"GET", "/v1/customers?pageSize=101", "", 400, "/pageSize"},
		"500 users are all": {"GET", "/v1/users?pageSize=501", "", 400, "/pageSize"},
	})
}

func TestOfManyAtOnceOneGetsTheValue(t *testing.T) {
	t.Parallel()
	o := open(t)
	statuses := make([]int, 30)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = o.request(t, "POST", "/v1/customers", `{"externalId":"eu-1"}`).status
			o.Snapshot()
		})
	}
	wg.Wait()
	slices.Sort(statuses)
	if statuses[0] != 201 || statuses[1] != 409 || statuses[29] != 409 || len(o.Snapshot().Customers) != 1 {
		t.Errorf("statuses %v", statuses)
	}
}
