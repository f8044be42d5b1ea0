package gcs

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"cloud.google.com/go/storage"
)

// Object is what is in the bucket after a Put.
type Object struct {
	Bucket     string
	Path       string
	Generation int64  // Cloud Storage's number of this content, another one after every write
	Size       int64  // bytes
	CRC32C     uint32 // of the content, with the Castagnoli polynomial
	// Already says that the same content was there before: an earlier Put did the work, although its answer may never
	// have come.
	Already bool
}

// Cloud Storage checks what it receives with CRC32C (docs.cloud.google.com/storage/docs/data-validation).
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A path is written by one session's tasks alone, so more than two writers at once hardly ever meet.
const attempts = 5

// Put makes body, from its first byte to its last, the content of path, and can be repeated: it creates the object if
// there is none, leaves it alone if it has the same bytes, and replaces it if they differ. Every write is conditional on
// what was seen before (docs.cloud.google.com/storage/docs/request-preconditions), so no other writer's object is
// replaced unseen; when it changes meanwhile Put looks again, and gives up with ErrChanged after a few rounds. The
// checksum is sent along and compared.
//
// The body must be seekable because it may have to be sent again; metadata is kept beside the object. Errors name bucket
// and path; see ErrDenied and ErrNoBucket for those that a person has to mend. All others may pass.
func (s *Store) Put(ctx context.Context, path, contentType string, metadata map[string]string, body io.ReadSeeker) (Object, error) {
	o, err := s.put(ctx, path, contentType, metadata, body)
	if err != nil {
		return Object{}, fmt.Errorf("cloud storage: write gs://%s/%s: %w", s.bucket, path, explain(err))
	}
	return o, nil
}

func (s *Store) put(ctx context.Context, path, contentType string, metadata map[string]string, body io.ReadSeeker) (Object, error) {
	handle, err := s.object(path)
	if err != nil {
		return Object{}, err
	}
	want, err := measure(body)
	if err != nil {
		return Object{}, err
	}
	want.Bucket, want.Path = s.bucket, path
	ctx, cancel := context.WithTimeout(ctx, patience(want.Size))
	defer cancel()
	seen := unchanged(nil) // as a rule nothing is there yet
	for range attempts {
		written, err := upload(ctx, handle.If(seen), want, contentType, metadata, body)
		if err == nil {
			want.Generation = written.Generation
			return want, nil
		}
		if !isChanged(err) {
			return Object{}, err
		}
		there, err := look(ctx, handle)
		if err != nil {
			return Object{}, err
		}
		if there != nil && there.CRC32C == want.CRC32C && there.Size == want.Size {
			want.Generation, want.Already = there.Generation, true
			return want, nil
		}
		seen = unchanged(there)
	}
	return Object{}, ErrChanged
}

// look is what is at the path now; nil where nothing is.
func look(ctx context.Context, handle *storage.ObjectHandle) (*storage.ObjectAttrs, error) {
	there, err := handle.Attrs(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, nil
	}
	return there, err
}

// unchanged is the condition that what was seen is still there.
func unchanged(seen *storage.ObjectAttrs) storage.Conditions {
	if seen == nil {
		return storage.Conditions{DoesNotExist: true}
	}
	return storage.Conditions{GenerationMatch: seen.Generation}
}

// patience is how long a Put of so many bytes may take, as the client itself repeats a failed request until its context
// ends: half a minute, and a second for every MiB.
func patience(size int64) time.Duration {
	return 30*time.Second + time.Duration(size>>20)*time.Second
}

// measure reads the body once for its size and checksum.
func measure(body io.ReadSeeker) (Object, error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return Object{}, fmt.Errorf("rewind the content: %w", err)
	}
	sum := crc32.New(castagnoli)
	size, err := io.Copy(sum, body)
	if err != nil {
		return Object{}, fmt.Errorf("read the content: %w", err)
	}
	return Object{Size: size, CRC32C: sum.Sum32()}, nil
}

func upload(ctx context.Context, handle *storage.ObjectHandle, want Object, contentType string, metadata map[string]string, body io.ReadSeeker) (*storage.ObjectAttrs, error) {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("rewind the content: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends an upload that was not completed: a Writer has no other way
	w := handle.NewWriter(ctx)
	w.ContentType, w.Metadata = contentType, metadata
	w.CRC32C, w.SendCRC32C = want.CRC32C, true
	w.ChunkSize = chunk(want.Size)
	if _, err := io.Copy(w, body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if got := w.Attrs(); got.CRC32C != want.CRC32C || got.Size != want.Size {
		return nil, fmt.Errorf("%d bytes with checksum %08x were sent, %d with %08x are stored", want.Size, want.CRC32C, got.Size, got.CRC32C)
	}
	return w.Attrs(), nil
}

// chunk is the size of the buffer a Writer keeps for repeating a request. Its default of 16 MiB is a waste for the few
// kB of a document. It must be a multiple of 256 KiB and larger than a content that is to go in one request; 8 MiB is the
// least Google advises for large ones (docs.cloud.google.com/storage/docs/resumable-uploads).
func chunk(size int64) int {
	const unit, largest = 256 << 10, 8 << 20
	return int(min(size/unit*unit+unit, largest))
}
