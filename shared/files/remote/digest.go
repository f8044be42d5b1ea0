package remote

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"
)

// digest is what a server says the file's digest is, and the file's own as far as it has been read.
type digest struct {
	name string
	hash.Hash
	want []byte
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var algorithms = map[string]func() hash.Hash{
	"sha-256": sha256.New,
	"sha-512": sha512.New,
	"md5":     md5.New,
	"crc32c":  func() hash.Hash { return crc32.New(castagnoli) },
}

// digestsOf reads the digests of a whole file: Repr-Digest and Content-Digest (RFC 9530), their forerunners Digest (RFC
// 3230) and Content-MD5 (RFC 1864), and Cloud Storage's x-goog-hash
// (docs.cloud.google.com/storage/docs/xml-api/reference-headers). All are lists of name=base64, the value between colons
// in the first two. What cannot be read is passed over, and of each algorithm the first counts.
func digestsOf(h http.Header) []digest {
	var all []digest
	seen := map[string]bool{}
	for _, item := range digestItems(h) {
		name, value, _ := strings.Cut(item, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		want, err := base64.StdEncoding.DecodeString(strings.Trim(value, ": "))
		if algorithm := algorithms[name]; err == nil && algorithm != nil && !seen[name] {
			if d := algorithm(); d.Size() == len(want) {
				seen[name] = true
				all = append(all, digest{name, d, want})
			}
		}
	}
	return all
}

func digestItems(h http.Header) []string {
	values := slices.Concat(h.Values("Repr-Digest"), h.Values("Content-Digest"), h.Values("Digest"))
	if md5 := h.Get("Content-Md5"); md5 != "" {
		values = append(values, "md5="+md5)
	}
	// An object that was stored compressed and is unpacked on the way keeps the hash of what is stored
	// (docs.cloud.google.com/storage/docs/transcoding).
	if stored := h.Get("X-Goog-Stored-Content-Encoding"); stored == "" || stored == "identity" {
		values = append(values, h.Values("X-Goog-Hash")...)
	}
	return strings.Split(strings.Join(values, ","), ",")
}

// check fails where the file's digest is another one than the server said.
func (d digest) check() error {
	if got := d.Sum(nil); !bytes.Equal(got, d.want) {
		return fmt.Errorf("the content does not match the server's %s: it was damaged on the way, or has changed", d.name)
	}
	return nil
}
