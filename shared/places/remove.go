package places

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

// ErrNotThere is a file to be removed that is not where it was stored: somebody moved or deleted it, or the settings name
// another bucket, server or folder by now.
var ErrNotThere = errors.New("the file is not where it was stored any more")

// Remove takes the file at the path away from the place of that name, work.Bucket or work.SFTP. What a bucket keeps of deleted
// objects (versions, soft delete) goes when its own rules say so.
func (k *Keeper) Remove(ctx context.Context, st *settings.Storage, name, path string) error {
	err := k.remove(ctx, st, name, path)
	if errors.Is(err, gcs.ErrNotExist) || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrNotThere, err)
	}
	return err
}

func (k *Keeper) remove(ctx context.Context, st *settings.Storage, name, path string) error {
	if name == work.Bucket {
		return k.Bucket(st).Remove(ctx, path)
	}
	place, err := k.Open(ctx, st, name)
	if err != nil {
		return err
	}
	p, ok := place.(sftpPlace)
	if !ok {
		return errors.Join(fmt.Errorf("places: %q is no place to remove files from", name), place.Close())
	}
	_, err = p.Source(ctx, path) // of a file that is not there the server's deletion says nothing
	if err == nil {
		err = p.Remove(ctx, p.at(path))
	}
	return errors.Join(err, p.Close())
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
