package gcs_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gstorage "cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/files/gcs"
)

const signerEmail = "bridge@p.iam.gserviceaccount.com"

// newKey is made once: it takes its time.
var newKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func signerKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newSigning is an emulator whose signer's key is in a file, as in the local cloud.
func newSigning(t *testing.T) *local {
	t.Helper()
	key := signerKey(t)
	w := newLocal(t, storage.Options{Signer: storage.Signer{Email: signerEmail, Key: &key.PublicKey}})
	file := filepath.Join(t.TempDir(), "signer.pem")
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	w.signer, err = gcs.SignerFrom(env(gcs.EmulatorEnv, w.addr, gcs.SignerEmailEnv, signerEmail, gcs.SignerKeyFileEnv, file))
	if err != nil {
		t.Fatal(err)
	}
	w.store = w.storeAt(w.addr, gcs.Options{Signer: w.signer, Clock: w.clock.Now})
	return w
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func request(t *testing.T, method, address, body string, headers map[string]string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
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

func TestLinkReads(t *testing.T) {
	t.Parallel()
	w := newSigning(t)
	if _, err := w.store.Put(t.Context(), path, tags, text("hello")); err != nil {
		t.Fatal(err)
	}
	for name, disposition := range map[string]string{
		"":                "",
		"call 1.json":     `attachment; filename="call 1.json"`,
		"Gespräch \"1\"":  `attachment; filename*=utf-8''Gespr%C3%A4ch%20%221%22`,
		"a\r\nX: y; b=\"": `attachment; filename*=utf-8''a%0D%0AX%3A%20y%3B%20b%3D%22`,
	} {
		link, err := w.store.Link(t.Context(), path, time.Hour, name)
		if err != nil {
			t.Fatal(err)
		}
		resp, body := request(t, "GET", link, "", nil)
		if body != "hello" || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Content-Disposition") != disposition {
			t.Errorf("%q: %d %s %v", name, resp.StatusCode, body, resp.Header)
		}
		if resp, _ := request(t, "DELETE", link, "", nil); resp.StatusCode != http.StatusForbidden {
			t.Errorf("deleted with it: %d", resp.StatusCode)
		}
	}
}

func TestLinkEndsByTheClock(t *testing.T) {
	t.Parallel()
	w := newSigning(t)
	if _, err := w.store.Put(t.Context(), path, tags, text("hello")); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(24 * time.Hour) // ahead of the machine's time, which is stamped on the link
	link, err := w.store.Link(t.Context(), path, time.Hour, "")
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(59 * time.Minute)
	if resp, body := request(t, "GET", link, "", nil); body != "hello" {
		t.Errorf("within its time: %d %s", resp.StatusCode, body)
	}
	w.clock.Advance(2 * time.Minute)
	if resp, body := request(t, "GET", link, "", nil); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, "ExpiredToken") {
		t.Errorf("after its time: %d %s", resp.StatusCode, body)
	}
}

func TestLinkIsRefusedForTooLong(t *testing.T) {
	t.Parallel()
	w := newSigning(t)
	for _, valid := range []time.Duration{0, -time.Second, gcs.MaxLink + time.Second} {
		if link, err := w.store.Link(t.Context(), path, valid, ""); err == nil || !strings.Contains(err.Error(), "at most 12h") {
			t.Errorf("%v: %s, %v; want an error that names the limit", valid, link, err)
		}
	}
	if _, err := w.store.Link(t.Context(), path, gcs.MaxLink, ""); err != nil {
		t.Error(err)
	}
}

func TestLinkIsRefusedForTooMuch(t *testing.T) {
	t.Parallel()
	w := newSigning(t)
	if link, err := w.store.Link(t.Context(), "", time.Hour, ""); err == nil || !strings.Contains(err.Error(), "whole bucket") {
		t.Errorf("%s, %v; want no link without a path", link, err)
	}
	for _, row := range []struct {
		contentType string
		maxBytes    int64
	}{{"", 10}, {"image/jpeg", 0}, {"image/jpeg", -1}} {
		if link, _, err := w.store.UploadLink(t.Context(), path, row.contentType, row.maxBytes, time.Hour); err == nil {
			t.Errorf("%+v: %s, want an error", row, link)
		}
	}
}

