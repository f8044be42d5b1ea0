// Package cost counts what the local cloud's services are asked in the units by which Google bills them, so that what a session
// costs is known before there is a bill. emulator/local has a Meter see every call of Firestore, Pub/Sub, Cloud Tasks and Cloud
// Storage, as emulator/fault sees them, and shows it at /emulator/cost; a test there holds terraform/COST.md against it.
package cost

import (
	"maps"
	"sync"
)

// What is counted.
const (
	Reads   = "firestore.reads"   // documents, and at least one for each query
	Writes  = "firestore.writes"  // documents
	Deletes = "firestore.deletes" // documents
	PubSub  = "pubsub.bytes"      // published and delivered, at least 1,000 for each request
	Tasks   = "tasks.operations"  // calls of the API; attempts are counted by who runs them
	ClassA  = "storage.class_a"   // what writes or lists
	ClassB  = "storage.class_b"   // what reads
)

// Meter holds counts. The zero value is ready, and all methods may be called at once from many goroutines.
type Meter struct {
	mu sync.Mutex
	n  map[string]int64
}

// Add counts n more of a unit.
func (m *Meter) Add(unit string, n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.n == nil {
		m.n = map[string]int64{}
	}
	m.n[unit] += n
}

// Counts are all there are, by unit. What was never counted is not among them.
func (m *Meter) Counts() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.n)
}
