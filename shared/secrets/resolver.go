package secrets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

// DirEnv names the environment variable that holds the directory a Resolver reads from.
const DirEnv = "SECRETS_DIR"

// MaxSize is the longest value Secret Manager stores, in bytes (docs.cloud.google.com/secret-manager/quotas).
const MaxSize = 64 << 10

// Every read of a mounted secret is a call of Secret Manager, billed and slow; a rotated secret may take this long to be
// noticed.
const cacheFor = 5 * time.Second

// Resolver reads secrets from files. All methods may be called at once from many goroutines.
type Resolver struct {
	dir string
	now func() time.Time

	mu    sync.Mutex
	cache map[string]entry // by name; as many as there are files
}

type entry struct {
	secret Secret
	until  time.Time
}

// NewResolver reads from dir, the value of DirEnv. A secret is the file dir/name, as one writes it on a laptop, or lies
// in a folder of its own as Cloud Run mounts it, one secret a mount: dir/name/name, the platform's default, or
// dir/name/latest where the mount gives the version as path (docs.cloud.google.com/run/docs/configuring/services/secrets).
func NewResolver(dir string, now func() time.Time) *Resolver {
	return &Resolver{dir: dir, now: now, cache: map[string]entry{}}
}

// Resolve is the value ref names, at most five seconds old, without the line break at its end that a shell leaves
// there. Its errors name the secret and how to mend it, never the value.
func (r *Resolver) Resolve(ref Ref) (Secret, error) {
	if ref.name == "" {
		return Secret{}, errors.New("secrets: the reference is empty: write secret://name")
	}
	if s, ok := r.cached(ref.name); ok {
		return s, nil
	}
	// Two goroutines may read the same file at once, which is harmless; one slow file must not hold up the others.
	value, err := r.read(ref.name)
	if err != nil {
		return Secret{}, fmt.Errorf("secrets: %s: %w", ref, err)
	}
	s := New(value)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cache[ref.name] = entry{secret: s, until: r.now().Add(cacheFor)}
	return s, nil
}

func (r *Resolver) cached(name string) (Secret, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.cache[name]
	return e.secret, ok && r.now().Before(e.until)
}

// read opens the files below an os.Root, so that neither a name nor a symbolic link leads out of the directory.
func (r *Resolver) read(name string) (string, error) {
	if r.dir == "" {
		return "", fmt.Errorf("the environment variable %s must name the directory the secrets are mounted in", DirEnv)
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return "", fmt.Errorf("the directory of %s: %w", DirEnv, err)
	}
	defer func() { _ = root.Close() }() // only read
	for _, path := range []string{name, name + "/" + name, name + "/latest"} {
		value, err := readFile(root, path)
		if err == nil || !isAbsent(err) {
			return value, err
		}
	}
	return "", fmt.Errorf("not found: create it in Secret Manager and mount it at %s/%s, or write that file", r.dir, name)
}

var errFolder = errors.New("is a folder")

// isAbsent says that the value may be at the next path: nothing is here, a folder is, or a file is where a folder was
// looked for.
func isAbsent(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errFolder) }

func readFile(root *os.Root, path string) (string, error) {
	f, err := root.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	if info, err := f.Stat(); err != nil {
		return "", err
	} else if info.IsDir() {
		return "", errFolder
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return "", err
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	switch {
	case len(b) > MaxSize:
		return "", fmt.Errorf("longer than Secret Manager's %d bytes", MaxSize)
	case value == "":
		return "", errors.New("empty: add a version with a value")
	}
	return value, nil
}
