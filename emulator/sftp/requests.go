package sftp

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/pkg/sftp"
)

// local is a client's path as the root knows it. The library has made it absolute and resolved its dots.
func local(path string) string {
	if p := strings.Trim(path, "/"); p != "" {
		return p
	}
	return "."
}

// Fileread and the methods below are the library's interfaces. Fileread opens for reading.
func (c *conn) Fileread(r *sftp.Request) (io.ReaderAt, error) { return c.open("Get", r) }

// Filewrite opens for writing.
func (c *conn) Filewrite(r *sftp.Request) (io.WriterAt, error) { return c.open("Put", r) }

// OpenFile opens for both.
func (c *conn) OpenFile(r *sftp.Request) (sftp.WriterAtReaderAt, error) { return c.open("Put", r) }

// Filecmd changes what is not content. Links are refused: clients have no need of them here.
func (c *conn) Filecmd(r *sftp.Request) error {
	switch r.Method {
	case "Rename":
		return c.act("Rename "+r.Filepath+" "+r.Target, func() error { return c.rename(r) })
	case "Mkdir":
		return c.act("Mkdir "+r.Filepath, func() error { return c.s.root.Mkdir(local(r.Filepath), 0o755) })
	case "Remove":
		return c.act("Remove "+r.Filepath, func() error { return c.remove(r.Filepath, false) })
	case "Rmdir":
		return c.act("Rmdir "+r.Filepath, func() error { return c.remove(r.Filepath, true) })
	case "Setstat":
		return c.act("Setstat "+r.Filepath, func() error { return c.setstat(r) })
	}
	return sftp.ErrSSHFxOpUnsupported
}

// rename never replaces a file: so it is in version 3 of the protocol (draft-ietf-secsh-filexfer-02, section 6.5).
func (c *conn) rename(r *sftp.Request) error {
	if _, err := c.s.root.Lstat(local(r.Target)); err == nil {
		return errors.New("the new name is taken")
	}
	return c.s.root.Rename(local(r.Filepath), local(r.Target))
}

// PosixRename replaces a file at once: the extension posix-rename@openssh.com (OpenSSH's PROTOCOL, section 4.3).
func (c *conn) PosixRename(r *sftp.Request) error {
	return c.act("PosixRename "+r.Filepath+" "+r.Target, func() error {
		return c.s.root.Rename(local(r.Filepath), local(r.Target))
	})
}

func (c *conn) remove(path string, isDir bool) error {
	info, err := c.s.root.Lstat(local(path))
	if err != nil {
		return err
	}
	if info.IsDir() != isDir {
		return errors.New("a file is removed with Remove, a folder with Rmdir")
	}
	return c.s.root.Remove(local(path))
}

// setstat sets a file's size and time. Owners and permissions are left alone.
func (c *conn) setstat(r *sftp.Request) error {
	name, flags, attrs := local(r.Filepath), r.AttrFlags(), r.Attributes()
	if flags.Size {
		f, err := c.s.root.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Truncate(int64(attrs.Size)), f.Close()); err != nil {
			return err
		}
	}
	if flags.Acmodtime {
		return c.s.root.Chtimes(name, time.Unix(int64(attrs.Atime), 0), time.Unix(int64(attrs.Mtime), 0))
	}
	return nil
}

// Filelist lists a folder or describes a file.
func (c *conn) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	var found entries
	err := c.act(r.Method+" "+r.Filepath, func() (err error) {
		switch r.Method {
		case "List":
			found, err = c.list(r.Filepath)
		case "Stat":
			found, err = described(c.s.root.Stat(local(r.Filepath)))
		default:
			err = sftp.ErrSSHFxOpUnsupported
		}
		return err
	})
	return found, err
}

// Lstat describes a file, or the symbolic link in its place.
func (c *conn) Lstat(r *sftp.Request) (sftp.ListerAt, error) {
	var found entries
	err := c.act("Lstat "+r.Filepath, func() (err error) {
		found, err = described(c.s.root.Lstat(local(r.Filepath)))
		return err
	})
	return found, err
}

func described(info os.FileInfo, err error) (entries, error) { return entries{info}, err }

func (c *conn) list(path string) (entries, error) {
	dir, err := c.s.root.Open(local(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	return dir.Readdir(-1)
}

// entries are a folder's files, handed out in pieces.
type entries []os.FileInfo

// ListAt is the library's interface.
func (e entries) ListAt(to []os.FileInfo, from int64) (int, error) {
	if from >= int64(len(e)) {
		return 0, io.EOF
	}
	n := copy(to, e[from:])
	if n < len(to) {
		return n, io.EOF
	}
	return n, nil
}
