package kustomer_test

import (
	"fmt"
	"strings"
	"testing"
)

const voice = `"channel":"voice","app":"bridge","direction":"in"`

func TestMessagesComeByThreeRoutes(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim := o.kim(t)
	c := o.conversation(t, kim, `{"name":"Call"}`)
	for name, r := range map[string]struct{ path, body string }{
		"below the conversation":           {"/v1/conversations/" + c.ID + "/messages", `{` + voice + `}`},
		"below it, without a direction":    {"/v1/conversations/" + c.ID + "/messages", `{"channel":"chat","app":"bridge"}`},
		"below the customer":               {"/v1/customers/" + kim.ID + "/messages", `{` + voice + `,"conversation":"` + c.ID + `"}`},
		"with the conversation alone":      {"/v1/messages", `{` + voice + `,"conversation":"` + c.ID + `"}`},
		"with conversation and customer":   {"/v1/messages", `{` + voice + `,"conversation":"` + c.ID + `","customer":"` + kim.ID + `"}`},
		"out, and counted as such":         {"/v1/messages", `{"channel":"voice","app":"bridge","direction":"out","conversation":"` + c.ID + `"}`},
		"below it, said again in the body": {"/v1/conversations/" + c.ID + "/messages", `{` + voice + `,"conversation":"` + c.ID + `"}`},
	} {
		if m := o.must(t, "POST", r.path, r.body); m.related("conversation") != c.ID || m.related("customer") != kim.ID || m.Type != "message" {
			t.Errorf("%s: %+v", name, m)
		}
	}
	got := o.must(t, "GET", "/v1/conversations/"+c.ID, "").Attributes
	if got["messageCount"] != 7.0 || got["outboundMessageCount"] != 1.0 || len(got["channels"].([]any)) != 2 {
		t.Errorf("conversation %v", got)
	}
	if n := len(o.request(t, "GET", "/v1/conversations/"+c.ID+"/messages", "").records(t)); n != 7 {
		t.Errorf("%d messages", n)
	}
}

func TestAMessageWithoutAConversationOpensOne(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim := o.kim(t)
	m := o.must(t, "POST", "/v1/customers/"+kim.ID+"/messages", `{`+voice+`,"subject":"Voicemail"}`)
	c := o.must(t, "GET", "/v1/conversations/"+m.related("conversation"), "")
	if c.Attributes["name"] != "Voicemail" || c.Attributes["status"] != "open" || c.related("customer") != kim.ID {
		t.Errorf("conversation %+v", c)
	}
}

