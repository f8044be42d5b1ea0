package storage_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/storage"
)

const signerEmail = "bridge@p.iam.gserviceaccount.com"

// newKey is made once: it takes its time.
var newKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// serveSigned is a server that takes the signatures of signerEmail. Its clock runs, since Google's library signs with the
// machine's time.
func serveSigned(t *testing.T, o storage.Options) *service {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	o.Dir, o.Signer = t.TempDir(), storage.Signer{Email: signerEmail, Key: &key.PublicKey}
	return serveWith(t, clock.New(), o)
}

// sign is Google's own library at work; change may alter what it is asked for.
func (s *service) sign(t *testing.T, method, name string, change func(*gcs.SignedURLOptions)) string {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	o := &gcs.SignedURLOptions{
		Scheme: gcs.SigningSchemeV4, Method: method, Expires: s.clock.Now().Add(time.Hour), GoogleAccessID: signerEmail,
		PrivateKey: privateKey(key), Hostname: strings.TrimPrefix(s.url, "http://"), Insecure: true,
	}
	if change != nil {
		change(o)
	}
	address, err := gcs.SignedURL("recordings", name, o)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestSignedAddressesReadWriteAndDelete(t *testing.T) {
	t.Parallel()
	s := serveSigned(t, storage.Options{})
	for _, name := range []string{"a", "a/b c", "ünï+code%2F?x=y#z", "tab\t~", "a//b"} {
		resp, body := s.raw(t, "PUT", s.sign(t, "PUT", name, nil), "hello", "Content-Type", "audio/mpeg", "X-Goog-Meta-Session", "call-1")
		if resp.StatusCode != http.StatusOK || body != "" || resp.Header.Get("X-Goog-Generation") == "" {
			t.Fatalf("PUT %q: %d %s %v", name, resp.StatusCode, body, resp.Header)
		}
		resp, body = s.raw(t, "GET", s.sign(t, "GET", name, nil), "")
		if body != "hello" || resp.Header.Get("Content-Type") != "audio/mpeg" || resp.Header.Get("X-Goog-Meta-Session") != "call-1" {
			t.Errorf("GET %q: %d %s %v", name, resp.StatusCode, body, resp.Header)
		}
		resp, body = s.raw(t, "GET", s.sign(t, "GET", name, nil), "", "Range", "bytes=1-2")
		if resp.StatusCode != http.StatusPartialContent || body != "el" {
			t.Errorf("GET of a part of %q: %d %s", name, resp.StatusCode, body)
		}
		if resp, _ := s.raw(t, "HEAD", s.sign(t, "HEAD", name, nil), ""); resp.StatusCode != http.StatusOK || resp.ContentLength != 5 {
			t.Errorf("HEAD %q: %d, %d bytes", name, resp.StatusCode, resp.ContentLength)
		}
		if resp, body := s.raw(t, "DELETE", s.sign(t, "DELETE", name, nil), ""); resp.StatusCode != http.StatusNoContent {
			t.Errorf("DELETE %q: %d %s", name, resp.StatusCode, body)
		}
		if resp, body := s.raw(t, "GET", s.sign(t, "GET", name, nil), ""); resp.StatusCode != 404 || !strings.Contains(body, "<Code>NoSuchKey</Code>") {
			t.Errorf("GET of what is gone: %d %s", resp.StatusCode, body)
		}
	}
}

func TestSignedAddressNamesTheFile(t *testing.T) {
	t.Parallel()
	s := serveSigned(t, storage.Options{})
	mustUpload(t, s.bucket.Object("x"), "hello")
	resp, body := s.raw(t, "GET", s.sign(t, "GET", "x", func(o *gcs.SignedURLOptions) {
		o.QueryParameters = url.Values{"response-content-disposition": {`attachment; filename="a b.mp3"`}, "response-content-type": {"audio/mpeg"}}
	}), "")
	if body != "hello" || resp.Header.Get("Content-Disposition") != `attachment; filename="a b.mp3"` || resp.Header.Get("Content-Type") != "audio/mpeg" {
		t.Errorf("%d %s %v", resp.StatusCode, body, resp.Header)
	}
}

func TestSignaturesAreChecked(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		sign   func(*gcs.SignedURLOptions)
		method string                      // of the request; GET
		change func(address string) string // between signing and use
		wait   time.Duration
		header []string
		status int
		code   string
	}{
		"as it was signed":           {status: 200},
		"in its last minute":         {wait: 59 * time.Minute, status: 200},
		"after its time":             {wait: time.Hour + 2*time.Second, status: 400, code: "ExpiredToken"},
		"by another key":             {sign: func(o *gcs.SignedURLOptions) { o.PrivateKey = privateKey(other) }, status: 403, code: "SignatureDoesNotMatch"},
		"by another account":         {sign: func(o *gcs.SignedURLOptions) { o.GoogleAccessID = "x@example.com" }, status: 403, code: "SignatureDoesNotMatch"},
		"with another method":        {method: "DELETE", status: 403, code: "SignatureDoesNotMatch"},
		"of another object":          {change: replace("/recordings/x", "/recordings/y"), status: 403, code: "SignatureDoesNotMatch"},
		"of another bucket":          {change: replace("/recordings/", "/transcripts/"), status: 403, code: "SignatureDoesNotMatch"},
		"of another host":            {change: replace("127.0.0.1", "localhost"), status: 403, code: "SignatureDoesNotMatch"},
		"with a longer life":         {change: replace("Expires=3599", "Expires=9999", "Expires=3600", "Expires=9999"), status: 403, code: "SignatureDoesNotMatch"},
		"with something added":       {change: func(a string) string { return a + "&response-content-type=text%2Fhtml" }, status: 403, code: "SignatureDoesNotMatch"},
		"with a life over a week":    {change: replace("Expires=3599", "Expires=604801", "Expires=3600", "Expires=604801"), status: 400, code: "AuthenticationRequestMalformed"},
		"with another algorithm":     {change: replace("GOOG4-RSA-SHA256", "GOOG4-HMAC-SHA256"), status: 400, code: "AuthenticationRequestMalformed"},
		"with a date that is none":   {change: replace("X-Goog-Date=20", "X-Goog-Date=xx"), status: 400, code: "AuthenticationRequestMalformed"},
		"of another day's scope":     {change: replace("%2Fauto%2Fstorage", "%2Fauto%2Fstore"), status: 400, code: "AuthenticationRequestMalformed"},
		"with the host not signed":   {change: replace("SignedHeaders=host", "SignedHeaders=x"), status: 400, code: "AuthenticationRequestMalformed"},
		"that is not hexadecimal":    {change: replace("X-Goog-Signature=", "X-Goog-Signature=zz"), status: 400, code: "AuthenticationRequestMalformed"},
		"not signed at all":          {change: func(a string) string { a, _, _ = strings.Cut(a, "?"); return a }, status: 403, code: "AccessDenied"},
		"without a header it signed": {sign: wantHeader, status: 400, code: "MalformedSecurityHeader"},
		"with another such header":   {sign: wantHeader, header: []string{"x-goog-if-generation-match", "1"}, status: 403, code: "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveSigned(t, storage.Options{})
			mustUpload(t, s.bucket.Object("x"), "hello")
			address := s.sign(t, "GET", "x", row.sign)
			if row.change != nil {
				address = row.change(address)
			}
			s.clock.Advance(row.wait)
			method := "GET"
			if row.method != "" {
				method = row.method
			}
			resp, body := s.raw(t, method, address, "", row.header...)
			if resp.StatusCode != row.status || !strings.Contains(body, "<Code>"+row.code+"</Code>") && row.code != "" {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, body, row.status, row.code)
			}
		})
	}
}

