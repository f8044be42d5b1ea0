package firestore

import (
	"strings"
	"unicode/utf8"
)

// A resource name has the shape projects/{project}/databases/{database}/documents/{collection}/{id}/…; its root ends
// with "documents".

// checkDatabase refuses what is not projects/{project}/databases/{database}.
func checkDatabase(name string) error {
	p := strings.Split(name, "/")
	if len(p) != 4 || p[0] != "projects" || p[1] == "" || p[2] != "databases" || p[3] == "" {
		return invalid("database %q must be projects/{project}/databases/{database}", name)
	}
	return nil
}

// splitName returns the ids below the root of a name, none for the root itself, and refuses what the service refuses.
func splitName(name string) ([]string, error) {
	p := strings.SplitN(name, "/", 6)
	if len(p) < 5 || p[0] != "projects" || p[1] == "" || p[2] != "databases" || p[3] == "" || p[4] != "documents" {
		return nil, invalid("name %q must start with projects/{project}/databases/{database}/documents", clip(name))
	}
	if len(p) == 5 {
		return nil, nil
	}
	if len(p[5]) > maxNameBytes {
		return nil, invalid("name %q is %d bytes; the maximum is %d", clip(name), len(p[5]), maxNameBytes)
	}
	ids := strings.Split(p[5], "/")
	if len(ids) > maxIDs {
		return nil, invalid("name %q has %d ids; the maximum is %d", clip(name), len(ids), maxIDs)
	}
	for _, id := range ids {
		if err := checkID(id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// checkID holds the constraints on collection and document ids (cloud.google.com/firestore/quotas).
func checkID(id string) error {
	switch {
	case id == "":
		return invalid("a collection or document id must not be empty")
	case id == "." || id == "..":
		return invalid("a collection or document id must not be %q", id)
	case reserved(id):
		return invalid("id %q is reserved: it must not match __.*__", clip(id))
	case len(id) > maxIDBytes:
		return invalid("id %q is %d bytes; the maximum is %d", clip(id), len(id), maxIDBytes)
	case !utf8.ValidString(id) || strings.Contains(id, "/"):
		return invalid("id %q must be UTF-8 without a slash", clip(id))
	}
	return nil
}

// reserved reports whether an id or field name matches __.*__.
func reserved(s string) bool {
	return len(s) >= 4 && strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
}

// checkDocument refuses what is not the name of a document.
func checkDocument(name string) error {
	ids, err := splitName(name)
	if err == nil && (len(ids) == 0 || len(ids)%2 != 0) {
		err = invalid("document name %q must have a collection id and a document id at each level", clip(name))
	}
	return err
}

// checkParent refuses what is neither the root of a database nor a document.
func checkParent(name string) error {
	ids, err := splitName(name)
	if err == nil && len(ids)%2 != 0 {
		err = invalid("parent %q must be a document or projects/{project}/databases/{database}/documents", clip(name))
	}
	return err
}

// checkDocumentIn refuses what is not the name of a document of the database.
func checkDocumentIn(database, name string) error {
	if err := checkDocument(name); err != nil {
		return err
	}
	if !strings.HasPrefix(name, database+"/documents/") {
		return invalid("document %q is not in database %q", clip(name), database)
	}
	return nil
}

// cut splits a name at its last slash: a document's into collection and id, a collection's into parent and id.
func cut(name string) (before, id string) {
	i := strings.LastIndexByte(name, '/')
	return name[:i], name[i+1:]
}

// clip shortens what came from outside for an error message.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// compareNames orders names id by id, as the service does: a slash sorts before everything else.
func compareNames(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		switch {
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		}
		return int(a[i]) - int(b[i])
	}
	return len(a) - len(b)
}
