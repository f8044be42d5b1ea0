package firestore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// index is the order of documents that one index keeps.
type index struct {
	collection string
	group      bool // of all collections with that id at once, not of each
	keys       []indexKey
}

// indexKey is a field of an index. The last one is the name.
type indexKey struct {
	path string // names joined by dots, without backticks
	mode indexMode
}

type indexMode string

const (
	keyAscending  indexMode = "ASCENDING"
	keyDescending indexMode = "DESCENDING"
	keyContains   indexMode = "CONTAINS"
)

func (k indexKey) String() string { return k.path + " " + string(k.mode) }

// newIndex ends the keys with the name, in the direction of the last of them, as the service does
// (google/firestore/admin/v1/index.proto, Index.fields).
func newIndex(collection string, group bool, keys ...indexKey) index {
	if n := len(keys); n == 0 || keys[n-1].path != nameField {
		mode := keyAscending
		if n > 0 && keys[n-1].mode == keyDescending {
			mode = keyDescending
		}
		keys = append(slices.Clone(keys), indexKey{nameField, mode})
	}
	return index{collection, group, keys}
}

func (ix index) String() string {
	return fmt.Sprintf("%s (%s): %s", ix.collection, scopeName(ix.group), joinKeys(ix.keys))
}

func scopeName(group bool) string {
	if group {
		return "COLLECTION_GROUP"
	}
	return "COLLECTION"
}

func joinKeys(keys []indexKey) string {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = k.String()
	}
	return strings.Join(texts, ", ")
}

// automatic are the indexes that every field has unless it is overridden: of each collection, none of a collection group
// (firebase.google.com/docs/firestore/query-data/index-overview, "Automatic indexing").
func automatic(f collectionField) []index {
	var out []index
	for _, mode := range []indexMode{keyAscending, keyDescending, keyContains} {
		out = append(out, newIndex(f.collection, false, indexKey{f.path, mode}))
	}
	return out
}

// collectionField is a field of all collections with one id.
type collectionField struct{ collection, path string }

// indexFile is the shape of the Firebase CLI's firestore.indexes.json (firebase.google.com/docs/reference/firestore/indexes).
type indexFile struct {
	Indexes []struct {
		CollectionGroup string         `json:"collectionGroup"`
		QueryScope      string         `json:"queryScope"`
		Fields          []indexFileKey `json:"fields"`
	} `json:"indexes"`
	FieldOverrides []struct {
		CollectionGroup string         `json:"collectionGroup"`
		FieldPath       string         `json:"fieldPath"`
		TTL             bool           `json:"ttl"` // see Expire
		Indexes         []indexFileKey `json:"indexes"`
	} `json:"fieldOverrides"`
}

type indexFileKey struct {
	FieldPath   string    `json:"fieldPath"`
	QueryScope  string    `json:"queryScope"`
	Order       indexMode `json:"order"`
	ArrayConfig indexMode `json:"arrayConfig"`
}

// ParseIndexes reads the indexes of a database in the shape of the Firebase CLI's firestore.indexes.json. The error names the
// entry and what it should be.
func ParseIndexes(text []byte) (*Indexes, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var file indexFile
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("indexes: %w", err)
	}
	out := &Indexes{overrides: map[collectionField][]index{}, seen: map[string]need{}}
	for i, in := range file.Indexes {
		ix, err := parseIndex(in.CollectionGroup, in.QueryScope, in.Fields)
		if err != nil {
			return nil, fmt.Errorf("indexes[%d]: %w", i, err)
		}
		out.composite = append(out.composite, ix)
	}
	for i, in := range file.FieldOverrides {
		f, err := parseIndexedField(in.CollectionGroup, in.FieldPath)
		if err != nil {
			return nil, fmt.Errorf("fieldOverrides[%d]: %w", i, err)
		}
		if out.overrides[f], err = parseOverride(f, in.Indexes); err != nil {
			return nil, fmt.Errorf("fieldOverrides[%d]: %w", i, err)
		}
		if in.TTL {
			out.expiries = append(out.expiries, f)
		}
	}
	return out, nil
}

func parseIndex(collection, scope string, fields []indexFileKey) (index, error) {
	if len(fields) == 0 {
		return index{}, fmt.Errorf("fields must have one at least")
	}
	group, err := parseScopeName(scope)
	if err != nil {
		return index{}, err
	}
	keys := make([]indexKey, len(fields))
	for i, in := range fields {
		f, err := parseIndexedField(collection, in.FieldPath)
		if err != nil {
			return index{}, err
		}
		if keys[i], err = parseKey(f.path, in); err != nil {
			return index{}, err
		}
	}
	return newIndex(collection, group, keys...), nil
}

func parseOverride(f collectionField, in []indexFileKey) ([]index, error) {
	out := make([]index, 0, len(in))
	for _, one := range in {
		group, err := parseScopeName(one.QueryScope)
		if err != nil {
			return nil, err
		}
		key, err := parseKey(f.path, one)
		if err != nil {
			return nil, err
		}
		out = append(out, newIndex(f.collection, group, key))
	}
	return out, nil
}

func parseKey(path string, in indexFileKey) (indexKey, error) {
	ordered := in.Order == keyAscending || in.Order == keyDescending
	switch {
	case ordered && in.ArrayConfig == "":
		return indexKey{path, in.Order}, nil
	case in.Order == "" && in.ArrayConfig == keyContains:
		return indexKey{path, keyContains}, nil
	}
	return indexKey{}, fmt.Errorf("field %q must have either order, %s or %s, or arrayConfig, %s", path, keyAscending, keyDescending, keyContains)
}

func parseIndexedField(collection, path string) (collectionField, error) {
	if err := checkID(collection); err != nil {
		return collectionField{}, fmt.Errorf("collectionGroup: %w", err)
	}
	parsed, err := parseField(path)
	if err != nil {
		return collectionField{}, fmt.Errorf("fieldPath: %w", err)
	}
	return collectionField{collection, strings.Join(parsed, ".")}, nil
}

func parseScopeName(name string) (group bool, err error) {
	switch name {
	case scopeName(false), "": // which is the default
		return false, nil
	case scopeName(true):
		return true, nil
	}
	return false, fmt.Errorf("queryScope %q must be %s or %s", name, scopeName(false), scopeName(true))
}
