package sftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/pkg/sftp"

	"sessionbridge.internal/shared/files"
)

// part is the hidden file in which content waits to be whole.
//
// Several Puts of one version may write one part: they write the same bytes at the same places. What must never be is
// that one of them writes behind a gap, which the size would hide. So a part is made only where there is none, never
// truncated, and opened before its size is asked for: what has lost its name since, because somebody finished and
// renamed it, is whole, and writing to it again does no harm.
type part struct {
	name string
	file *sftp.File // nil: not there yet
	from int64      // so many bytes of it are sure to be right
}

func (p *part) close() {
	if p.file != nil {
		_ = p.file.Close() // again, as a rule
	}
}

// resume opens what an earlier attempt left of this version, if anything.
//
// Its size alone does not tell how much is right: servers work on many writes at once, so that a cut leaves holes. A
// segment is begun only when all of the one before was acknowledged: all but the last are whole.
func (s *Store) resume(ctx context.Context, name string, src files.Source) (*part, error) {
	p := &part{name: name}
	if src.Version == "" {
		return p, nil
	}
	f, err := s.client.OpenFile(name, os.O_WRONLY) // not to be read too: some servers take only one of the two
	if isMissing(err) {
		if !errors.Is(err, fs.ErrNotExist) { // some, before object stores, open no file again: it would be in the way
			s.discard(name)
		}
		return p, nil
	}
	if err != nil {
		return nil, s.explain(ctx, "open "+name, err)
	}
	info, err := f.Stat()
	if err == nil && (src.Size < 0 || info.Size() <= src.Size) {
		p.file, p.from = f, max(0, info.Size()-1)/s.server.segment*s.server.segment
		return p, nil
	}
	_ = f.Close()
	if err != nil {
		return nil, s.explain(ctx, "look at "+name, orOvertaken(err)) // some servers look under the name all the same
	}
	s.discard(name) // it cannot be of this version
	return p, nil
}

// begin makes the part, in a folder made for it where there is none. The file in whose place it is to come must be the
// old one still: if it is not, another Put has finished meanwhile, and its work may be the same.
func (s *Store) begin(ctx context.Context, name, path string, old fs.FileInfo) (*sftp.File, error) {
	f, err := s.create(name)
	if err != nil {
		// Another Put of this version may have made it, to be gone on with, or may have finished since.
		if _, notThere := s.client.Lstat(name); notThere == nil || s.isOvertaken(ctx, path, old) {
			err = ErrOvertaken
		}
		return nil, s.explain(ctx, "make "+name, err)
	}
	if s.isOvertaken(ctx, path, old) {
		_ = f.Close()
		s.discard(name)
		return nil, s.explain(ctx, "make "+name, ErrOvertaken)
	}
	return f, nil
}

// isOvertaken holds where the file is another one than it was. What cannot be found out is taken for that: it is looked
// at anew.
func (s *Store) isOvertaken(ctx context.Context, path string, old fs.FileInfo) bool {
	now, err := s.look(ctx, path)
	switch {
	case err != nil:
		return true
	case old == nil || now == nil:
		return old != now
	}
	return old.Size() != now.Size() || !old.ModTime().Equal(now.ModTime())
}

func (s *Store) create(name string) (*sftp.File, error) {
	const how = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if f, err := s.client.OpenFile(name, how); err == nil {
		return f, nil
	}
	err := s.client.MkdirAll(path.Dir(name)) // which looks first whether it is there
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, sftp.ErrSSHFxConnectionLost):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoFolder, err)
	}
	return s.client.OpenFile(name, how)
}

// look describes the file at path; nil: there is none.
func (s *Store) look(ctx context.Context, path string) (fs.FileInfo, error) {
	info, err := s.client.Stat(path)
	if isMissing(err) {
		return nil, nil
	}
	return info, s.explain(ctx, "look for "+path, err)
}

// isFull asks a server that failed without a reason, as OpenSSH does on a full disk, how much space there is.
func (s *Store) isFull(dir string) bool {
	const least = 1 << 20
	if _, ok := s.client.HasExtension("statvfs@openssh.com"); !ok {
		return false
	}
	disk, err := s.client.StatVFS(dir)
	return err == nil && disk.Frsize*disk.Bavail < least
}
