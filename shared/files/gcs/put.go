package gcs

import (
	"context"
	"errors"
	"maps"
	"time"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/files"
)

// A path is written by one session's tasks alone, so more than two writers at once hardly ever meet.
const attempts = 5

// keptNote goes with an object that could not be replaced.
const keptNote = "The bucket's retention policy, or a hold on the object, keeps this version: newer content was not stored."

// Put makes the source's content that of path, and can be repeated: it creates the object if there is none, leaves it
// alone if it holds the same Version or the same bytes, and replaces it if they differ. Every write is conditional on
// what was seen before (docs.cloud.google.com/storage/docs/request-preconditions), so no other writer's object is
// replaced unseen; when it changes meanwhile Put looks again, and gives up with ErrChanged after a few rounds. An object
// that a retention policy or a hold keeps stays, and is returned with a Note.
//
// The content is streamed, held only as far as the last 8 MiB may have to be sent again. Its checksum is compared at
// both ends (docs.cloud.google.com/storage/docs/data-validation); what does not match is not kept. A source that breaks
// off, or has another size than it says, leaves nothing. The tags and the Version are kept as the object's metadata.
func (s *Store) Put(ctx context.Context, path string, tags files.Tags, src files.Source) (files.Stored, error) {
	stored, err := s.put(ctx, path, tags, src)
	if err != nil {
		return files.Stored{}, s.failed("write", path, err)
	}
	return stored, nil
}

func (s *Store) put(ctx context.Context, path string, tags files.Tags, src files.Source) (files.Stored, error) {
	handle, err := s.object(path)
	if err != nil {
		return files.Stored{}, err
	}
	ctx, cancel := patience(ctx, src.Size)
	defer cancel()
	up := upload{src: src, metadata: metadata(tags, src.Version), key: s.opts.KMSKey}
	var there *storage.ObjectAttrs // as a rule nothing is there yet
	for range attempts {
		written, refusal := up.to(ctx, handle, there)
		if refusal == nil {
			return stored(written), nil
		}
		if !isChanged(refusal) && !isKept(refusal) {
			return files.Stored{}, refusal
		}
		if there, err = look(ctx, handle); err != nil {
			return files.Stored{}, err
		}
		if there == nil {
			continue // deleted meanwhile
		}
		if found, err := up.settle(ctx, there, refusal); err != nil || found.Generation != 0 {
			return found, err
		}
	}
	return files.Stored{}, ErrChanged
}

// settle says whether what is there may stay, and is the zero value where it has to be replaced.
func (u upload) settle(ctx context.Context, there *storage.ObjectAttrs, refusal error) (files.Stored, error) {
	found := stored(there)
	if isKept(refusal) {
		found.Note = keptNote
		return found, nil
	}
	same, err := u.sameAs(ctx, there)
	if err != nil || !same {
		return files.Stored{}, err
	}
	found.Already = true
	return found, nil
}

// sameAs compares the source with what is there, by its Version first: that costs no reading.
func (u upload) sameAs(ctx context.Context, there *storage.ObjectAttrs) (bool, error) {
	if u.src.Size >= 0 && u.src.Size != there.Size {
		return false, nil
	}
	if v := u.metadata[versionKey]; v != "" && v == there.Metadata[versionKey] {
		return true, nil
	}
	content, err := open(ctx, u.src)
	if err != nil {
		return false, err
	}
	defer content.Close()
	if err := content.drain(); err != nil {
		return false, err
	}
	return content.size == there.Size && content.sum == there.CRC32C, nil
}

// look is what is at the path now; nil where nothing is.
func look(ctx context.Context, handle *storage.ObjectHandle) (*storage.ObjectAttrs, error) {
	there, err := handle.Attrs(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, nil
	}
	return there, err
}

func stored(o *storage.ObjectAttrs) files.Stored {
	return files.Stored{Path: o.Name, Size: o.Size, Type: o.ContentType, CRC32C: o.CRC32C, Generation: o.Generation, At: o.Created.UTC()}
}

// versionKey is under what the Version of the source is kept. One longer than maxVersion is not: all of an object's
// metadata may have 8 KiB (docs.cloud.google.com/storage/quotas#objects).
const (
	versionKey = "version"
	maxVersion = 1024
)

func metadata(t files.Tags, version string) map[string]string {
	m := map[string]string{"tenant": t.Tenant, "source": t.Source, "session": t.Session, "file": t.File}
	if len(version) <= maxVersion {
		m[versionKey] = version
	}
	maps.DeleteFunc(m, func(_, v string) bool { return v == "" })
	return m
}

// patience is how long a Put may take, as the client itself repeats a failed request until its context ends: half a
// minute, and four seconds for every MiB, which is a slow line. Where the size is unknown the caller alone decides.
func patience(ctx context.Context, size int64) (context.Context, context.CancelFunc) {
	if size < 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, 30*time.Second+time.Duration(size>>18)*time.Second)
}
