package firestore

import (
	"sync"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Server is a Firestore service with any number of projects and databases, all in memory. It implements
// firestorepb.FirestoreServer; what is not among the RPCs of the package comment answers Unimplemented. All methods may
// be called at once from many goroutines. Requests belong to the server once given: it keeps their parts.
type Server struct {
	pb.UnimplementedFirestoreServer
	now     func() time.Time
	indexes *Indexes // nil: every query has its index

	mu   sync.Mutex
	docs store
	txs  map[uint64]*transaction
	seq  uint64        // the last transaction's number
	last int64         // the last commit's time, in microseconds; strictly increasing
	wake chan struct{} // closed and replaced at each commit, for Listen
}

// New returns an empty server that takes its time from now. The clock may jump ahead: commit times stay strictly
// increasing, in microseconds, and open transactions expire as they would have.
func New(now func() time.Time) *Server {
	return &Server{now: now, docs: newStore(), txs: map[uint64]*transaction{}, wake: make(chan struct{})}
}

// Register serves s on r, usually a *grpc.Server made with ServerOptions.
func (s *Server) Register(r grpc.ServiceRegistrar) { pb.RegisterFirestoreServer(r, s) }

// ServerOptions are what a gRPC server needs to take requests as large as the service takes (MaxRequestBytes).
func ServerOptions() []grpc.ServerOption {
	// Above the limit by a little, so that the refusal is ours and has the service's code.
	return []grpc.ServerOption{grpc.MaxRecvMsgSize(maxRequestedBytes)}
}

// Reset drops all documents and transactions. Listeners see their documents go; commit times go on increasing.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docs = newStore()
	clear(s.txs)
	s.wakeListeners()
}

// wakeListeners tells every Listen stream that something was committed. The caller holds mu.
func (s *Server) wakeListeners() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// nextCommit is the time of a commit made now. The caller holds mu, and sets last when the commit succeeds.
func (s *Server) nextCommit() int64 { return max(s.now().UnixMicro(), s.last+1) }

// readTime is the time of a read made now: no earlier than the last commit. The caller holds mu.
func (s *Server) readTime() int64 { return max(s.now().UnixMicro(), s.last) }

func timestamp(micros int64) *timestamppb.Timestamp { return timestamppb.New(time.UnixMicro(micros)) }

// invalid is the error of a request that can never succeed.
func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
