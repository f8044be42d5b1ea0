package storage

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

// store holds what exists: the index in memory, and beside it on disk (see disk.go) the same index and all content.
// Content is written before the lock is taken, so the lock is held for a rename or two, never for an upload.
type store struct {
	dir       string
	now       func() time.Time
	retention map[string]time.Duration // by bucket

	mu      sync.Mutex
	last    int64 // the highest generation given
	buckets map[string]*bucket
}

type bucket struct {
	Name    string    `json:"name"`
	Created time.Time `json:"timeCreated"`
	objects map[string]*object
}

func (st *store) createBucket(name string) error {
	if !bucketName.MatchString(name) {
		return badRequest("bucket: %q, want 3 to 222 of a-z, 0-9, dash, underscore and dot, a letter or digit at both ends", name)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.buckets[name] != nil {
		return errBucketExists
	}
	b := &bucket{Name: name, Created: st.now().UTC(), objects: map[string]*object{}}
	if err := st.saveBucket(b); err != nil {
		return err
	}
	st.buckets[name] = b
	return nil
}

func (st *store) listBuckets() []*bucket {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.SortedFunc(maps.Values(st.buckets), func(a, b *bucket) int { return cmp.Compare(a.Name, b.Name) })
}

func (st *store) getBucket(name string) (*bucket, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.bucket(name)
}

// bucket wants the lock held.
func (st *store) bucket(name string) (*bucket, error) {
	if b := st.buckets[name]; b != nil {
		return b, nil
	}
	return nil, notFound("no such bucket: %s", name)
}

// get returns the live object; an error that is *apiError says why it is not to be had.
func (st *store) get(bucket, name string, c conditions) (*object, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.live(bucket, name, c)
}

// live wants the lock held.
func (st *store) live(bucket, name string, c conditions) (*object, error) {
	b, err := st.bucket(bucket)
	if err != nil {
		return nil, err
	}
	o := b.objects[name]
	return o, c.checkLive(o, bucket, name)
}

// open returns the live object with its content, which stays readable when the object is replaced or deleted meanwhile.
func (st *store) open(bucket, name string) (*object, *os.File, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	o, err := st.live(bucket, name, conditions{})
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(st.contentPath(o))
	return o, f, err
}

// admits says whether an upload to bucket and name could be stored now.
func (st *store) admits(bucket, name string, c conditions) error {
	if err := checkName(name); err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	b, err := st.bucket(bucket)
	if err != nil {
		return err
	}
	return c.check(b.objects[name])
}

// put stores o, whose content is in sp, as a new generation.
func (st *store) put(o *object, sp *spool, c conditions) (*object, error) {
	if err := checkName(o.Name); err != nil {
		return nil, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	b, err := st.bucket(o.Bucket)
	if err != nil {
		return nil, err
	}
	old := b.objects[o.Name]
	if err := c.check(old); err != nil {
		return nil, err
	}
	if err := st.checkRetention(old); err != nil {
		return nil, err
	}
	if old != nil {
		o.overwrote = old.Generation
	}
	now := st.now().UTC()
	st.last = max(st.last+1, now.UnixMicro()) // unique even while the clock stands still
	o.Generation, o.Created, o.Updated = st.last, now, now
	o.identify()
	if err := st.saveNew(o, sp, old); err != nil {
		return nil, err
	}
	b.objects[o.Name] = o
	return o, nil
}

// checkRetention refuses to give up an object that its bucket still keeps, nil where there is none
// (docs.cloud.google.com/storage/docs/bucket-lock). Conditions are checked before, as in the real service.
func (st *store) checkRetention(o *object) error {
	if o == nil || st.retention[o.Bucket] == 0 {
		return nil
	}
	if until := o.Created.Add(st.retention[o.Bucket]); st.now().Before(until) {
		return retained(o, until)
	}
	return nil
}

// update replaces the properties of the live object by what change makes of them.
func (st *store) update(bucket, name string, c conditions, change func(*object) error) (*object, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	old, err := st.live(bucket, name, c)
	if err != nil {
		return nil, err
	}
	o := *old
	if err := change(&o); err != nil {
		return nil, err
	}
	o.Metageneration++
	o.Updated = st.now().UTC()
	o.identify()
	if err := st.saveObject(&o); err != nil {
		return nil, err
	}
	st.buckets[bucket].objects[name] = &o
	return &o, nil
}

func (st *store) delete(bucket, name string, c conditions) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	o, err := st.live(bucket, name, c)
	if err != nil {
		return err
	}
	if err := st.checkRetention(o); err != nil {
		return err
	}
	if err := st.removeObject(o); err != nil {
		return err
	}
	delete(st.buckets[bucket].objects, name)
	return nil
}

// list returns a bucket's objects by name.
func (st *store) list(bucket string) ([]*object, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b, err := st.bucket(bucket)
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(b.objects), func(a, b *object) int { return cmp.Compare(a.Name, b.Name) }), nil
}
