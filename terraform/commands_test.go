package terraform_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// address is a resource in a command that somebody is to type.
var address = regexp.MustCompile(`module\.sessionbridge\.([a-z0-9_]+)\.([a-z0-9_]+)`)

// What is typed on the day of a first apply, or of a rescue, names resources that are there: Terraform takes no other as a target.
func TestCommandsNameWhatIsThere(t *testing.T) {
	state := made(t)
	there := map[string]bool{}
	for _, r := range state.Resources {
		there[r.Type+"."+r.Name] = true
	}
	texts, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range texts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range address.FindAllStringSubmatch(string(text), -1) {
			found++
			if !there[match[1]+"."+match[2]] {
				t.Errorf("%s speaks of %s, and there is none", name, match[0])
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d resources were found in %v", found, texts)
	}
}
