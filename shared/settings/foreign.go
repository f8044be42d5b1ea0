package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Own is what the names of a tenant's own secrets, queue and bucket begin with: "demo--crm-password".
func Own(tenant string) string { return tenant + "--" }

// widget is where a document names the script that the desk's page runs as its own.
const widget = "desk.agentdesktop.widget_url"

// Foreign are the places where a document names secrets, a CRM's queue or a bucket that are not the tenant's own (Own), or a
// script for the desk's page, and the document before it did not. Such names are for the deployment's administrators: all
// tenants' secrets are mounted side by side, so who may change one tenant's settings could else have another tenant's password
// sent to a server of theirs; and all tenants' pages are of one origin, so a script in one of them acts for whoever opens it,
// at every tenant.
func Foreign(tenant string, before, doc []byte) []*Problem {
	had := map[[2]string]bool{}
	visitNames(before, func(path, name string) { had[named(path, name)] = true })
	var found []*Problem
	visitNames(doc, func(path, name string) {
		switch {
		case had[named(path, name)]:
		case path == widget:
			found = append(found, &Problem{path, "is a script that the desk runs as its own, and all tenants share the desk's site: a new address is for an administrator of the deployment to set"})
		case !strings.HasPrefix(strings.TrimPrefix(name, "secret://"), Own(tenant)):
			found = append(found, &Problem{path, fmt.Sprintf("names what is not this tenant's: its own names begin with %q, and others are for an administrator of the deployment to set", Own(tenant))})
		}
	})
	slices.SortFunc(found, func(a, b *Problem) int { return strings.Compare(a.Path, b.Path) })
	return found
}

// named is what makes a name one that was there before. A script's must have been a script's.
func named(path, name string) [2]string {
	if path == widget {
		return [2]string{widget, name}
	}
	return [2]string{"", name}
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
		if strings.HasPrefix(v, "secret://") || path == "crm.queue" || path == "storage.bucket" || path == widget {
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
