// Package pack makes the archive of one function: all that the platform's builder needs to build it, and nothing else. The
// same tree gives the same bytes on any machine, so an archive can be named by its content: what changed is deployed again
// and nothing besides.
//
// The program beside it (terraform/bundle) writes the archives for Terraform; functions/ is what is in them.
package pack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a person has to mend.
var (
	// ErrUnknown is a function that is not there.
	ErrUnknown = errors.New("there is no such function")
	// ErrRuntime is a module that asks for a newer Go than the platform has.
	ErrRuntime = errors.New("the platform's Go is too old for this module")
	// ErrUntidy is a go.mod by which the archive would be built of other modules than those that were tested.
	ErrUntidy = errors.New("go.mod does not settle what is built")
)

// Functions are the names of the functions of the module in the folder root, sorted: the folders in functions/ that have Go
// files beside their tests.
func Functions(root string) ([]string, error) {
	folders, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		return nil, fmt.Errorf("looking for functions: %w", err)
	}
	var names []string
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		found, err := filepath.Glob(filepath.Join(root, "functions", f.Name(), "*.go"))
		if err != nil {
			return nil, fmt.Errorf("looking for functions: %w", err)
		}
		if slices.ContainsFunc(found, func(path string) bool { return !strings.HasSuffix(path, "_test.go") }) {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// files are the contents of an archive by their slash-separated path.
type files map[string][]byte

// Archive is the ZIP archive of the named function of the module in the folder root: a root package that imports the
// function and the framework, the packages of the module that it needs, as they are for linux/amd64, and a go.mod and go.sum
// of these alone. It needs the go command, and the modules in its cache or within its reach.
//
// Errors are ErrUnknown, ErrRuntime and ErrUntidy, or what reading or the go command says.
func Archive(ctx context.Context, root, name string) ([]byte, error) {
	known, err := Functions(root)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(known, name) {
		return nil, fmt.Errorf("%w as %q in %s; there are %s", ErrUnknown, name, filepath.Join(root, "functions"), strings.Join(known, ", "))
	}
	archive, err := archive(ctx, root, name)
	if err != nil {
		return nil, fmt.Errorf("the archive of %s: %w", name, err)
	}
	return archive, nil
}

func archive(ctx context.Context, root, name string) ([]byte, error) {
	whole, err := readModule(ctx, root)
	if err != nil {
		return nil, err
	}
	if err := whole.checkPlatform(); err != nil {
		return nil, err
	}
	all, err := sources(ctx, root, whole.Path, name)
	if err != nil {
		return nil, err
	}
	all[rootFile] = rootPackage(whole.Path, name)
	if err := prune(ctx, root, whole, all); err != nil {
		return nil, err
	}
	return zipped(all)
}
