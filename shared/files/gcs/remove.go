package gcs

import (
	"context"
	"errors"

	"cloud.google.com/go/storage"
)

// Remove deletes the object at path, for good as far as the bucket's versions and soft delete let it. ErrNotExist says that
// there is none, nor perhaps a bucket; ErrDenied also that the bucket keeps its objects for a time that is not over.
func (s *Store) Remove(ctx context.Context, path string) error {
	handle, err := s.object(path)
	if err != nil {
		return s.failed("delete", path, err)
	}
	err = handle.Retryer(storage.WithPolicy(storage.RetryAlways)).Delete(ctx) // what is gone stays so
	switch {
	case errors.Is(err, storage.ErrObjectNotExist):
		return s.failed("delete", path, ErrNotExist)
	case err != nil:
		return s.failed("delete", path, err)
	}
	return nil
}
