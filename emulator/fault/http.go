package fault

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// maxTaken bounds what is read of a request before its fault is played, in bytes.
const maxTaken = 64 << 20

// HTTP answers as next does, but for what the plan holds for t. Match is held against "METHOD /path".
func HTTP(p *Plan, t Target, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, due := p.Next(t, r.Method+" "+r.URL.Path)
		if !due {
			next.ServeHTTP(w, r)
			return
		}
		if f.Bytes > 0 {
			f.inContent(w, r, next)
			return
		}
		held := &heldAnswer{header: http.Header{}, keep: f.Mode == Delay}
		if f.After {
			next.ServeHTTP(held, r)
		}
		takeBody(r, f.Mode == Delay && !f.After)
		if Wait(r.Context(), time.Duration(f.Delay)) != nil {
			return
		}
		f.answer(w, r, next, held)
	})
}

// takeBody reads the request's body, since the server notices that a client has gone only after that. With keep, the
// handler can read it again.
func takeBody(r *http.Request, keep bool) {
	var kept bytes.Buffer
	var to io.Writer = io.Discard
	if keep {
		to = &kept
	}
	_, _ = io.Copy(to, io.LimitReader(r.Body, maxTaken)) // what breaks here breaks for the handler too
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(&kept, r.Body), r.Body}
}

func (f Fault) answer(w http.ResponseWriter, r *http.Request, next http.Handler, held *heldAnswer) {
	switch f.Mode {
	case Status:
		writeJSON(w, f.Status, map[string]any{"error": map[string]any{"code": f.Status, "message": "a planned fault"}})
	case Delay:
		if f.After {
			held.release(w)
		} else {
			next.ServeHTTP(w, r)
		}
	case Hang:
		<-r.Context().Done()
	case Reset:
		resetConnection(w)
	case Garbage:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{\"gar\xffbage\": <html>")
	case Page:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html>\n<title>Maintenance</title>\n<p>We will be back in ten minutes.</p>\n")
	}
}

// resetConnection makes the client see "connection reset by peer", or a closed connection where the protocol has no
// connection of its own for a request (HTTP/2).
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Wait lets d of real time pass and returns nil, or the context's error when that ends first. It is for the emulators
// that play faults themselves.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// heldAnswer takes the answer of work that was done, to be lost or sent later.
type heldAnswer struct {
	header http.Header
	status int
	keep   bool // else the body is thrown away at once
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header { return h.header }

func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *heldAnswer) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	if !h.keep {
		return len(b), nil
	}
	return h.body.Write(b)
}

func (h *heldAnswer) release(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	h.WriteHeader(http.StatusOK)
	w.WriteHeader(h.status)
	_, _ = h.body.WriteTo(w)
}
