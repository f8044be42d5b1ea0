package storage_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// raw sends a request as no client library would make it, but other programs might.
func (s *service) raw(t *testing.T, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	url := path
	if !strings.HasPrefix(path, "http") {
		url = s.url + path
	}
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // a http.Client would follow 308
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestRawRequests(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	const objects, up = "/storage/v1/b/recordings/o", "/upload/storage/v1/b/recordings/o?uploadType="
	for _, step := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		want                     string
	}{
		{"media upload", "POST", up + "media&name=a/b", "hello", []string{"Content-Type", "text/plain"}, 200, `"size":"5"`},
		{"media upload with a wrong checksum", "POST", up + "media&name=x", "hello", []string{"X-Goog-Hash", "crc32c=AAAAAA=="}, 400, "crc32c"},
		{"upload without a name", "POST", up + "media", "hello", nil, 400, "name: 0 bytes"},
		{"upload of no kind", "POST", up + "post&name=x", "hello", nil, 400, "uploadType"},
		{"upload to no bucket", "POST", "/upload/storage/v1/b/nowhere/o?uploadType=media&name=x", "x", nil, 404, "no such bucket"},
		{"multipart that is none", "POST", up + "multipart&name=x", "x", []string{"Content-Type", "text/plain"}, 400, "boundary"},
		{"multipart without content", "POST", up + "multipart", "--b\r\n\r\n{\"name\":\"x\"}\r\n--b--", []string{"Content-Type", "multipart/related; boundary=b"}, 400, "second part"},
		{"multipart cut off", "POST", up + "multipart", "--b\r\n\r\n{\"name\":\"x\"}\r\n--b\r\n\r\nhello", []string{"Content-Type", "multipart/related; boundary=b"}, 400, "broke off"},
		{"resource that is no JSON", "POST", up + "resumable", "{", nil, 400, "object resource"},
		{"condition that is no number", "DELETE", objects + "/a%2Fb?ifGenerationMatch=now", "", nil, 400, "ifGenerationMatch"},
		{"attributes", "GET", objects + "/a%2Fb", "", nil, 200, `"contentType":"text/plain"`},
		{"content by JSON", "GET", objects + "/a%2Fb?alt=media", "", nil, 200, "hello"},
		{"replace all properties", "PUT", objects + "/a%2Fb", `{"cacheControl":"no-store","metadata":{"k":"v"}}`, nil, 200, `"cacheControl":"no-store"`},
		{"merge metadata", "PATCH", objects + "/a%2Fb", `{"metadata":{"l":"w","k":null}}`, nil, 200, `"metadata":{"l":"w"}`},
		{"clear metadata", "PATCH", objects + "/a%2Fb", `{"metadata":null}`, nil, 200, `"metageneration":"4"`},
		{"patch of what is not there", "PATCH", objects + "/c", `{}`, nil, 404, "no such object"},
		{"patch that is no JSON", "PATCH", objects + "/a%2Fb", `{"metadata`, nil, 400, "object resource"},
		{"patch without end", "PATCH", objects + "/a%2Fb", strings.Repeat(" ", 2<<20), nil, 413, "more than"},
		{"list by a strange token", "GET", objects + "?pageToken=%25", "", nil, 400, "pageToken"},
		{"list by no size", "GET", objects + "?maxResults=0", "", nil, 400, "maxResults"},
		{"list of no bucket", "GET", "/storage/v1/b/nowhere/o", "", nil, 404, "no such bucket"},
		{"buckets", "GET", "/storage/v1/b?project=p", "", nil, 200, `"name":"transcripts"`},
		{"new bucket", "POST", "/storage/v1/b?project=p", `{"name":"new"}`, nil, 200, `"storage#bucket"`},
		{"bucket outside the folder", "POST", "/storage/v1/b?project=p", `{"name":"../x"}`, nil, 400, "bucket"},
		{"copy", "POST", objects + "/a%2Fb/rewriteTo/b/recordings/o/c", "", nil, 501, "does not do"},
		{"delete a bucket", "DELETE", "/storage/v1/b/new", "", nil, 501, "does not do"},
		{"options", "OPTIONS", objects + "/a%2Fb", "", nil, 501, "does not do"},
		{"nothing", "GET", "/", "", nil, 501, "does not do"},
	} {
		resp, body := s.raw(t, step.method, step.path, step.body, step.header...)
		if resp.StatusCode != step.status || !strings.Contains(body, step.want) {
			t.Errorf("%s: %d %.300s, want %d with %s", step.name, resp.StatusCode, body, step.status, step.want)
		}
	}
}

