package sftp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"sessionbridge.internal/shared/files"
)

// already tells whether the file that is there, if any, has the content of the source. Where the sizes allow it, both are read, up to
// the first difference: the upload of the same content would cost as much, and only the content itself can tell.
func (s *Store) already(ctx context.Context, path string, info fs.FileInfo, src files.Source) (files.Stored, bool, error) {
	switch {
	case info == nil:
		return files.Stored{}, false, nil
	case !info.Mode().IsRegular():
		return files.Stored{}, false, fmt.Errorf("sftp: %w: %s is there and is no file", ErrPath, path)
	case src.Size >= 0 && src.Size != info.Size():
		return files.Stored{}, false, nil
	}
	sum, isSame, err := s.compare(ctx, path, src)
	if err != nil || !isSame {
		return files.Stored{}, false, err
	}
	s.tidy(ctx, path)
	return files.Stored{Path: path, Size: info.Size(), Type: src.Type, CRC32C: sum, At: info.ModTime().UTC(), Already: true}, true, nil
}

func (s *Store) compare(ctx context.Context, path string, src files.Source) (sum uint32, isSame bool, err error) {
	body, err := src.Open(ctx, 0)
	if err != nil {
		return 0, false, s.ofSource(ctx, err)
	}
	defer func() { _ = body.Close() }()
	f, err := s.client.Open(path)
	if err != nil {
		return 0, false, s.explain(ctx, "open "+path, orOvertaken(err))
	}
	defer func() { _ = f.Close() }()
	c := &comparison{source: bufio.NewReaderSize(body, 64<<10)}
	_, err = f.WriteTo(c)
	if err == nil {
		err = c.end()
	}
	switch {
	case errors.Is(err, errDiffers):
		return 0, false, nil
	case c.err != nil:
		return 0, false, s.ofSource(ctx, c.err)
	case err != nil:
		return 0, false, s.explain(ctx, "read "+path, err)
	}
	return c.sum, true, nil
}

var errDiffers = errors.New("the contents differ")

// comparison holds what is written to it against a source, and stops at the first difference.
type comparison struct {
	source *bufio.Reader
	held   []byte
	sum    uint32
	err    error // the source's own
}

// Write is io.Writer's.
func (c *comparison) Write(b []byte) (int, error) {
	if len(c.held) < len(b) {
		c.held = make([]byte, len(b))
	}
	held := c.held[:len(b)]
	if _, err := io.ReadFull(c.source, held); err != nil {
		return 0, c.failed(err)
	}
	if !bytes.Equal(held, b) {
		return 0, errDiffers
	}
	c.sum = crc32.Update(c.sum, castagnoli, b)
	return len(b), nil
}

// end checks that the source has no more.
func (c *comparison) end() error {
	if _, err := c.source.ReadByte(); err != nil {
		if c.failed(err) == errDiffers {
			return nil
		}
		return err
	}
	return errDiffers
}

// failed takes the source's end for a difference, and keeps any other error of it.
func (c *comparison) failed(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errDiffers
	}
	c.err = err
	return err
}
