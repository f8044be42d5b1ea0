// Package remote fetches the files that a source announces with an address: recordings, voicemails, photos and videos on
// the contact centre's servers. The address comes from outside, and so does what it leads to. Only servers on the source's
// list are asked, over the guarded client of shared/outbound, and what comes is taken for what its bytes show it to be.
//
// What it opens is a files.Source, which the stores beside this package (gcs, sftp) read.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/session"
)

const (
	headTime   = 30 * time.Second // archives fetch a recording from cold storage first
	idleTime   = 60 * time.Second
	defaultMax = 2 << 30
)

// Options say how a source's files are fetched.
type Options struct {
	Client *outbound.Client
	// Hosts are the servers that may be asked: "media.example.com", "media.example.com:8443", or "*.example.com" for the
	// names below one. Without a port the scheme's own is meant.
	Hosts []string
	// Sign adds credentials to a request, if the source has any. It sees requests to the announced server alone: after a
	// redirect to another one it is not called, and not on the way back either.
	Sign func(*http.Request) error
	// Max is the largest file that is fetched, in bytes; 0 means 2 GiB.
	Max int64
}

// Open begins to fetch a file, far enough to know its type. Its errors can be told apart with errors.Is, Passing and
// RetryAfter; none has a part of the address but the server's name.
//
// The first Source.Open from byte 0 goes on with the answer that Open got. That answer is held until then, or until ctx
// ends. A later one asks for the rest of the file. A reader fails in the place of io.EOF where bytes are missing, and one
// from byte 0 with files.ErrDigest where they do not match a digest that the server sent.
func Open(ctx context.Context, o Options, address string, kind session.FileKind) (files.Source, error) {
	source, err := open(ctx, o, address, kind)
	if err != nil {
		return files.Source{}, fmt.Errorf("fetch %s: %w", kind, err)
	}
	return source, nil
}

func open(ctx context.Context, o Options, text string, kind session.FileKind) (files.Source, error) {
	if o.Max <= 0 {
		o.Max = defaultMax
	}
	at, err := parse(nil, text)
	if err != nil {
		return files.Source{}, fmt.Errorf("%w: %w", ErrHost, err)
	}
	if err := at.check(o.Hosts); err != nil {
		return files.Source{}, err
	}
	f := &file{o: o, at: at, kind: kind}
	s, err := f.get(ctx, http.Header{})
	if err != nil {
		return files.Source{}, err
	}
	digests := digestsOf(s.Header)
	mimeType, err := f.begin(ctx, s)
	if err != nil {
		_ = s.Close() // its error is worth less
		return files.Source{}, err
	}
	return files.Source{Type: mimeType, Size: f.is.size, Version: f.is.version(), Digests: digests, Open: f.open}, nil
}

// file is a file on its server, as it was when it was first asked for.
type file struct {
	o    Options
	at   address
	kind session.FileKind
	mime string // as the first answer has it
	is   validators
	held atomic.Pointer[held]
}

// held is the first answer, of which the head has been read.
type held struct {
	ctx context.Context
	r   *reader
}

// begin reads as much of the first answer as tells its type, and holds it.
func (f *file) begin(ctx context.Context, s *outbound.Stream) (mimeType string, err error) {
	if s.Status != http.StatusOK {
		return "", newStatusError(s.Status, s.Header)
	}
	if err := f.usable(s, s.Length); err != nil {
		return "", err
	}
	head, mimeType, err := f.head(s)
	if err != nil {
		return "", err
	}
	f.mime = mimeType
	f.is = validatorsOf(s.Header, s.Length)
	f.held.Store(&held{ctx, newReader(s, head, 0, s.Length)})
	return mimeType, nil
}

// head reads the beginning of a whole answer, and the file's type by it.
func (f *file) head(s *outbound.Stream) (head []byte, mimeType string, err error) {
	head = make([]byte, HeadSize)
	n, err := io.ReadFull(s, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF { // a broken connection's is wrapped, a short file's is not
		return nil, "", err
	}
	mimeType, _, err = TypeOf(f.kind, head[:n], s.Header.Get("Content-Type"))
	return head[:n], mimeType, err
}

// usable refuses an answer that is too large, or compressed on the way although we asked for the file as it is.
func (f *file) usable(s *outbound.Stream, size int64) error {
	if size > f.o.Max {
		return fmt.Errorf("%w: it has %d bytes, at most %d are fetched", ErrTooLarge, size, f.o.Max)
	}
	for coding := range strings.SplitSeq(strings.Join(s.Header.Values("Content-Encoding"), ","), ",") {
		if coding = strings.ToLower(strings.TrimSpace(coding)); slices.Contains(compressions, coding) {
			return fmt.Errorf("%w: the server sends it compressed (Content-Encoding: %s), although asked not to", ErrKind, coding)
		}
	}
	return nil
}

// compressions are the content codings of IANA's registry that change the bytes. Other words are found in the header too,
// such as S3's aws-chunked, and mean nothing there.
var compressions = []string{"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress", "dcb", "dcz"}

// open is the Open of files.Source.
func (f *file) open(ctx context.Context, offset int64) (io.ReadCloser, error) {
	if offset < 0 {
		return nil, errors.New("fetch: the offset is negative")
	}
	if h := f.held.Swap(nil); h != nil {
		if offset == 0 && h.ctx.Err() == nil {
			return h.r.until(ctx), nil
		}
		_ = h.r.Close() // nobody has read it
	}
	r, err := f.reopen(ctx, offset)
	if err != nil {
		return nil, fmt.Errorf("fetch from byte %d: %w", offset, err)
	}
	return r, nil
}
