package sftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"sessionbridge.internal/shared/files"
)

// What a person has to mend. Test with errors.Is; what is not there is fs.ErrNotExist.
var (
	ErrHostKey    = errors.New("the server is not known by the keys in storage.sftp.host_keys")
	ErrSignIn     = errors.New("the sign-in failed")
	ErrServer     = errors.New("the server cannot be used")
	ErrPermission = errors.New("permission denied: the user of storage.sftp.username must be allowed to make folders, and to write, read, rename and delete files")
	ErrNoSpace    = errors.New("the server has no space left, or the user's quota is used up")
	ErrNoFolder   = errors.New("the folder is not there and cannot be made: correct storage.sftp.folder or make it on the server")
	ErrPath       = errors.New("the path cannot be used")
	ErrRefused    = errors.New("the server refused and did not say why: its log may")
)

// What passes by itself.
var (
	ErrUnreachable = errors.New("the server cannot be reached, or is too busy")
	ErrCut         = errors.New("the connection was cut")
	ErrStalled     = errors.New("the server gave no sign of life for too long")
	ErrOvertaken   = errors.New("others wrote the same file at the same time")
	ErrSize        = errors.New("the source gave another number of bytes than it has")
)

// IsPassing reports whether err may be gone at another try without anybody's doing. Of the errors a source itself
// returns it knows files.ErrSourceChanged and files.ErrDigest only.
func IsPassing(err error) bool {
	for _, passing := range []error{
		ErrUnreachable, ErrCut, ErrStalled, ErrOvertaken, ErrSize, files.ErrSourceChanged, files.ErrDigest,
		context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// explain says what was being done, and what would mend the error. Where the work was ended, the reason for that is the
// error; what came of it says less.
func (s *Store) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	for _, ended := range []context.Context{ctx, s.ctx} {
		if cause := context.Cause(ended); cause != nil {
			return fmt.Errorf("sftp: %s: %w", doing, cause)
		}
	}
	return fmt.Errorf("sftp: %s: %w", doing, mend(err))
}

// The codes of later versions of the protocol that servers answer with all the same
// (draft-ietf-secsh-filexfer-13, section 9.1).
const (
	codeUnsupported   = 8
	codeWriteProtect  = 12
	codeNoSpace       = 14
	codeQuotaExceeded = 15
)

func mend(err error) error {
	for _, own := range []error{ErrServer, ErrNoFolder, ErrPath, ErrUnreachable, ErrCut} {
		if errors.Is(err, own) {
			return err
		}
	}
	code, text := status(err)
	switch {
	case errors.Is(err, os.ErrPermission), code == codeWriteProtect:
		return fmt.Errorf("%w: %w", ErrPermission, err)
	case code == codeNoSpace, code == codeQuotaExceeded, strings.Contains(text, "space left"), strings.Contains(text, "quota"):
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	case code != 0:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	case isBroken(err):
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	return err
}

// status is what the server answered, in small letters; 0 where it did not, or where the library has an error of its
// own for the code.
func status(err error) (code uint32, text string) {
	var answer *sftp.StatusError
	if errors.As(err, &answer) {
		return answer.Code, strings.ToLower(answer.Error())
	}
	return 0, ""
}

// noSession tells a server that refuses from a connection that broke: the library has no error of its own for the latter.
func noSession(err error) error {
	var refused *ssh.OpenChannelError
	switch {
	case !errors.As(err, &refused):
		return fmt.Errorf("%w: %w", ErrCut, err)
	case refused.Reason == ssh.ResourceShortage:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%w: it gives this user no session: %w", ErrServer, err)
}

func noSFTP(err error) error {
	if isBroken(err) {
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	return fmt.Errorf("%w: it offers no SFTP to this user: %w", ErrServer, err)
}

// isMissing holds for a file that is not there. Where a part of its path is a file, or for no reason at all, servers
// answer that they failed: what is wrong shows when the file is to be written.
func isMissing(err error) bool {
	code, _ := status(err)
	return errors.Is(err, fs.ErrNotExist) || code != 0
}

// orOvertaken is for what was there a moment ago.
func orOvertaken(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrOvertaken
	}
	return err
}

// isBroken holds for a connection that was lost or never stood.
func isBroken(err error) bool {
	var errno syscall.Errno
	var slow net.Error
	var op *net.OpError
	return errors.Is(err, sftp.ErrSSHFxConnectionLost) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &slow) && slow.Timeout() ||
		errors.As(err, &op) && errors.As(err, &errno)
}
