package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"
)

const (
	defaultIdle = 30 * time.Second
	identity    = "identity" // RFC 9110, section 12.5.3: as it is, not compressed
)

// ErrTooLarge says that more came than StreamLimits.MaxBody allows.
var ErrTooLarge = errors.New("the content is larger than is allowed")

// ErrSilent says that a server kept us waiting: for the head of its answer, or within the body.
var ErrSilent error = silence{}

type silence struct{}

func (silence) Error() string { return "the server went silent" }
func (silence) Timeout() bool { return true }

// StreamLimits bound one call of Open. Zero values mean 10 seconds, 30 seconds and 1 MiB. The time of the whole is bounded
// by the context alone: a body that trickles is not silent.
type StreamLimits struct {
	HeaderTimeout time.Duration // from looking up the name to the head of the answer
	IdleTimeout   time.Duration // that one read of the body waits
	MaxBody       int64         // bytes of the body
}

func (l StreamLimits) withDefaults() StreamLimits {
	if l.HeaderTimeout <= 0 {
		l.HeaderTimeout = defaultTimeout
	}
	if l.IdleTimeout <= 0 {
		l.IdleTimeout = defaultIdle
	}
	if l.MaxBody <= 0 {
		l.MaxBody = defaultMaxBody
	}
	return l
}

// Stream is an answer whose body is read as it comes. One goroutine reads; any may close.
type Stream struct {
	Status int
	Header http.Header
	Length int64 // of the body in bytes; -1: not known

	ctx    context.Context
	cancel context.CancelCauseFunc
	body   io.ReadCloser
	limits StreamLimits
	timer  *time.Timer // cancels with ErrSilent; it runs only while somebody waits for the server
	left   int64       // of limits.MaxBody; below 0 once more has come
}

// Open sends the request once and returns the answer, whatever its status, with its body unread: a redirect is an answer
// too. The body comes as it is stored: the server is asked not to compress it, and where it does, the caller gets what
// came, with Content-Encoding. The failure of a call is an *Error. Whoever gets a stream closes it.
//
// The request is not changed. Its body is closed.
func (c *Client) Open(ctx context.Context, req *http.Request, l StreamLimits) (*Stream, error) {
	l = l.withDefaults()
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(l.HeaderTimeout, func() { cancel(ErrSilent) })
	req = req.Clone(ctx)
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("Accept-Encoding", identity) // said by us, net/http neither says another nor unpacks
	res, err := c.roundTrip(ctx, req)
	timer.Stop()
	if err != nil {
		cancel(nil)
		return nil, err
	}
	return &Stream{
		Status: res.StatusCode, Header: res.Header, Length: res.ContentLength,
		ctx: ctx, cancel: cancel, body: res.Body, limits: l, timer: timer, left: l.MaxBody,
	}, nil
}

// Read gives what came. Its errors, beside io.EOF, are ErrSilent, ErrTooLarge, the context's, and what broke the
// connection, io.ErrUnexpectedEOF among them, all wrapped.
func (s *Stream) Read(p []byte) (int, error) {
	if s.left < 0 {
		return 0, s.tooLarge()
	}
	if int64(len(p)) > s.left+1 { // one more than may come, to see whether it does
		p = p[:s.left+1]
	}
	s.timer.Reset(s.limits.IdleTimeout)
	n, err := s.body.Read(p)
	s.timer.Stop()
	if s.left -= int64(n); s.left < 0 {
		return n - 1, s.tooLarge()
	}
	return n, s.explain(err)
}

func (s *Stream) tooLarge() error {
	return fmt.Errorf("outbound: %w: more than %d bytes", ErrTooLarge, s.limits.MaxBody)
}

// explain says why a read failed: not the broken connection, where we broke it.
func (s *Stream) explain(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if own := context.Cause(s.ctx); own != nil {
		err = own
	}
	return fmt.Errorf("outbound: reading the body: %w", err)
}

// Close gives the connection back, or ends it where the body was not read to its end. It may be called more than once.
func (s *Stream) Close() error {
	s.cancel(fs.ErrClosed)
	return s.body.Close()
}
