package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/outbound"
)

// reopen asks for the file anew, from offset on. The announced address is asked and not the one it redirected to, which
// may have been made for one request.
func (f *file) reopen(ctx context.Context, offset int64) (io.ReadCloser, error) {
	if offset > 0 && offset == f.is.size {
		return http.NoBody, nil // no range begins there
	}
	header := http.Header{}
	if offset > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		if v := f.is.ifRange(); v != "" {
			header.Set("If-Range", v)
		}
	}
	s, err := f.get(ctx, header)
	if err != nil {
		return nil, err
	}
	r, err := f.resume(s, offset)
	if err != nil {
		_ = s.Close() // its error is worth less
		return nil, err
	}
	return r, nil
}

func (f *file) resume(s *outbound.Stream, offset int64) (io.ReadCloser, error) {
	switch {
	case s.Status == http.StatusOK:
		return f.skip(s, offset)
	case s.Status == http.StatusPartialContent && offset > 0:
		return f.part(s, offset)
	case s.Status == http.StatusRequestedRangeNotSatisfiable && offset > 0:
		return f.beyond(s, offset)
	}
	return nil, newStatusError(s.Status, s.Header)
}

// skip reads a whole answer as far as offset: the server knows no ranges, or the file is another one by now.
func (f *file) skip(s *outbound.Stream, offset int64) (io.ReadCloser, error) {
	now := validatorsOf(s.Header, s.Length)
	if now.version() != f.is.version() || now.size != f.is.size {
		return nil, files.ErrSourceChanged
	}
	if err := f.usable(s, s.Length); err != nil {
		return nil, err
	}
	r := newReader(s, nil, 0, s.Length)
	if _, err := io.CopyN(io.Discard, r, offset); err == io.EOF {
		return nil, fmt.Errorf("%w: it has fewer than %d bytes", files.ErrSourceChanged, offset)
	} else if err != nil {
		return nil, err
	}
	return r, nil
}

// part checks that an answer is the rest of the same file.
func (f *file) part(s *outbound.Stream, offset int64) (io.ReadCloser, error) {
	from, total, err := contentRange(s.Header.Get("Content-Range"))
	if err != nil {
		return nil, err
	}
	if from != offset {
		return nil, fmt.Errorf("the server sends bytes from %d on", from)
	}
	if !f.is.confirmedBy(validatorsOf(s.Header, total)) {
		return nil, files.ErrSourceChanged
	}
	if err := f.usable(s, total); err != nil {
		return nil, err
	}
	return newReader(s, nil, offset, total), nil
}

// beyond reads the answer that no byte is there: right where the file, whose size was not known, ends at offset.
func (f *file) beyond(s *outbound.Stream, offset int64) (io.ReadCloser, error) {
	_, total, err := contentRange(s.Header.Get("Content-Range"))
	if err != nil || total != offset || !f.is.confirmedBy(validatorsOf(s.Header, total)) {
		return nil, fmt.Errorf("%w: it has no byte %d", files.ErrSourceChanged, offset)
	}
	return http.NoBody, s.Close()
}

var errContentRange = errors.New("the server's Content-Range cannot be read")

// contentRange reads "bytes 5-9/10", or "bytes */10" where no byte is in the range (RFC 9110, section 14.4); -1 is what
// it does not say.
func contentRange(text string) (from, total int64, err error) {
	text, isBytes := strings.CutPrefix(text, "bytes ")
	span, size, ok := strings.Cut(text, "/")
	first, last, whole := strings.Cut(span, "-")
	if from, total = number(first), number(size); !isBytes || !ok || !whole && span != "*" {
		return 0, 0, errContentRange
	}
	if whole && (from < 0 || number(last) < from || total >= 0 && number(last) >= total) {
		return 0, 0, errContentRange
	}
	return from, total, nil
}

func number(text string) int64 {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return -1
	}
	return int64(n)
}
