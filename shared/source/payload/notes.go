package payload

import (
	"fmt"
	"slices"
)

// maxNotes of an event.
const maxNotes = 20

// Notes say, for people, what was odd about one event and how it was read: "transfers[0].created_at: must be …". The
// zero value is ready; a nil one takes none.
type Notes struct{ taken []string }

// Add says something of a field, once. Where there is more to say than fits, the last note is that there is more.
func (n *Notes) Add(path, format string, args ...any) {
	if n == nil || len(n.taken) == maxNotes {
		return
	}
	text := string(fmt.Appendf(append([]byte(path), ": "...), format, args...))
	if slices.Contains(n.taken, text) {
		return
	}
	if len(n.taken) == maxNotes-1 {
		text = "and more"
	}
	if n.taken == nil {
		n.taken = make([]string, 0, maxNotes)
	}
	n.taken = append(n.taken, text)
}

// Taken are the notes so far, at most twenty.
func (n *Notes) Taken() []string { return n.taken }
