// Package gcs keeps files in Cloud Storage, exactly once however often a delivery is repeated, gives them out again, and
// signs links to them. Paths and what is stored come from shared/files; shared/cloud holds the client.
package gcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
)

// EmulatorEnv names the environment variable that holds the address of a storage emulator, `127.0.0.1:4443` or
// `http://127.0.0.1:4443`, the one Google's own clients read. It is never set in production.
const EmulatorEnv = "STORAGE_EMULATOR_HOST"

// Open is a client of Cloud Storage, made at the first use with the environment's credentials; or of the emulator that
// EmulatorEnv names. The variable is looked up through getenv and handed over as options, so that several local clouds
// can run in one process. One client serves every bucket.
func Open(getenv func(string) string) *cloud.Lazy[*storage.Client] {
	return cloud.NewLazy(func() (*storage.Client, error) {
		// Not a request's context: credentials keep the one they are made with and would end with that request.
		client, err := storage.NewClient(context.Background(), options(getenv(EmulatorEnv))...)
		if err != nil {
			return nil, fmt.Errorf("cloud storage: no client: %w", err)
		}
		return client, nil
	})
}

func options(emulator string) []option.ClientOption {
	opts := []option.ClientOption{storage.WithJSONReads()} // else reads go to another host, which emulators have not
	if emulator == "" {
		return opts
	}
	if !strings.Contains(emulator, "://") {
		emulator = "http://" + emulator
	}
	return append(opts, option.WithoutAuthentication(),
		option.WithEndpoint(strings.TrimSuffix(emulator, "/")+"/storage/v1/"))
}

// Options are what a Store may be told beside its bucket; the zero value will do for Put and Source.
type Options struct {
	// KMSKey encrypts what is written, "projects/P/locations/L/keyRings/R/cryptoKeys/K"; empty: the bucket's own key
	// (docs.cloud.google.com/storage/docs/encryption/customer-managed-keys).
	KMSKey string
	// Signer signs links; the zero value leaves it to the client's service account.
	Signer Signer
	// Clock is what links run out by; only they need it.
	Clock clock.Clock
}

// Store is one bucket. Its methods may be called at once from many goroutines. Errors name bucket and path; see
// ErrDenied, ErrNoBucket and ErrCannotSign for those that a person has to mend. All others may pass.
type Store struct {
	client *cloud.Lazy[*storage.Client]
	bucket string
	opts   Options
}

// New is the store of a bucket, which must exist.
func New(client *cloud.Lazy[*storage.Client], bucket string, o Options) *Store {
	return &Store{client: client, bucket: bucket, opts: o}
}

func (s *Store) object(path string) (*storage.ObjectHandle, error) {
	client, err := s.client.Get()
	if err != nil {
		return nil, err
	}
	return client.Bucket(s.bucket).Object(path).Retryer(storage.WithErrorFunc(isPassing)), nil
}

// isPassing adds to what the client repeats by itself a connection closed before the answer came. Every write here is
// conditional, so that repeating it cannot do harm.
func isPassing(err error) bool { return storage.ShouldRetry(err) || errors.Is(err, io.EOF) }

// failed says what could not be done with which object, and what would mend it.
func (s *Store) failed(what, path string, err error) error {
	return fmt.Errorf("cloud storage: %s gs://%s/%s: %w", what, s.bucket, path, explain(err))
}
