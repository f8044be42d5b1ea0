package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/bundle/pack"
)

func TestRunWritesArchivesAndTellsOfThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"webhook", "presence"} {
		var out, errs bytes.Buffer
		if err := run(t.Context(), []string{"-out", dir, "-only", name}, &out, &errs); err != nil || errs.Len() > 0 {
			t.Fatalf("run = %v %s", err, &errs)
		}
		if !strings.Contains(out.String(), "FUNCTION") || !strings.Contains(out.String(), filepath.Join(dir, name+"-")) {
			t.Errorf("it tells\n%s", &out)
		}
	}
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(found) != 3 {
		t.Errorf("the folder holds %v: %v", found, err)
	}
	index, err := os.ReadFile(filepath.Join(dir, pack.IndexFile))
	if err != nil || !bytes.Contains(index, []byte(`"webhook": {`)) || !bytes.Contains(index, []byte(`"presence": {`)) {
		t.Errorf("the index is %s: %v", index, err)
	}
}

func TestRunRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want error // nil: any
		says string
	}{
		"an argument":     {[]string{"webhook"}, nil, `unknown argument "webhook"`},
		"a flag":          {[]string{"-all"}, nil, "-all"},
		"another program": {[]string{"-only", "fax"}, pack.ErrUnknown, "webhook"},
		"a call for help": {[]string{"-h"}, flag.ErrHelp, "help"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var out, errs bytes.Buffer
			err := run(t.Context(), append([]string{"-out", dir}, tt.args...), &out, &errs)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("run = %v, want %v that says %q", err, tt.want, tt.says)
			}
			if found, err := os.ReadDir(dir); err != nil || len(found) > 0 || out.Len() > 0 {
				t.Errorf("it wrote %v and told %s: %v", found, &out, err)
			}
		})
	}
}
