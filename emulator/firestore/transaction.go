package firestore

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// transaction is one open transaction. A read-write one is optimistic: it remembers what it read, and what it read must
// still be so at each later read and at the commit. To a client that retries on Aborted this is the same as the
// service's locks. A read-only one reads the database as it was when the transaction began.
type transaction struct {
	readOnly bool
	began    time.Time
	used     time.Time
	reads    map[string]*pb.Document // read-write: by name, nil for a document that was not there
	queries  []pastQuery             // read-write
	old      map[string]*pb.Document // read-only: what was replaced since the transaction began
	at       int64                   // read-only: when it reads
}

// pastQuery is a query with what it found. Documents are never changed in place, so equal pointers are equal versions.
type pastQuery struct {
	query *query
	found []*pb.Document
}

func (t *transaction) expired(now time.Time) bool {
	return now.Sub(t.began) > totalTime || now.Sub(t.used) > idleTime
}

// BeginTransaction opens a transaction. It expires 270 seconds after, or after 60 seconds without a request.
func (s *Server) BeginTransaction(_ context.Context, r *pb.BeginTransactionRequest) (*pb.BeginTransactionResponse, error) {
	if err := checkDatabase(r.Database); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := s.begin(r.Options)
	if err != nil {
		return nil, err
	}
	return &pb.BeginTransactionResponse{Transaction: id}, nil
}

// Rollback ends a transaction without writing. One that has ended already is no error.
func (s *Server) Rollback(_ context.Context, r *pb.RollbackRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.number(r.Transaction)
	if err != nil {
		return nil, err
	}
	delete(s.txs, n)
	return &emptypb.Empty{}, nil
}

// begin opens a transaction and returns its id. The caller holds mu.
func (s *Server) begin(o *pb.TransactionOptions) ([]byte, error) {
	if retry := o.GetReadWrite().GetRetryTransaction(); len(retry) > 0 {
		if _, err := s.number(retry); err != nil {
			return nil, err
		}
	}
	if err := s.checkReadTime(o.GetReadOnly().GetReadTime()); err != nil {
		return nil, err
	}
	now := s.now()
	if len(s.txs) >= maxTransactions {
		s.expire(now)
	}
	if len(s.txs) >= maxTransactions {
		return nil, status.Errorf(codes.ResourceExhausted, "%d transactions are open; end some first", len(s.txs))
	}
	s.seq++
	t := &transaction{readOnly: o.GetReadOnly() != nil, began: now, used: now, at: s.readTime()}
	t.reads, t.old = map[string]*pb.Document{}, map[string]*pb.Document{}
	s.txs[s.seq] = t
	return binary.BigEndian.AppendUint64(nil, s.seq), nil
}

// expire forgets the transactions whose time is over. The caller holds mu.
func (s *Server) expire(now time.Time) {
	for n, t := range s.txs {
		if t.expired(now) {
			delete(s.txs, n)
		}
	}
}

// checkReadTime lets through a time at which the database was as it is now: no older version is kept. The caller holds mu.
func (s *Server) checkReadTime(t *timestamppb.Timestamp) error {
	switch {
	case t == nil:
		return nil
	case t.Nanos%1000 != 0:
		return invalid("a read time must not be finer than a microsecond")
	case t.AsTime().UnixMicro() > s.readTime():
		return invalid("read time %v must not lie in the future", t.AsTime())
	case t.AsTime().UnixMicro() < s.last:
		return status.Errorf(codes.Unimplemented, "this server keeps no version older than that of %v", time.UnixMicro(s.last).UTC())
	}
	return nil
}

// number reads a transaction's id and refuses one that was never given out. The caller holds mu.
func (s *Server) number(id []byte) (uint64, error) {
	if len(id) == 8 {
		if n := binary.BigEndian.Uint64(id); n > 0 && n <= s.seq {
			return n, nil
		}
	}
	return 0, invalid("not the id of a transaction")
}

// open returns the open transaction of that id and counts as its use. The caller holds mu.
func (s *Server) open(id []byte) (*transaction, error) {
	n, err := s.number(id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	t := s.txs[n]
	if t != nil && t.expired(now) {
		delete(s.txs, n)
		t = nil
	}
	if t == nil {
		return nil, invalid("the referenced transaction has expired or is no longer valid")
	}
	t.used = now
	return t, nil
}

// finish ends a transaction at its commit. The caller holds mu.
func (s *Server) finish(id []byte, writes bool) error {
	t, err := s.open(id)
	if err != nil {
		return err
	}
	n, _ := s.number(id)
	delete(s.txs, n)
	if t.readOnly && writes {
		return invalid("a read-only transaction must not write")
	}
	return s.verify(t)
}

// verify answers Aborted unless all that a read-write transaction read is still so. The caller holds mu.
func (s *Server) verify(t *transaction) error {
	for name, d := range t.reads {
		if s.docs.get(name) != d {
			return contention()
		}
	}
	for _, q := range t.queries {
		if !slices.Equal(q.query.run(view{store: s.docs}), q.found) {
			return contention()
		}
	}
	return nil
}

func contention() error {
	return status.Error(codes.Aborted, "too much contention on these documents; please try again")
}

// keepForReaders saves a document that is about to be replaced for the read-only transactions that are open, unless
// they have an older one. Those that expired are forgotten, with what was kept for them. The caller holds mu.
func (s *Server) keepForReaders(name string, was *pb.Document) {
	if len(s.txs) == 0 {
		return
	}
	now := s.now()
	for n, t := range s.txs {
		_, kept := t.old[name]
		switch {
		case t.expired(now):
			delete(s.txs, n)
		case t.readOnly && !kept:
			t.old[name] = was
		}
	}
}
