package places

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// MaxSize is the largest file that is brought, in bytes: a day of telephone audio as a WAV file.
const MaxSize = 4 << 30

// Content is a file of the session: where it is stored, else at its source. The source has no Open where the file is made
// here and is stored nowhere. done is to be called once it was read. A source that says no is files.ErrNotToBeHad.
func (k *Keeper) Content(ctx context.Context, set settings.Settings, id store.ID, d *store.Document, file string) (src files.Source, done func(), err error) {
	f := d.File(file)
	if f == nil {
		return src, nil, fmt.Errorf("session %s has no file %q", id.Key, file)
	}
	for _, name := range work.Places(set.Storage) {
		if !f.StoredIn(name) {
			continue
		}
		src, done, err = k.stored(ctx, set.Storage, name, f)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, gcs.ErrNotExist) {
			continue // those it was stored for have taken it away
		}
		return src, done, err
	}
	if f.Own() {
		return files.Source{}, func() {}, nil
	}
	src, err = k.Origin(ctx, set, id, d, f)
	if err != nil && !remote.Passing(err) {
		err = fmt.Errorf("%w: %w", files.ErrNotToBeHad, err)
	}
	return src, func() {}, err
}

// stored is a file as the place has it. Its type is that of its first fetching: not every place knows it. So is its version,
// where it is what was put there: whatever else a company has put in its place is another one, and no store takes a part of
// the one for a part of the other.
func (k *Keeper) stored(ctx context.Context, st *settings.Storage, name string, f *store.File) (src files.Source, done func(), err error) {
	place, err := k.Open(ctx, st, name)
	if err != nil {
		return src, nil, err
	}
	put := f.Places[name]
	src, err = place.Source(ctx, put.Path)
	if err != nil {
		return src, nil, errors.Join(err, place.Close())
	}
	src.Type = f.Type
	if isPut := put.Generation == 0 || src.Version == strconv.FormatInt(put.Generation, 10); isPut && src.Size == put.Size {
		src.Version = f.Version
	}
	return src, func() { _ = place.Close() }, nil // read or not, nothing is lost with the connection
}

// Origin is a file as its source has it, of the type that its content is of.
func (k *Keeper) Origin(ctx context.Context, set settings.Settings, id store.ID, d *store.Document, f *store.File) (files.Source, error) {
	address := d.Origin(f.ID)
	if object, ok := strings.CutPrefix(address, files.UploadScheme+k.Uploads+"/"); ok && k.Uploads != "" {
		return k.uploaded(ctx, object, id, work.SourceKind(f.Kind))
	}
	return remote.Open(ctx, remote.Options{Client: k.Client, Hosts: set.Sources[id.Source].FileHosts, Max: MaxSize}, address, work.SourceKind(f.Kind))
}

// uploaded is what an end user uploaded in this session: a source that announces another one's object does not get it. The
// type they said is not believed.
func (k *Keeper) uploaded(ctx context.Context, object string, id store.ID, kind session.FileKind) (files.Source, error) {
	u, err := files.ParseUpload(object)
	if err != nil || u.Tenant != id.Tenant || u.Source != id.Source || u.Session != id.Key {
		return files.Source{}, fmt.Errorf("%w: it is no upload of session %s", remote.ErrHost, id.Key)
	}
	src, err := gcs.New(k.Storage, k.Uploads, gcs.Options{}).Source(ctx, object)
	if err != nil {
		return src, err
	}
	body, err := src.Open(ctx, 0)
	if err != nil {
		return src, err
	}
	head := make([]byte, remote.HeadSize)
	n, err := io.ReadFull(body, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	if err = errors.Join(err, body.Close()); err != nil {
		return src, err
	}
	src.Type, _, err = remote.TypeOf(kind, head[:n], src.Type)
	return src, err
}
