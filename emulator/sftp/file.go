package sftp

import (
	"errors"
	"os"
	"path"
	"sync"

	"github.com/pkg/sftp"

	"sessionbridge.internal/emulator/fault"
)

// file is an open file, with the fault that is to befall its content or its closing.
type file struct {
	*os.File
	c    *conn
	path string

	last *fault.Fault // played at the closing, when all content is there

	mu    sync.Mutex
	isCut bool
	left  int64 // bytes that pass before the connection is cut
}

// open opens the file of a request. Where it is not there, or its folder if it is to be made, that is the answer and the
// plan is not asked: clients try before they make things, and a fault meant for the content would be lost on that.
func (c *conn) open(method string, r *sftp.Request) (*file, error) {
	needed := local(r.Filepath)
	if r.Pflags().Creat {
		needed = path.Dir(needed)
	}
	if _, err := c.s.root.Stat(needed); err != nil {
		return nil, plain(err)
	}
	if p := r.Pflags(); c.s.o.NoReopen && p.Write && !p.Creat && !p.Trunc {
		return nil, sftp.ErrSSHFxOpUnsupported
	}
	f := &file{c: c, path: r.Filepath}
	work := func() (err error) {
		f.File, err = c.s.root.OpenFile(local(r.Filepath), flags(r), 0o644)
		return err
	}
	due, isDue := c.next(method + " " + r.Filepath)
	switch {
	case !isDue:
	case due.Bytes > 0 && !due.After:
		f.isCut, f.left = true, due.Bytes
	case due.After && method == "Put":
		f.last = &due
	default:
		inner := work
		work = func() error { return c.play(due, inner) }
	}
	if err := plain(work()); err != nil {
		if f.File != nil {
			_ = f.File.Close() // done, and then denied
		}
		return nil, err
	}
	return f, nil
}

func flags(r *sftp.Request) int {
	p := r.Pflags()
	how := os.O_RDONLY
	switch {
	case p.Read && p.Write:
		how = os.O_RDWR
	case p.Write:
		how = os.O_WRONLY
	}
	for flag, isSet := range map[int]bool{os.O_CREATE: p.Creat, os.O_TRUNC: p.Trunc, os.O_EXCL: p.Excl} {
		if isSet {
			how |= flag
		}
	}
	return how // without O_APPEND, with which nothing can be written at a place
}

// ReadAt reads, up to the planned cut.
func (f *file) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if _, over := f.pass(n); over {
		return 0, f.c.reset()
	}
	return n, err
}

// WriteAt writes, up to the planned cut. The plan is asked for each packet, so that a disk can be full in the middle.
func (f *file) WriteAt(b []byte, at int64) (n int, err error) {
	err = f.c.act("Write "+f.path, func() (err error) {
		n, err = f.write(b, at)
		return err
	})
	return n, err
}

func (f *file) write(b []byte, at int64) (int, error) {
	passes, over := f.pass(len(b))
	n, err := f.File.WriteAt(b[:passes], at)
	if over {
		return n, f.c.reset()
	}
	return n, err
}

// pass says how many of n bytes come before the cut, and whether that is where it is.
func (f *file) pass(n int) (passes int, over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.isCut {
		return n, false
	}
	passes = int(min(int64(n), f.left))
	f.left -= int64(passes)
	return passes, f.left == 0
}

// Close closes the file, then fails where that was planned.
func (f *file) Close() error {
	err := f.File.Close()
	if f.last == nil || errors.Is(err, os.ErrClosed) {
		return plain(err)
	}
	return plain(f.c.play(*f.last, func() error { return err }))
}
