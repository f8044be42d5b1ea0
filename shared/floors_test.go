package shared_test

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors are the storeys of the house, the lowest first: a package imports only from floors below its own, and within
// shared/ only where it stands here. What is not named stands on the floor of its parent.
var floors = [][]string{
	{"shared/clock", "shared/cloud", "shared/phone", "shared/secrets", "shared/telemetry", "shared/template"},
	{"shared/fault", "shared/desk", "shared/session", "shared/outbound", "shared/publish", "shared/presence", "shared/schedule", "shared/settings"},
	{"shared/function", "shared/inbound", "shared/files"},
	{"shared/source", "shared/crm", "shared/metadata", "shared/mail", "shared/store", "shared/quality"},
	{"shared/work"},
	{"shared/signin", "shared/places", "shared/people"},
	{"shared/flow", "shared/closing", "shared/export", "shared/attendance", "shared/qmfeed"},
	{"shared/doctor", "shared/watch"},
	{"functions"},
	{"terraform"},
	{"emulator"},
}

// exceptions name imports within one floor that are meant.
var exceptions = map[string][]string{
	"shared/publish":             {"shared/session"}, // it publishes events
	"shared/source/payload":      {"shared/source"},  // what the vendors' packages share, and its parent
	"shared/source/ccai":         {"shared/source", "shared/source/payload"},
	"shared/source/qm":           {"shared/source", "shared/source/payload"},
	"shared/source/udesk":        {"shared/source", "shared/source/payload"},
	"shared/source/agentdesktop": {"shared/source", "shared/source/payload"},
	"shared/source/kustomer":     {"shared/source", "shared/source/payload"},
	"shared/source/sourcetest":   {"shared/source"},   // for the tests of these
	"shared/settings/form":       {"shared/settings"}, // it is made of their schema
	"shared/files/gcs":           {"shared/files"},
	"shared/files/sftp":          {"shared/files"},
	"shared/files/remote":        {"shared/files"},
	"terraform/bundle":           {"terraform/bundle/pack"}, // it is the command around it
}

const module = "sessionbridge.internal/"

// A package must not reach up, and functions must not know each other.
func TestImportsOnlyGoDown(t *testing.T) {
	t.Parallel()
	for _, line := range goList(t) {
		pkg, imports, _ := strings.Cut(strings.TrimPrefix(line, module), " ")
		for _, imported := range strings.Fields(imports) {
			imported, ours := strings.CutPrefix(imported, module)
			if !ours || slices.Contains(exceptions[pkg], imported) {
				continue
			}
			if a, b := floorOf(t, pkg), floorOf(t, imported); b > a || b == a && !strings.HasPrefix(pkg, "emulator") {
				t.Errorf("%s (floor %d) imports %s (floor %d)", pkg, a, imported, b)
			}
		}
	}
}

func goList(t *testing.T) []string {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...")
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, errs.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func floorOf(t *testing.T, pkg string) int {
	t.Helper()
	for i, names := range floors {
		for _, name := range names {
			if pkg == name || strings.HasPrefix(pkg, name+"/") {
				return i
			}
		}
	}
	t.Errorf("package %s stands on no floor: add it to the list in this test", pkg)
	return len(floors)
}
