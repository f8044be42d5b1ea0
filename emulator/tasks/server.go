package tasks

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/emulator/clock"
)

// Options are what a Server is made from.
type Options struct {
	// Clock is the time of everything but the dispatch deadline, which is real. Required.
	Clock *clock.Clock

	// Token makes the identity token of a task that has an oidc_token. Without it such a task is refused.
	Token func(serviceAccountEmail, audience string) (string, error)

	// Client sends the tasks' requests; nil is one made for many short requests to this machine. Redirects are never
	// followed, whatever the client says.
	Client *http.Client

	// Log receives one line for each task given up; nil is slog.Default. No URL, header or body is logged.
	Log *slog.Logger
}

// Server is Cloud Tasks. All methods may be called at once from many goroutines. The RPCs that are not implemented
// (IAM, CMEK) answer Unimplemented.
type Server struct {
	cloudtaskspb.UnimplementedCloudTasksServer

	clock  *clock.Clock
	token  func(serviceAccountEmail, audience string) (string, error)
	client *http.Client
	log    *slog.Logger

	ctx  context.Context // ends when dispatching stops
	stop context.CancelFunc

	requests context.Context // ends when running requests are cut off
	cut      context.CancelFunc
	work     sync.WaitGroup // schedulers and attempts

	// mu guards all that follows and everything reached from it. One lock for all queues makes Pending, NextDue and
	// Snapshot the truth of one moment.
	mu       sync.Mutex
	closed   bool
	queues   map[string]*queue
	deleted  map[string]time.Time // by name of a deleted queue: when the name is free again
	running  map[*attempt]struct{}
	seq      uint64 // of arrivals, starts and ends
	finished history
	gaveUp   history
}

// New returns a server without queues. Close ends it.
func New(o Options) *Server {
	s := &Server{
		clock:    o.Clock,
		token:    o.Token,
		client:   client(o.Client),
		log:      cmp.Or(o.Log, slog.Default()),
		queues:   map[string]*queue{},
		deleted:  map[string]time.Time{},
		running:  map[*attempt]struct{}{},
		finished: history{limit: maxFinished},
		gaveUp:   history{limit: maxGaveUp},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.requests, s.cut = context.WithCancel(context.Background())
	return s
}

// Close stops dispatching and waits for the requests under way. When ctx ends first, it cuts them off and returns the
// context's error.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()

	done := make(chan struct{})
	go func() {
		s.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		s.cut()
		return nil
	case <-ctx.Done():
		s.cut()
		<-done
		return fmt.Errorf("close the task server: requests were still running: %w", ctx.Err())
	}
}

// now is the virtual time in the service's precision.
func (s *Server) now() time.Time { return s.clock.Now().UTC().Truncate(time.Microsecond) }

// findQueue returns the queue of a name. The caller holds the lock. Errors: InvalidArgument, NotFound.
func (s *Server) findQueue(field, name string) (*queue, error) {
	if err := checkQueueName(field, name); err != nil {
		return nil, err
	}
	if q := s.queues[name]; q != nil {
		return q, nil
	}
	return nil, status.Errorf(codes.NotFound, "Queue does not exist: %s. Create it first.", name)
}

// findTask returns the task of a name. The caller holds the lock. Errors: InvalidArgument, NotFound.
func (s *Server) findTask(name string) (*task, error) {
	queueName, id, err := splitTaskName("name", name)
	if err != nil {
		return nil, err
	}
	q, err := s.findQueue("name", queueName)
	if err != nil {
		return nil, err
	}
	if t := q.tasks[id]; t != nil {
		return t, nil
	}
	if q.tombs.has(id, s.now()) {
		return nil, status.Errorf(codes.NotFound, "The task %s no longer exists: it succeeded, was given up or was deleted.", name)
	}
	return nil, status.Errorf(codes.NotFound, "The task %s was not found.", name)
}
