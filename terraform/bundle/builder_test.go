package main_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// framework is what turns a function into a server.
const framework = "github.com/GoogleCloudPlatform/functions-framework-go"

// sourceFolder is where the platform's builder puts an archive's content, and mainFolder, below it, what it generates.
const (
	sourceFolder = "serverless_function_source_code"
	mainFolder   = "functions.local/app"
)

// refusal is why the platform's builder would not build an archive.
type refusal string

func (r refusal) Error() string { return "the builder refuses: " + string(r) }

// builder does what the platform does with an archive, step by step (github.com/GoogleCloudPlatform/buildpacks,
// cmd/go/functions_framework/lib/lib.go), in a workspace of its own. Unlike the platform it has no network: all that it may
// need is in the module cache since the archive was made.
type builder struct {
	ctx       context.Context
	workspace string
}

func (b builder) source() string { return filepath.Join(b.workspace, sourceFolder) }

// build makes of an archive the program that the platform would run.
func (b builder) build(archive []byte) (program string, err error) {
	if err := b.unpack(archive); err != nil {
		return "", err
	}
	if err := b.checkRoot(); err != nil {
		return "", err
	}
	module, err := b.checkModule()
	if err != nil {
		return "", err
	}
	if err := b.generate(module); err != nil {
		return "", err
	}
	if err := b.settle(); err != nil {
		return "", err
	}
	program = filepath.Join(b.workspace, "main")
	// The platform sets neither flag. Without -trimpath the compiler would notice where the archive was unpacked, and compile anew
	// what is the same in all; -w leaves out what debuggers want, a third of the linker's work.
	_, err = b.run("build", "-trimpath", "-ldflags=-w", "-o", program, "./"+mainFolder)
	return program, err
}

// unpack keeps the modes of entries.
func (b builder) unpack(archive []byte) error {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return err
	}
	for _, entry := range r.File {
		if !filepath.IsLocal(entry.Name) {
			return refusal("an entry outside of the archive: " + entry.Name)
		}
		if err := unpackFile(entry, filepath.Join(b.source(), filepath.FromSlash(entry.Name))); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(entry *zip.File, path string) error {
	from, err := entry.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	content, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, entry.Mode())
}

// checkRoot looks at all Go files at the root, tests and those for other systems included.
func (b builder) checkRoot() error {
	paths, err := filepath.Glob(filepath.Join(b.source(), "*.go"))
	if err != nil {
		return err
	}
	packages, imports := map[string]bool{}, map[string]bool{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		packages[file.Name.Name] = true
		for _, i := range file.Imports {
			path, _ := strconv.Unquote(i.Path.Value) // which was parsed
			imports[path] = true
		}
	}
	switch {
	case len(packages) == 0:
		return refusal("unable to find Go package")
	case len(packages) > 1:
		return refusal("multiple packages in user code directory")
	case !imports[framework+"/functions"]:
		return refusal("the root package would have to export the function, since it does not import " + framework + "/functions")
	case !imports[framework+"/funcframework"]:
		return refusal("vendored, the generated program would find no " + framework + "/funcframework")
	}
	return nil
}

// checkModule answers the module's path.
func (b builder) checkModule() (string, error) {
	info, err := os.Stat(filepath.Join(b.source(), "go.mod"))
	if errors.Is(err, os.ErrNotExist) {
		return "", refusal("no go.mod at the root")
	}
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o200 == 0 {
		return "", refusal("go.mod exists but is not writable")
	}
	if _, err := os.Stat(filepath.Join(b.source(), "go.sum")); err != nil {
		return "", refusal("no go.sum at the root: versions would be looked up unchecked")
	}
	module, err := b.run("list", "-m")
	if err != nil {
		return "", err
	}
	if first, _, _ := strings.Cut(module, "/"); !strings.Contains(first, ".") {
		return "", refusal("the module path must contain a dot in the first path element: " + module)
	}
	if version, err := b.run("list", "-m", "-f", "{{.Version}}", framework); err != nil || version == "" {
		return "", refusal("go.mod does not name the framework")
	}
	return module, nil
}

// generate writes the main program.
func (b builder) generate(module string) error {
	folder := filepath.Join(b.source(), filepath.FromSlash(mainFolder))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "main.go"), fmt.Appendf(nil, `package main

import (
	"log"
	"net/http"
	"os"

	"%s/funcframework"

	_ %q
)

func main() {
	for _, path := range []string{"/robots.txt", "/favicon.ico"} {
		http.HandleFunc(path, http.NotFound)
	}
	if err := funcframework.Start(os.Getenv("PORT")); err != nil {
		log.Fatal(err)
	}
}
`, framework, module), 0o644)
}

// settle tidies the module, which must find nothing to do: what is built is then what was tested.
func (b builder) settle() error {
	before, err := b.settled()
	if err != nil {
		return err
	}
	if _, err := b.run("mod", "tidy"); err != nil {
		return err
	}
	after, err := b.settled()
	if err == nil && after != before {
		err = fmt.Errorf("go mod tidy made of\n%s\nthis:\n%s", before, after)
	}
	return err
}

func (b builder) settled() (string, error) {
	mod, err := os.ReadFile(filepath.Join(b.source(), "go.mod"))
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(b.source(), "go.sum"))
	return string(mod) + string(sum), err
}

// run is one call of the go command.
func (b builder) run(args ...string) (string, error) {
	cmd := exec.CommandContext(b.ctx, "go", args...)
	cmd.Dir = b.source()
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -tags=disable_grpc_modules", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &errs)
	}
	return strings.TrimSpace(string(out)), nil
}
