package terraform_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/terraform/applied"
)

var update = flag.Bool("update", false, "write README.md's tables anew")

// made is what Terraform would make.
func made(t *testing.T) *applied.State {
	t.Helper()
	dir := os.Getenv(applied.DirEnv)
	if dir == "" {
		t.Skip("make terraform runs this, where Terraform is installed")
	}
	state, err := applied.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestReadmeHasTheTablesOfWhatIsThere(t *testing.T) {
	state := made(t)
	old, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	for name, table := range map[string]string{"inputs": inputs(state), "outputs": outputs(state), "permissions": permissions(t, state)} {
		if text, err = between(text, name, table); err != nil {
			t.Fatal(err)
		}
	}
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatal("README.md's tables are not what Terraform has: make terraform ARGS=-update writes them")
	}
	if err := os.WriteFile("README.md", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between puts a table in the place of what stands between its two marks.
func between(text, name, table string) (string, error) {
	open, closing := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, found := strings.Cut(text, open)
	_, after, ends := strings.Cut(rest, closing)
	if !found || !ends {
		return "", fmt.Errorf("README.md has no marks %q and %q", open, closing)
	}
	return before + open + table + closing + after, nil
}

func inputs(s *applied.State) string {
	var b strings.Builder
	b.WriteString("| Variable | Default | |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(s.Inputs)) {
		in, def := s.Inputs[name], "to be given"
		if in.Default != nil {
			doc, _ := json.Marshal(in.Default) // it came from JSON
			def = "`" + string(doc) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, cell(def), cell(in.Description))
	}
	return b.String()
}

func outputs(s *applied.State) string {
	var b strings.Builder
	b.WriteString("| Output | |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(s.Described)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, cell(s.Described[name]))
	}
	return b.String()
}

// permission is a row of the output permissions.
type permission struct{ Function, Role, On, Why string }

func permitted(t *testing.T, s *applied.State) (all []permission) {
	t.Helper()
	doc, err := json.Marshal(s.Outputs["permissions"])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func permissions(t *testing.T, s *applied.State) string {
	t.Helper()
	all := permitted(t, s)
	slices.SortStableFunc(all, func(a, b permission) int { return strings.Compare(a.Function, b.Function) })
	var b strings.Builder
	b.WriteString("| Function | May | On | Because it |\n|---|---|---|---|\n")
	for _, p := range all {
		role := p.Role
		if at := strings.Index(role, "/roles/"); at > 0 { // one of our own
			role = role[at+1:]
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", p.Function, role, cell(p.On), cell(p.Why))
	}
	return b.String()
}

// cell is a text that does not end its cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

func TestEveryVariableAndOutputIsDescribed(t *testing.T) {
	state := made(t)
	for name, in := range state.Inputs {
		if in.Description == "" {
			t.Errorf("the variable %s has no description", name)
		}
	}
	for name, description := range state.Described {
		if description == "" {
			t.Errorf("the output %s has no description", name)
		}
	}
	if len(state.Inputs) < 5 || len(state.Described) < 5 {
		t.Errorf("only %d inputs and %d outputs were read", len(state.Inputs), len(state.Described))
	}
}
