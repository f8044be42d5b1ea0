package sftp

import (
	"context"
	"time"

	"github.com/pkg/sftp"
)

// Segment is the segment of tests: cuts in every part of a file cost little with it.
const Segment = 256 << 10

// Short is the server with Segment.
func Short(s Server) Server {
	s.segment = Segment
	return s
}

// Impatient is the server with another patience.
func Impatient(s Server, d time.Duration) Server {
	s.patience = d
	return s
}

// PartName is where the content of a version waits.
func PartName(path, version string) string { return partName(path, version) }

// Client is the plain client of a store's connection, to compare with.
func (s *Store) Client() *sftp.Client { return s.client }

// Long is the server with the segment it has in earnest.
func Long(s Server) Server {
	s.segment = 0
	return s
}

// Within is within for numbers.
func Within(ctx context.Context, f func() (int, error)) (int, error) { return within(ctx, f) }
