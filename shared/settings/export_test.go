package settings

import (
	"maps"
	"reflect"
	"slices"
)

// RuleIDs are the fields that rules are for.
func RuleIDs() []string { return slices.Sorted(maps.Keys(rules)) }

// UpgradeBy is Upgrade with other steps.
func UpgradeBy(doc []byte, by ...func(map[string]any)) ([]byte, error) {
	var all []migration
	for _, s := range by {
		all = append(all, s)
	}
	return upgrade(doc, all)
}

// Steps is how many upgrades there are.
func Steps() int { return len(steps) }

// RuleWords are the words that a field may hold.
func RuleWords(id string) []string { return rules[id].words }

// FieldIDs are all fields of a type and the types within it, by type and key.
func FieldIDs(t reflect.Type) (ids []string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return FieldIDs(t.Elem())
	case reflect.Struct:
		for _, f := range fieldsOf(t) {
			ids = append(append(ids, f.doc), FieldIDs(f.typ)...)
		}
	}
	return ids
}

// MaxProblems bounds how many mistakes are named.
const MaxProblems = maxProblems
