package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
