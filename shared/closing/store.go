package closing

import (
	"context"
	"errors"
	"strings"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// storeFiles puts each file into the places that do not have it as it is now.
func (u *run) storeFiles(ctx context.Context, doc *store.Document, all []made) (err error) {
	for _, name := range work.Places(u.set.Storage) {
		err = errors.Join(err, u.storeIn(ctx, name, doc, all))
	}
	return err
}

func (u *run) storeIn(ctx context.Context, name string, doc *store.Document, all []made) (err error) {
	var place places.Place // opened for the first file that it lacks
	defer func() {
		if place != nil {
			err = errors.Join(err, place.Close())
		}
	}()
	for i := range all {
		m := &all[i]
		f := u.asMade(doc, m)
		if !u.set.Storage.Keeps(m.kind) || f.StoredIn(name) && !u.lacksLink(name, f) {
			continue
		}
		if m.base, err = u.base(doc, f); err != nil {
			return err
		}
		err := u.do(stepOf(m.id, name), func() (err error) {
			if place == nil {
				place, err = u.Places.Open(ctx, u.set.Storage, name)
			}
			if err == nil {
				err = u.put(ctx, place, name, m)
			}
			return err
		})
		if err == nil && u.lacksLink(name, f) {
			err = u.link(ctx, m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// asMade is a file as the session knows it, of the version made now.
func (u *run) asMade(doc *store.Document, m *made) *store.File {
	f := store.File{ID: m.id, Kind: m.kind}
	if known := doc.File(m.id); known != nil {
		f = *known
	}
	f.Version = m.src.Version
	return &f
}

func (u *run) base(doc *store.Document, f *store.File) (string, error) {
	if f.Base != "" {
		return f.Base, nil
	}
	return files.Base(u.set.Storage, u.id.Tenant, doc.Session, f.Kind, f.ID, func(base string) bool { return doc.Takes(base, f.ID) })
}

func (u *run) put(ctx context.Context, place places.Place, name string, m *made) error {
	tags := files.Tags{Tenant: u.id.Tenant, Source: u.id.Source, Session: u.id.Key, File: m.id}
	stored, err := place.Put(ctx, m.base+m.ending, tags, m.src)
	if err != nil {
		return err
	}
	stored.At = u.Clock().UTC()
	m.stored[name] = stored
	return nil
}

// lacksLink says whether a file in the place named is to have a signed address and has none.
func (u *run) lacksLink(name string, f *store.File) bool {
	return name == work.Bucket && work.LinkLeft(u.set.Storage, f)
}

func (u *run) link(ctx context.Context, m *made) error {
	return u.do("link_"+stepName(m.id), func() (err error) {
		m.link, err = u.Places.Bucket(u.set.Storage).Link(ctx, m.base+m.ending, u.set.Storage.LinkTime(), "")
		return err
	})
}

// stepOf names the storing of a file: store_metadata, and store_metadata_sftp.
func stepOf(id, place string) string {
	step := "store_" + stepName(id)
	if place != work.Bucket {
		step += "_" + place
	}
	return step
}

func stepName(id string) string { return strings.ReplaceAll(id, "-", "_") }