func TestUploadLinkCreatesOnce(t *testing.T) {
	t.Parallel()
	w := newSigning(t)
	upload, headers, err := w.store.UploadLink(t.Context(), path, "image/jpeg", 10, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	without := func(name string) map[string]string {
		rest := map[string]string{"Content-Type": "image/jpeg"}
		for k, v := range headers {
			if k != name {
				rest[k] = v
			}
		}
		return rest
	}
	html := without("")
	html["Content-Type"] = "text/html"
	for _, step := range []struct {
		name, body string
		headers    map[string]string
		status     int
	}{
		{"of another type", "hello", html, http.StatusForbidden},
		{"without the condition", "hello", without("x-goog-if-generation-match"), http.StatusBadRequest},
		{"without the limit", "hello", without("x-goog-content-length-range"), http.StatusBadRequest},
		{"too long", "hello world", headers, http.StatusBadRequest},
		{"as it should be", "hello", headers, http.StatusOK},
		{"again", "other", headers, http.StatusPreconditionFailed},
	} {
		if resp, body := request(t, "PUT", upload, step.body, step.headers); resp.StatusCode != step.status {
			t.Errorf("%s: %d %s, want %d", step.name, resp.StatusCode, body, step.status)
		}
	}
	w.wantContent("hello")
	src, err := w.store.Source(t.Context(), path)
	if err != nil || src.Type != "image/jpeg" {
		t.Errorf("%+v, %v", src, err)
	}
}

func TestUploadLinkNamesTheKey(t *testing.T) {
	t.Parallel()
	w := newSigning(t)
	const key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
	w.store = w.storeAt(w.addr, gcs.Options{Signer: w.signer, Clock: w.clock.Now, KMSKey: key})
	upload, headers, err := w.store.UploadLink(t.Context(), path, "image/jpeg", 10, time.Hour)
	if err != nil || headers["x-goog-encryption-kms-key-name"] != key {
		t.Fatalf("%v, %v", headers, err)
	}
	if resp, body := request(t, "PUT", upload, "hello", headers); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestSignerFromSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	noPEM := filepath.Join(dir, "x.pem")
	if err := os.WriteFile(noPEM, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		env  func(string) string
		want string
	}{
		"no key":          {env(gcs.SignerEmailEnv, signerEmail), "both"},
		"no e-mail":       {env(gcs.SignerKeyFileEnv, noPEM), "both"},
		"no such file":    {env(gcs.SignerEmailEnv, signerEmail, gcs.SignerKeyFileEnv, filepath.Join(dir, "y")), "no such file"},
		"a file, no PEM":  {env(gcs.SignerEmailEnv, signerEmail, gcs.SignerKeyFileEnv, noPEM), "no PEM"},
		"neither is fine": {env(), ""},
	} {
		_, err := gcs.SignerFrom(row.env)
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
}

// inTheCloud is a store whose client has no key: Google's library asks the metadata server who it is and the IAM
// Credentials API for a signature. Both are answered by iam, everything else by the emulator.
func inTheCloud(t *testing.T, w *local, iam http.HandlerFunc) *gcs.Store {
	t.Helper()
	metadata := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Metadata-Flavor", "Google")
		if strings.HasSuffix(r.URL.Path, "/service-accounts/default/email") {
			_, _ = io.WriteString(rw, signerEmail)
		}
	}))
	t.Cleanup(metadata.Close)
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(metadata.URL, "http://"))
	credentials := httptest.NewServer(iam)
	t.Cleanup(credentials.Close)
	to, err := url.Parse(credentials.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := cloud.NewLazy(func() (*gstorage.Client, error) {
		return gstorage.NewClient(context.Background(), gstorage.WithJSONReads(), option.WithHTTPClient(&http.Client{Transport: detour{to}}))
	})
	t.Cleanup(func() { _ = client.Close() })
	return gcs.New(client, bucket, gcs.Options{Clock: w.clock.Now})
}

// detour sends every request to one server.
type detour struct{ to *url.URL }

func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = d.to.Scheme, d.to.Host
	return http.DefaultTransport.RoundTrip(r)
}

func TestLinksAreSignedByTheServiceAccount(t *testing.T) {
	// Not parallel: it sets the environment.
	w := newSigning(t)
	if _, err := w.store.Put(t.Context(), path, tags, text("hello")); err != nil {
		t.Fatal(err)
	}
	key := signerKey(t)
	store := inTheCloud(t, w, func(rw http.ResponseWriter, r *http.Request) {
		var ask struct{ Payload []byte }
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || !strings.HasSuffix(r.URL.Path, "/serviceAccounts/"+signerEmail+":signBlob") {
			t.Errorf("asked for %s: %v", r.URL.Path, err)
		}
		sum := sha256.Sum256(ask.Payload)
		signed, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(rw).Encode(map[string]string{"signedBlob": base64.StdEncoding.EncodeToString(signed)})
	})
	link, err := store.Link(t.Context(), path, time.Hour, "")
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := strings.CutPrefix(link, "https://storage.googleapis.com/")
	if !ok {
		t.Fatalf("the link leads to %.40s", link)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+w.addr+"/"+rest, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "storage.googleapis.com"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "hello" {
		t.Errorf("%d %s, %v", resp.StatusCode, b, err)
	}
}

func TestLinkSaysWhatTheServiceAccountLacks(t *testing.T) {
	// Not parallel: it sets the environment.
	w := newSigning(t)
	store := inTheCloud(t, w, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusForbidden) })
	_, err := store.Link(t.Context(), path, time.Hour, "")
	wantError(t, err, gcs.ErrCannotSign)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	store = inTheCloud(t, w, func(http.ResponseWriter, *http.Request) {
		cancel()
		<-over
	})
	defer close(over)
	_, err = store.Link(ctx, path, time.Hour, "")
	wantError(t, err, context.Canceled)
}
