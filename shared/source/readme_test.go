package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName   = regexp.MustCompile("`(Test[A-Za-z]+)`")
	sampleName = regexp.MustCompile(`\b[a-z]+(-[a-z0-9]+)+\b`)
)

// TestTheTablesOfTheReadmeNameWhatThereIs finds every test and every sample that a last column names.
func TestTheTablesOfTheReadmeNameWhatThereIs(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := contents(t, "*_test.go", "*/*_test.go", "../session/*_test.go")
	proofs := 0
	for _, line := range strings.Split(string(readme), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if !strings.HasPrefix(line, "|") || len(cells) < 3 {
			continue
		}
		last := cells[len(cells)-1]
		for _, m := range testName.FindAllStringSubmatch(last, -1) {
			proofs++
			if !bytes.Contains(tests, []byte("func "+m[1]+"(")) {
				t.Errorf("there is no test %s: %s", m[1], line)
			}
		}
		for _, name := range sampleName.FindAllString(testName.ReplaceAllString(last, ""), -1) {
			proofs++
			if found, _ := filepath.Glob("*/testdata/" + name + "*.golden.json"); len(found) == 0 {
				t.Errorf("there is no sample %s: %s", name, line)
			}
		}
	}
	if proofs < 100 {
		t.Errorf("only %d proofs were found", proofs)
	}
}

func contents(t *testing.T, patterns ...string) []byte {
	t.Helper()
	var all []byte
	for _, p := range patterns {
		paths, err := filepath.Glob(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
	}
	return all
}
