// Package presets holds settings documents to begin with, one per CRM: take the nearest, put in your own addresses, secrets
// and fields, and try it (README.md says how). A CRM that is not here needs a document, not code; "custom" is the empty one.
//
// The console offers them; shared/settings reads and checks what becomes of them.
package presets

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed *.json
var documents embed.FS

// Names lists the presets in alphabetical order.
func Names() []string {
	var names []string
	entries, _ := documents.ReadDir(".") // it is part of the program
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// Read gives the preset's document, whose hosts, ids and secrets are placeholders. The error is for a name that is none.
func Read(name string) ([]byte, error) {
	names := Names()
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("there is no preset %q; there are %s", name, strings.Join(names, ", "))
	}
	return documents.ReadFile(name + ".json")
}
