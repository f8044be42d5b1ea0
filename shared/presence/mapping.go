package presence

import (
	"maps"
	"slices"
)

// Mapping is the counterpart of each state on the other side. Several of the CRM's states may have one in the contact
// centre; "there are no restrictions for mappings" (the guide, "Status mapping"). A state without a counterpart leaves
// the other side as it is. Names are compared without regard to letter case and to spaces around.
type Mapping struct {
	// ToCentre has the contact centre's state for each of the CRM's.
	ToCentre map[string]string `json:"to_centre,omitempty"`
	// ToCRM has the CRM's state for one of the contact centre's, where the way back is not to be the first by the alphabet
	// of those that lead there.
	ToCRM map[string]string `json:"to_crm,omitempty"`
}

// Counterpart is the state that the other side should have while this one has state; false where there is none.
func (m Mapping) Counterpart(side Side, state string) (string, bool) {
	if side == CRM {
		return m.toCentre(state)
	}
	return m.toCRM(state)
}

func (m Mapping) toCentre(state string) (string, bool) { return lookUp(m.ToCentre, state) }

// toCRM never answers with a state that leads elsewhere: the sides would change each other for ever.
func (m Mapping) toCRM(state string) (string, bool) {
	if back, ok := lookUp(m.ToCRM, state); ok {
		if there, mapped := m.toCentre(back); !mapped || sameName(there, state) {
			return back, true
		}
	}
	for _, from := range slices.Sorted(maps.Keys(m.ToCentre)) {
		if sameName(m.ToCentre[from], state) {
			return from, true
		}
	}
	return "", false
}

// lookUp prefers the exact name, then the first by the alphabet of those that read the same.
func lookUp(m map[string]string, name string) (string, bool) {
	if to, ok := m[name]; ok {
		return to, to != ""
	}
	for _, from := range slices.Sorted(maps.Keys(m)) {
		if sameName(from, name) {
			return m[from], m[from] != ""
		}
	}
	return "", false
}

// checkNames reports names that are empty or read the same as another.
func checkNames(add func(path, format string, args ...any), path string, m map[string]string) {
	names := slices.Sorted(maps.Keys(m))
	for i, from := range names {
		if sameName(from, "") || sameName(m[from], "") {
			add(path+"."+from, "a state has no name; remove the pair or name both")
		}
		for _, other := range names[:i] {
			if sameName(from, other) {
				add(path+"."+from, "%q reads the same; keep one", other)
			}
		}
	}
}
