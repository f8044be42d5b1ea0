package gcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/files"
)

// Source is the object at path as content for another store. It is that very content, however often the object is
// replaced: opening it then says files.ErrSourceChanged. ErrNotExist says that there is no object, or none any more.
// An object with a Content-Encoding is refused: the service may unpack it on the way, and its size says nothing then
// (docs.cloud.google.com/storage/docs/transcoding).
func (s *Store) Source(ctx context.Context, path string) (files.Source, error) {
	handle, err := s.object(path)
	if err != nil {
		return files.Source{}, s.failed("read", path, err)
	}
	there, err := look(ctx, handle)
	switch {
	case err != nil:
	case there == nil:
		err = ErrNotExist
	case there.ContentEncoding != "":
		err = fmt.Errorf("its Content-Encoding is %q, want none", there.ContentEncoding)
	}
	if err != nil {
		return files.Source{}, s.failed("read", path, err)
	}
	return files.Source{
		Type: there.ContentType, Size: there.Size, Version: strconv.FormatInt(there.Generation, 10),
		Digests: []files.Digest{files.CRC32C(there.CRC32C)}, // the client holds whole readings alone against it
		Open: func(ctx context.Context, offset int64) (io.ReadCloser, error) {
			r, err := openAt(ctx, handle, there, offset)
			if err != nil {
				return nil, s.failed("read", path, err)
			}
			return r, nil
		},
	}, nil
}

func openAt(ctx context.Context, handle *storage.ObjectHandle, there *storage.ObjectAttrs, offset int64) (io.ReadCloser, error) {
	switch {
	case offset < 0 || offset > there.Size:
		return nil, fmt.Errorf("offset %d, want 0 to %d", offset, there.Size)
	case offset == there.Size:
		return http.NoBody, nil // the service refuses a range that begins at the end
	}
	r, err := handle.Generation(there.Generation).NewRangeReader(ctx, offset, -1)
	if err == nil {
		return r, nil
	}
	if !errors.Is(err, storage.ErrObjectNotExist) {
		return nil, err
	}
	if now, err := look(ctx, handle); err != nil || now == nil {
		return nil, errors.Join(ErrNotExist, err)
	}
	return nil, files.ErrSourceChanged
}
