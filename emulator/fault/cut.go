package fault

import (
	"io"
	"net/http"
	"slices"
	"time"
)

// inContent plays what happens to the content at a place in it, Bytes.
func (f Fault) inContent(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Mode == Reset {
		f.cut(w, r, next)
	} else if Wait(r.Context(), time.Duration(f.Delay)) == nil {
		next.ServeHTTP(&damagedAnswer{w, f.Bytes}, r)
	}
}

// damagedAnswer sends an answer in which the byte behind the first so many is another one.
type damagedAnswer struct {
	http.ResponseWriter
	left int64 // bytes that come before it
}

// Write leaves b alone.
func (d *damagedAnswer) Write(b []byte) (int, error) {
	if d.left >= 0 && d.left < int64(len(b)) {
		b = slices.Clone(b)
		b[d.left] ^= 1
	}
	n, err := d.ResponseWriter.Write(b)
	d.left -= int64(n)
	return n, err
}

// cut plays a reset in the middle of the content: of the request's, which nobody works on then, or with After of the
// answer's.
func (f Fault) cut(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.After {
		if Wait(r.Context(), time.Duration(f.Delay)) != nil {
			return
		}
		answer := &cutAnswer{ResponseWriter: w, left: f.Bytes}
		next.ServeHTTP(answer, r)
		answer.cut() // where the whole answer is shorter than that
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, f.Bytes) // what breaks here is about to be broken
	if Wait(r.Context(), time.Duration(f.Delay)) == nil {
		resetConnection(w)
	}
}

// cutAnswer sends the first bytes of an answer as they come, then resets the connection: none of it is held, so that an
// answer of any size can be cut. Bytes that the client has not taken by then may be lost with the connection.
type cutAnswer struct {
	http.ResponseWriter
	left int64 // bytes still to be sent
	over bool
}

// Write fails once the connection is gone, so that the handler need not make the rest of a long answer.
func (c *cutAnswer) Write(b []byte) (int, error) {
	if c.over {
		return 0, http.ErrAbortHandler
	}
	n, err := c.ResponseWriter.Write(b[:min(int64(len(b)), c.left)])
	if c.left -= int64(n); c.left == 0 {
		c.cut()
	}
	if err == nil && n < len(b) {
		err = http.ErrAbortHandler
	}
	return n, err
}

func (c *cutAnswer) cut() {
	if c.over {
		return
	}
	c.over = true
	_ = http.NewResponseController(c.ResponseWriter).Flush() // a client that has gone needs no reset
	resetConnection(c.ResponseWriter)
}
