package gcs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/files"
)

const (
	// stall is how long one chunk may be on its way before it is sent again, once.
	stall = 30 * time.Second
	// tidyTime is how long the deletion of what was stored wrongly may take.
	tidyTime = 30 * time.Second
)

// upload is one source on its way into one object.
type upload struct {
	src      files.Source
	metadata map[string]string
	key      string
}

// to writes the object on the condition that what was seen is still there; nil: nothing.
func (u upload) to(ctx context.Context, handle *storage.ObjectHandle, seen *storage.ObjectAttrs) (*storage.ObjectAttrs, error) {
	content, err := open(ctx, u.src)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	written, err := u.send(ctx, handle.If(unchanged(seen)), content)
	if err != nil {
		return nil, err
	}
	if written.CRC32C == content.sum && written.Size == content.size {
		return written, nil
	}
	return nil, errors.Join(fmt.Errorf("%w: %d bytes with checksum %08x were sent, %d with %08x were stored", ErrCorrupted,
		content.size, content.sum, written.Size, written.CRC32C), remove(ctx, handle.Generation(written.Generation)))
}

// unchanged is the condition that what was seen is still there.
func unchanged(seen *storage.ObjectAttrs) storage.Conditions {
	if seen == nil {
		return storage.Conditions{DoesNotExist: true}
	}
	return storage.Conditions{GenerationMatch: seen.Generation}
}

// send streams the content. The client sends its own checksum along, so that the service refuses what was changed on the
// way before it becomes an object.
func (u upload) send(ctx context.Context, handle *storage.ObjectHandle, content *content) (*storage.ObjectAttrs, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends an upload that was not completed: a Writer has no other way, and Close would complete it
	w := handle.NewWriter(ctx)
	w.ContentType, w.Metadata, w.KMSKeyName = cmp.Or(u.src.Type, "application/octet-stream"), u.metadata, u.key
	w.ChunkSize, w.ChunkTransferTimeout, w.ChunkRetryDeadline = chunk(u.src.Size), stall, 2*stall
	var begun atomic.Bool
	w.ProgressFunc = func(int64) { begun.Store(true) }
	err := content.copyTo(w)
	if err == nil {
		err = w.Close()
	}
	if status := statusOf(err); begun.Load() && (status == http.StatusNotFound || status == http.StatusGone) {
		return nil, fmt.Errorf("the service has forgotten the upload, try again: %v", err) // not the bucket
	}
	if err != nil {
		return nil, err
	}
	return w.Attrs(), nil
}

// remove deletes that very generation, even when the caller's time is over.
func remove(ctx context.Context, generation *storage.ObjectHandle) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	if err := generation.Delete(ctx); err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
		return fmt.Errorf("delete it again: %v", err) // its answer is not the upload's
	}
	return nil
}

// chunk is the size of the buffer a Writer keeps for repeating a request. Its default of 16 MiB is a waste for the few
// kB of a document. It must be a multiple of 256 KiB and larger than a content that is to go in one request; 8 MiB is the
// least Google advises for large ones (docs.cloud.google.com/storage/docs/resumable-uploads).
func chunk(size int64) int {
	const unit, largest = 256 << 10, 8 << 20
	if size < 0 {
		return largest
	}
	return int(min(size/unit*unit+unit, largest))
}
