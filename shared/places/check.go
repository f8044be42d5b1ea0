package places

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/sftp"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

// ErrKept is what was written to try a place, and could not be taken away again. Files are brought there all the same.
var ErrKept = errors.New("what was written cannot be taken away again")

// Check does in the place of that name, work.Bucket or work.SFTP, what storing files asks of it, with a file of a few bytes
// that is gone afterwards. The error says what would mend it; ErrKept says that only the last failed.
func (k *Keeper) Check(ctx context.Context, st *settings.Storage, name string) error {
	if name == work.Bucket {
		return k.checkBucket(ctx, st)
	}
	server, err := k.server(st.SFTP)
	if err != nil {
		return err
	}
	s, err := sftp.Open(ctx, server)
	if err != nil {
		return err
	}
	return errors.Join(s.Check(ctx, st.SFTP.Folder), s.Close())
}

func (k *Keeper) checkBucket(ctx context.Context, st *settings.Storage) error {
	folder, _, _ := strings.Cut(st.Folder, "{") // rights may be given for a folder alone
	path := folder[:strings.LastIndexByte(folder, '/')+1] + "sessionbridge-check-" + rand.Text() + ".txt"
	const content = "Sessionbridge tried whether it can write here.\n"
	if _, err := k.Bucket(st).Put(ctx, path, files.Tags{}, files.Bytes([]byte(content), "text/plain")); err != nil {
		return err
	}
	client, err := k.Storage.Get()
	if err != nil {
		return err
	}
	if err := client.Bucket(st.Bucket).Object(path).Delete(ctx); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrKept, path, err)
	}
	return nil
}
