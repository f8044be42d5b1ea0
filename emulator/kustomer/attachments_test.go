package kustomer_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// form is an upload's: its fields in order, each a name and a value.
type form [][2]string

func (f form) send(t *testing.T, address string, change ...func(*http.Request)) response {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, field := range f {
		var part io.Writer
		var err error
		if field[0] == "file" {
			part, err = w.CreateFormFile("file", "a.mp3")
		} else {
			part, err = w.CreateFormField(field[0])
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, field[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	for _, c := range change {
		c(req)
	}
	return do(t, req)
}

// expect is the first of the two steps, and returns what the second needs.
func (o *office) expect(t *testing.T, content string) (id, address string, f form) {
	t.Helper()
	r := o.request(t, "POST", "/v1/attachments", fmt.Sprintf(`{"name":"a.mp3","contentType":"audio/mpeg","contentLength":%d}`, len(content)))
	if r.status != http.StatusCreated {
		t.Fatalf("%d %s", r.status, r.body)
	}
	upload := decode[document](t, r.body).Meta.Upload
	for _, name := range slices.Sorted(maps.Keys(upload.Fields)) {
		f = append(f, [2]string{name, upload.Fields[name]})
	}
	return r.record(t).ID, upload.URL, append(f, [2]string{"file", content})
}

func (o *office) uploaded(t *testing.T, content string) (id string) {
	t.Helper()
	id, address, f := o.expect(t, content)
	if r := f.send(t, address); r.status != http.StatusNoContent {
		t.Fatalf("%d %s", r.status, r.body)
	}
	return id
}

func TestFilesComeInTwoSteps(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.uploaded(t, "hello")
	if got := o.must(t, "GET", "/v1/attachments/"+id, "").Attributes; got["uploaded"] != true {
		t.Errorf("attachment %v", got)
	}
	sum := sha256.Sum256([]byte("hello"))
	if got := o.Snapshot().Attachments[0].SHA256; got != hex.EncodeToString(sum[:]) {
		t.Errorf("sha256 %s", got)
	}
	c := o.conversation(t, o.kim(t), `{}`)
	m := o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{`+voice+`,"attachments":[{"_id":"`+id+`","name":"a.mp3","contentType":"audio/mpeg","contentLength":5}]}`)
	n := o.must(t, "POST", "/v1/conversations/"+c.ID+"/notes", `{"body":"transcript","attachments":[{"_id":"`+id+`","name":"a.mp3","contentType":"audio/mpeg","contentLength":5}]}`)
	if want := `[{"type":"attachment","id":"` + id + `"}]`; string(m.Relationships["attachments"].Data) != want || string(n.Relationships["attachments"].Data) != want {
		t.Errorf("attachments %s and %s", m.Relationships["attachments"].Data, n.Relationships["attachments"].Data)
	}
}

func TestUploadsAreChecked(t *testing.T) {
	t.Parallel()
	o := open(t)
	set := func(name, value string) func(form) form {
		return func(f form) form {
			for i := range f {
				if f[i][0] == name {
					f[i][1] = value
				}
			}
			return f
		}
	}
	without := func(name string) func(form) form {
		return func(f form) form { return slices.DeleteFunc(f, func(field [2]string) bool { return field[0] == name }) }
	}
	for name, r := range map[string]struct {
		change func(form) form
		status int
		code   string
	}{
		"the file is not last":       {func(f form) form { return slices.Concat(f[:1], f[len(f)-1:], f[1:len(f)-1]) }, 403, "AccessDenied"},
		"a field comes after it":     {func(f form) form { return append(f, [2]string{"x", "y"}) }, 400, "InvalidArgument"},
		"two files":                  {func(f form) form { return append(f, f[len(f)-1]) }, 400, "InvalidArgument"},
		"no file":                    {without("file"), 400, "InvalidArgument"},
		"too short a file":           {set("file", "hell"), 400, "EntityTooSmall"},
		"too long a file":            {set("file", "hello!"), 400, "EntityTooLarge"},
		"another type":               {set("Content-Type", "text/plain"), 403, "AccessDenied"},
		"another signature":          {set("X-Amz-Signature", "0"), 403, "AccessDenied"},
		"another key":                {set("key", "attachments/x"), 403, "AccessDenied"},
		"an attachment nobody made":  {set("X-Amz-Meta-Attachment-Id", strings.Repeat("0", 24)), 403, "AccessDenied"},
		"no policy":                  {without("Policy"), 403, "AccessDenied"},
		"no acl":                     {without("acl"), 403, "AccessDenied"},
		"a field too many":           {func(f form) form { return append(form{{"x", "y"}}, f...) }, 403, "AccessDenied"},
		"a field that is too long":   {func(f form) form { return append(form{{"x", strings.Repeat("y", 1<<14)}}, f...) }, 400, "MaxPostPreDataLengthExceeded"},
		"very many fields":           {func(f form) form { return append(slices.Repeat(form{{"x", "y"}}, 50), f...) }, 400, "MaxPostPreDataLengthExceeded"},
		"empty fields and no length": {func(form) form { return form{{"file", ""}} }, 403, "AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, address, f := o.expect(t, "hello")
			got := r.change(f).send(t, address)
			if got.status != r.status || !strings.Contains(got.body, "<Code>"+r.code+"</Code>") {
				t.Errorf("%d %s, want %d %s", got.status, got.body, r.status, r.code)
			}
			if a := o.must(t, "GET", "/v1/attachments/"+id, "").Attributes; a["uploaded"] != false {
				t.Error("it counts as uploaded all the same")
			}
		})
	}
}

func TestAnUploadIsMadeOnceInTimeAndWithoutTheKey(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, address, f := o.expect(t, "hello")
	if r := f.send(t, address, key("all")); r.status != 400 {
		t.Errorf("with the API key: %d %s", r.status, r.body)
	}
	if r := f.send(t, address, func(r *http.Request) { r.ContentLength = -1 }); r.status != 411 {
		t.Errorf("without a length: %d %s", r.status, r.body)
	}
	if r := f.send(t, address, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }); r.status != 412 {
		t.Errorf("no form: %d %s", r.status, r.body)
	}
	if r := o.request(t, "GET", strings.TrimPrefix(address, o.url), ""); r.status != 405 {
		t.Errorf("GET: %d %s", r.status, r.body)
	}
	if r := f.send(t, address); r.status != 204 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := f.send(t, address); r.status != 403 {
		t.Errorf("twice: %d", r.status)
	}
	_, address, f = o.expect(t, "hello")
	o.clock.Advance(30 * time.Minute)
	if r := f.send(t, address); r.status != 403 || !strings.Contains(r.body, "expired") {
		t.Errorf("late: %d %s", r.status, r.body)
	}
}

func TestFilesElsewhereAreLinked(t *testing.T) {
	t.Parallel()
	o := open(t)
	const file = `"name":"a.mp3","contentType":"audio/mpeg","contentLength":5,"externalUrl":"https://files.example.com/a.mp3?sig=1"`
	plain, hidden := o.must(t, "POST", "/v1/attachments", `{`+file+`}`), o.must(t, "POST", "/v1/attachments", `{`+file+`,"renderMode":"metadata_only"}`)
	if plain.Attributes["uploaded"] != true || plain.Links["related"] != "https://files.example.com/a.mp3?sig=1" {
		t.Errorf("attachment %+v", plain)
	}
	if got := o.request(t, "GET", "/v1/attachments/"+hidden.ID, ""); strings.Contains(got.body, "files.example.com") {
		t.Errorf("metadata only, and yet %s", got.body)
	}
	c := o.conversation(t, o.kim(t), `{}`)
	o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{`+voice+`,"attachments":["`+plain.ID+`"]}`)
}

func TestAttachmentsAreChecked(t *testing.T) {
	t.Parallel()
	o := open(t)
	waiting, _, _ := o.expect(t, "hello")
	there := o.uploaded(t, "hello")
	c := o.conversation(t, o.kim(t), `{}`)
	const at, named = "/v1/attachments", `"name":"a.mp3","contentType":"audio/mpeg"`
	in := "/v1/conversations/" + c.ID + "/messages"
	o.refuses(t, map[string]row{
		"no name":                       {"POST", at, `{"contentType":"audio/mpeg","contentLength":5}`, 400, ""},
		"no type":                       {"POST", at, `{"name":"a.mp3","contentLength":5}`, 400, ""},
		"no length":                     {"POST", at, `{` + named + `}`, 400, ""},
		"a length of 0":                 {"POST", at, `{` + named + `,"contentLength":0}`, 400, "/contentLength"},
		"a length in a text":            {"POST", at, `{` + named + `,"contentLength":"5"}`, 400, "/contentLength"},
		"a length beyond the bound":     {"POST", at, `{` + named + `,"contentLength":536870913}`, 400, "/contentLength"},
		"a type that is none":           {"POST", at, `{"name":"a.mp3","contentType":"mp3","contentLength":5}`, 400, "/contentType"},
		"a program":                     {"POST", at, `{"name":"a.EXE","contentType":"audio/mpeg","contentLength":5}`, 400, "/name"},
		"a link by http":                {"POST", at, `{` + named + `,"contentLength":5,"externalUrl":"http://files.example.com/a"}`, 400, "/externalUrl"},
		"a link with a password":        {"POST", at, `{` + named + `,"contentLength":5,"externalUrl":"https://u:p@files.example.com/a"}`, 400, "/externalUrl"},
		"a mode without a link":         {"POST", at, `{` + named + `,"contentLength":5,"renderMode":"default"}`, 400, "/renderMode"},
		"a mode that is none":           {"POST", at, `{` + named + `,"contentLength":5,"externalUrl":"https://files.example.com/a","renderMode":"x"}`, 400, "/renderMode"},
		"a file that was not uploaded":  {"POST", in, `{` + voice + `,"attachments":["` + waiting + `"]}`, 400, "/attachments"},
		"a file of another name":        {"POST", in, `{` + voice + `,"attachments":[{"_id":"` + there + `","name":"b.mp3","contentType":"audio/mpeg","contentLength":5}]}`, 400, "/attachments"},
		"a file of another length":      {"POST", in, `{` + voice + `,"attachments":[{"_id":"` + there + `",` + named + `,"contentLength":6}]}`, 400, "/attachments"},
		"a reference without its parts": {"POST", in, `{` + voice + `,"attachments":[{"_id":"` + there + `"}]}`, 400, "/attachments"},
		"an attachment nobody made":     {"GET", at + "/" + c.ID, "", 404, ""},
	})
}
