package local

import (
	"bytes"
	"io"
	"sync"
)

// ring keeps the last log lines for the page and passes all of them on. It takes writes from many goroutines and from
// the pipes of other processes, and cuts them into lines.
type ring struct {
	next io.Writer // or nil

	mu      sync.Mutex
	lines   []string
	partial []byte
}

const (
	maxLines = 500
	maxLine  = 64 << 10
)

func newRing(next io.Writer) *ring { return &ring{next: next} }

// Write never fails: a log that cannot be shown must not stop what it is about.
func (r *ring) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		_, _ = r.next.Write(b)
	}
	rest := append(r.partial, b...)
	for {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			break
		}
		r.lines = append(r.lines, string(line))
		rest = after
	}
	if len(rest) > maxLine {
		rest = rest[:0]
	}
	r.partial = append([]byte(nil), rest...)
	if extra := len(r.lines) - maxLines; extra > 0 {
		r.lines = append([]string(nil), r.lines[extra:]...)
	}
	return len(b), nil
}

// Lines returns the last lines, the oldest first.
func (r *ring) Lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.lines...)
}

// splitter gives each writer its own partial line, so that two processes' lines are not mixed.
func (r *ring) splitter() io.Writer { return &lineWriter{to: r} }

type lineWriter struct {
	to      *ring
	partial []byte
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.partial = append(w.partial, b...)
	i := bytes.LastIndexByte(w.partial, '\n')
	if i >= 0 {
		_, _ = w.to.Write(w.partial[:i+1])
		w.partial = append([]byte(nil), w.partial[i+1:]...)
	}
	return len(b), nil
}
