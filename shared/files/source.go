package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"time"
)

// Source is content on its way into a store. It can be opened as often as need be, from any byte on.
type Source struct {
	// Type is the MIME type of what it is, not of what somebody says it is.
	Type string
	// Size is in bytes; below 0: not known before the end.
	Size int64
	// Version names these very bytes, and changes when they do, such as an ETag with the size. Empty: nothing does.
	Version string
	// Digests are the checksums that the whole content is said to have, as far as they are known. A reading from byte 0 on
	// holds itself against them and fails with ErrDigest, where it comes from elsewhere; whoever puts the content together
	// from several readings does so with NewCheck.
	Digests []Digest
	// Open reads the content from the given byte on. Whoever opens it closes it. Two openings of one Version give the
	// same bytes; ErrSourceChanged says that there is another one by now.
	Open func(ctx context.Context, offset int64) (io.ReadCloser, error)
}

// Bytes is content that is in memory already; its Version is its checksum.
func Bytes(content []byte, kind string) Source {
	return Source{
		Type: kind, Size: int64(len(content)), Version: fmt.Sprintf("%08x-%d", crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)), len(content)),
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			if offset < 0 || offset > int64(len(content)) {
				return nil, fmt.Errorf("byte %d of %d is asked for", offset, len(content))
			}
			return io.NopCloser(bytes.NewReader(content[offset:])), nil
		},
	}
}

// ErrSourceChanged says that a source has other content than when it was first opened: begin anew.
var ErrSourceChanged = errors.New("the source has other content than it had at first")

// ErrDigest says that content does not have the checksum that it is said to have. What came is worth nothing; another
// reading may be right.
var ErrDigest = errors.New("the content does not match its checksum: it was damaged on the way, or has changed")

// Digest is a checksum of the whole content, as a server or a store says it is.
type Digest struct {
	Name string // of the algorithm, for people: "crc32c", "sha-256"
	New  func() hash.Hash
	Want []byte // of New's size
}

// CRC32C is the checksum that Cloud Storage keeps of every object (docs.cloud.google.com/storage/docs/data-validation).
func CRC32C(sum uint32) Digest {
	return Digest{"crc32c", func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }, binary.BigEndian.AppendUint32(nil, sum)}
}

// Check holds content against digests. It is an io.Writer, to which all of the content is written in its order.
type Check struct {
	digests []Digest
	sums    []hash.Hash
}

// NewCheck begins at the content's first byte.
func NewCheck(digests []Digest) *Check {
	c := &Check{digests: digests}
	for _, d := range digests {
		c.sums = append(c.sums, d.New())
	}
	return c
}

// Write never fails.
func (c *Check) Write(b []byte) (int, error) {
	for _, sum := range c.sums {
		_, _ = sum.Write(b) // a hash takes everything
	}
	return len(b), nil
}

// Err is ErrDigest, with the name of the checksum, where what was written is not the content; nil without any digests.
func (c *Check) Err() error {
	for i, sum := range c.sums {
		if !bytes.Equal(sum.Sum(nil), c.digests[i].Want) {
			return fmt.Errorf("%w (%s)", ErrDigest, c.digests[i].Name)
		}
	}
	return nil
}

// Stored is a file as a store holds it.
type Stored struct {
	Path   string `json:"path"` // within the store
	Size   int64  `json:"size"` // in bytes
	Type   string `json:"type,omitempty"`
	CRC32C uint32 `json:"crc32c,omitempty"` // of the content, with the Castagnoli polynomial
	// Generation is Cloud Storage's number of this content; 0 in other stores.
	Generation int64     `json:"generation,omitempty"`
	At         time.Time `json:"stored_at,omitzero"`
	// Already says that the content was there before: an earlier attempt did the work, although its answer may never
	// have come.
	Already bool `json:"-"`
	// Note is for people, where something about it is unusual.
	Note string `json:"note,omitempty"`
}

// Tags are kept beside the content where a store can, and tie it to its session.
type Tags struct {
	Tenant, Source, Session, File string
}
