package crm_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

func fileOf(name, kind string, data []byte) crm.File {
	return crm.File{Name: name, Type: kind, Size: int64(len(data)), Data: func() (io.ReadCloser, error) {
		return io.NopCloser(iotest.HalfReader(bytes.NewReader(data))), nil
	}}
}

// attach is an upload as Request Tracker's REST 2.0 takes it: within the JSON of a comment.
func attach() *settings.Upload {
	return &settings.Upload{Type: "base64", Endpoint: settings.Endpoint{Method: "POST", URL: "https://crm/t/{RECORD_ID}", Parameters: []settings.Parameter{
		param("Attachments[0].FileName", "{FILE_NAME_ASCII}"), param("Attachments[0].FileType", "{FILE_TYPE}"),
		param("Attachments[0].FileContent", "{FILE_DATA}"), param("Content", "{NAME}"),
	}}}
}

func content(t *testing.T, r crm.UploadRequest) []byte {
	t.Helper()
	body, err := r.Body()
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestUploadInJSON(t *testing.T) {
	t.Parallel()
	cite(t, fromUpload) // type Base64 encoded form
	for _, size := range []int{0, 1, 2, 3, 12287, 12288, 12289, 100_000} {
		data := bytes.Repeat([]byte{0xfb, 0, 7, 255, 13}, size/5+1)[:size]
		r, ok, err := crm.BuildUpload(attach(), crm.Vars{"RECORD_ID": "4 5", "NAME": `{FILE_DATA}"`}, fileOf("Änruf ☎.mp3", "audio/mpeg", data))
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		for range 2 { // another attempt reads the file anew
			body := content(t, r)
			var got struct {
				Attachments []struct {
					FileName, FileType string
					FileContent        []byte
				}
				Content string
			}
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
			a := got.Attachments[0]
			if !bytes.Equal(a.FileContent, data) || a.FileName != "Anruf _.mp3" || a.FileType != "audio/mpeg" || got.Content != `{FILE_DATA}"` {
				t.Errorf("%d bytes became %d, %q, %q, %q", size, len(a.FileContent), a.FileName, a.FileType, got.Content)
			}
			if size > 0 && r.Length != int64(len(body)) || size == 0 && r.Length != -1 {
				t.Errorf("length %d of %d", r.Length, len(body))
			}
		}
		if r.URL != "https://crm/t/4%205" || r.ContentType != "application/json" || !strings.Contains(r.Text(), `"FileContent":"{FILE_DATA}"`) {
			t.Errorf("%s %s %s", r.URL, r.ContentType, r.Text())
		}
	}
}

func TestUploadInABodyText(t *testing.T) {
	t.Parallel()
	u := &settings.Upload{Type: "base64", Endpoint: settings.Endpoint{Method: "PUT", URL: "https://crm/f", Body: `{"name":"{FILE_NAME}","url":"data:{FILE_TYPE};base64,{FILE_DATA}"}`}}
	r, ok, err := crm.BuildUpload(u, nil, fileOf("ü.txt", "text/plain; charset=utf-8", []byte("hello")))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	want := `{"name":"ü.txt","url":"data:text/plain;base64,` + base64.StdEncoding.EncodeToString([]byte("hello")) + `"}`
	if got := content(t, r); string(got) != want {
		t.Errorf("body %s, want %s", got, want)
	}
}

func TestUploadAsForm(t *testing.T) {
	t.Parallel()
	cite(t, fromUpload) // type Multipart form
	cite(t, fromForm)
	data := bytes.Repeat([]byte("\r\n--x\r\n"), 5000)
	u := &settings.Upload{Type: "multipart", FilePart: "Attachments", Endpoint: settings.Endpoint{Method: "POST", URL: "https://crm/t/{RECORD_ID}",
		Parameters: []settings.Parameter{param("JSON", `{"Content":"{NAME}"}`, escape("json")), param("none", "{EMAIL}"), param("q", "1", in("query"))}}}
	v := crm.Vars{"RECORD_ID": "4", "NAME": "a\"b\r\n--x"}
	name := "☎ \"x\"\r\nX-Evil: 1.mp3"
	r, ok, err := crm.BuildUpload(u, v, fileOf(name, "audio/mpeg\r\nX: y", data))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	body := content(t, r)
	if r.URL != "https://crm/t/4?q=1" || r.Length != int64(len(body)) {
		t.Errorf("%s, length %d of %d", r.URL, r.Length, len(body))
	}
	_, params, err := mime.ParseMediaType(r.ContentType)
	if err != nil {
		t.Fatal(err)
	}
	form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	var comment struct{ Content string }
	if err := json.Unmarshal([]byte(form.Value["JSON"][0]), &comment); err != nil || comment.Content != v["NAME"] || len(form.Value) != 1 {
		t.Errorf("parts %q, %v", form.Value, err)
	}
	part := form.File["Attachments"][0]
	if len(part.Header) != 2 || part.Header.Get("Content-Type") != "application/octet-stream" || part.Size != int64(len(data)) {
		t.Errorf("the file's part has %q and %d bytes", part.Header, part.Size)
	}
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from   string
		change func(*settings.Upload)
		want   string // empty: it waits
	}{
		"no place for the file":    {oursOneFile, func(u *settings.Upload) { u.Parameters = u.Parameters[:2] }, "{FILE_DATA} must stand once"},
		"two places":               {oursOneFile, func(u *settings.Upload) { u.Parameters = append(u.Parameters, param("x", "{FILE_DATA}")) }, "{FILE_DATA} must stand once"},
		"the file cut":             {oursOneFile, func(u *settings.Upload) { u.Parameters[2].Max = 9 }, "{FILE_DATA} must stand once"},
		"the file in the URL":      {oursOneFile, func(u *settings.Upload) { u.URL += "?f={FILE_DATA}" }, "{FILE_DATA} must stand once"},
		"a type there is not":      {fromUpload, func(u *settings.Upload) { u.Type = "ftp" }, `upload type "ftp"`},
		"a record not known yet":   {oursLinks, func(u *settings.Upload) { u.URL = "https://crm/{ACCOUNT_ID}" }, ""},
		"the same for a form":      {oursLinks, func(u *settings.Upload) { u.URL, u.Type = "https://crm/{ACCOUNT_ID}", "multipart" }, ""},
		"a fault in a form's part": {oursMistakes, func(u *settings.Upload) { u.Parameters[0].Value, u.Type = "=CONCAT_OR(", "multipart" }, `parameter "Attachments[0].FileName": at`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			u := attach()
			tt.change(u)
			_, ok, err := crm.BuildUpload(u, crm.Vars{"RECORD_ID": "4"}, fileOf("a", "", []byte("x")))
			if ok || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %v; want %q", ok, err, tt.want)
			}
		})
	}
}

