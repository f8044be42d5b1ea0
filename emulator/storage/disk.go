package storage

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// On disk: incoming/ holds content on its way in; each bucket is a folder of bucket.json and, for each object,
// HASH.json, its resource, and HASH.GENERATION, its content, where HASH is the SHA-256 of its name. So a name can be
// anything. An object exists once its HASH.json does: renaming that into place is what commits an upload.
const (
	incoming   = "incoming#" // no bucket's name
	bucketFile = "bucket.json"
)

func openStore(dir string, now func() time.Time, retention map[string]time.Duration) (*store, error) {
	st := &store{dir: dir, now: now, retention: retention, buckets: map[string]*bucket{}}
	if err := os.RemoveAll(filepath.Join(dir, incoming)); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, incoming), 0o700); err != nil {
		return nil, err
	}
	files, err := fs.Glob(os.DirFS(dir), "*/"+bucketFile)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := st.loadBucket(filepath.Dir(f)); err != nil {
			return nil, err
		}
	}
	return st, nil
}

func (st *store) loadBucket(name string) error {
	dir := filepath.Join(st.dir, name)
	b := &bucket{objects: map[string]*object{}}
	if err := readJSON(filepath.Join(dir, bucketFile), b); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name() == bucketFile || filepath.Ext(f.Name()) != ".json" {
			continue
		}
		o := new(object)
		if err := readJSON(filepath.Join(dir, f.Name()), o); err != nil {
			return err
		}
		b.objects[o.Name] = o
		st.last = max(st.last, o.Generation)
	}
	st.buckets[b.Name] = b
	return st.sweep(b, files)
}

// sweep removes content that no object has: an end in the middle of an upload or a deletion left it.
func (st *store) sweep(b *bucket, files []fs.DirEntry) error {
	live := map[string]bool{}
	for _, o := range b.objects {
		live[st.contentPath(o)] = true
	}
	for _, f := range files {
		path := filepath.Join(st.dir, b.Name, f.Name())
		if filepath.Ext(path) == ".json" || live[path] {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

func (st *store) saveBucket(b *bucket) error {
	dir := filepath.Join(st.dir, b.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return st.writeJSON(filepath.Join(dir, bucketFile), b)
}

func (st *store) saveNew(o *object, sp *spool, old *object) error {
	if err := os.Rename(sp.file.Name(), st.contentPath(o)); err != nil {
		return err
	}
	if err := st.saveObject(o); err != nil {
		return errors.Join(err, os.Remove(st.contentPath(o)))
	}
	if old == nil {
		return nil
	}
	return os.Remove(st.contentPath(old))
}

func (st *store) saveObject(o *object) error { return st.writeJSON(st.objectPath(o)+".json", o) }

func (st *store) removeObject(o *object) error {
	if err := os.Remove(st.objectPath(o) + ".json"); err != nil {
		return err
	}
	return os.Remove(st.contentPath(o))
}

func (st *store) objectPath(o *object) string {
	sum := sha256.Sum256([]byte(o.Name))
	return filepath.Join(st.dir, o.Bucket, hex.EncodeToString(sum[:]))
}

func (st *store) contentPath(o *object) string {
	return st.objectPath(o) + "." + strconv.FormatInt(o.Generation, 10)
}

func readJSON(file string, v any) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s cannot be read; remove it, or the whole folder: %w", file, err)
	}
	return nil
}

// writeJSON replaces file as a whole or not at all.
func (st *store) writeJSON(file string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	tmp := filepath.Join(st.dir, incoming, filepath.Base(file))
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}

// spool is content on its way in: on disk, hashed as it comes, never whole in memory.
type spool struct {
	file        *os.File
	size        int64
	md5, sha256 hash.Hash
	crc32c      hash.Hash32
}

func (st *store) newSpool() (*spool, error) {
	f, err := os.CreateTemp(filepath.Join(st.dir, incoming), "content")
	if err != nil {
		return nil, err
	}
	return &spool{file: f, md5: md5.New(), sha256: sha256.New(), crc32c: crc32.New(crc32.MakeTable(crc32.Castagnoli))}, nil
}

func (sp *spool) Write(b []byte) (int, error) {
	n, err := sp.file.Write(b)
	_, _ = io.MultiWriter(sp.md5, sp.sha256, sp.crc32c).Write(b[:n]) // a hash never fails
	sp.size += int64(n)
	return n, err
}

// describe sets what follows from the content.
func (sp *spool) describe(o *object) {
	o.Size = sp.size
	o.MD5 = base64.StdEncoding.EncodeToString(sp.md5.Sum(nil))
	o.CRC32C = base64.StdEncoding.EncodeToString(sp.crc32c.Sum(nil))
	o.SHA256 = hex.EncodeToString(sp.sha256.Sum(nil))
}

// discard closes the file and removes it where it has not become an object's.
func (sp *spool) discard() {
	_ = sp.file.Close()
	if err := os.Remove(sp.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return // openStore clears the folder
	}
}
