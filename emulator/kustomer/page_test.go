package kustomer_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

const hostile = `<img src=x onerror=alert(1)>`

func TestPagesShowWhatIsThere(t *testing.T) {
	t.Parallel()
	o, ada, _ := shift(t)
	set(t, o, "ada@example.com", "Lunch")
	kim := o.must(t, "POST", "/v1/customers", `{"name":"Kim `+hostile+`","externalId":"eu-1","phones":[{"phone":"+12223334444"}],"emails":[{"email":"kim@example.com"}]}`)
	c := o.conversation(t, kim, `{"name":"Call `+hostile+`","externalId":"ccai-call-1","assignedUsers":["`+ada+`"],"custom":{"queueNameStr":"`+hostile+`"}}`)
	file := o.uploaded(t, strings.Repeat("x", 1_000_000))
	o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{`+voice+`,"preview":"`+hostile+`","attachments":["`+file+`"]}`)
	o.must(t, "POST", "/v1/conversations/"+c.ID+"/notes", `{"body":"a note"}`)
	srv := httptest.NewServer(o.Pages("/some/where"))
	t.Cleanup(srv.Close)
	pages := &office{o.Kustomer, srv.URL + "/some/where", o.clock}
	escaped := "&lt;img src=x onerror=alert(1)&gt;"
	for path, wants := range map[string][]string{
		"/":                       {"Kim " + escaped, "Call " + escaped, `class="badge unavailable">Lunch`, `class="badge offline">Offline`, "/some/where/conversations/" + c.ID, "2 Mar 2026, 09:00:00"},
		"/customers/" + kim.ID:    {"Kim " + escaped, "Call " + escaped, "kim@example.com", "eu-1"},
		"/conversations/" + c.ID:  {"Call " + escaped, escaped, "a note", "a.mp3", "1000000 bytes", "queueNameStr", "ccai-call-1", `class="badge open"`},
		"/page.css":               {".badge"},
		"/?conversations=9999999": {"Call"},
	} {
		got := pages.request(t, "GET", path, "")
		for _, want := range wants {
			if got.status != 200 || !strings.Contains(got.body, want) {
				t.Errorf("%s: %d without %s\n%s", path, got.status, want, got.body)
			}
		}
		if strings.Contains(got.body, "<img") {
			t.Errorf("%s shows what was said as HTML", path)
		}
		if path != "/page.css" && !strings.HasPrefix(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: header %v", path, got.header)
		}
	}
	for _, path := range []string{"/customers/" + c.ID, "/conversations/" + kim.ID, "/nowhere"} {
		if got := pages.request(t, "GET", path, ""); got.status != 404 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

func TestLongTablesHaveSheets(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 51 {
		o.must(t, "POST", "/v1/customers", fmt.Sprintf(`{"name":"Customer %02d"}`, i))
	}
	srv := httptest.NewServer(o.Pages(""))
	t.Cleanup(srv.Close)
	pages := &office{o.Kustomer, srv.URL, o.clock}
	first, second := pages.request(t, "GET", "/", "").body, pages.request(t, "GET", "/?customers=2", "").body
	if !strings.Contains(first, "Customer 50") || strings.Contains(first, "Customer 00") || !strings.Contains(first, "?customers=2") {
		t.Error("the first sheet is not the newest 50")
	}
	if !strings.Contains(second, "Customer 00") || strings.Contains(second, "Customer 50") || !strings.Contains(second, "?customers=1") {
		t.Error("the second sheet is not the rest")
	}
}
