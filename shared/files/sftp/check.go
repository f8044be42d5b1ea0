package sftp

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path"

	"sessionbridge.internal/shared/files"
)

// Check does in a folder all that storing files asks of a server, with a file of a few bytes: it makes the folder,
// writes, renames, replaces, reads and removes. The empty folder is the one the sign-in leads to. The error names the
// step and what would mend it.
func (s *Store) Check(ctx context.Context, folder string) error {
	probe := path.Join(folder, ".sessionbridge-check-"+fingerprint(rand.Text()))
	if err := s.checkWith(ctx, probe); err != nil {
		_ = s.Remove(context.WithoutCancel(ctx), probe) // which may fail for the same reason
		return fmt.Errorf("check of the folder %q: %w", folder, err)
	}
	return s.Remove(ctx, probe)
}

func (s *Store) checkWith(ctx context.Context, probe string) error {
	for _, content := range []string{"Sessionbridge tried whether it can write here.\n", "And whether it can replace what it wrote.\n"} {
		if _, err := s.Put(ctx, probe, probeSource(content)); err != nil {
			return err
		}
		src, err := s.Open(ctx, probe)
		if err != nil {
			return err
		}
		body, err := src.Open(ctx, 0)
		if err != nil {
			return err
		}
		read, err := io.ReadAll(io.LimitReader(body, 1<<10))
		if err := errors.Join(err, body.Close()); err != nil {
			return err
		}
		if string(read) != content {
			return fmt.Errorf("%w: what is read is not what was written", ErrServer)
		}
	}
	return nil
}

func probeSource(content string) files.Source {
	return files.Source{Type: "text/plain", Size: int64(len(content)), Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(content)[offset:])), nil
	}}
}
