package attendance

import (
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
		_, user := d.emails[s.Relationships.User.Data.ID]
		_, status := d.statuses[s.Relationships.Status.Data.ID]
		if !user || !status {
			return age >= againIn
		}
	}
	return false
}

func (d *directory) fill(statuses, users []record, now time.Time) {
	d.readAt, d.emails, d.statuses = now, map[string]string{}, map[string]string{}
	for _, u := range users {
		d.emails[u.ID] = u.Attributes.Email
	}
	for _, s := range statuses {
		d.statuses[s.ID] = strings.TrimSpace(s.Attributes.Name)
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
