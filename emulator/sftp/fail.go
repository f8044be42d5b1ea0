package sftp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/pkg/sftp"

	"sessionbridge.internal/emulator/fault"
)

var errBroken = errors.New("a planned fault broke the connection")

// next is the fault that is due for what, "METHOD path".
func (c *conn) next(what string) (fault.Fault, bool) {
	if c.s.o.Faults == nil {
		return fault.Fault{}, false
	}
	return c.s.o.Faults.Next(fault.SFTP, what)
}

// act does the work of a request, or what the plan holds for it. The error is the one the client is to hear.
func (c *conn) act(what string, work func() error) error {
	f, due := c.next(what)
	if !due {
		return plain(work())
	}
	return plain(c.play(f, work))
}

func (c *conn) play(f fault.Fault, work func() error) error {
	var worked error
	if f.After {
		worked = work()
	}
	if err := fault.Wait(c.ctx, time.Duration(f.Delay)); err != nil {
		return err
	}
	switch f.Mode {
	case fault.Status:
		return statusError(f.Status)
	case fault.Hang:
		<-c.ctx.Done()
		return c.ctx.Err()
	case fault.Garbage:
		_, _ = io.WriteString(c.Conn, "\xff\xfe gar\x00bage\r\n") // in clear, amid what is encrypted
		c.end()
		return errBroken
	case fault.Reset:
		return c.reset()
	}
	if f.After {
		return worked
	}
	return work()
}

// reset makes the client see "connection reset by peer".
func (c *conn) reset() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Conn.Close()
	c.end()
	return errBroken
}

// statusError says an HTTP status in SFTP's words. Version 3 of the protocol has none for a full disk: as OpenSSH does,
// the server fails, but it says why.
func statusError(status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return sftp.ErrSSHFxPermissionDenied
	case http.StatusNotFound:
		return sftp.ErrSSHFxNoSuchFile
	case http.StatusNotImplemented:
		return sftp.ErrSSHFxOpUnsupported
	case http.StatusInsufficientStorage:
		return syscall.ENOSPC
	}
	return fmt.Errorf("%w: a planned fault", sftp.ErrSSHFxFailure)
}

// plain is err without the paths of this machine, and with the cause where the library looks for it.
func plain(err error) error {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return errno
	case errors.Is(err, os.ErrClosed):
		return os.ErrClosed
	}
	var inPath *os.PathError
	if errors.As(err, &inPath) {
		return inPath.Err
	}
	return err
}
