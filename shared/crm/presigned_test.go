package crm_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

const (
	fromKustomer  = "developer.kustomer.com/docs/guides/attachments: upload a file, the two requests"
	fromS3        = "docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html: creating HTML forms, the file is the last field"
	fromS3Length  = "docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: MissingContentLength"
	oursForm      = ours + "what a CRM's answer says is bounded, and no more trusted than settings"
	oursNoAddress = ours + "whoever wrote the settings is told where was looked, and no value, since each is a credential"
)

// announce is an upload as Kustomer takes it.
func announce() *settings.Upload {
	return &settings.Upload{
		Type: "presigned", AttachmentID: "data.id", PresignedURL: "meta.upload.url", PresignedFields: "meta.upload.fields",
		Endpoint: settings.Endpoint{Method: "POST", URL: "https://crm.example.com/v1/attachments", Parameters: []settings.Parameter{
			param("name", "{FILE_NAME}"), param("contentType", "{FILE_TYPE}"), {Key: "contentLength", Value: "{FILE_SIZE}", Type: "number"},
		}},
	}
}

func TestBuildPresigned(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"RECORD_ID": "4"}
	tests := map[string]struct {
		from string
		file crm.File
		want string
	}{
		"a file is announced with its size":  {fromKustomer, crm.File{Name: "ü.mp3", Type: "audio/mpeg; x=y", Size: 7}, `{"name":"ü.mp3","contentType":"audio/mpeg","contentLength":7}`},
		"a size that is not known is no 0":   {oursUnknown, crm.File{Name: "a", Type: "text/plain", Size: -1}, `{"name":"a","contentType":"text/plain"}`},
		"a type that is none is of any kind": {oursUnknown, crm.File{Name: "a", Type: "/", Size: 1}, `{"name":"a","contentType":"application/octet-stream","contentLength":1}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			r, ok, err := crm.BuildPresigned(announce(), v, tt.file)
			if err != nil || !ok || string(r.Body) != tt.want || r.URL != "https://crm.example.com/v1/attachments" || len(v) != 1 {
				t.Errorf("%s %s, %v, %v; want %s", r.URL, r.Body, ok, err, tt.want)
			}
		})
	}
	waits := announce()
	waits.URL += "/{RECORD_ID}"
	if _, ok, err := crm.BuildPresigned(waits, nil, crm.File{}); ok || err != nil {
		t.Errorf("a record that is not known yet: %v, %v; want it to wait", ok, err)
	}
}

// told is an answer with where the file goes.
func told(url, fields string) crm.Answer {
	return ok(fmt.Sprintf(`{"data":{"id":"5"},"meta":{"upload":{"url":%q,"fields":%s}}}`, url, fields))
}

func TestReadPresigned(t *testing.T) {
	t.Parallel()
	cite(t, fromS3)
	cite(t, fromS3Length)
	for _, size := range []int{0, 1, 100_000} {
		data := bytes.Repeat([]byte("\r\n--x"), size/5+1)[:size]
		f := fileOf("call \"1\".mp3", "audio/mpeg", data)
		r, err := crm.ReadPresigned(announce(), nil, told("https://s3.example.com/b", `{"key":"a/${filename}","Policy":"p\"\r\n","n":1.50}`), f)
		if err != nil {
			t.Fatal(err)
		}
		body := content(t, r)
		if r.Method != "POST" || r.URL != "https://s3.example.com/b" || r.Length != int64(len(body)) {
			t.Errorf("%s %s, length %d of %d", r.Method, r.URL, r.Length, len(body))
		}
		names, values := parts(t, r.ContentType, body)
		if strings.Join(names, " ") != "Policy key n file" || values["key"] != "a/${filename}" || values["Policy"] != "p\"\r\n" || values["n"] != "1.50" || values["file"] != string(data) {
			t.Errorf("%d bytes: the parts are %q, %.100q", size, names, values)
		}
		req, err := r.HTTP(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := req.Body.Close(); err != nil || req.ContentLength != r.Length || req.Header.Get("Authorization") != "" {
			t.Errorf("the request has %d bytes and the header %v, %v", req.ContentLength, req.Header, err)
		}
	}
}

// parts are a form's, by name, and their names in order.
func parts(t *testing.T, contentType string, body []byte) (names []string, values map[string]string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	values = map[string]string{}
	for form := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := form.NextPart()
		if err == io.EOF {
			return names, values
		}
		if err != nil {
			t.Fatal(err)
		}
		value, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, part.FormName())
		values[part.FormName()] = string(value)
	}
}

func TestReadPresignedRefuses(t *testing.T) {
	t.Parallel()
	const at = "https://s3.example.com/canary"
	many := "{" + strings.TrimSuffix(strings.Repeat(`"%":"canary",`, 51), ",") + "}"
	for i := range 51 {
		many = strings.Replace(many, "%", fmt.Sprint(i), 1)
	}
	tests := map[string]struct {
		from   string
		answer crm.Answer
		want   string
	}{
		"no address":                   {oursNoAddress, ok(`{"meta":{"upload":{"fields":{"key":"canary"}}}}`), `presigned_url says: looked at "meta.upload.url", but at "meta.upload" is an object with the keys "fields"`},
		"an address of another kind":   {oursForm, told("ftp://s3.example.com/canary", `{}`), "presigned_url says: the address in the answer must be an http or https URL"},
		"an address with a sign-in":    {oursForm, told("https://canary:p@s3.example.com/", `{}`), "without credentials"},
		"no fields":                    {oursNoAddress, ok(`{"meta":{"upload":{"url":"` + at + `"}}}`), `presigned_fields says: looked at "meta.upload.fields"`},
		"fields that are a text":       {oursForm, told(at, `"canary"`), "presigned_fields says"},
		"a field that is a list":       {oursForm, told(at, `{"key":["canary"]}`), `the field "key" is a list of 1`},
		"a field that is nothing":      {oursForm, told(at, `{"key":null}`), `the field "key" is null`},
		"a field with the file's name": {fromS3, told(at, `{"file":"canary"}`), "the name of the file's part"},
		"more fields than any":         {oursForm, told(at, many), "51 fields"},
		"fields longer than any":       {oursForm, told(at, `{"key":"`+strings.Repeat("canary", 12_000)+`"}`), "of 72003 bytes"},
		"a web page":                   {oursAnswers, ok(`<html>canary</html>`), "web page"},
		"nothing":                      {oursAnswers, ok(``), "presigned_url says"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			_, err := crm.ReadPresigned(announce(), nil, tt.answer, fileOf("a", "", nil))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %q and no value", err, tt.want)
			}
		})
	}
}
