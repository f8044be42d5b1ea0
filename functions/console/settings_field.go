package console

import (
	"cmp"
	"strings"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/settings/form"
)

// fieldView is a field with the page that it is part of.
type fieldView struct {
	*form.Field
	page  *partView
	depth int
}

// fieldOf is a field for a template: of the page itself, or within another field.
func fieldOf(parent any, f *form.Field) fieldView {
	switch p := parent.(type) {
	case partView:
		return fieldView{f, &p, 0}
	case fieldView:
		return fieldView{f, p.page, p.depth + 1}
	}
	return fieldView{Field: f, page: &partView{}}
}

// Top says that the field is the part itself.
func (f fieldView) Top() bool { return f.depth == 0 }

// Shown says whether what is in the field is unfolded: what has mistakes, and what a person has just changed.
func (f fieldView) Shown() bool {
	at, path := f.page.At, f.Path // one tries an endpoint by its path, and changes a field by its name
	within := at == f.Name || strings.HasPrefix(at, f.Name+"/") || at == path || strings.HasPrefix(at, path+".") || strings.HasPrefix(at, path+"[")
	return within || f.Open() || path == "crm.endpoints" || f.Kind == form.Object && len(f.Fields) < 5
}

// Title is the field's name for people. Keys that people chose stay as they are.
func (f fieldView) Title() string {
	if f.Element {
		return f.Label
	}
	return heading(f.Label)
}

// spelt are the words of keys that people write otherwise.
var spelt = map[string]string{
	"crm": "CRM", "sftp": "SFTP", "url": "URL", "urls": "URLs", "id": "ID", "html": "HTML", "oauth": "OAuth", "kms": "KMS", "utc": "UTC",
}

// heading is a key as people write it.
func heading(key string) string {
	parts := strings.Split(key, "_")
	for i, part := range parts {
		if known, ok := spelt[part]; ok {
			parts[i] = known
		} else if i == 0 && part != "" {
			parts[i] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, " ")
}

// Hint is what tells a folded field from its neighbours.
func (f fieldView) Hint() string {
	var texts []string
	for _, in := range f.Fields {
		switch in.Label {
		case "method", "url", "key", "value", "name", "username", "bucket", "host", "type", "field", "equals", "to":
			if in.Value != "" {
				texts = append(texts, in.Value)
			}
		}
	}
	hint := []rune(strings.Join(texts, " "))
	if len(hint) > maxHint {
		hint = append(hint[:maxHint], '…')
	}
	return string(hint)
}

const maxHint = 90

// Endpoint says whether the field is an endpoint that can be tried.
func (f fieldView) Endpoint() bool {
	name, ok := strings.CutPrefix(f.Path, "crm.endpoints.")
	return ok && f.Kind == form.Object && f.Present && !strings.Contains(name, ".")
}

// Trials are what came of trying the endpoint.
func (f fieldView) Trials() []flow.Trial { return f.page.Trials[f.Path] }

// Inherited is what a queue has here while it has nothing of its own.
func (f fieldView) Inherited() string {
	if f.page.Inherit == nil || f.depth != 2 || f.Present {
		return ""
	}
	return f.page.Inherit[f.Label]
}

// Other is a value that is none of the words there are, and has to be shown all the same.
func (f fieldView) Other() string {
	for _, word := range f.Words {
		if f.Value == word {
			return ""
		}
	}
	return f.Value
}

// Own is what the names of the tenant's own secrets begin with: see settings.Foreign.
func (f fieldView) Own() string { return f.page.Tenant + "--" }

// SecretCommand keeps a value of the secret that a field names, or shall name (cloud.google.com/sdk/gcloud/reference/secrets/versions/add).
func (f fieldView) SecretCommand() string {
	part, _, _ := strings.Cut(f.Path, ".")
	named, _ := strings.CutPrefix(f.Value, "secret://")
	return "gcloud secrets versions add " + cmp.Or(named, f.Own()+part) + " --data-file=-"
}
