package crm_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/crm"
)

const edge = "edge-of-parts"

func form(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary="+edge) }

// formBody is a form with a file, and texts as name, value, name, value.
func formBody(name, content string, texts ...string) string {
	var b strings.Builder
	for i := 0; i < len(texts); i += 2 {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", edge, texts[i], texts[i+1])
	}
	fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=%q\r\nContent-Type: audio/mpeg\r\n\r\n%s\r\n--%s--\r\n", edge, name, content, edge)
	return b.String()
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func hexOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// withRecord is an office that has record 1001, and another.
func withRecord(t *testing.T) *office {
	t.Helper()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Call"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Another"}`)
	return o
}

const files = "/api/records/1001/attachments"

func TestBothKindsOfUpload(t *testing.T) {
	t.Parallel()
	odd := "\x00\xfb\xff?>" + strings.Repeat("x", 50_000) // whose base64 has + and /
	for name, row := range map[string]struct {
		body string
		kind func(*http.Request)
		want crm.Attachment // of which the rest is the same for all
		text string
	}{
		"JSON":                     {`{"name":"a.mp3","type":"audio/mpeg","data":"` + b64(odd) + `"}`, asJSON, crm.Attachment{Name: "a.mp3", Type: "audio/mpeg"}, odd},
		"JSON, data first, spaced": {"\n{ \"data\" : \"" + b64(odd) + "\" ,\n\"x\":[1,{\"data\":\"y\"}], \"name\":\"data\"}\n", asJSON, crm.Attachment{Name: "data", Type: "application/octet-stream"}, odd},
		"JSON that escapes":        {`{"name":"a.mp3","\u0064ata":"` + strings.NewReplacer("/", `\/`, "+", `\u002B`).Replace(b64(odd)) + `"}`, asJSON, crm.Attachment{Name: "a.mp3", Type: "application/octet-stream"}, odd},
		"JSON in lines":            {`{"name":"a.txt","type":"Text/Plain; Charset=utf-8","data":"` + b64("hello ")[:4] + `\r\n` + b64("hello ")[4:] + `"}`, asJSON, crm.Attachment{Name: "a.txt", Type: "text/plain; charset=utf-8"}, "hello "},
		"JSON, empty":              {`{"name":"empty","data":""}`, asJSON, crm.Attachment{Name: "empty", Type: "application/octet-stream"}, ""},
		"form":                     {formBody("a.mp3", odd), form, crm.Attachment{Name: "a.mp3", Type: "audio/mpeg"}, odd},
		"form with texts":          {formBody("a.mp3", odd, "id", "7", "name", "été \"1\".wav", "type", "audio/wav"), form, crm.Attachment{Name: "été \"1\".wav", Type: "audio/wav"}, odd},
		"form, file with a path":   {formBody("/etc/a.mp3", odd), form, crm.Attachment{Name: "a.mp3", Type: "audio/mpeg"}, odd},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := withRecord(t)
			r := o.request(t, "POST", files, row.body, row.kind)
			var got struct{ Attachment crm.Attachment }
			if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != 201 {
				t.Fatalf("%d %s %v", r.status, r.body, err)
			}
			want := row.want
			want.ID, want.RecordID, want.Size, want.SHA256, want.URL, want.CreatedAt = 1, 1001, int64(len(row.text)), hexOf(row.text), o.url+files+"/1", start
			if d := cmp.Diff(want, got.Attachment, cmp.AllowUnexported(crm.Attachment{})); d != "" {
				t.Error(d)
			}
			back := o.request(t, "GET", files+"/1", "")
			if back.status != 200 || back.body != row.text || back.header.Get("Content-Type") != want.Type || !strings.HasPrefix(back.header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("downloaded %d %d bytes %v", back.status, len(back.body), back.header)
			}
			if list := o.request(t, "GET", files, ""); !strings.Contains(list.body, want.SHA256) || !strings.Contains(list.body, `"total":1`) {
				t.Errorf("list: %s", list.body)
			}
		})
	}
}

func asJSON(r *http.Request) { r.Header.Set("Content-Type", "application/json") }

func TestWrongUploadsAreNamed(t *testing.T) {
	t.Parallel()
	o := withRecord(t)
	o.must(t, files, `{"name":"a","data":"QQ=="}`)
	whole := formBody("a.mp3", "x")
	for name, row := range map[string]struct {
		path, body string
		kind       func(*http.Request)
		status     int
		field      string
	}{
		"no name":                 {files, `{"data":"QQ=="}`, asJSON, 400, "name"},
		"blank name":              {files, `{"name":" ","data":"QQ=="}`, asJSON, 400, "name"},
		"name of two lines":       {files, `{"name":"a\r\nb","data":"QQ=="}`, asJSON, 400, "name"},
		"long name":               {files, `{"name":"` + strings.Repeat("x", 256) + `","data":"QQ=="}`, asJSON, 400, "name"},
		"name that is no text":    {files, `{"name":1,"data":"QQ=="}`, asJSON, 400, "name"},
		"type that is none":       {files, `{"name":"a","type":"audio","data":"QQ=="}`, asJSON, 400, "type"},
		"no data":                 {files, `{"name":"a"}`, asJSON, 400, "data"},
		"data that is null":       {files, `{"name":"a","data":null}`, asJSON, 400, "data"},
		"data that is no text":    {files, `{"name":"a","data":["QQ=="]}`, asJSON, 400, "data"},
		"data within another":     {files, `{"name":"a","file":{"data":"QQ=="}}`, asJSON, 400, "data"},
		"data twice":              {files, `{"name":"a","data":"QQ==","data":"QQ=="}`, asJSON, 400, "data"},
		"data that is no base64":  {files, `{"name":"a","data":"Q?=="}`, asJSON, 400, "data"},
		"base64 for URLs":         {files, `{"name":"a","data":"-_-_"}`, asJSON, 400, "data"},
		"base64 without its end":  {files, `{"name":"a","data":"QQ"}`, asJSON, 400, "data"},
		"base64 after its end":    {files, `{"name":"a","data":"QQ==QQ=="}`, asJSON, 400, "data"},
		"escape of another text":  {files, `{"name":"a","data":"\u00e9"}`, asJSON, 400, "data"},
		"escape that is none":     {files, `{"name":"a","data":"\q"}`, asJSON, 400, "data"},
		"JSON that ends in data":  {files, `{"name":"a","data":"QQ==`, asJSON, 400, ""},
		"JSON that ends in \\u":   {files, `{"name":"a","data":"\u00`, asJSON, 400, ""},
		"JSON that ends in name":  {files, `{"name":"a`, asJSON, 400, ""},
		"JSON without its end":    {files, `{"name":"a","data":"QQ=="`, asJSON, 400, ""},
		"JSON with a tail":        {files, `{"name":"a","data":"QQ=="} x`, asJSON, 400, ""},
		"an array":                {files, `["data","QQ=="]`, asJSON, 400, ""},
		"much beside the data":    {files, `{"name":"a","x":"` + strings.Repeat("x", 1<<20) + `"}`, asJSON, 400, ""},
		"much without texts":      {files, strings.Repeat(" ", 1<<20+1), asJSON, 400, ""},
		"form without a file":     {files, strings.ReplaceAll(whole, `name="file"`, `name="upload"`), form, 400, "data"},
		"form with two files":     {files, strings.TrimSuffix(whole, "--\r\n") + whole[len("--"+edge):], form, 400, "file"},
		"form without a name":     {files, strings.ReplaceAll(whole, `; filename="a.mp3"`, ""), form, 400, "name"},
		"form with a long name":   {files, formBody("a.mp3", "x", "name", strings.Repeat("n", 1000)), form, 400, "name"},
		"form that breaks off":    {files, whole[:len(whole)-9], form, 400, ""},
		"form without a boundary": {files, whole, func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data") }, 400, ""},
		"form of many parts":      {files, formBody("a.mp3", "x", make([]string, 220)...), form, 400, ""},
		"neither kind":            {files, "x", func(r *http.Request) { r.Header.Set("Content-Type", "audio/mpeg") }, 415, ""},
		"unknown record":          {"/api/records/1/attachments", `{"name":"a","data":"QQ=="}`, asJSON, 404, "id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := o.request(t, "POST", row.path, row.body, row.kind)
			e := r.object(t, "error")
			if field, _ := e["field"].(string); r.status != row.status || field != row.field || e["message"] == "" {
				t.Errorf("%d %s, want %d with field %q", r.status, r.body, row.status, row.field)
			}
		})
	}
	for path, status := range map[string]int{
		files + "/1": 200, files + "/2": 404, files + "/x": 404, files + "/-1": 404,
		"/api/records/1002/attachments/1": 404, "/api/records/9/attachments/1": 404, "/api/records/9/attachments": 404,
	} {
		if r := o.request(t, "GET", path, ""); r.status != status {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	t.Cleanup(func() {
		if n := len(o.Snapshot().Attachments); n != 1 {
			t.Errorf("%d attachments all the same", n)
		}
	})
}

var letters = strings.Repeat("A", 64<<10)

// stream is n letters, which are also base64, that nobody holds.
type stream struct {
	head, tail io.Reader
	n          int64
}

func (s *stream) Read(p []byte) (int, error) {
	if n, err := s.head.Read(p); err == nil {
		return n, nil
	}
	if s.n == 0 {
		return s.tail.Read(p)
	}
	n := copy(p[:min(s.n, int64(len(p)))], letters)
	s.n -= int64(n)
	return n, nil
}

// send posts an upload of n characters between head and tail.
func (o *office) send(t *testing.T, kind, head, tail string, n int64) response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", o.url+files, &stream{strings.NewReader(head), strings.NewReader(tail), n})
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.SetBasicAuth("demo", "secret word")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(b)}
}

// heap is what is held now.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestLongFilesAreHashedAndNotHeld(t *testing.T) { // not parallel: it measures memory
	const size = 15 << 20 // about twice what would be kept; more only takes longer
	o := withRecord(t)
	parts := strings.SplitN(formBody("long.wav", "|"), "|", 2)
	before := heap()
	for name, r := range map[string]response{
		"base64": o.send(t, "application/json", `{"name":"long.wav","data":"`, `"}`, size/3*4),
		"form":   o.send(t, "multipart/form-data; boundary="+edge, parts[0], parts[1], size),
	} {
		if a := r.object(t, "attachment"); r.status != 201 || a["size"].(float64) < size-3 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if after := heap(); after > before+4<<20 {
		t.Errorf("%d bytes are held", after-before)
	}
	sum := sha256.New()
	_, _ = io.Copy(sum, &stream{strings.NewReader(""), strings.NewReader(""), size})
	s := o.Snapshot()
	if s.Attachments[0].SHA256 != hex.EncodeToString(sum.Sum(nil)) && s.Attachments[1].SHA256 != hex.EncodeToString(sum.Sum(nil)) {
		t.Errorf("hashes %v", s.Attachments)
	}
	gone := o.request(t, "GET", files+"/1", "")
	if gone.status != http.StatusGone || !strings.Contains(gone.body, "8 MiB") {
		t.Errorf("download: %d %.100s", gone.status, gone.body)
	}
	if kept := s.Requests[len(s.Requests)-1]; len(kept.Body) > 100<<10 || !kept.Truncated {
		t.Errorf("%d bytes of the request are kept", len(kept.Body))
	}
}

func TestFilesThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	o := withRecord(t)
	long := func(r *http.Request) { // which is said before it is sent, and so is not sent
		r.ContentLength = 800 << 20
		r.Header.Set("Expect", "100-continue")
	}
	if r := o.request(t, "POST", files, "x", asJSON, long); r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", r.status, r.body)
	}
	if status := crm.AtTheEdge(); status != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte more than 512 MiB: %d", status)
	}
}

