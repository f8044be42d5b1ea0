package pack_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/terraform/bundle/pack"
)

// there are the names of the files in a folder, sorted.
func there(t *testing.T, dir string) (names []string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

// write writes archives, and checks that the index is what Write answers.
func write(t *testing.T, dir string, keep bool, archives map[string][]byte) map[string]pack.Bundle {
	t.Helper()
	index, err := pack.Write(dir, archives, keep)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, pack.IndexFile))
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]pack.Bundle
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(index, read); diff != "" {
		t.Errorf("the index is another than Write's (-answered +read):\n%s", diff)
	}
	return index
}

func TestWriteNamesArchivesByTheirContent(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "bundles")
	content := []byte("the archive")
	sum := sha256.Sum256(content)
	digits := hex.EncodeToString(sum[:])
	want := map[string]pack.Bundle{"crm": {File: "crm-" + digits[:16] + ".zip", SHA256: digits, Size: len(content)}}
	if diff := cmp.Diff(want, write(t, dir, false, map[string][]byte{"crm": content})); diff != "" {
		t.Errorf("Write (-want +got):\n%s", diff)
	}
	if got, err := os.ReadFile(filepath.Join(dir, want["crm"].File)); err != nil || string(got) != string(content) {
		t.Errorf("the archive holds %q: %v", got, err)
	}
}

func TestWriteRemovesWhatTheIndexDoesNotName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	edit(t, dir, "notes.zip", "somebody's own")
	first := write(t, dir, false, map[string][]byte{"crm": []byte("1"), "desk": []byte("1")})
	second := write(t, dir, true, map[string][]byte{"crm": []byte("2")})
	if second["desk"] != first["desk"] || second["crm"] == first["crm"] {
		t.Errorf("after one was written the index is %v, before it was %v", second, first)
	}
	want := []string{pack.IndexFile, second["crm"].File, first["desk"].File, "notes.zip"}
	if got := there(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
	third := write(t, dir, false, map[string][]byte{"crm": []byte("2")})
	if got, want := there(t, dir), []string{pack.IndexFile, third["crm"].File, "notes.zip"}; !slices.Equal(got, want) {
		t.Errorf("without the other function the folder holds %v, want %v", got, want)
	}
}

func TestWriteRefusesAnIndexThatIsNone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":    "hello",
		"a list":     "[]",
		"an endless": strings.Repeat(" ", 1<<20) + "{}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			edit(t, dir, pack.IndexFile, text)
			if index, err := pack.Write(dir, map[string][]byte{"crm": []byte("1")}, true); !errors.Is(err, pack.ErrIndex) {
				t.Errorf("Write = %v, %v", index, err)
			}
			write(t, dir, false, map[string][]byte{"crm": []byte("1")}) // which mends it
		})
	}
}
