package sftp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"sessionbridge.internal/shared/files"
)

// maxAttempts is how often one Put begins anew where others write the same file.
const maxAttempts = 5

var errSpoilt = errors.New("the part of the file on the server is not what was written") // and is gone

// Put makes path, with its folders, hold what src is, and replaces what is there. A reader never sees half a file: the
// content waits in a hidden file beside it and is renamed when it is whole.
//
// After a cut, a Put of the same Version goes on where the last one was. Whatever the cut, one file with the right
// content comes of repeating: where an earlier Put did all the work, the file is read back, compared with the source and
// left alone, and Stored.Already is set. Parts of other versions of the path are removed.
//
// The checksum is of what went over the connection; what an earlier attempt had written is read back for it. Content that
// does not match the source's Digests never gets the file's name, and nobody goes on with it.
func (s *Store) Put(ctx context.Context, path string, src files.Source) (files.Stored, error) {
	if err := checkPath(path); err != nil {
		return files.Stored{}, err
	}
	ctx, release := s.bind(ctx)
	defer release()
	hasChanged := false
	for left := maxAttempts; ; left-- {
		stored, err := s.attempt(ctx, path, src)
		switch {
		case errors.Is(err, files.ErrSourceChanged) && !hasChanged:
			hasChanged = true
			s.discard(partName(path, src.Version))
			src.Size, src.Version, src.Digests = -1, "", nil // of the content that is no more
		case (errors.Is(err, ErrOvertaken) || errors.Is(err, errSpoilt)) && left > 1:
		default:
			return stored, err
		}
	}
}

func (s *Store) attempt(ctx context.Context, path string, src files.Source) (files.Stored, error) {
	p, err := s.resume(ctx, partName(path, src.Version), src)
	if err != nil {
		return files.Stored{}, err
	}
	defer p.close()
	var old fs.FileInfo
	if p.file == nil { // the work may have been done, and the answer lost
		if old, err = s.look(ctx, path); err != nil {
			return files.Stored{}, err
		}
		if stored, isThere, err := s.already(ctx, path, old, src); isThere || err != nil {
			return stored, err
		}
	}
	stored, err := s.upload(ctx, p, path, old, src)
	if err != nil && (src.Version == "" || errors.Is(err, files.ErrDigest)) {
		s.discard(p.name) // nobody could go on with it, or may
	}
	return stored, err
}

func (s *Store) upload(ctx context.Context, p *part, path string, old fs.FileInfo, src files.Source) (files.Stored, error) {
	in, err := s.write(ctx, p, path, old, src)
	if err != nil {
		return files.Stored{}, err
	}
	if err := s.verify(ctx, p.name, in.size); err != nil {
		return files.Stored{}, err
	}
	if err := s.rename(ctx, p.name, path); err != nil {
		return files.Stored{}, err
	}
	info, err := s.client.Stat(path)
	if err == nil && info.Size() != in.size {
		err = ErrOvertaken
	}
	if err != nil {
		return files.Stored{}, s.explain(ctx, "check "+path, orOvertaken(err))
	}
	s.tidy(ctx, path)
	return files.Stored{Path: path, Size: in.size, Type: src.Type, CRC32C: in.sum, At: s.server.Now().UTC()}, nil
}

// verify checks that the part has the size of what was written. If another Put of this version has renamed it, the file
// is there already; if it is another size, it is gone with the next attempt.
func (s *Store) verify(ctx context.Context, part string, size int64) error {
	info, err := s.client.Lstat(part)
	switch {
	case err != nil:
		return s.explain(ctx, "check "+part, orOvertaken(err))
	case info.Size() != size:
		s.discard(part)
		return fmt.Errorf("sftp: check %s: %w: it has %d bytes, want %d", part, errSpoilt, info.Size(), size)
	}
	return nil
}

// rename puts the whole part in the file's place, at once where the server has posix-rename@openssh.com.
//
// Other servers do not replace a file by renaming. There the old file is moved aside first, and for the time of one request
// no file has the name; a cut in that time leaves it so until the next Put of the path, which finds the whole part and
// renames it.
func (s *Store) rename(ctx context.Context, part, path string) error {
	err := errUnsupported
	if _, ok := s.client.HasExtension("posix-rename@openssh.com"); ok {
		err = s.client.PosixRename(part, path)
	}
	if code, _ := status(err); code == codeUnsupported || errors.Is(err, errUnsupported) {
		err = s.renameOver(part, path)
	}
	return s.explain(ctx, "rename "+part+" to "+path, orOvertaken(err))
}

var errUnsupported = errors.New("the server has no posix-rename@openssh.com")

// renameOver has the old file back in its place where the new one cannot be put there. Aside it has the name of a part, so
// that what is left of it by a cut is removed with the parts.
func (s *Store) renameOver(part, path string) error {
	err := s.client.Rename(part, path)
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	if info, notThere := s.client.Lstat(path); notThere != nil || !info.Mode().IsRegular() {
		return err // nothing is in the way that may be moved: it fails for another reason
	}
	aside := partName(path, "")
	if err := s.client.Rename(path, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.client.Rename(part, path); err != nil {
		_ = s.client.Rename(aside, path) // as well as it can be
		return err
	}
	s.discard(aside)
	return nil
}

// tidyAnswers bounds what is listed of a folder, in answers of the server: OpenSSH puts a hundred names into one.
const tidyAnswers = 20

// tidy removes the parts of all versions of path. It does what it can: the file itself is safe, and a folder of more
// than some two thousand files is not listed to its end, since every file stored there would wait for that.
func (s *Store) tidy(ctx context.Context, p string) {
	s.tidying.Lock()
	defer s.tidying.Unlock()
	ctx, cancel := s.pulse.within(ctx, tidyAnswers)
	defer cancel()
	dir := path.Dir(p)
	entries, _ := s.client.ReadDirContext(ctx, dir)
	for _, entry := range entries {
		if name := path.Join(dir, entry.Name()); isPart(p, name) {
			s.discard(name)
		}
	}
}

// discard removes a part as well as it can be: what stays does no harm.
func (s *Store) discard(part string) { _ = s.client.Remove(part) }
