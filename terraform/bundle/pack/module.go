package pack

import (
	"context"
	"encoding/json"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
)

// Runtime is what the functions are deployed to, as Terraform names it (docs.cloud.google.com/run/docs/runtimes/go).
const Runtime = "go126"

// runtimeGo is the Go that the runtime builds with at least. Where go.mod asks for a newer patch level, the builder has to
// fetch another toolchain, or refuses (go.dev/doc/toolchain, "Go version configuration").
const runtimeGo = "1.26.7"

// module is what of a go.mod matters here, in the form of go mod edit -json.
type module struct {
	Path    string
	Go      string
	Require []struct{ Path, Version string }
	Replace []struct {
		Old, New struct{ Path, Version string }
	}
	Tool []struct{ Path string }
}

// readModule reads the go.mod in a folder.
func readModule(ctx context.Context, dir string) (m module, err error) {
	out, err := goCommand(ctx, dir, "mod", "edit", "-json")
	if err != nil {
		return m, err
	}
	var file struct {
		module
		Module struct{ Path string }
	}
	if err := json.Unmarshal(out, &file); err != nil {
		return m, fmt.Errorf("reading what go mod edit says: %w", err)
	}
	m, m.Path = file.module, file.Module.Path
	return m, nil
}

// checkPlatform says whether the platform can build the module.
func (m module) checkPlatform() error {
	for _, r := range m.Replace {
		if r.New.Version == "" {
			return fmt.Errorf("%w: it replaces %s by the folder %s, which no archive has; name a version", ErrUntidy, r.Old.Path, r.New.Path)
		}
	}
	if version.Compare("go"+m.Go, "go"+runtimeGo) <= 0 {
		return nil
	}
	return fmt.Errorf("%w: go.mod says go %s and %s builds with go %s; go mod edit -go=%s mends it, unless a module needs more",
		ErrRuntime, m.Go, Runtime, runtimeGo, runtimeGo)
}

// prune adds a go.mod and go.sum to the files that have what these need, and nothing of the rest: neither tools nor the
// modules of other functions, whose versions would change this archive and not what is built. It is what the builder runs too,
// go mod tidy, so that one finds nothing left to change or to look up.
func prune(ctx context.Context, root string, whole module, all files) error {
	dir, err := os.MkdirTemp("", "bundle-")
	if err != nil {
		return fmt.Errorf("a folder to work in: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := all.writeTo(dir); err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return fmt.Errorf("the module's own %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("the archive's %s: %w", name, err)
		}
	}
	if err := tidy(ctx, dir, whole); err != nil {
		return err
	}
	return all.readModuleFiles(dir)
}

// tidy makes the module in dir, a part of the whole, name what is in it alone.
func tidy(ctx context.Context, dir string, whole module) error {
	for _, args := range [][]string{whole.simplify(), {"mod", "tidy"}} {
		if _, err := goCommand(ctx, dir, args...); err != nil {
			return err
		}
	}
	part, err := readModule(ctx, dir)
	if err != nil {
		return err
	}
	return part.checkWithin(whole)
}

// simplify is the call of the go command that drops tools, and makes one block of all that is required: go mod tidy would keep
// the blocks it finds, and how they came to be is nothing that an archive should tell.
func (m module) simplify() []string {
	args := []string{"mod", "edit", "-toolchain=none"}
	for _, tool := range m.Tool {
		args = append(args, "-droptool="+tool.Path)
	}
	for _, r := range m.Require {
		args = append(args, "-droprequire="+r.Path)
	}
	for _, r := range m.Require {
		args = append(args, "-require="+r.Path+"@"+r.Version)
	}
	return args
}

// checkWithin says whether the module is built of the same versions as the whole.
func (m module) checkWithin(whole module) error {
	if m.Go != whole.Go {
		return fmt.Errorf("%w: it says go %s and a module needs %s; run go mod tidy", ErrUntidy, whole.Go, m.Go)
	}
	versions := map[string]string{}
	for _, r := range whole.Require {
		versions[r.Path] = r.Version
	}
	for _, r := range m.Require {
		if versions[r.Path] != r.Version {
			return fmt.Errorf("%w: the archive alone would have %s %s, the whole has %q; run go mod tidy", ErrUntidy, r.Path, r.Version, versions[r.Path])
		}
	}
	return nil
}

func (all files) writeTo(dir string) error {
	for name, content := range all {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("laying out the archive: %w", err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return fmt.Errorf("laying out the archive: %w", err)
		}
	}
	return nil
}

// readModuleFiles adds go.mod and go.sum.
func (all files) readModuleFiles(dir string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("the archive's %s: %w", name, err)
		}
		all[name] = content
	}
	return nil
}
