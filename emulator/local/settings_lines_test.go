package local_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/local"
)

// The lines by which terraform/SETTINGS.md has a tenant's file put on the console do that, and not over what another saved.
func TestTheLinesForSettingsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed; the lines are for people who have it")
	}
	readme, err := os.ReadFile("../../terraform/SETTINGS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, ok := strings.Cut(string(readme), "## Change a tenant")
	_, script, _ = strings.Cut(script, "```\n")
	script, _, _ = strings.Cut(script, "```")
	lines := strings.SplitAfter(strings.TrimSpace(script), "\n")
	if !ok || len(lines) != 4 {
		t.Fatalf("SETTINGS.md has the lines %q, want four", lines)
	}
	c := start(t, local.Options{})
	dir := t.TempDir()
	run := func(lines ...string) (string, error) {
		script := strings.ReplaceAll("set -e\n"+strings.Join(lines, ""), ` -H "Authorization: Bearer $TOKEN"`, "") // a developer needs none
		cmd := exec.CommandContext(patience(t), "sh", "-c", strings.ReplaceAll(script, "curl ", "curl --fail-with-body --silent --show-error "))
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CONSOLE="+c.Client.URL+"/console", "TENANT=demo", "FILE=acme.json")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	file := func(subject string) {
		var doc map[string]any
		c.must(c.Get(patience(t), "/console/api/tenants/demo/settings", &doc))
		section(doc, "mail")["subject"] = subject
		out, err := json.Marshal(doc)
		c.must(err)
		c.must(os.WriteFile(filepath.Join(dir, "acme.json"), out, 0o600))
	}
	file("from a file")
	if out, err := run(lines...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.set(func(doc map[string]any) {
		if got := section(doc, "mail")["subject"]; got != "from a file" {
			t.Errorf("the subject is %v, want the file's", got)
		}
		section(doc, "mail")["subject"] = "of an administrator"
	})
	file("from a file that is late")
	out, err := run("printf 'ETag: \"older\"\\r\\n' > headers\n", lines[1], lines[3])
	if err == nil || !strings.Contains(out, "changed meanwhile") {
		t.Errorf("what an administrator saved was written over: %v\n%s", err, out)
	}
}
