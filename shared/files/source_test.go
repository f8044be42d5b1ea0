package files_test

import (
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"testing"

	"sessionbridge.internal/shared/files"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const content = "hello, world"
	sum := sha256.Sum256([]byte(content))
	crc := files.CRC32C(crc32.Checksum([]byte(content), crc32.MakeTable(crc32.Castagnoli)))
	sha := files.Digest{Name: "sha-256", New: sha256.New, Want: sum[:]}
	for name, row := range map[string]struct {
		digests []files.Digest
		parts   []string
		want    error
	}{
		"nothing is known":        {nil, []string{"anything"}, nil},
		"right, in one":           {[]files.Digest{crc, sha}, []string{content}, nil},
		"right, in parts":         {[]files.Digest{crc, sha}, []string{"", content[:1], content[1:]}, nil},
		"one byte is wrong":       {[]files.Digest{crc}, []string{"Hello, world"}, files.ErrDigest},
		"one byte is missing":     {[]files.Digest{sha}, []string{content[1:]}, files.ErrDigest},
		"nothing came":            {[]files.Digest{sha}, nil, files.ErrDigest},
		"one of two is not right": {[]files.Digest{sha, files.CRC32C(1)}, []string{content}, files.ErrDigest},
		"the wrong one is first":  {[]files.Digest{files.CRC32C(1), sha}, []string{content}, files.ErrDigest},
	} {
		c := files.NewCheck(row.digests)
		for _, part := range row.parts {
			_, _ = c.Write([]byte(part))
		}
		if err := c.Err(); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
		if first, again := c.Err(), c.Err(); (first == nil) != (again == nil) {
			t.Errorf("%s: asked again: %v, then %v", name, first, again)
		}
	}
}
