package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Own is what the names of a tenant's own secrets, queue and bucket begin with: "demo--crm-password".
func Own(tenant string) string { return tenant + "--" }

// Foreign are the places where a document names secrets, a CRM's queue or a bucket that are not the tenant's own (Own), and
// that the document before it did not name. All tenants' secrets are mounted side by side, so who may change one tenant's
// settings could else have another tenant's password sent to a server of theirs: such names are for the deployment's
// administrators.
func Foreign(tenant string, before, doc []byte) []*Problem {
	had := map[string]bool{}
	visitNames(before, func(_, name string) { had[name] = true })
	var found []*Problem
	visitNames(doc, func(path, name string) {
		if !had[name] && !strings.HasPrefix(strings.TrimPrefix(name, "secret://"), Own(tenant)) {
			found = append(found, &Problem{path, fmt.Sprintf("names what is not this tenant's: its own names begin with %q, and others are for an administrator of the deployment to set", Own(tenant))})
		}
	})
	slices.SortFunc(found, func(a, b *Problem) int { return strings.Compare(a.Path, b.Path) })
	return found
}

// visitNames visits what a document names of the deployment. One that is no JSON names nothing.
func visitNames(doc []byte, visit func(path, name string)) {
	var v any
	if json.Unmarshal(doc, &v) == nil {
		visitNamesIn(v, "", visit)
	}
}

func visitNamesIn(v any, path string, visit func(path, name string)) {
	switch v := v.(type) {
	case string:
		if strings.HasPrefix(v, "secret://") || path == "crm.queue" || path == "storage.bucket" {
			visit(path, v)
		}
	case []any:
		for i, in := range v {
			visitNamesIn(in, index(path, i), visit)
		}
	case map[string]any:
		for key, in := range v {
			visitNamesIn(in, join(path, key), visit)
		}
	}
}
