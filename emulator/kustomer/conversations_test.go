package kustomer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConversationsOfACustomerAreNewestFirst(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim, lee := o.kim(t), o.must(t, "POST", "/v1/customers", `{"name":"Lee"}`)
	var names []string
	for i := range 3 {
		o.conversation(t, kim, fmt.Sprintf(`{"name":"c%d"}`, i))
		o.clock.Advance(time.Minute)
	}
	o.must(t, "POST", "/v1/conversations", `{"customer":"`+lee.ID+`","name":"other"}`)
	path := any("/v1/customers/" + kim.ID + "/conversations?pageSize=2")
	for path != nil {
		got := o.request(t, "GET", path.(string), "")
		for _, r := range got.records(t) {
			names = append(names, r.Attributes["name"].(string))
		}
		path = decode[document](t, got.body).Links["next"]
	}
	if !slices.Equal(names, []string{"c2", "c1", "c0"}) {
		t.Errorf("names %v", names)
	}
	all := o.request(t, "GET", "/v1/conversations?sort=desc", "").records(t)
	if len(all) != 4 || all[0].related("customer") != lee.ID {
		t.Errorf("all: %+v", all)
	}
}

func TestConversationsAreMadeAndChanged(t *testing.T) {
	t.Parallel()
	o := open(t)
	agent, err := o.AddUser("Ada", "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	c := o.conversation(t, o.kim(t), `{"name":"Call","externalId":"ccai-call-1","tags":["a","b"],"custom":{"menuSelectionStr":"Sales"}}`)
	if c.Attributes["status"] != "open" || c.Attributes["messageCount"] != 0.0 || c.Relationships["messages"].Links["self"] != "/v1/conversations/"+c.ID+"/messages" {
		t.Errorf("new conversation %+v", c)
	}
	got := o.must(t, "PUT", "/v1/conversations/"+c.ID, `{"status":"snoozed","assignedUsers":["`+agent+`"],"tags":["c"],"custom":{"csatRatingNum":5}}`)
	custom := got.Attributes["custom"].(map[string]any)
	if got.Attributes["status"] != "snoozed" || fmt.Sprint(got.Attributes["tags"], got.Attributes["assignedUsers"]) != "[c] ["+agent+"]" || custom["menuSelectionStr"] != "Sales" || custom["csatRatingNum"] != 5.0 {
		t.Errorf("changed conversation %v", got.Attributes)
	}
	if found := o.must(t, "GET", "/v1/conversations/externalId=ccai-call-1", ""); found.ID != c.ID {
		t.Errorf("found %s, want %s", found.ID, c.ID)
	}
	if counts := o.must(t, "GET", "/v1/customers/externalId=eu-1", "").Attributes["conversationCounts"].(map[string]any); counts["snoozed"] != 1.0 || counts["all"] != 1.0 {
		t.Errorf("counts %v", counts)
	}
}

func TestConversationsAreChecked(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim := o.kim(t)
	c := o.conversation(t, kim, `{"externalId":"ccai-call-1"}`)
	nobody := strings.Repeat("0", 24)
	eleven := `"` + strings.Join(slices.Repeat([]string{nobody}, 11), `","`) + `"`
	at, one := "/v1/customers/"+kim.ID+"/conversations", "/v1/conversations/"+c.ID
	o.refuses(t, map[string]row{
		"without a customer":              {"POST", "/v1/conversations", `{"name":"x"}`, 400, "/customer"},
		"of nobody":                       {"POST", "/v1/conversations", `{"customer":"` + nobody + `"}`, 400, "/customer"},
		"below nobody":                    {"POST", "/v1/customers/" + nobody + "/conversations", `{}`, 404, ""},
		"below something else":            {"POST", "/v1/customers/" + c.ID + "/conversations", `{}`, 404, ""},
		"snoozed from the beginning":      {"POST", at, `{"status":"snoozed"}`, 400, "/status"},
		"a status that is none":           {"PUT", one, `{"status":"closed"}`, 400, "/status"},
		"a status that is null":           {"PUT", one, `{"status":null}`, 400, "/status"},
		"a priority of 6":                 {"POST", at, `{"priority":6}`, 400, "/priority"},
		"a priority of 1.5":               {"POST", at, `{"priority":1.5}`, 400, "/priority"},
		"a direction that is none":        {"POST", at, `{"direction":"inbound"}`, 400, "/direction"},
		"eleven assigned":                 {"PUT", one, `{"assignedUsers":[` + eleven + `]}`, 400, "/assignedUsers"},
		"assigned to nobody":              {"PUT", one, `{"assignedUsers":["` + nobody + `"]}`, 400, "/assignedUsers"},
		"assigned by email":               {"PUT", one, `{"assignedUsers":["ada@example.com"]}`, 400, "/assignedUsers"},
		"tags that are no list":           {"PUT", one, `{"tags":"a"}`, 400, "/tags"},
		"a custom field of another type":  {"PUT", one, `{"custom":{"csatRatingNum":"5"}}`, 400, "/custom"},
		"an external id that is in use":   {"POST", at, `{"externalId":"ccai-call-1"}`, 409, "/externalId"},
		"another customer":                {"PUT", one, `{"customer":"` + kim.ID + `"}`, 400, "/customer"},
		"a time of making that is later":  {"PUT", one, `{"createdAt":"2026-03-02T09:00:00Z"}`, 400, "/createdAt"},
		"an unknown conversation changed": {"PUT", "/v1/conversations/" + nobody, `{}`, 404, ""},
		"an unknown order":                {"GET", "/v1/conversations?sort=name", "", 400, "/sort"},
	})
}

func TestACustomerGetsSoManyConversationsAMinute(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim := o.kim(t)
	for range 120 {
		o.conversation(t, kim, `{}`)
	}
	at := "/v1/customers/" + kim.ID + "/conversations"
	if r := o.request(t, "POST", at, `{}`); r.status != 429 {
		t.Errorf("the 121st: %d", r.status)
	}
	if r := o.request(t, "POST", at, `{"importedAt":"2026-03-01T09:00:00Z"}`); r.status != 201 {
		t.Errorf("an imported one: %d", r.status)
	}
	o.clock.Advance(time.Minute)
	if r := o.request(t, "POST", at, `{}`); r.status != 201 {
		t.Errorf("a minute later: %d", r.status)
	}
}
