package secrets_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/shared/secrets"
)

func ref(t *testing.T, name string) secrets.Ref {
	t.Helper()
	r, err := secrets.ParseRef("secret://" + name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// put writes a file below dir, with the folders it needs.
func put(t *testing.T, dir, path, value string) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ticker is a clock that moves when it is told to.
type ticker struct{ elapsed atomic.Int64 }

func (c *ticker) Now() time.Time {
	return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).Add(time.Duration(c.elapsed.Load()))
}

func (c *ticker) Advance(d time.Duration) { c.elapsed.Add(int64(d)) }

func TestResolve(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "file", "one")
	put(t, dir, "shell", "two\n")
	put(t, dir, "windows", "three\r\n")
	put(t, dir, "mount/mount", "four")
	put(t, dir, "pinned/latest", "five")
	put(t, dir, "lines", "a\nb\n\n")
	put(t, dir, "longest", strings.Repeat("x", secrets.MaxSize))
	r := secrets.NewResolver(dir, new(ticker).Now)
	for name, want := range map[string]string{
		"file": "one", "shell": "two", "windows": "three", "mount": "four", "pinned": "five", "lines": "a\nb\n",
		"longest": strings.Repeat("x", secrets.MaxSize),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := r.Resolve(ref(t, name)); err != nil || got.Reveal() != want {
				t.Errorf("%q, %v, want %q", got.Reveal(), err, want)
			}
		})
	}
}

func TestResolveFails(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	put(t, outside, "canary", canary)
	put(t, dir, "empty", "\n")
	put(t, dir, "long", strings.Repeat("x", secrets.MaxSize+1))
	put(t, dir, "folder/other", canary)
	if err := os.Symlink(filepath.Join(outside, "canary"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		dir  string
		ref  secrets.Ref
		want string
	}{
		"no such secret":             {dir, ref(t, "crm"), "secret://crm: not found: create it in Secret Manager"},
		"a folder without it":        {dir, ref(t, "folder"), "not found"},
		"an empty value":             {dir, ref(t, "empty"), "secret://empty: empty"},
		"a value too long":           {dir, ref(t, "long"), "longer than"},
		"a link that leads out":      {dir, ref(t, "link"), "escapes"},
		"no directory configured":    {"", ref(t, "crm"), "SECRETS_DIR"},
		"no such directory":          {filepath.Join(dir, "none"), ref(t, "crm"), "SECRETS_DIR"},
		"the empty reference":        {dir, secrets.Ref{}, "the reference is empty"},
		"the directory is no folder": {filepath.Join(dir, "empty"), ref(t, "crm"), "SECRETS_DIR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := secrets.NewResolver(row.dir, new(ticker).Now).Resolve(row.ref)
			if err == nil || !strings.Contains(err.Error(), row.want) || got.Reveal() != "" {
				t.Errorf("%q, error %v, want one with %q", got.Reveal(), err, row.want)
			}
		})
	}
}

func TestResolveCachesAFewSeconds(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), new(ticker)
	r := secrets.NewResolver(dir, c.Now)
	check := func(when, want string) {
		t.Helper()
		if got, err := r.Resolve(ref(t, "crm")); err != nil || got.Reveal() != want {
			t.Errorf("%s: %q, %v, want %q", when, got.Reveal(), err, want)
		}
	}
	if _, err := r.Resolve(ref(t, "crm")); err == nil {
		t.Error("found before it was written")
	}
	put(t, dir, "crm", "old")
	check("absence is not cached", "old")
	put(t, dir, "crm", "new")
	c.Advance(4999 * time.Millisecond)
	check("within five seconds", "old")
	c.Advance(time.Millisecond)
	check("after five seconds", "new")
}

func TestResolveFromManyGoroutines(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), new(ticker)
	put(t, dir, "crm/crm", "value")
	r := secrets.NewResolver(dir, c.Now)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				if got, err := r.Resolve(ref(t, "crm")); err != nil || got.Reveal() != "value" {
					t.Errorf("%q, %v", got.Reveal(), err)
				}
				c.Advance(time.Second)
			}
		})
	}
	wg.Wait()
}
