package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/outbound"
)

// reader reads a file from some byte to its end, and lets nothing less pass for the end.
type reader struct {
	src     io.Reader
	stream  *outbound.Stream
	at, end int64           // in bytes from the file's beginning; an end below 0 is not known
	check   *files.Check    // of a whole file; nil: of a part, which has no digest
	ctx     context.Context // ends it beside the stream's own; may be nil
	stop    func() bool
}

// newReader reads a stream whose first bytes, head, have been read before. It goes from byte at of
// the file to end, which is below 0 where it is not known.
func newReader(s *outbound.Stream, head []byte, at, end int64) *reader {
	r := &reader{src: io.MultiReader(bytes.NewReader(head), s), stream: s, at: at, end: end}
	if at == 0 {
		r.check = files.NewCheck(digestsOf(s.Header))
	}
	return r
}

// until closes the stream when ctx ends, for one that was opened under another context.
func (r *reader) until(ctx context.Context) *reader {
	r.ctx = ctx
	r.stop = context.AfterFunc(ctx, func() { _ = r.stream.Close() })
	return r
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.at += int64(n)
	if r.check != nil {
		_, _ = r.check.Write(p[:n]) // which never fails
	}
	switch {
	case r.end >= 0 && r.at > r.end:
		return n, errMore
	case err == io.EOF:
		return n, r.finish()
	case err != nil && r.ctx != nil && r.ctx.Err() != nil:
		return n, fmt.Errorf("fetch: %w", r.ctx.Err())
	}
	return n, err
}

var errMore = errors.New("fetch: more bytes came than the server announced")

// finish is io.EOF where all has been read.
func (r *reader) finish() error {
	if r.at < r.end {
		return fmt.Errorf("fetch: the content broke off %d bytes before its end: %w", r.end-r.at, io.ErrUnexpectedEOF)
	}
	if r.check != nil && r.check.Err() != nil {
		return fmt.Errorf("fetch: %w", r.check.Err())
	}
	return io.EOF
}

// Close implements io.Closer.
func (r *reader) Close() error {
	if r.stop != nil {
		r.stop()
	}
	return r.stream.Close()
}
