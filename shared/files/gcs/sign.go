package gcs

import (
	"context"
	"encoding/pem"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/storage"
)

// SignerEmailEnv and SignerKeyFileEnv name the environment variables of a local cloud's signer: the e-mail address of a
// service account, and the path of a PEM file with its RSA key. They are never set in production.
const (
	SignerEmailEnv   = "STORAGE_SIGNER_EMAIL"
	SignerKeyFileEnv = "STORAGE_SIGNER_KEY_FILE"
)

// MaxLink is how long a signed link is good for at most. An address may say 7 days
// (docs.cloud.google.com/storage/docs/access-control/signed-urls), but where signBlob signs, it does so with keys of Google's that
// are changed regularly: past 12 hours a link "might stop working prior to the expiration time"
// (docs.cloud.google.com/storage/docs/authentication/creating-signatures).
const MaxLink = 12 * time.Hour

// signAttempts is how often the IAM Credentials API is asked; the client by itself would ask for ever.
const signAttempts = 4

// Signer is an account with a key of its own. The zero value has none: then the client's service account signs, through
// the IAM Credentials API, for which it needs iam.serviceAccounts.signBlob on itself: a role with that alone is enough.
type Signer struct {
	email    string
	key      []byte // PEM
	insecure bool   // the emulator speaks HTTP
}

// SignerFrom reads the signer that SignerEmailEnv and SignerKeyFileEnv name, and is the zero value where neither is set.
func SignerFrom(getenv func(string) string) (Signer, error) {
	email, file := getenv(SignerEmailEnv), getenv(SignerKeyFileEnv)
	if email == "" && file == "" {
		return Signer{}, nil
	}
	if email == "" || file == "" {
		return Signer{}, fmt.Errorf("cloud storage: %s and %s must be set both, or neither", SignerEmailEnv, SignerKeyFileEnv)
	}
	key, err := os.ReadFile(file)
	if err != nil {
		return Signer{}, fmt.Errorf("cloud storage: %s: %w", SignerKeyFileEnv, err)
	}
	if block, _ := pem.Decode(key); block == nil {
		return Signer{}, fmt.Errorf("cloud storage: %s: %s is no PEM file", SignerKeyFileEnv, file)
	}
	emulator := getenv(EmulatorEnv)
	return Signer{email, key, emulator != "" && !strings.HasPrefix(emulator, "https://")}, nil
}

// Link is an address under which anybody can read the object for so long, at most MaxLink. With a name, a browser saves
// the content under it; without, it shows what it can. That there is an object is not asked.
func (s *Store) Link(ctx context.Context, path string, valid time.Duration, name string) (string, error) {
	opts := &storage.SignedURLOptions{Method: http.MethodGet}
	if name != "" {
		disposition := mime.FormatMediaType("attachment", map[string]string{"filename": name})
		opts.QueryParameters = url.Values{"response-content-disposition": {disposition}}
	}
	return s.sign(ctx, path, valid, opts)
}

// UploadLink is an address under which anybody can create the object, once, for so long, at most MaxLink: with a PUT that
// has the headers returned, content of that type and of at most maxBytes
// (docs.cloud.google.com/storage/docs/xml-api/reference-headers#xgoogcontentlengthrange).
func (s *Store) UploadLink(ctx context.Context, path, contentType string, maxBytes int64, valid time.Duration) (address string, headers map[string]string, err error) {
	if contentType == "" || maxBytes < 1 {
		return "", nil, fmt.Errorf("cloud storage: upload link to gs://%s/%s: type %q and %d bytes, want a type and at least one byte", s.bucket, path, contentType, maxBytes)
	}
	extra := map[string]string{
		"x-goog-if-generation-match":  "0",
		"x-goog-content-length-range": fmt.Sprintf("0,%d", maxBytes),
	}
	if s.opts.KMSKey != "" {
		extra["x-goog-encryption-kms-key-name"] = s.opts.KMSKey
	}
	opts := &storage.SignedURLOptions{Method: http.MethodPut, ContentType: contentType}
	for name, value := range extra {
		opts.Headers = append(opts.Headers, name+":"+value)
	}
	if address, err = s.sign(ctx, path, valid, opts); err != nil {
		return "", nil, err
	}
	extra["Content-Type"] = contentType
	return address, extra, nil
}

// sign completes opts and signs. The library stamps the machine's time on the address, but takes the end from us.
func (s *Store) sign(ctx context.Context, path string, valid time.Duration, opts *storage.SignedURLOptions) (string, error) {
	if valid <= 0 || valid > MaxLink {
		return "", fmt.Errorf("cloud storage: link to gs://%s/%s for %v: want more than nothing and at most %v", s.bucket, path, valid, MaxLink)
	}
	if path == "" {
		return "", fmt.Errorf("cloud storage: link into gs://%s: no path, and with none it would be to the whole bucket", s.bucket)
	}
	client, err := s.client.Get()
	if err != nil {
		return "", err
	}
	signer := s.opts.Signer
	opts.Scheme, opts.Expires, opts.Insecure = storage.SigningSchemeV4, s.opts.Clock().Add(valid), signer.insecure
	opts.GoogleAccessID, opts.PrivateKey = signer.email, signer.key
	address, err := within(ctx, func() (string, error) {
		return client.Bucket(s.bucket).Retryer(storage.WithMaxAttempts(signAttempts)).SignedURL(path, opts)
	})
	if err != nil {
		return "", fmt.Errorf("cloud storage: sign a link to gs://%s/%s: %w", s.bucket, path, explainSigning(err))
	}
	return address, nil
}

// within waits for f no longer than the context lasts: signing asks another service and takes no context.
func within(ctx context.Context, f func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := f()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// explainSigning adds what would mend the error: the IAM Credentials API refuses, or there is no service account at all.
func explainSigning(err error) error {
	status := statusOf(err)
	if status == http.StatusForbidden || status == http.StatusUnauthorized || strings.Contains(err.Error(), "GoogleAccessID") {
		return fmt.Errorf("%w: %w", ErrCannotSign, shown(err))
	}
	return shown(err)
}
