package main_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
)

// packed is an archive of these files.
func packed(t *testing.T, files map[string]string, goMod fs.FileMode) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		header := &zip.FileHeader{Name: name}
		header.SetMode(0o644)
		if name == "go.mod" {
			header.SetMode(goMod)
		}
		entry, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What the platform would refuse, the test's builder refuses: else no archive could fail there.
func TestTheBuilderRefusesWhatThePlatformDoes(t *testing.T) {
	t.Parallel()
	const imports = "package function\n\nimport (\n\t_ \"" + framework + "/funcframework\"\n\t_ \"" + framework + "/functions\"\n)\n"
	sound := map[string]string{
		"function.go": imports, "go.sum": "", "go.mod": "module example.test\n\ngo 1.26.0\n\nrequire " + framework + " v1.9.2\n",
	}
	tests := map[string]struct {
		change map[string]string // an empty file is not there
		goMod  fs.FileMode
		says   string
	}{
		"no Go file at the root":            {map[string]string{"function.go": ""}, 0o644, "unable to find Go package"},
		"a test of another package":         {map[string]string{"more_test.go": "package function_test\n"}, 0o644, "multiple packages"},
		"a root that registers nothing":     {map[string]string{"function.go": "package function\n"}, 0o644, "/functions"},
		"a root without the server":         {map[string]string{"function.go": "package function\n\nimport _ \"" + framework + "/functions\"\n"}, 0o644, "/funcframework"},
		"no module":                         {map[string]string{"go.mod": ""}, 0o644, "no go.mod"},
		"a module that cannot be written":   {nil, 0o444, "not writable"},
		"a module without a dot":            {map[string]string{"go.mod": "module function\n\ngo 1.26.0\n"}, 0o644, "must contain a dot"},
		"a module that lacks the framework": {map[string]string{"go.mod": "module example.test\n\ngo 1.26.0\n"}, 0o644, "does not name the framework"},
		"a file outside of the archive":     {map[string]string{"../function.go": imports}, 0o644, "outside"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := maps.Clone(sound)
			maps.Copy(files, tt.change)
			maps.DeleteFunc(files, func(name, content string) bool { return content == "" && name != "go.sum" })
			program, err := builder{t.Context(), t.TempDir()}.build(packed(t, files, tt.goMod))
			var refused refusal
			if !errors.As(err, &refused) || !strings.Contains(string(refused), tt.says) {
				t.Errorf("build = %q, %v; want a refusal that says %q", program, err, tt.says)
			}
		})
	}
}
