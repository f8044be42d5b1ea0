// Settings checks files with tenants' settings, before Terraform or the console is given them, by the parser that functions read
// them with.
//
//	go run ./terraform/settings FILE...
//
// Every mistake has a line of its own, with the file and the path within it. The exit status is 1 if there is any.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"sessionbridge.internal/shared/settings"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program but the process's end, whose status it returns.
func run(files []string, out, errs io.Writer) (status int) {
	if len(files) == 0 {
		fmt.Fprintln(errs, "name the files to check: go run ./terraform/settings FILE...")
		return 2
	}
	for _, name := range files {
		found := check(name)
		for _, mistake := range found {
			fmt.Fprintf(errs, "%s: %s\n", name, mistake)
			status = 1
		}
		if len(found) == 0 {
			fmt.Fprintf(out, "%s: right, version %d\n", name, settings.Version)
		}
	}
	return status
}

// check is all that is wrong with a file.
func check(name string) (mistakes []string) {
	doc, err := read(name)
	if err == nil {
		_, err = settings.Parse(doc)
	}
	if err == nil {
		return nil
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range all.Unwrap() {
			mistakes = append(mistakes, one.Error())
		}
		return mistakes
	}
	return []string{err.Error()}
}

// read reads no more of a file than tells that it is too long.
func read(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, errors.Unwrap(err) // whose name is told anyway
	}
	defer file.Close()
	doc, err := io.ReadAll(io.LimitReader(file, settings.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading it: %w", err)
	}
	return doc, nil
}
