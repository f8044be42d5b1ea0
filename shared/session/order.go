package session

import (
	"cmp"
	"strings"
)

// Compare orders events by time, then by their sequence, then by id, so that every reader sees them in one order. Only what
// the CRM tells may have the id of another event; their kinds then tell them apart.
func Compare(a, b Event) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Sequence, b.Sequence), strings.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind))
}
