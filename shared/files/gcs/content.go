package gcs

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"

	"sessionbridge.internal/shared/files"
)

// Cloud Storage checks what it receives with CRC32C (docs.cloud.google.com/storage/docs/data-validation).
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// content is an open source that is measured as it is read.
type content struct {
	io.ReadCloser
	want int64 // bytes; below 0: unknown
	size int64
	sum  uint32
}

func open(ctx context.Context, src files.Source) (*content, error) {
	r, err := src.Open(ctx, 0)
	if err != nil {
		return nil, &sourceError{err}
	}
	return &content{ReadCloser: r, want: src.Size}, nil
}

// Read fails on a source that has another size than it said.
func (c *content) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.size += int64(n)
	c.sum = crc32.Update(c.sum, castagnoli, b[:n])
	switch {
	case c.want >= 0 && c.size > c.want:
		return n, &sourceError{fmt.Errorf("it goes on after the %d bytes it said: %w", c.want, files.ErrSourceChanged)}
	case err == io.EOF && c.size < c.want:
		return n, &sourceError{fmt.Errorf("it ends after %d of %d bytes: %w", c.size, c.want, io.ErrUnexpectedEOF)}
	case err != nil && err != io.EOF: // a wrapped one is a connection's end, not the content's
		return n, &sourceError{err}
	}
	return n, err
}

// copyTo copies all there is. The buffer is larger than io.Copy's, as each write to a storage.Writer waits for another
// goroutine.
func (c *content) copyTo(w io.Writer) error {
	_, err := io.CopyBuffer(w, c, make([]byte, 256<<10))
	return err
}

func (c *content) drain() error { return c.copyTo(struct{ io.Writer }{io.Discard}) }
