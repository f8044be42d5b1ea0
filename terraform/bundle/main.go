// Bundle writes what Terraform deploys: an archive for each function, named by its content, and an index of them.
//
//	go run ./terraform/bundle                 all functions, into terraform/.bundles
//	go run ./terraform/bundle -out DIR        elsewhere
//	go run ./terraform/bundle -only NAME      one function; what is there of the others stays
//
// What is in an archive is package pack's matter, next door.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"sessionbridge.internal/terraform/bundle/pack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	set := flag.NewFlagSet("bundle", flag.ContinueOnError)
	set.SetOutput(errs)
	dir := set.String("out", "", "the `folder` for the archives (default: terraform/.bundles of this module)")
	only := set.String("only", "", "the `function` to write; the others' archives stay as they are")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; run with -h for help", set.Arg(0))
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	if *dir == "" {
		*dir = filepath.Join(root, "terraform", ".bundles")
	}
	archives, err := makeAll(ctx, root, *only)
	if err != nil {
		return err
	}
	index, err := pack.Write(*dir, archives, *only != "")
	if err != nil {
		return err
	}
	return tell(out, *dir, index)
}

// moduleRoot is the folder of the module around the working directory.
func moduleRoot(ctx context.Context) (string, error) {
	said, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	file := strings.TrimSpace(string(said))
	if filepath.Base(file) != "go.mod" {
		return "", errors.New("run this within the module: there is no go.mod here or above")
	}
	return filepath.Dir(file), nil
}

// makeAll makes the archives of the module's functions, or of only that one.
func makeAll(ctx context.Context, root, only string) (map[string][]byte, error) {
	names := []string{only}
	if only == "" {
		var err error
		if names, err = pack.Functions(root); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	archives := map[string][]byte{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, name := range names {
		group.Go(func() error {
			archive, err := pack.Archive(ctx, root, name)
			mu.Lock()
			defer mu.Unlock()
			archives[name] = archive
			return err
		})
	}
	return archives, group.Wait()
}

// tell prints what is in the folder.
func tell(out io.Writer, dir string, index map[string]pack.Bundle) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FUNCTION\tKIB\tARCHIVE")
	for _, name := range slices.Sorted(maps.Keys(index)) {
		fmt.Fprintf(table, "%s\t%d\t%s\n", name, index[name].Size>>10, filepath.Join(dir, index[name].File))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("telling of the archives: %w", err)
	}
	return nil
}
