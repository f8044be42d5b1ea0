package sftp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/sftp"
)

const recording = "ujet-voice-recordings/2026/call-103646.mp3"

func TestPut(t *testing.T) {
	t.Parallel()
	content := some(1, 200_000)
	for _, row := range []struct {
		name    string
		content []byte
		size    int64
		version string
	}{
		{"size and version known", content, 200_000, "v1"},
		{"size not known", content, -1, "v1"},
		{"version not known", content, 200_000, ""},
		{"nothing known", content, -1, ""},
		{"empty", nil, 0, "v1"},
		{"one whole segment", some(2, sftp.Segment), sftp.Segment, "v1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			src := source(row.content, row.version)
			src.Size = row.size
			got, err := put(c.at, recording, src)
			want := files.Stored{Path: recording, Size: int64(len(row.content)), Type: "audio/mpeg", CRC32C: crc(row.content), At: now}
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
			c.holds(t, map[string][]byte{recording: row.content})
		})
	}
}

func TestPutOfTheSameContentWritesNothing(t *testing.T) {
	t.Parallel()
	content := some(1, 100_000)
	for _, version := range []string{"v1", ""} {
		for _, size := range []int64{100_000, -1} {
			t.Run(fmt.Sprintf("version %q, size %d", version, size), func(t *testing.T) {
				t.Parallel()
				c := newCompany(t)
				c.place(t, recording, content)
				c.plan(t, `{"times":1000,"status":403,"match":"Write"},{"times":1000,"status":403,"match":"Rename"}`)
				src := source(content, version)
				src.Size = size
				got, err := put(c.at, recording, src)
				if err != nil || !got.Already || got.Size != 100_000 || got.CRC32C != crc(content) || got.At.IsZero() {
					t.Errorf("stored is %+v, %v", got, err)
				}
			})
		}
	}
}

func TestPutReplacesWhatDiffers(t *testing.T) {
	t.Parallel()
	content := some(1, 100_000)
	last := slices.Clone(content)
	last[99_999]++
	for name, old := range map[string][]byte{
		"shorter":              content[:99_999],
		"longer":               append(slices.Clone(content), 'x'),
		"other from the start": some(2, 100_000),
		"other at the end":     last,
		"empty":                {},
	} {
		for _, size := range []int64{100_000, -1} {
			t.Run(fmt.Sprint(name, ", size ", size), func(t *testing.T) {
				t.Parallel()
				c := newCompany(t)
				c.place(t, recording, old)
				src := source(content, "v2")
				src.Size = size
				if got, err := put(c.at, recording, src); err != nil || got.Already || got.CRC32C != crc(content) {
					t.Errorf("stored is %+v, %v", got, err)
				}
				c.holds(t, map[string][]byte{recording: content})
			})
		}
	}
}

func TestPutRemovesPartsOfOtherVersionsOfThisFileAlone(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	content := some(1, 1000)
	kept := map[string][]byte{
		recording: content,
		sftp.PartName("ujet-voice-recordings/2026/call-1036460.mp3", "v1"):  nil,
		sftp.PartName("ujet-voice-recordings/call-103646.mp3", "v1"):        nil,
		"ujet-voice-recordings/2026/.call-103646.mp3.notes.part":            nil,
		"ujet-voice-recordings/2026/.call-103646.mp3.0123456789abcdef.part": nil,
	}
	for path := range kept {
		c.place(t, path, nil)
	}
	c.place(t, sftp.PartName(recording, "v0"), some(2, 500))
	c.place(t, sftp.PartName(recording, ""), some(3, 500))
	delete(kept, "ujet-voice-recordings/2026/.call-103646.mp3.0123456789abcdef.part") // as of another version
	if _, err := put(c.at, recording, source(content, "v1")); err != nil {
		t.Fatal(err)
	}
	c.holds(t, kept)
}

func TestPartNames(t *testing.T) {
	t.Parallel()
	long := "a/" + strings.Repeat("ü", 120)
	if dir, name := path.Split(sftp.PartName(long, "v1")); dir != "a/" || len(name) > 255 || name[0] != '.' || !strings.HasSuffix(name, ".part") {
		t.Errorf("the part of a long name is %q in %q", name, dir)
	}
	names := map[string]bool{}
	for _, version := range []string{"v1", "v1", "v2", "", ""} {
		names[sftp.PartName("x", version)] = true
	}
	if len(names) != 4 {
		t.Errorf("the names are %v: want one for each version, and one for each content without", names)
	}
}

func TestRacingPutsOfOneVersion(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	content := some(1, sftp.Segment+100_000)
	race(4, func(int) {
		if got, err := put(c.at, recording, source(content, "v1")); err != nil || got.CRC32C != crc(content) {
			t.Errorf("stored is %+v, %v", got, err)
		}
	})
	c.holds(t, map[string][]byte{recording: content})
}

// TestRacingPutsThatAreCut holds that a file, once it is there, is right at every moment, whoever is cut wherever.
func TestRacingPutsThatAreCut(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	racePutsThatAreCut(t, c.at, c.dir)
	c.holds(t, map[string][]byte{recording: some(1, 3*sftp.Segment)})
}

