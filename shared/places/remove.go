package places

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

// ErrNotThere is a file to be removed that is not where it was stored: somebody moved or deleted it, or the settings name
// another bucket, server or folder by now, where another file may have its name.
var ErrNotThere = errors.New("the file is not where it was stored any more")

// Remove takes the file that was stored for the session of the tags away from the place of that name, work.Bucket or work.SFTP, and
// no other: a bucket tells whose it is, and on a server, which does not, it has to have the content that was stored. What a bucket
// keeps of deleted objects (versions, soft delete) goes when its own rules say so.
func (k *Keeper) Remove(ctx context.Context, st *settings.Storage, name string, tags files.Tags, f files.Stored) error {
	err := k.remove(ctx, st, name, tags, f)
	if errors.Is(err, gcs.ErrNotExist) || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNotThere, err)
	}
	return err
}

func (k *Keeper) remove(ctx context.Context, st *settings.Storage, name string, tags files.Tags, f files.Stored) error {
	if name == work.Bucket {
		return k.Bucket(st).RemoveOf(ctx, f.Path, tags)
	}
	place, err := k.Open(ctx, st, name)
	if err != nil {
		return err
	}
	p, ok := place.(sftpPlace)
	if !ok {
		return errors.Join(fmt.Errorf("places: %q is no place to remove files from", name), place.Close())
	}
	err = p.holds(ctx, f) // of a file that is not there the server's deletion says nothing
	if err == nil {
		err = p.Remove(ctx, p.at(f.Path))
	}
	return errors.Join(err, p.Close())
}

// holds is nil where the server has the file with the content that was stored, and ErrNotThere where that is another.
func (p sftpPlace) holds(ctx context.Context, f files.Stored) error {
	src, err := p.Source(ctx, f.Path)
	if err != nil {
		return err
	}
	if src.Size != f.Size {
		return fmt.Errorf("%w: %s has %d bytes, and had %d", ErrNotThere, f.Path, src.Size, f.Size)
	}
	r, err := src.Open(ctx, 0)
	if err != nil {
		return err
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	_, err = io.Copy(sum, r)
	if err = errors.Join(err, r.Close()); err == nil && sum.Sum32() != f.CRC32C {
		err = fmt.Errorf("%w: %s has other content", ErrNotThere, f.Path)
	}
	return err
}

// RemoveUploads deletes what end users uploaded for the session, and returns how many files that were. Without a bucket for
// uploads there are none.
func (k *Keeper) RemoveUploads(ctx context.Context, of files.Upload) (removed int, err error) {
	if k.Uploads == "" {
		return 0, nil
	}
	client, err := k.Storage.Get()
	if err != nil {
		return 0, err
	}
	q := &storage.Query{Prefix: of.Prefix()}
	if err := q.SetAttrSelection([]string{"Name"}); err != nil {
		return 0, err
	}
	it, bucket := client.Bucket(k.Uploads).Objects(ctx, q), gcs.New(k.Storage, k.Uploads, gcs.Options{})
	for {
		object, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return removed, nil
		}
		if err == nil {
			err = bucket.Remove(ctx, object.Name)
		}
		if err != nil && !errors.Is(err, gcs.ErrNotExist) {
			return removed, fmt.Errorf("places: removing what was uploaded: %w", err)
		}
		removed++
	}
}
