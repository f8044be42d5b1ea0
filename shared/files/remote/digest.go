package remote

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/files"
)

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
func digestsOf(h http.Header) (all []files.Digest) {
	seen := map[string]bool{}
	for _, item := range digestItems(h) {
		name, value, _ := strings.Cut(item, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		want, err := base64.StdEncoding.DecodeString(strings.Trim(value, ": "))
		if algorithm := algorithms[name]; err == nil && algorithm != nil && !seen[name] {
			if algorithm().Size() == len(want) {
				seen[name] = true
				all = append(all, files.Digest{Name: name, New: algorithm, Want: want})
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
