package firestore

import (
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Expire deletes every document whose time, in a field by which documents of its collection group expire, is not after now, and
// returns how many. Each goes by itself, and nothing below it (docs.cloud.google.com/firestore/native/docs/ttl). The fields are
// those of the indexes that RequireIndexes was given.
func (s *Server) Expire() int {
	if s.indexes == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var gone []write
	for _, f := range s.indexes.expiries {
		for _, c := range s.docs.groups[f.collection] {
			for name, d := range c.docs {
				if s.hasExpired(d, f) {
					gone = append(gone, write{name: name, delete: true})
				}
			}
		}
	}
	if len(gone) > 0 {
		_, _, _ = s.commit(gone) // deletes without a condition are never refused
	}
	return len(gone)
}

// hasExpired says whether the field holds a time, and that is over. The caller holds mu.
func (s *Server) hasExpired(d *pb.Document, f collectionField) bool {
	at, ok := get(d.Fields, strings.Split(f.path, ".")).GetValueType().(*pb.Value_TimestampValue)
	return ok && !at.TimestampValue.AsTime().After(s.now())
}
