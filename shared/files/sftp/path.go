package sftp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"sessionbridge.internal/shared/files"
)

// checkPath refuses what is no plain path: relative to the folder the sign-in leads to, or from the server's root where
// it begins with a slash. A backslash is refused because it parts folders on some servers.
func checkPath(p string) error {
	fail := func(why string) error { return fmt.Errorf("sftp: %w: %s", ErrPath, why) }
	switch {
	case len(p) > files.MaxPath:
		return fail(fmt.Sprintf("it has %d bytes, at most %d are allowed", len(p), files.MaxPath))
	case !utf8.ValidString(p):
		return fail("it is no UTF-8")
	case strings.ContainsFunc(p, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }):
		return fail(fmt.Sprintf("a backslash or control character is in %q", p))
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(p, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return fail(fmt.Sprintf("a part of %q is %q, want a name", p, part))
		}
	}
	return nil
}

// maxName is the longest part of a path in bytes that a part file's name repeats; file systems take 255.
const maxName = 200

// partPrefix begins the hidden names of a file's unfinished content, in the same folder as the file.
func partPrefix(p string) string {
	name := path.Base(p)
	if len(name) > maxName {
		name = fingerprint(name)
	}
	return path.Join(path.Dir(p), "."+name+".")
}

const partSuffix = ".part"

// partName is where the content of one version waits to be whole, `.call-7.mp3.0123456789abcdef.part`: the same name at
// each attempt. Content without a version gets a name of its own at each, so that two attempts never mix theirs.
func partName(p, version string) string {
	if version == "" {
		version = rand.Text()
	}
	return partPrefix(p) + fingerprint(version) + partSuffix
}

func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// isPart holds for every partName of p.
func isPart(p, name string) bool {
	print, ok := strings.CutPrefix(name, partPrefix(p))
	print, hasSuffix := strings.CutSuffix(print, partSuffix)
	_, err := hex.DecodeString(print)
	return ok && hasSuffix && len(print) == 16 && err == nil
}
