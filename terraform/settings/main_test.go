package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

func TestFilesAreCheckedAsFunctionsReadThem(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		doc    string
		status int
		want   []string // in its lines, in order
	}{
		"a right one":                       {`{"version": 1, "people": {"ada@example.com": "administrator"}}`, 0, nil},
		"one with two mistakes":             {`{"mail": {"from": "a@b.c", "port": 25, "to": "d@e.f"}, "people": {"ada@example.com": "boss"}}`, 1, []string{"mail.host: is required", "people.ada@example.com: "}},
		"one with a secret":                 {`{"sources": {"ccai": {"username": "u", "password": "hunter2"}}}`, 1, []string{"sources.ccai.password: must be a reference"}},
		"one that is no JSON":               {"{\n\"mail\": }", 1, []string{"$: line 2: "}},
		"one of a later release":            {`{"version": 99}`, 1, []string{"version: is 99, of a later release"}},
		"one that is too long":              {strings.Repeat(" ", settings.MaxBytes+1), 1, []string{"$: is "}},
		"one that never was written at all": {"", 1, []string{"no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "acme.json")
			if row.doc != "" {
				if err := os.WriteFile(file, []byte(row.doc), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out, errs bytes.Buffer
			if got := run([]string{file}, &out, &errs); got != row.status || (out.Len() > 0) != (got == 0) {
				t.Errorf("the status is %d and it says %s", got, &out)
			}
			lines := slices.Collect(strings.Lines(errs.String()))
			if len(lines) != len(row.want) {
				t.Fatalf("it says\n%s, want %q", &errs, row.want)
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, file+": ") || !strings.Contains(line, row.want[i]) {
					t.Errorf("it says %q, want %q", line, row.want[i])
				}
				if strings.Contains(line, "hunter2") {
					t.Error("it tells the secret")
				}
			}
		})
	}
}

func TestNoFileIsAMistake(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if got := run(nil, &out, &errs); got != 2 || !strings.Contains(errs.String(), "FILE") {
		t.Errorf("the status is %d: %s", got, &errs)
	}
}
