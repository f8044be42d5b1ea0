package sftp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/pkg/sftp"

	"sessionbridge.internal/shared/files"
)

// Open is a stored file as a source: to be read on this connection, so before Close. Its Version is the file's size and
// time, which the server gives to the second; its Type is not known. Where there is none the error is fs.ErrNotExist.
func (s *Store) Open(ctx context.Context, path string) (files.Source, error) {
	if err := checkPath(path); err != nil {
		return files.Source{}, err
	}
	ctx, release := s.bind(ctx)
	defer release()
	info, err := s.client.Stat(path)
	if err != nil {
		return files.Source{}, s.explain(ctx, "look for "+path, err)
	}
	if !info.Mode().IsRegular() {
		return files.Source{}, fmt.Errorf("sftp: %w: %s is no file", ErrPath, path)
	}
	return files.Source{
		Size: info.Size(), Version: version(info),
		Open: func(ctx context.Context, offset int64) (io.ReadCloser, error) {
			return s.openAt(ctx, path, version(info), offset)
		},
	}, nil
}

func version(info fs.FileInfo) string {
	return fmt.Sprintf("%d-%s", info.Size(), info.ModTime().UTC().Format(time.RFC3339))
}

// openAt opens the file where it is still the one that was looked at.
func (s *Store) openAt(ctx context.Context, path, want string, offset int64) (_ io.ReadCloser, err error) {
	ctx, release := s.bind(ctx)
	f, err := s.client.Open(path)
	if err != nil {
		defer release()
		return nil, s.explain(ctx, "open "+path, err)
	}
	r := &reader{s: s, f: f, ctx: ctx, release: release, path: path}
	info, err := f.Stat()
	switch {
	case err != nil:
		err = s.explain(ctx, "look at "+path, err)
	case version(info) != want:
		err = fmt.Errorf("sftp: open %s: %w", path, files.ErrSourceChanged)
	case offset < 0 || offset > info.Size():
		err = fmt.Errorf("sftp: open %s at byte %d: it has %d", path, offset, info.Size())
	default:
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	r.left = info.Size() - offset
	r.buffered = bufio.NewReaderSize(f, readAhead)
	return r, nil
}

// readAhead is how much is asked for at once: a connection is idle while each answer is waited for.
const readAhead = 1 << 20

// reader is an open file, bound to the context it was opened with.
type reader struct {
	s        *Store
	f        *sftp.File
	buffered *bufio.Reader
	left     int64
	ctx      context.Context
	release  func()
	path     string
}

// Read is io.Reader's. The library takes a short answer for the end: what is missing then is no end but an error.
func (r *reader) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF // of what was there at the opening
	}
	n, err := r.buffered.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	if err == io.EOF {
		return n, fmt.Errorf("sftp: read %s: %w: %d bytes are missing", r.path, ErrCut, r.left)
	}
	return n, r.s.explain(r.ctx, "read "+r.path, err)
}

// Close is io.Closer's.
func (r *reader) Close() error {
	defer r.release()
	return r.s.explain(r.ctx, "close "+r.path, r.f.Close())
}

// Remove removes a file and what unfinished parts of it there are. That there is none is no error, so that it can be
// repeated.
func (s *Store) Remove(ctx context.Context, path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	ctx, release := s.bind(ctx)
	defer release()
	info, err := s.client.Lstat(path)
	switch {
	case err == nil && info.IsDir(): // which the library would remove too
		return fmt.Errorf("sftp: remove: %w: %s is a folder", ErrPath, path)
	case err == nil:
		err = s.client.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s.explain(ctx, "remove "+path, err)
	}
	s.tidy(ctx, path)
	return nil
}