func TestEightMebibytesAreKept(t *testing.T) {
	t.Parallel()
	o := withRecord(t)
	parts := strings.SplitN(formBody("long.wav", "|"), "|", 2)
	for i, status := range []int{200, 410} {
		if r := o.send(t, "multipart/form-data; boundary="+edge, parts[0], parts[1], int64(8<<20+i)); r.status != 201 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		r := o.request(t, "GET", fmt.Sprint(files, "/", i+1), "")
		if r.status != status || status == 200 && !bytes.Equal([]byte(r.body), bytes.Repeat([]byte("A"), 8<<20)) {
			t.Errorf("%d more: %d with %d bytes", i, r.status, len(r.body))
		}
	}
}

func TestAnUploadIsRepeatedByItsKey(t *testing.T) {
	t.Parallel()
	o := withRecord(t)
	for _, step := range []struct {
		name, body string
		status     int
	}{
		{"first", formBody("a.mp3", "x"), 201},
		{"again", formBody("a.mp3", "x"), 201},
		{"the same file in another form", formBody("a.mp3", "x", "id", "1"), 201},
		{"another file", formBody("a.mp3", "y"), 422},
	} {
		if r := o.request(t, "POST", files, step.body, form, key("k")); r.status != step.status {
			t.Errorf("%s: %d %s", step.name, r.status, r.body)
		}
	}
	if n := len(o.Snapshot().Attachments); n != 1 {
		t.Errorf("%d attachments", n)
	}
}
