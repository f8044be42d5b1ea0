package sftp

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"

	"github.com/pkg/sftp"

	"sessionbridge.internal/shared/files"
)

// segment is how many bytes are written between two moments at which all is acknowledged; see resume. Shorter ones
// would wait for the server more often, longer ones cost more after a cut.
const segment = 16 << 20

// window is how many writes of 32 KiB are under way at once within a segment.
const window = 64

// castagnoli is the sum Cloud Storage checks with, so that one file has one checksum in every store.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// write makes the part hold the source, of which it may hold the first bytes already. What it holds then is what the
// source's digests say, where it has any: a damaged part is not gone on with for good.
func (s *Store) write(ctx context.Context, p *part, path string, old fs.FileInfo, src files.Source) (*intake, error) {
	in := &intake{check: files.NewCheck(src.Digests)}
	if err := s.readBack(p.name, p.from, in); err != nil {
		return nil, s.explain(ctx, "read back "+p.name, orOvertaken(err))
	}
	body, err := src.Open(ctx, p.from)
	if err != nil {
		return nil, s.ofSource(ctx, err)
	}
	defer func() { _ = body.Close() }()
	if p.file == nil { // only now: a source that is not to be had leaves nothing behind
		if p.file, err = s.begin(ctx, p.name, path, old); err != nil {
			return nil, err
		}
	}
	in.source = body
	err = s.fill(p.file, in)
	switch {
	case in.err != nil:
		return nil, s.ofSource(ctx, in.err)
	case err != nil:
		return nil, s.explain(ctx, "write "+p.name, s.orFull(p.name, err))
	case src.Size >= 0 && in.size != src.Size:
		return nil, fmt.Errorf("sftp: %w: %d bytes, want %d", ErrSize, in.size, src.Size)
	case in.check.Err() != nil && p.from > 0: // of an earlier attempt's, perhaps
		return nil, fmt.Errorf("sftp: check %s: %w: %w", p.name, errSpoilt, in.check.Err())
	case in.check.Err() != nil:
		return nil, s.ofSource(ctx, in.check.Err())
	}
	return in, nil
}

// fill writes segment after segment, then closes the part. Within a segment the library has many writes under way, and
// sends them in order.
func (s *Store) fill(f *sftp.File, in *intake) (err error) {
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Seek(in.size, io.SeekStart); err != nil {
		return err
	}
	for !in.isDone {
		if _, err := f.ReadFromWithConcurrency(io.LimitReader(in, s.server.segment), window); err != nil || in.err != nil {
			return err
		}
	}
	return nil
}

// ofSource is a source's own error, unless the work was ended.
func (s *Store) ofSource(ctx context.Context, err error) error {
	if context.Cause(ctx) != nil {
		return s.explain(ctx, "read the source", err)
	}
	return fmt.Errorf("sftp: read the source: %w", err)
}

// orFull names a full disk where the server did not.
func (s *Store) orFull(name string, err error) error {
	if code, _ := status(err); code != 0 && s.isFull(path.Dir(name)) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// intake reads the source and adds up what passes. It keeps the source's errors apart from the server's.
type intake struct {
	source io.Reader
	size   int64
	sum    uint32
	check  *files.Check
	isDone bool
	err    error
}

// Read is io.Reader's.
func (in *intake) Read(b []byte) (int, error) {
	n, err := in.source.Read(b)
	in.add(b[:n])
	switch err {
	case nil:
	case io.EOF:
		in.isDone = true
	default:
		in.err, err = err, io.EOF // which lets what was read be written, to be gone on with
	}
	return n, err
}

func (in *intake) add(b []byte) {
	in.size += int64(len(b))
	in.sum = crc32.Update(in.sum, castagnoli, b)
	_, _ = in.check.Write(b) // which never fails
}

// readBack adds up the first bytes of a file on the server. Where ctx ends, the connection does, and this with it; see bind.
func (s *Store) readBack(path string, size int64, in *intake) error {
	if size == 0 {
		return nil
	}
	f, err := s.client.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.WriteTo(&first{size, in}); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if in.size < size {
		return io.ErrUnexpectedEOF
	}
	return nil
}

var errEnough = errors.New("enough was read")

// first takes in the first bytes written to it, then fails with errEnough.
type first struct {
	left int64
	in   *intake
}

// Write is io.Writer's.
func (f *first) Write(b []byte) (int, error) {
	n := min(int64(len(b)), f.left)
	f.in.add(b[:n])
	if f.left -= n; f.left == 0 {
		return int(n), errEnough
	}
	return int(n), nil
}
