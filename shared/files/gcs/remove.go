package gcs

import (
	"context"
	"errors"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/files"
)

// Remove deletes the object at path, for good as far as the bucket's versions and soft delete let it. ErrNotExist says that
// there is none, nor perhaps a bucket; ErrDenied also that the bucket keeps its objects for a time that is not over.
func (s *Store) Remove(ctx context.Context, path string) error {
	handle, err := s.object(path)
	if err != nil {
		return s.failed("delete", path, err)
	}
	return s.remove(ctx, path, handle)
}

// RemoveOf is Remove of what the session of the tags has at the path: ErrNotExist also where the object there is another's, and
// ErrChanged where somebody replaces it at this moment.
func (s *Store) RemoveOf(ctx context.Context, path string, tags files.Tags) error {
	handle, err := s.object(path)
	if err != nil {
		return s.failed("delete", path, err)
	}
	there, err := look(ctx, handle)
	if err == nil && (there == nil || !isOf(there, tags)) {
		err = ErrNotExist
	}
	if err != nil {
		return s.failed("delete", path, err)
	}
	return s.remove(ctx, path, handle.If(storage.Conditions{GenerationMatch: there.Generation}))
}

// isOf says whether the object was put there for the session of the tags.
func isOf(o *storage.ObjectAttrs, tags files.Tags) bool {
	m := o.Metadata
	return m["tenant"] == tags.Tenant && m["source"] == tags.Source && m["session"] == tags.Session
}

func (s *Store) remove(ctx context.Context, path string, handle *storage.ObjectHandle) error {
	err := handle.Retryer(storage.WithPolicy(storage.RetryAlways)).Delete(ctx) // what is gone stays so
	switch {
	case errors.Is(err, storage.ErrObjectNotExist):
		err = ErrNotExist
	case isChanged(err):
		err = ErrChanged
	}
	if err != nil {
		return s.failed("delete", path, err)
	}
	return nil
}
