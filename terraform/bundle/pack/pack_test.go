package pack_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/terraform/bundle/pack"
)

// project is the module that this package is of.
const project = "../../.."

// content are the files of an archive, which must be one as the platform wants it: sorted, each entry alike.
func content(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files, names := map[string]string{}, []string{}
	for _, entry := range r.File {
		if first := time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC); entry.Mode() != 0o644 || !entry.Modified.Equal(first) {
			t.Errorf("%s has mode %v and time %v", entry.Name, entry.Mode(), entry.Modified)
		}
		from, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(from)
		if err != nil {
			t.Fatalf("%s: %v", entry.Name, err)
		}
		files[entry.Name] = string(b)
		names = append(names, entry.Name)
	}
	if !slices.IsSorted(names) || len(files) != len(names) {
		t.Errorf("the entries are not sorted, or some are there twice: %v", names)
	}
	return files
}

// archive is the one of a function of the module in root.
func archive(t *testing.T, root, name string) []byte {
	t.Helper()
	b, err := pack.Archive(t.Context(), root, name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// copied is a copy of what of the project is built, every file with this mode and time.
func copied(t *testing.T, mode fs.FileMode, at time.Time) (root string) {
	t.Helper()
	root = t.TempDir()
	put := func(path string) error {
		b, err := os.ReadFile(filepath.Join(project, path))
		if err != nil {
			return err
		}
		to := filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, b, 0o600)); err != nil {
			return err
		}
		return errors.Join(os.Chmod(to, mode), os.Chtimes(to, at, at))
	}
	for _, path := range []string{"go.mod", "go.sum"} {
		if err := put(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"functions", "shared"} {
		err := fs.WalkDir(os.DirFS(project), folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return put(path)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// edit appends to a file of a copy.
func edit(t *testing.T, root, path, more string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(root, path), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(more); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheSameTreeGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	private := copied(t, 0o600, time.Date(2001, time.February, 3, 4, 5, 6, 0, time.UTC))
	open := copied(t, 0o775, time.Date(2026, time.November, 21, 7, 0, 0, 1, time.UTC))
	a, b := archive(t, private, "console"), archive(t, open, "console")
	if !bytes.Equal(a, b) {
		t.Error("another folder, other modes or other times give another archive")
	}
	if c := archive(t, open, "console"); !bytes.Equal(b, c) {
		t.Error("a second run gives another archive")
	}
}

func TestAChangeConcernsWhoNeedsItAlone(t *testing.T) {
	t.Parallel()
	root := copied(t, 0o600, time.Unix(1e9, 0))
	before := map[string][]byte{"quality": archive(t, root, "quality"), "webhook": archive(t, root, "webhook")}
	for _, step := range []struct {
		what, path, more string
		changed          []string
	}{
		{"a package of one function", "shared/qmfeed/batch.go", "\n// more\n", []string{"quality"}},
		{"a package of both", "shared/fault/fault.go", "\n// more\n", []string{"quality", "webhook"}},
		{"a test", "shared/fault/more_test.go", "package fault\n", nil},
		{"a module of neither", "go.mod", "\nrequire github.com/chromedp/sysutil v1.1.0\n", nil},
		{"a file for another system", "shared/fault/fault_windows.go", "package fault\n", nil},
	} {
		edit(t, root, step.path, step.more)
		for _, name := range []string{"quality", "webhook"} {
			after := archive(t, root, name)
			if got := !bytes.Equal(before[name], after); got != slices.Contains(step.changed, name) {
				t.Errorf("%s: the archive of %s changed: %v", step.what, name, got)
			}
			before[name] = after
		}
	}
}

func TestNothingIsInAnArchiveThatIsNotNeeded(t *testing.T) {
	t.Parallel()
	names, err := pack.Functions(project)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(names) || !slices.Contains(names, "webhook") || slices.Contains(names, "README.md") {
		t.Fatalf("the functions are %v", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := content(t, archive(t, project, name))
			for path := range files {
				folder, file := filepath.Split(path)
				if strings.HasSuffix(file, "_test.go") || strings.Contains(folder, "testdata") || file == "README.md" {
					t.Errorf("%s is there", path)
				}
				if folder != "" && folder != "functions/"+name+"/" && !strings.HasPrefix(folder, "functions/"+name+"/assets/") && !strings.HasPrefix(folder, "shared/") {
					t.Errorf("%s is of another part", path)
				}
			}
			for _, want := range []string{"go.mod", "go.sum", "function.go", "functions/" + name + "/" + name + ".go"} {
				if files[want] == "" {
					t.Errorf("%s is missing", want)
				}
			}
			for _, tool := range []string{"tool ", "honnef.co", "chromedp", "fake-gcs-server"} {
				if strings.Contains(files["go.mod"], tool) {
					t.Errorf("go.mod has %q:\n%s", tool, files["go.mod"])
				}
			}
		})
	}
}

func TestEmbeddedFilesAreThere(t *testing.T) {
	t.Parallel()
	files := content(t, archive(t, project, "console"))
	for _, path := range []string{"functions/console/assets/layout.html", "shared/settings/descriptions.json"} {
		want, err := os.ReadFile(filepath.Join(project, path))
		if err != nil {
			t.Fatal(err)
		}
		if files[path] != string(want) {
			t.Errorf("%s has %d bytes, want %d", path, len(files[path]), len(want))
		}
	}
}

func TestTerraformBuildsAsArchivesAreMade(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(project, "terraform", "functions.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"` + pack.Runtime + `"`, `"-tags=disable_grpc_modules"`, `file("${local.bundles_dir}/` + pack.IndexFile + `")`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("functions.tf lacks %s", want)
		}
	}
}
