package local_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/local"
)

// TestTheReadmesCommandsWork runs the README's own example, word for word but for the port.
func TestTheReadmesCommandsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed; the README's example is for people who have it")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(readme), "## Send an event of your own")
	if !ok {
		t.Fatal("the README lost its example")
	}
	_, script, _ := strings.Cut(example, "```\n")
	script, _, _ = strings.Cut(script, "```")
	c := start(t, local.Options{})
	script = "set -e\n" + strings.ReplaceAll(script, "http://127.0.0.1:8080", c.Client.URL)
	script = strings.ReplaceAll(script, "curl ", "curl --fail-with-body --silent --show-error ")
	out, err := exec.CommandContext(patience(t), "sh", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"key":"call-4711"`, `+15550123456`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the answers lack %s:\n%s", want, out)
		}
	}
	if len(c.crm().Records) != 1 {
		t.Errorf("the CRM has %d records after the example, want 1", len(c.crm().Records))
	}
}
