package crm_test

import (
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

// upload is an upload endpoint with the three settings of the attachment.
func upload(url, id, builder string) *settings.Upload {
	return &settings.Upload{
		Endpoint:      settings.Endpoint{Method: "POST", URL: "https://crm.example.com/api/records/{RECORD_ID}/files"},
		AttachmentURL: url, AttachmentID: id, BuilderURL: builder,
	}
}

// "RT" is Request Tracker 5 and its REST 2.0.
func TestReadAttachment(t *testing.T) {
	t.Parallel()
	const builder = "https://www.example.com/Accounts/{RECORD_ID}/Attachments/{ATTACHMENT_ID}"
	below := upload("url", "id", builder)
	below.Response = "data.0"
	tests := map[string]struct {
		from     string
		upload   *settings.Upload
		answer   crm.Answer
		id, link string
	}{
		"response A: the address":                     {fromUpload, upload("url", "", ""), ok(`{"id":123,"url":"https://files.example.com/a?sig=1"}`), "", "https://files.example.com/a?sig=1"},
		"response B: the id":                          {fromUpload, upload("", "id", builder), ok(`{"id":123}`), "123", "https://www.example.com/Accounts/4%205/Attachments/123"},
		"response B: the id is where it usually is":   {oursPaths, upload("", "", builder), ok(`{"id":123}`), "123", "https://www.example.com/Accounts/4%205/Attachments/123"},
		"response B, an id that needs escapes":        {fromURI, upload("", "id", builder), ok(`{"id":"a/b"}`), "a/b", "https://www.example.com/Accounts/4%205/Attachments/a%2Fb"},
		"response B where A was hoped for":            {oursAddress, upload("url", "id", builder), ok(`{"id":1,"url":null}`), "1", "https://www.example.com/Accounts/4%205/Attachments/1"},
		"an id and no builder":                        {oursLinks, upload("", "id", ""), ok(`{"id":123}`), "123", ""},
		"a builder with a variable that is not known": {oursLinks, upload("", "id", "https://x/{ACCOUNT_ID}/{ATTACHMENT_ID}"), ok(`{"id":123}`), "123", ""},
		"RT: the transaction in the header":           {seenInRT, upload("", "Location", "http://rt/Ticket/History.html?id={RECORD_ID}#txn-{ATTACHMENT_ID}"), header("Location", "/REST/2.0/transaction/134", `["Comments added"]`), "134", "http://rt/Ticket/History.html?id=4%205#txn-134"},
		"RT: nothing is wanted of the sentences":      {seenInRT, upload("", "", ""), ok(`["Comments added"]`), "", ""},
		"nothing is wanted of no answer":              {oursAnswers, upload("", "", ""), crm.Answer{Status: http.StatusNoContent}, "", ""},
		"an address from the host's root":             {fromReference, upload("url", "", ""), ok(`{"url":"/files/1"}`), "", "https://crm.example.com/files/1"},
		"an address from the endpoint on":             {fromReference, upload("url", "", ""), ok(`{"url":"files/1?x=y"}`), "", "https://crm.example.com/api/records/4%205/files/1?x=y"},
		"an address without a scheme":                 {fromReference, upload("url", "", ""), ok(`{"url":"//files.example.com/1"}`), "", "https://files.example.com/1"},
		"below the response's location":               {fromConfig, below, ok(`{"data":[{"url":"http://x/y"}]}`), "", "http://x/y"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			vars := crm.Vars{"RECORD_ID": "4 5"}
			id, link, err := crm.ReadAttachment(tt.upload, vars, tt.answer)
			if err != nil || id != tt.id || link != tt.link {
				t.Errorf("ReadAttachment = %q, %q, %v; want %q, %q", id, link, err, tt.id, tt.link)
			}
			if len(vars) != 1 {
				t.Errorf("the variables were changed: %v", vars)
			}
		})
	}
	t.Run("without any variables", func(t *testing.T) {
		t.Parallel()
		if _, link, err := crm.ReadAttachment(upload("", "id", "https://x/{ATTACHMENT_ID}"), nil, ok(`{"id":1}`)); err != nil || link != "https://x/1" {
			t.Errorf("ReadAttachment = %q, %v", link, err)
		}
	})
}

func TestReadAttachmentTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	broken := upload("url", "", "")
	broken.URL = "https://crm:port/"
	unclosed := upload("url", "", "")
	unclosed.URL = "=CONCAT_OR(x"
	tests := map[string]struct {
		from   string
		upload *settings.Upload
		answer crm.Answer
		want   string
	}{
		"no address":                       {oursAnswers, upload("data.url", "", ""), ok(`{"data":{"href":"x"}}`), `attachment_url says: looked at "data.url", but at "data" is an object with the keys "href"`},
		"an address that is no text":       {oursAnswers, upload("url", "", ""), ok(`{"url":7}`), `at "url" is a number`},
		"no id":                            {oursAnswers, upload("", "file.id", ""), ok(`{"ok":true}`), `attachment_id says: looked at "file.id", but the answer is an object with the keys "ok"`},
		"neither address nor id":           {oursAnswers, upload("url", "id", ""), ok(`[]`), `looked at "id", but the answer is an empty list`},
		"no header":                        {fromLocation, upload("", "Location", ""), ok(`{}`), "there is no Location header"},
		"nothing at all":                   {oursAnswers, upload("", "id", ""), crm.Answer{Status: 204}, "the answer is empty (status 204)"},
		"a web page":                       {oursAnswers, upload("url", "", ""), ok(`<html>`), "the CRM answered with a web page"},
		"a wrong location":                 {oursPaths, upload("a[", "", ""), ok(`{}`), "the bracket is not closed"},
		"an address that runs":             {oursAddress, upload("url", "id", ""), ok(`{"id":1,"url":"javascript:alert(1)"}`), "must be an http or https URL"},
		"an address on the machine":        {oursAddress, upload("url", "", ""), ok(`{"url":"file:///etc/passwd"}`), "must be an http or https URL"},
		"an address without host":          {oursAddress, upload("url", "", ""), ok(`{"url":"https:///x"}`), "must be an http or https URL"},
		"an address that hides its host":   {oursAddress, upload("url", "", ""), ok(`{"url":"https://crm.example.com@evil.example/x"}`), "without credentials"},
		"an address that is none":          {oursAddress, upload("url", "", ""), ok(`{"url":"https://a b/%zz"}`), "is not a URL"},
		"an address with a line break":     {oursAddress, upload("url", "", ""), ok(`{"url":"https://a/\r\nb"}`), "is not a URL"},
		"a very long address":              {oursAddress, upload("url", "", ""), ok(`{"url":"https://a/` + strings.Repeat("x", 5000) + `"}`), "longer than 4096 bytes"},
		"an endpoint whose URL is no text": {oursMistakes, unclosed, ok(`{"url":"x"}`), "the URL of the endpoint: at "},
		"an endpoint whose URL is not one": {oursMistakes, broken, ok(`{"url":"x"}`), "the URL of the endpoint is not one"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			id, link, err := crm.ReadAttachment(tt.upload, nil, tt.answer)
			if err == nil || id != "" || link != "" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ReadAttachment = %q, %q, %v; want an error with %q", id, link, err, tt.want)
			}
		})
	}
}