func TestUploadIsSent(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 10_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got struct{ F []byte }
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || !bytes.Equal(got.F, data) || r.ContentLength <= int64(len(data)) {
			t.Errorf("received %d bytes of %d: %v", len(got.F), r.ContentLength, err)
		}
	}))
	t.Cleanup(server.Close)
	u := &settings.Upload{Type: "base64", Endpoint: settings.Endpoint{Method: "POST", URL: server.URL, Parameters: []settings.Parameter{param("F", "{FILE_DATA}")}}}
	r, _, err := crm.BuildUpload(u, nil, fileOf("a", "", data))
	if err != nil {
		t.Fatal(err)
	}
	req, err := r.HTTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%s, %v", answer.Status, err)
	}
}

// A file that cannot be read on ends the request: half a recording must not arrive as a whole one.
func TestUploadTellsOfABrokenFile(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	f := fileOf("a", "", nil)
	f.Data = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))), nil
	}
	r, _, err := crm.BuildUpload(attach(), crm.Vars{"RECORD_ID": "4"}, f)
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.Body()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(body); !errors.Is(err, broken) {
		t.Errorf("reading ended with %v", err)
	}
}

func BenchmarkUploadInJSON(b *testing.B) {
	data := make([]byte, 10<<20)
	f := crm.File{Name: "a", Size: int64(len(data)), Data: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, _, err := crm.BuildUpload(attach(), crm.Vars{"RECORD_ID": "4"}, f)
		if err != nil {
			b.Fatal(err)
		}
		body, err := r.Body()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			b.Fatal(err)
		}
	}
}