// TestResumableUploadByHand follows an upload that breaks off and goes on, as a client does that does not speak Go.
func TestResumableUploadByHand(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	resp, _ := s.raw(t, "POST", "/upload/storage/v1/b/recordings/o?uploadType=resumable&name=x", "", "X-Upload-Content-Type", "audio/mpeg")
	session := resp.Header.Get("Location")
	piece := strings.Repeat("x", 256<<10)
	for _, step := range []struct {
		name, method, contentRange, body string
		status                           int
		have                             string // the Range answered
	}{
		{"how far?", "PUT", "bytes */*", "", 308, ""},
		{"first piece", "PUT", "bytes 0-262143/*", piece, 308, "bytes=0-262143"},
		{"first piece again", "PUT", "bytes 0-262143/*", piece, 308, "bytes=0-262143"},
		{"a gap", "PUT", "bytes 262145-262150/262151", "yyyyyy", 400, ""},
		{"an odd piece in the middle", "PUT", "bytes 262144-262150/*", "yyyyyyy", 400, ""},
		{"a range that is none", "PUT", "pages 1-2", "", 400, ""},
		{"part of the last piece", "PUT", "bytes 262144-262149/262150", "yyy", 308, "bytes=0-262146"},
		{"how far now?", "PUT", "bytes */262150", "", 308, "bytes=0-262146"},
		{"the last piece, overlapping", "PUT", "bytes 262144-262149/262150", "yyyyyy", 200, ""},
		{"the last piece again", "PUT", "bytes 262144-262149/262150", "yyyyyy", 200, ""},
		{"how far after all?", "PUT", "bytes */262150", "", 200, ""},
		{"read it", "GET", "", "", 501, ""},
	} {
		resp, body := s.raw(t, step.method, session, step.body, "Content-Range", step.contentRange)
		if resp.StatusCode != step.status || step.status == 308 && resp.Header.Get("Range") != step.have {
			t.Errorf("%s: %d, Range %q, %.200s", step.name, resp.StatusCode, resp.Header.Get("Range"), body)
		}
	}
	a, err := s.bucket.Object("x").Attrs(t.Context())
	if err != nil || a.ContentType != "audio/mpeg" || download(t, s.bucket.Object("x")) != piece+"yyyyyy" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestCancelledResumableUploadIsOver(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	resp, _ := s.raw(t, "POST", "/upload/storage/v1/b/recordings/o?uploadType=resumable&name=x", "")
	session := resp.Header.Get("Location")
	if resp, _ := s.raw(t, "DELETE", session, ""); resp.StatusCode != 499 {
		t.Errorf("cancelled: %d, want 499", resp.StatusCode)
	}
	for _, url := range []string{session, session + "x"} {
		if resp, _ := s.raw(t, "PUT", url, "hello"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("after that: %d, want 404", resp.StatusCode)
		}
	}
}

// TestRequestThatBreaksOffStoresNothing sends content that looks complete in a request that is not: the end of a chunked
// body is missing.
func TestRequestThatBreaksOffStoresNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for kind, body := range map[string]string{
		"media":     "hello",
		"multipart": "--b\r\n\r\n{}\r\n--b\r\n\r\nhello\r\n--b--\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /upload/storage/v1/b/recordings/o?uploadType=%s&name=x HTTP/1.1\r\nHost: x\r\n"+
			"Content-Type: multipart/related; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", kind, len(body), body)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", kind, resp.StatusCode)
		}
	}
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("objects in spite of it: %v", left)
	}
}
