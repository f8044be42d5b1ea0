package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
)

// IndexFile is the name of the file by which Terraform finds the archives: a JSON object of Bundle by function, sorted.
const IndexFile = "bundles.json"

// maxIndex bounds an index that is read, in bytes.
const maxIndex = 1 << 20

// Bundle is one function's archive, as the index tells of it.
type Bundle struct {
	File   string `json:"file"`   // its name in the folder: the function's, a dash and the first 16 digits of SHA256, ".zip"
	SHA256 string `json:"sha256"` // of its bytes, 64 lower-case hexadecimal digits
	Size   int    `json:"size"`   // in bytes
}

// ErrIndex is an index in the folder that cannot be read.
var ErrIndex = errors.New("the index of archives is not one; delete it and make all archives")

// archiveName is what Write names archives. Files of other names in its folder are none of its business.
var archiveName = regexp.MustCompile(`^[^/]+-[0-9a-f]{16}\.zip$`)

// Write puts archives, by function, into the folder dir, which it makes if need be, and answers the index: of these alone or, to
// keep the others that are there, of those too. Archives that the index does not name any more are removed.
func Write(dir string, archives map[string][]byte, keep bool) (map[string]Bundle, error) {
	index := map[string]Bundle{}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the folder for archives: %w", err)
	}
	if keep {
		if err := readIndex(filepath.Join(dir, IndexFile), index); err != nil {
			return nil, err
		}
	}
	for name, content := range archives {
		sum := sha256.Sum256(content)
		digits := hex.EncodeToString(sum[:])
		b := Bundle{File: name + "-" + digits[:16] + ".zip", SHA256: digits, Size: len(content)}
		if err := replace(filepath.Join(dir, b.File), content); err != nil {
			return nil, err
		}
		index[name] = b
	}
	return index, finish(dir, index)
}

// finish writes the index, after all that it names is there, and removes what it does not name.
func finish(dir string, index map[string]Bundle) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	if err := enc.Encode(index); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	if err := replace(filepath.Join(dir, IndexFile), text.Bytes()); err != nil {
		return err
	}
	return sweep(dir, index)
}

func sweep(dir string, index map[string]Bundle) error {
	named := map[string]bool{}
	for b := range maps.Values(index) {
		named[b.File] = true
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("removing old archives: %w", err)
	}
	for _, f := range found {
		if named[f.Name()] || !archiveName.MatchString(f.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return fmt.Errorf("removing an old archive: %w", err)
		}
	}
	return nil
}

func readIndex(path string, index map[string]Bundle) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the index: %w", err)
	}
	if info.Size() > maxIndex {
		return fmt.Errorf("%s: %w: it has %d bytes", path, ErrIndex, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the index: %w", err)
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return fmt.Errorf("%s: %w: %w", path, ErrIndex, err)
	}
	return nil
}

// replace writes a file in one step: who reads it meanwhile has all of the old one or all of the new.
func replace(path string, content []byte) error {
	next, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(next.Name()) // which is gone when all went well
	_, err = next.Write(content)
	if err = errors.Join(err, next.Chmod(0o644), next.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(next.Name(), path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