func TestWhatACustomerSaysOpensTheConversation(t *testing.T) {
	t.Parallel()
	o := open(t)
	c := o.conversation(t, o.kim(t), `{"status":"done"}`)
	for _, step := range []struct{ direction, want string }{{"out", "done"}, {"in", "open"}} {
		o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{"channel":"chat","app":"bridge","direction":"`+step.direction+`"}`)
		if got := o.must(t, "GET", "/v1/conversations/"+c.ID, "").Attributes["status"]; got != step.want {
			t.Errorf("%s: %v, want %s", step.direction, got, step.want)
		}
	}
}

func TestMessagesAreChecked(t *testing.T) {
	t.Parallel()
	o := open(t)
	kim, lee := o.kim(t), o.must(t, "POST", "/v1/customers", `{"name":"Lee"}`)
	c, other := o.conversation(t, kim, `{}`), o.conversation(t, kim, `{}`)
	m := o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{`+voice+`,"externalId":"ccai-call-1"}`)
	in, nobody := "/v1/conversations/"+c.ID+"/messages", strings.Repeat("0", 24)
	o.refuses(t, map[string]row{
		"of nobody":                           {"POST", "/v1/messages", `{` + voice + `}`, 400, "/customer"},
		"of an unknown customer":              {"POST", "/v1/messages", `{` + voice + `,"customer":"` + nobody + `"}`, 400, "/customer"},
		"in an unknown conversation":          {"POST", "/v1/messages", `{` + voice + `,"conversation":"` + nobody + `"}`, 400, "/conversation"},
		"below an unknown conversation":       {"POST", "/v1/conversations/" + nobody + "/messages", `{` + voice + `}`, 404, ""},
		"below an unknown customer":           {"POST", "/v1/customers/" + nobody + "/messages", `{` + voice + `}`, 404, ""},
		"in another customer's conversation":  {"POST", "/v1/customers/" + lee.ID + "/messages", `{` + voice + `,"conversation":"` + c.ID + `"}`, 400, "/customer"},
		"with another customer":               {"POST", in, `{` + voice + `,"customer":"` + lee.ID + `"}`, 400, "/customer"},
		"with another conversation":           {"POST", in, `{` + voice + `,"conversation":"` + other.ID + `"}`, 400, "/conversation"},
		"without a channel":                   {"POST", in, `{"app":"bridge","direction":"in"}`, 400, ""},
		"without an app":                      {"POST", in, `{"channel":"voice","direction":"in"}`, 400, ""},
		"without a direction":                 {"POST", "/v1/messages", `{"channel":"voice","app":"bridge","customer":"` + kim.ID + `"}`, 400, "/direction"},
		"a channel that is none":              {"POST", in, `{"channel":"call","app":"bridge","direction":"in"}`, 400, "/channel"},
		"a direction that is none":            {"POST", in, `{"channel":"voice","app":"bridge","direction":"inbound"}`, 400, "/direction"},
		"an external id that is in use":       {"POST", in, `{` + voice + `,"externalId":"ccai-call-1"}`, 409, "/externalId"},
		"a time of making without org.admin":  {"POST", in, `{` + voice + `,"createdAt":"2026-03-01T09:00:00Z"}`, 400, "/createdAt"},
		"an author without org.admin":         {"POST", in, `{` + voice + `,"createdBy":"` + nobody + `"}`, 400, "/createdBy"},
		"a file that is not there":            {"POST", in, `{` + voice + `,"attachments":[{"_id":"` + nobody + `"}]}`, 400, "/attachments"},
		"files that are no list":              {"PUT", "/v1/messages/" + m.ID, `{"attachments":"` + nobody + `"}`, 400, "/attachments"},
		"an unknown message changed":          {"PUT", "/v1/messages/" + nobody, `{}`, 404, ""},
		"a note without a body":               {"POST", "/v1/conversations/" + c.ID + "/notes", `{}`, 400, "/body"},
		"a note in an unknown conversation":   {"POST", "/v1/conversations/" + nobody + "/notes", `{"body":"x"}`, 404, ""},
		"a note with what a message has":      {"POST", "/v1/conversations/" + c.ID + "/notes", `{"body":"x","channel":"voice"}`, 400, "/channel"},
		"an unknown conversation's notes":     {"GET", "/v1/conversations/" + nobody + "/notes", ``, 404, ""},
		"a message's custom of another type":  {"POST", in, `{` + voice + `,"custom":{"xNum":"1"}}`, 400, "/custom"},
		"a body of a message (it is preview)": {"POST", in, `{` + voice + `,"body":"x"}`, 400, "/body"},
	})
	if got := o.must(t, "GET", "/v1/conversations/"+c.ID, "").Attributes["messageCount"]; got != 1.0 {
		t.Errorf("%v messages are counted", got)
	}
}

func TestAnAdminSaysWhenAndWho(t *testing.T) {
	t.Parallel()
	o := open(t)
	ada, err := o.AddUser("Ada", "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	c := o.conversation(t, o.kim(t), `{}`)
	m := o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{`+voice+`,"createdAt":"2026-03-01T09:00:00Z","createdBy":"`+ada+`"}`, key("admin"))
	if m.Attributes["createdAt"] != "2026-03-01T09:00:00Z" || m.related("createdBy") != ada {
		t.Errorf("message %+v", m)
	}
}

func TestMessagesAreChanged(t *testing.T) {
	t.Parallel()
	o := open(t)
	c := o.conversation(t, o.kim(t), `{}`)
	m := o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{`+voice+`,"externalId":"ccai-call-1","preview":"started"}`)
	file := o.uploaded(t, "hello")
	got := o.must(t, "PUT", "/v1/messages/"+m.ID, fmt.Sprintf(`{"preview":"ended","attachments":[%q]}`, file))
	if got.Attributes["preview"] != "ended" || got.Attributes["channel"] != "voice" || !strings.Contains(string(got.Relationships["attachments"].Data), file) {
		t.Errorf("message %+v", got)
	}
	if found := o.must(t, "GET", "/v1/messages/externalId=ccai-call-1", ""); found.ID != m.ID {
		t.Errorf("found %s", found.ID)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	o := open(t)
	c := o.conversation(t, o.kim(t), `{"status":"done"}`)
	n := o.must(t, "POST", "/v1/conversations/"+c.ID+"/notes", `{"body":"+12223334444","externalId":"n-1"}`)
	if n.Type != "note" || n.Attributes["body"] != "+12223334444" || n.related("conversation") != c.ID {
		t.Errorf("note %+v", n)
	}
	got := o.must(t, "GET", "/v1/conversations/"+c.ID, "").Attributes
	if got["noteCount"] != 1.0 || got["status"] != "done" {
		t.Errorf("conversation %v", got)
	}
	if list := o.request(t, "GET", "/v1/conversations/"+c.ID+"/notes", "").records(t); len(list) != 1 || list[0].ID != n.ID {
		t.Errorf("notes %+v", list)
	}
}
