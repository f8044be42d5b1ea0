package console

import "time"

// entry is one line of the timeline as the page shows it: a moment, or messages that followed each other.
type entry struct {
	moment
	Run  []moment // messages in one that can be opened; the moment is the first of them
	Gone int      // how many entries before this one the page leaves out
}

// Until is when the last message of a run was.
func (e entry) Until() time.Time { return e.Run[len(e.Run)-1].At }

// shortRun is how many messages in a row stand in the timeline as they are.
const shortRun = 6

// chip is one way to look at a timeline: all of it, or entries of one kind.
type chip struct {
	Show  string // what the address says; empty: all
	Label string
	Count int
	Here  bool
}

// timelineView is a session's timeline as the page shows it.
type timelineView struct {
	Entries []entry
	Chips   []chip
	Unread  int // messages beyond those that a page has
}

// shownOf is the timeline with what is asked for: events, messages, deliveries or, by default, all, with the messages in a row
// made one entry.
func shownOf(all []moment, show string) (v timelineView) {
	v.Chips = []chip{{"", "All", len(all), false}, {Show: "events", Label: "Events"}, {Show: "messages", Label: "Messages"}, {Show: "deliveries", Label: "Deliveries"}}
	kinds := map[string]*chip{"event": &v.Chips[1], "message": &v.Chips[2], "delivery": &v.Chips[3]}
	var shown []moment
	for _, m := range all {
		c := kinds[m.Kind]
		c.Count++
		if c.Here = c.Show == show; c.Here {
			shown = append(shown, m)
		}
	}
	fold := len(shown) == 0
	if v.Chips[0].Here = fold; fold {
		shown = all
	}
	makeRoom(shown)
	v.Entries = bounded(folded(shown, fold))
	return v
}

// folded makes one entry of many messages in a row, if it is to. Whatever else happened is an entry of its own.
func folded(all []moment, fold bool) (entries []entry) {
	for len(all) > 0 {
		n := 0
		for fold && n < len(all) && all[n].Kind == "message" {
			n++
		}
		if n > shortRun {
			entries = append(entries, entry{moment: all[0], Run: all[:n]})
			all = all[n:]
			continue
		}
		for _, m := range all[:max(n, 1)] {
			entries = append(entries, entry{moment: m})
		}
		all = all[max(n, 1):]
	}
	return entries
}

// bounded leaves out of the middle what is too much for a page: how a session began, and how it stands now, are at the ends.
func bounded(entries []entry) []entry {
	gone := len(entries) - maxEntries
	if gone <= 0 {
		return entries
	}
	kept := append(entries[:maxEntries/2:maxEntries/2], entries[maxEntries/2+gone:]...)
	kept[maxEntries/2].Gone = gone
	return kept
}

// makeRoom takes away the texts for which a page has no room. The oldest have it first: they are what began it.
func makeRoom(all []moment) {
	room := maxRaws
	for i := range all {
		m := &all[i]
		if room -= m.size(); room >= 0 || m.size() == 0 {
			continue
		}
		m.Raw, m.Cut = "", true
		if m.Delivery != nil {
			short := *m.Delivery
			short.Request, short.Response, m.Delivery = "", "", &short
		}
	}
}

// size is how long the texts are that stand beside what happened, in bytes.
func (m moment) size() int {
	if m.Delivery != nil {
		return len(m.Delivery.Request) + len(m.Delivery.Response)
	}
	return len(m.Raw)
}
