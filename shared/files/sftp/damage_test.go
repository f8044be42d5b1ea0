package sftp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	emulator "sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/sftp"
)

// damaged is the source with the digest of its content, of which the first reading has one byte wrong: it ends with err
// behind its last byte.
func damaged(o *origin, at int64, err error) files.Source {
	src := o.source()
	src.Digests = []files.Digest{files.CRC32C(crc(o.content))}
	isFirst := true
	src.Open = func(ctx context.Context, offset int64) (io.ReadCloser, error) {
		content := o.content
		if isFirst {
			content = slices.Clone(content)
			content[at]++
		}
		body, openErr := (&origin{content: content}).open(ctx, offset)
		o.opens = append(o.opens, offset)
		if isFirst {
			body = io.NopCloser(io.MultiReader(body, failing{err}))
		}
		isFirst = false
		return body, openErr
	}
	return src
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestDamagedContentIsNotStored(t *testing.T) {
	t.Parallel()
	const size = sftp.Segment + 200_000
	for _, row := range []struct {
		name string
		at   int64
		ends error   // how the damaged reading ends
		want error   // of the first Put
		then []int64 // where the source is opened by the second
	}{
		{"the source says so", 100, fmt.Errorf("fetch: %w", files.ErrDigest), files.ErrDigest, []int64{0, 0}},
		{"the source says so of the end", size - 1, fmt.Errorf("fetch: %w", files.ErrDigest), files.ErrDigest, []int64{0, 0}},
		{"the source says nothing", 100, io.EOF, files.ErrDigest, []int64{0, 0}},
		{"the source says so in words of its own", 100, errOrigin, errOrigin, []int64{0, sftp.Segment, 0}},
		{"it is cut, and gone on with", 100, io.ErrUnexpectedEOF, io.ErrUnexpectedEOF, []int64{0, sftp.Segment, 0}},
		{"it is cut, and the damage not gone on with", sftp.Segment + 1, io.ErrUnexpectedEOF, io.ErrUnexpectedEOF, []int64{0, sftp.Segment}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			o := &origin{content: some(1, size), version: "v1"}
			src := damaged(o, row.at, row.ends)
			_, err := put(c.at, recording, src)
			if exists(c, recording) || row.want == files.ErrDigest && len(c.Files()) > 0 {
				t.Errorf("after %v there are %+v", err, c.Files())
			}
			if !errors.Is(err, row.want) || row.want == files.ErrDigest && !sftp.IsPassing(err) {
				t.Errorf("error is %v, want %v", err, row.want)
			}
			if got, err := put(c.at, recording, src); err != nil || got.CRC32C != crc(o.content) {
				t.Errorf("stored is %+v, %v", got, err)
			}
			if d := cmp.Diff(row.then, o.opens); d != "" {
				t.Errorf("the source was opened at (-want +got):\n%s", d)
			}
			c.holds(t, map[string][]byte{recording: o.content})
		})
	}
}

// A content whose digest is wrong for good, as where a server computes it of something else, is not tried without end.
func TestADigestThatIsNeverRight(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	o := &origin{content: some(1, sftp.Segment+10), version: "v1"}
	c.place(t, sftp.PartName(recording, "v1"), o.content)
	src := o.source()
	src.Digests = []files.Digest{files.CRC32C(crc(o.content) + 1)}
	_, err := put(c.at, recording, src)
	wantPassing(t, err, files.ErrDigest)
	if d := cmp.Diff([]int64{sftp.Segment, 0}, o.opens); d != "" {
		t.Error(d)
	}
	c.holds(t, map[string][]byte{})
}

func TestAPartThatTheServerDoesNotOpenAgain(t *testing.T) {
	t.Parallel()
	content := some(1, sftp.Segment+200_000)
	for name, row := range map[string]struct {
		noReopen bool
		fault    string
		opens    []int64
	}{
		"it opens no file again": {true, "", []int64{0, 0}},
		"it fails to, once":      {false, `{"status":500,"match":"Put"}`, []int64{0, 0}},
		"it opens it":            {false, "", []int64{0, sftp.Segment}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, func(o *emulator.Options) { o.NoReopen = row.noReopen })
			o := &origin{content: content, version: "v1", breakAfter: sftp.Segment + 100_000}
			if _, err := put(c.at, recording, o.source()); !errors.Is(err, errOrigin) {
				t.Errorf("error is %v, want the origin's", err)
			}
			c.plan(t, row.fault)
			if got, err := put(c.at, recording, o.source()); err != nil || got.CRC32C != crc(content) {
				t.Errorf("stored is %+v, %v", got, err)
			}
			if d := cmp.Diff(row.opens, o.opens); d != "" {
				t.Error(d)
			}
			c.holds(t, map[string][]byte{recording: content})
		})
	}
}
