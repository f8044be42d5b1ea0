package attendance

import (
	"maps"
	"strings"
	"sync"
	"time"
)

// directory is who and what the ids of a CRM stand for. It changes seldom, and so is kept. Its maps are replaced, never changed.
type directory struct {
	mu       sync.Mutex
	readAt   time.Time
	emails   map[string]string // by the user's id
	statuses map[string]string // the names, by id
	unknown  map[string]bool   // ids that sessions name and that are in neither: reading again does not help
}

// How long a directory is good for: at most, and at least where somebody is not in it.
const (
	freshFor = 10 * time.Minute
	againIn  = 30 * time.Second
)

func (d *directory) stale(sessions []record, now time.Time) bool {
	age := now.Sub(d.readAt)
	if d.readAt.IsZero() || age >= freshFor {
		return true
	}
	for _, s := range sessions {
		for id := range d.missing(s) {
			if !d.unknown[id] {
				return age >= againIn
			}
		}
	}
	return false
}

// missing are the ids that a session names and that are in neither list.
func (d *directory) missing(s record) map[string]bool {
	out := map[string]bool{}
	if id := s.Relationships.User.Data.ID; !has(d.emails, id) {
		out["user "+id] = true
	}
	if id := s.Relationships.Status.Data.ID; !has(d.statuses, id) {
		out["status "+id] = true
	}
	return out
}

func has(m map[string]string, id string) bool {
	_, ok := m[id]
	return ok
}

func (d *directory) fill(emails, statuses map[string]string, sessions []record, now time.Time) {
	d.readAt, d.emails, d.statuses, d.unknown = now, emails, statuses, map[string]bool{}
	for _, s := range sessions {
		maps.Copy(d.unknown, d.missing(s))
	}
}

// statusCalled is the id of the status with a name, empty where there is none.
func (d *directory) statusCalled(name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, known := range d.statuses {
		if strings.EqualFold(known, strings.TrimSpace(name)) {
			return id
		}
	}
	return ""
}

func (d *directory) statusName(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.statuses[id]
}

// maxDirectories bounds the cache, so that nothing grows with the number of tenants; beyond it the cache starts anew.
const maxDirectories = 1_000

type directories struct {
	mu  sync.Mutex
	all map[string]*directory
}

func (d *directories) of(name string) *directory {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil || len(d.all) >= maxDirectories {
		d.all = map[string]*directory{}
	}
	if d.all[name] == nil {
		d.all[name] = &directory{}
	}
	return d.all[name]
}