func privateKey(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func replace(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

func wantHeader(o *gcs.SignedURLOptions) { o.Headers = []string{"x-goog-if-generation-match:0"} }

// uploadHeaders bind an upload to its type and to two to ten bytes, and let it only create.
func uploadHeaders(o *gcs.SignedURLOptions) {
	o.ContentType = "text/plain"
	o.Headers = []string{"x-goog-if-generation-match:0", "x-goog-content-length-range:2,10"}
}

func TestSignedUploadKeepsToWhatWasSigned(t *testing.T) {
	t.Parallel()
	s := serveSigned(t, storage.Options{})
	signed := []string{"Content-Type", "text/plain", "x-goog-if-generation-match", "0", "x-goog-content-length-range", "2,10"}
	for _, step := range []struct {
		name, body string
		header     []string
		status     int
		code       string
	}{
		{"too long", "01234567890", signed, 400, "EntityTooLarge"},
		{"too short", "0", signed, 400, "EntityTooSmall"},
		{"of another type", "hello", append([]string{"Content-Type", "text/html"}, signed[2:]...), 403, "SignatureDoesNotMatch"},
		{"without the condition", "hello", append(signed[:2:2], signed[4:]...), 400, "MalformedSecurityHeader"},
		{"as signed", "hello", signed, 200, ""},
		{"a second time", "world", signed, 412, "PreconditionFailed"},
	} {
		resp, body := s.raw(t, "PUT", s.sign(t, "PUT", "x", uploadHeaders), step.body, step.header...)
		if resp.StatusCode != step.status || !strings.Contains(body, step.code) {
			t.Errorf("%s: %d %s, want %d %s", step.name, resp.StatusCode, body, step.status, step.code)
		}
	}
	if got := download(t, s.bucket.Object("x")); got != "hello" {
		t.Errorf("stored is %q", got)
	}
}

func TestLengthRangeBoundsContentOfUnknownLength(t *testing.T) {
	t.Parallel()
	s := serveSigned(t, storage.Options{})
	for body, want := range map[string]int{"hello": 200, strings.Repeat("x", 11): 400} {
		address := s.sign(t, "PUT", body, func(o *gcs.SignedURLOptions) { o.Headers = []string{"x-goog-content-length-range:0,10"} })
		req, err := http.NewRequestWithContext(t.Context(), "PUT", address, struct{ *strings.Reader }{strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Goog-Content-Length-Range", "0,10")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d bytes: %s, want %d", len(body), resp.Status, want)
		}
	}
	resp, body := s.raw(t, "PUT", s.sign(t, "PUT", "x", func(o *gcs.SignedURLOptions) { o.Headers = []string{"x-goog-content-length-range:ten"} }),
		"x", "x-goog-content-length-range", "ten")
	if resp.StatusCode != 400 || !strings.Contains(body, "InvalidArgument") {
		t.Errorf("a range that is none: %d %s", resp.StatusCode, body)
	}
}

func TestBrowsersMayUpload(t *testing.T) {
	t.Parallel()
	s := serveSigned(t, storage.Options{})
	resp, _ := s.raw(t, "OPTIONS", "/recordings/x?X-Goog-Signature=00", "", "Origin", "https://crm.example",
		"Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "content-type,x-goog-if-generation-match")
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(resp.Header.Get("Access-Control-Allow-Methods"), "PUT") ||
		resp.Header.Get("Access-Control-Allow-Headers") != "content-type,x-goog-if-generation-match" {
		t.Errorf("asked beforehand: %d %v", resp.StatusCode, resp.Header)
	}
	resp, _ = s.raw(t, "PUT", s.sign(t, "PUT", "x", nil), "hello", "Origin", "https://crm.example")
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "*" || resp.Header.Get("Access-Control-Expose-Headers") == "" {
		t.Errorf("uploaded: %d %v", resp.StatusCode, resp.Header)
	}
	resp, _ = s.raw(t, "GET", "/recordings/x", "", "Origin", "https://crm.example")
	if resp.StatusCode != 403 || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("refused: %d %v, want the page to be told", resp.StatusCode, resp.Header)
	}
	if resp, _ = s.raw(t, "GET", s.sign(t, "GET", "x", nil), ""); resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("no browser asked, but the answer is for one: %v", resp.Header)
	}
}
