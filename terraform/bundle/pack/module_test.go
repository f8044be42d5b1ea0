package pack_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/bundle/pack"
)

// module is a folder with a go.mod and the function greet.
func module(t *testing.T, goMod string) (root string) {
	t.Helper()
	root = t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "functions", "greet"), 0o755); err != nil {
		t.Fatal(err)
	}
	edit(t, root, "go.mod", "module example.test\n"+goMod)
	edit(t, root, "functions/greet/greet.go", "package greet\n")
	return root
}

func TestWhatCannotBeDeployedIsRefusedWithTheWayToMendIt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		goMod, function string
		want            error // nil: any
		says            string
	}{
		"a function that is not there":      {"go 1.26.0", "fax", pack.ErrUnknown, "there are greet"},
		"a function outside":                {"go 1.26.0", "../functions/greet", pack.ErrUnknown, "there are greet"},
		"no function at all":                {"go 1.26.0", "", pack.ErrUnknown, "there are greet"},
		"a newer patch than the platform's": {"go 1.26.99", "greet", pack.ErrRuntime, "go mod edit -go=1.26.7"},
		"a newer Go than the platform's":    {"go 1.99", "greet", pack.ErrRuntime, "go 1.99 and go126"},
		"a module that is a folder":         {"go 1.26.0\nreplace golang.org/x/text => ../text", "greet", pack.ErrUntidy, "golang.org/x/text by the folder ../text"},
		"a go.mod that is none":             {"go to lunch", "greet", nil, "go.mod:2"},
		"a module that lacks the framework": {"go 1.26.0", "greet", nil, "go.sum"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := pack.Archive(t.Context(), module(t, tt.goMod), tt.function)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Archive = %d bytes, %v; want %v that says %q", len(archive), err, tt.want, tt.says)
			}
		})
	}
}

func TestAnArchiveIsBuiltOfTheVersionsThatWereTested(t *testing.T) {
	t.Parallel()
	const whole = "go 1.26.0\nrequire (\n\texample.test/a v1.2.0\n\texample.test/b v1.0.0\n)\n"
	tests := map[string]struct {
		part, says string // nothing said: it is
	}{
		"the same":        {whole, ""},
		"a part":          {"go 1.26.0\nrequire example.test/a v1.2.0\n", ""},
		"an older module": {"go 1.26.0\nrequire example.test/a v1.1.0\n", `example.test/a v1.1.0, the whole has "v1.2.0"`},
		"another module":  {"go 1.26.0\nrequire example.test/c v1.0.0\n", `example.test/c v1.0.0, the whole has ""`},
		"another Go":      {"go 1.26.1\n", "go 1.26.0 and a module needs 1.26.1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := pack.CheckWithin(t.Context(), module(t, tt.part), module(t, whole))
			if tt.says == "" && err != nil || tt.says != "" && (!errors.Is(err, pack.ErrUntidy) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("error is %v, want one that says %q", err, tt.says)
			}
		})
	}
}

func TestAModuleWithoutFunctionsSaysWhereItLooked(t *testing.T) {
	t.Parallel()
	if names, err := pack.Functions(t.TempDir()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "functions") {
		t.Errorf("Functions = %v, %v", names, err)
	}
}
