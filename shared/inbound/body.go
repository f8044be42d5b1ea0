package inbound

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
)

// ReadTimeout is how long a caller may take to send its body, unless the request's context ends earlier.
const ReadTimeout = 30 * time.Second

// Body is the request's body, of at most limit bytes. Its faults: TooLarge for a longer one, UnsupportedMedia for one
// that is compressed, TooSlow for one that takes longer than ReadTimeout (under Handler), and Malformed for one that
// ends early.
func Body(r *http.Request, limit int64) ([]byte, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, fault.New(fault.UnsupportedMedia, "send the body without Content-Encoding")
	}
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var long *http.MaxBytesError
	var slow interface{ Timeout() bool }
	switch {
	case err == nil:
		return b, nil
	case errors.As(err, &long):
		return nil, tooLarge(limit)
	case errors.As(err, &slow) && slow.Timeout():
		return nil, fault.Wrap(fault.TooSlow, err, "the body took too long to arrive")
	}
	return nil, fault.Wrap(fault.Malformed, err, "the body ends before its announced length")
}

// JSON is Body for a request that must hold JSON: UnsupportedMedia is also the fault of a Content-Type other than
// application/json or application/…+json. None at all is accepted: many senders of webhooks forget it.
func JSON(r *http.Request, limit int64) ([]byte, error) {
	if t := r.Header.Get("Content-Type"); t != "" && !isJSON(t) {
		return nil, fault.New(fault.UnsupportedMedia, "send JSON with Content-Type: application/json")
	}
	return Body(r, limit)
}

func isJSON(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil &&
		(t == "application/json" || strings.HasPrefix(t, "application/") && strings.HasSuffix(t, "+json"))
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, fmt.Sprintf("the body is longer than %d bytes", limit))
}

// limitReading gives the caller ReadTimeout to send its body. Where the server cannot do so, as in a recorded test, there
// is no connection to be slow.
func limitReading(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	until := time.Now().Add(ReadTimeout) // of the connection, so the machine's own time
	if d, ok := r.Context().Deadline(); ok && d.Before(until) {
		until = d
	}
	c := http.NewResponseController(w)
	if c.SetReadDeadline(until) == nil {
		r.Body = &timedBody{ReadCloser: r.Body, done: func() { _ = c.SetReadDeadline(time.Time{}) }}
	}
}

// timedBody lifts the deadline once the body has been read. It must: the server goes on reading the connection to learn
// whether the caller leaves, and would take an expired deadline for that and cancel a handler that is still at work.
type timedBody struct {
	io.ReadCloser
	done func()
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.done()
	}
	return n, err
}