func racePutsThatAreCut(t *testing.T, at sftp.Server, dir string) {
	t.Helper()
	content := some(1, 3*sftp.Segment)
	race(4, func(i int) {
		for after := int64(50_000 + 60_000*i); ; after += 170_000 {
			_, err := put(cutAfter(at, after), recording, source(content, "v1"))
			if got, missing := os.ReadFile(filepath.Join(dir, recording)); missing == nil && !bytes.Equal(got, content) {
				t.Error("the file is there, and wrong")
			}
			if err == nil {
				return
			}
			if !sftp.IsPassing(err) {
				t.Error(err)
				return
			}
		}
	})
}

func TestRacingPutsOfManyContentsLeaveOneWhole(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "v"} {
		c := newCompany(t)
		race(4, func(i int) {
			src := source(some(uint64(i), 300_000), "")
			if version != "" {
				src.Version = fmt.Sprint(version, i)
			}
			if _, err := put(c.at, recording, src); err != nil {
				wantPassing(t, err, sftp.ErrOvertaken)
			}
		})
		left := c.Files()
		if len(left) == 0 || left[len(left)-1].Path != recording {
			t.Fatalf("left are %+v", left)
		}
		whole := slices.ContainsFunc([]uint64{0, 1, 2, 3}, func(i uint64) bool { return c.has(recording, some(i, 300_000)) })
		if !whole {
			t.Error("the file is none that anybody wrote")
		}
	}
}

func TestRacingPutsMakeTheirFolderTogether(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	want := map[string][]byte{}
	for i := range 8 {
		want[fmt.Sprintf("a/b/c/d/%d", i)] = []byte{byte(i)}
	}
	s := open(t, c.at)
	race(8, func(i int) {
		if _, err := s.Put(t.Context(), fmt.Sprintf("a/b/c/d/%d", i), source([]byte{byte(i)}, "v")); err != nil {
			t.Error(err)
		}
	})
	c.holds(t, want)
}

func race(n int, work func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { work(i) })
	}
	wg.Wait()
}

func TestPutBeginsAnewOnceWhereTheSourceChanged(t *testing.T) {
	t.Parallel()
	for changes, want := range []error{nil, nil, files.ErrSourceChanged} {
		t.Run(fmt.Sprint(changes, " changes"), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			old, fresh := some(1, 100_000), some(2, 90_000)
			left := changes
			src := source(old, "v1")
			src.Open = func(ctx context.Context, offset int64) (io.ReadCloser, error) {
				switch {
				case left == 0 && changes == 0:
					return source(old, "").Open(ctx, offset)
				case left == 0:
					return source(fresh, "").Open(ctx, offset)
				}
				left--
				return io.NopCloser(io.MultiReader(strings.NewReader("some of it"), changed{})), nil
			}
			got, err := put(c.at, recording, src)
			if want != nil {
				wantPassing(t, err, want)
				c.holds(t, map[string][]byte{})
				return
			}
			content := [][]byte{old, fresh}[changes]
			if err != nil || got.Size != int64(len(content)) || got.CRC32C != crc(content) {
				t.Errorf("stored is %+v, %v", got, err)
			}
			c.holds(t, map[string][]byte{recording: content})
		})
	}
}

type changed struct{}

func (changed) Read([]byte) (int, error) { return 0, fmt.Errorf("origin: %w", files.ErrSourceChanged) }

func TestASourceThatBreaksIsGoneOnWith(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	o := &origin{content: some(1, sftp.Segment+200_000), version: "v1", breakAfter: sftp.Segment + 100_000}
	if _, err := put(c.at, recording, o.source()); !errors.Is(err, errOrigin) {
		t.Errorf("error is %v, want the origin's", err)
	}
	if got, err := put(c.at, recording, o.source()); err != nil || got.CRC32C != crc(o.content) {
		t.Errorf("stored is %+v, %v", got, err)
	}
	if d := cmp.Diff([]int64{0, sftp.Segment}, o.opens); d != "" {
		t.Error(d)
	}
	c.holds(t, map[string][]byte{recording: o.content})
}

func TestASourceOfAnotherSizeIsNotStored(t *testing.T) {
	t.Parallel()
	for _, announced := range []int64{99, 101} {
		c := newCompany(t)
		for _, version := range []string{"v1", ""} {
			src := source(some(1, 100), version)
			src.Size = announced
			_, err := put(c.at, recording, src)
			wantPassing(t, err, sftp.ErrSize)
		}
		if got, err := put(c.at, recording, source(some(1, 100), "v1")); err != nil || got.CRC32C != crc(some(1, 100)) {
			t.Errorf("the right size: stored is %+v, %v", got, err)
		}
	}
}

func TestHostilePathsAreRefused(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s := open(t, c.at)
	for _, p := range []string{
		"", "/", ".", "..", "../x", "a/../x", "a/./x", "a//x", "//x", "a/", "a\x00b", "a\nb", `a\..\b`, "a\xff",
		strings.Repeat("x", files.MaxPath+1),
	} {
		_, putErr := s.Put(t.Context(), p, source([]byte("x"), "v1"))
		_, openErr := s.Open(t.Context(), p)
		for _, err := range []error{putErr, openErr, s.Remove(t.Context(), p)} {
			if !errors.Is(err, sftp.ErrPath) || sftp.IsPassing(err) {
				t.Errorf("%q: %v", p, err)
			}
		}
	}
	c.holds(t, map[string][]byte{})
}
