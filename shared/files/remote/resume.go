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

// maxParts is how many answers may make up the rest of a file: 4 GiB of 1 MiB each.
const maxParts = 4096

// rest is a file from some byte on. A server may send less than was asked for (RFC 9110, section 15.3.7): then it is asked
// again, for what follows.
type rest struct {
	f     *file
	ctx   context.Context
	at    int64 // bytes from the file's beginning
	asked int
	io.ReadCloser
	goesOn bool // behind what the answer has
}

// reopen asks for the file anew, from offset on. The announced address is asked and not the one it redirected to, which
// may have been made for one request.
func (f *file) reopen(ctx context.Context, offset int64) (io.ReadCloser, error) {
	r := &rest{f: f, ctx: ctx, at: offset}
	if err := r.ask(); err != nil {
		return nil, err
	}
	return r, nil
}

// Read implements io.Reader.
func (r *rest) Read(p []byte) (int, error) {
	for {
		n, err := r.ReadCloser.Read(p)
		r.at += int64(n)
		if err != io.EOF || !r.goesOn {
			return n, err
		}
		_ = r.Close() // it has been read
		if err := r.ask(); err != nil {
			return n, fmt.Errorf("fetch from byte %d: %w", r.at, err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// ask opens what is left.
func (r *rest) ask() error {
	if r.asked++; r.asked > maxParts {
		return fmt.Errorf("the server sends too little at once: %d parts, and the file goes on", maxParts)
	}
	header := http.Header{}
	if r.at > 0 {
		if r.at == r.f.is.size {
			r.ReadCloser, r.goesOn = http.NoBody, false // no range begins there
			return nil
		}
		header.Set("Range", fmt.Sprintf("bytes=%d-", r.at))
		if v := r.f.is.ifRange(); v != "" {
			header.Set("If-Range", v)
		}
	}
	s, err := r.f.get(r.ctx, header)
	if err != nil {
		return err
	}
	body, goesOn, err := r.f.resume(s, r.at)
	if err != nil {
		_ = s.Close() // its error is worth less
		return err
	}
	r.ReadCloser, r.goesOn = body, goesOn
	return nil
}

// resume reads an answer from offset on; goesOn says that the file does behind it.
func (f *file) resume(s *outbound.Stream, offset int64) (body io.ReadCloser, goesOn bool, err error) {
	switch {
	case s.Status == http.StatusOK:
		body, err = f.skip(s, offset)
		return body, false, err
	case s.Status == http.StatusPartialContent && offset > 0:
		return f.part(s, offset)
	case s.Status == http.StatusRequestedRangeNotSatisfiable && offset > 0:
		body, err = f.beyond(s, offset)
		return body, false, err
	}
	return nil, false, newStatusError(s.Status, s.Header)
}

// skip reads a whole answer as far as offset: the server knows no ranges, or the file is another one by now. A server that asks to
// sign in meanwhile, or is down for maintenance, sends a page for the file, and perhaps its type alone tells the two apart.
func (f *file) skip(s *outbound.Stream, offset int64) (io.ReadCloser, error) {
	now := validatorsOf(s.Header, s.Length)
	if now.version() != f.is.version() || now.size != f.is.size {
		return nil, files.ErrSourceChanged
	}
	if err := f.usable(s, s.Length); err != nil {
		return nil, err
	}
	head, mimeType, err := f.head(s)
	if err != nil {
		return nil, err
	}
	if mimeType != f.mime {
		return nil, files.ErrSourceChanged
	}
	r := newReader(s, head, 0, s.Length)
	if _, err := io.CopyN(io.Discard, r, offset); err == io.EOF {
		return nil, fmt.Errorf("%w: it has fewer than %d bytes", files.ErrSourceChanged, offset)
	} else if err != nil {
		return nil, err
	}
	return r, nil
}

// part checks that an answer is of the same file, and begins where it should.
func (f *file) part(s *outbound.Stream, offset int64) (body io.ReadCloser, goesOn bool, err error) {
	from, end, total, err := contentRange(s.Header.Get("Content-Range"))
	switch {
	case err != nil:
	case from != offset:
		err = fmt.Errorf("the server sends bytes from %d on", from)
	case !f.is.confirmedBy(validatorsOf(s.Header, total)):
		err = files.ErrSourceChanged
	default:
		err = f.usable(s, max(total, end))
	}
	if err != nil {
		return nil, false, err
	}
	return newReader(s, nil, offset, end), end != max(total, f.is.size), nil
}

// beyond reads the answer that no byte is there: right where the file, whose size was not known, ends at offset. It is no
// part, and need not say of which file it is.
func (f *file) beyond(s *outbound.Stream, offset int64) (io.ReadCloser, error) {
	_, _, total, err := contentRange(s.Header.Get("Content-Range"))
	if err != nil || total != offset || f.is.deniedBy(validatorsOf(s.Header, total)) {
		return nil, fmt.Errorf("%w: it has no byte %d", files.ErrSourceChanged, offset)
	}
	return http.NoBody, s.Close()
}

var errContentRange = errors.New("the server's Content-Range cannot be read")

// contentRange reads "bytes 5-9/10", of which 10 is the end, or "bytes */10" where no byte is in the range (RFC 9110, section
// 14.4); a total of -1 is not said.
func contentRange(text string) (from, end, total int64, err error) {
	text, isBytes := strings.CutPrefix(text, "bytes ")
	span, size, ok := strings.Cut(text, "/")
	first, last, isRange := strings.Cut(span, "-")
	from, end, total = number(first), number(last)+1, number(size)
	isRight := span == "*"
	if isRange {
		isRight = from >= 0 && end > from && (total < 0 || end <= total)
	}
	if !isBytes || !ok || !isRight {
		return 0, 0, 0, errContentRange
	}
	return from, end, total, nil
}

func number(text string) int64 {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return -1
	}
	return int64(n)
}
