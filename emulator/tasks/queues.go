package tasks

import (
	"context"
	"maps"
	"slices"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	// maxQueuePage is the longest page of ListQueues:
	// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/list.
	maxQueuePage = 9800

	// queueNameLife is how long the name of a deleted queue stays taken:
	// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/delete.
	queueNameLife = 3 * 24 * time.Hour
)

// CreateQueue makes a queue with what the request leaves out at the service's defaults. Errors: InvalidArgument,
// AlreadyExists, and FailedPrecondition for three days after a queue of that name was deleted.
func (s *Server) CreateQueue(_ context.Context, r *cloudtaskspb.CreateQueueRequest) (*cloudtaskspb.Queue, error) {
	if err := checkLocation("parent", r.GetParent()); err != nil {
		return nil, err
	}
	name := r.GetQueue().GetName()
	if err := checkQueueName("queue.name", name); err != nil {
		return nil, err
	}
	if want := r.GetParent() + "/queues/" + shortName(name); name != want {
		return nil, invalid("queue.name: %q must lie in the parent, %q", clip(name), clip(want))
	}
	c, err := readConfig(r.GetQueue())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Queue already exists: %s", name)
	}
	return s.createQueue(name, c)
}

// createQueue makes a queue that does not exist. The caller holds the lock.
func (s *Server) createQueue(name string, c config) (*cloudtaskspb.Queue, error) {
	if free := s.deleted[name]; free.After(s.now()) {
		return nil, status.Errorf(codes.FailedPrecondition,
			"The queue %s cannot be created because a queue with this name existed too recently.", name)
	}
	delete(s.deleted, name)
	return s.addQueue(name, c).message(), nil
}

// UpdateQueue changes the fields named by the mask, or all without one, and makes the queue where there is none. What
// is left out goes back to its default. Errors: as CreateQueue.
func (s *Server) UpdateQueue(_ context.Context, r *cloudtaskspb.UpdateQueueRequest) (*cloudtaskspb.Queue, error) {
	name := r.GetQueue().GetName()
	if err := checkQueueName("queue.name", name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[name]
	old := &cloudtaskspb.Queue{}
	if q != nil {
		old = q.message()
	}
	merged, err := masked(old, r.GetQueue(), r.GetUpdateMask())
	if err != nil {
		return nil, err
	}
	c, err := readConfig(merged)
	if err != nil {
		return nil, err
	}
	if q == nil {
		return s.createQueue(name, c)
	}
	q.configure(c)
	return q.message(), nil
}

// GetQueue returns a queue's configuration and state. Errors: InvalidArgument, NotFound.
func (s *Server) GetQueue(_ context.Context, r *cloudtaskspb.GetQueueRequest) (*cloudtaskspb.Queue, error) {
	return s.withQueue(r.GetName(), func(*queue) {})
}

// PauseQueue stops dispatching; tasks can still be created, and RunTask still runs one. Errors: InvalidArgument,
// NotFound.
func (s *Server) PauseQueue(_ context.Context, r *cloudtaskspb.PauseQueueRequest) (*cloudtaskspb.Queue, error) {
	return s.withQueue(r.GetName(), func(q *queue) { q.paused = true })
}

// ResumeQueue starts dispatching again. Errors: InvalidArgument, NotFound.
func (s *Server) ResumeQueue(_ context.Context, r *cloudtaskspb.ResumeQueueRequest) (*cloudtaskspb.Queue, error) {
	return s.withQueue(r.GetName(), func(q *queue) { q.paused = false })
}

// PurgeQueue deletes every task the queue has. A request under way goes on, and its outcome no longer matters. Errors:
// InvalidArgument, NotFound.
func (s *Server) PurgeQueue(_ context.Context, r *cloudtaskspb.PurgeQueueRequest) (*cloudtaskspb.Queue, error) {
	return s.withQueue(r.GetName(), func(q *queue) {
		q.purged = s.now()
		for _, t := range q.tasks {
			s.forget(t)
		}
	})
}

// withQueue changes a queue under the lock, wakes it and returns it as it is then.
func (s *Server) withQueue(name string, change func(*queue)) (*cloudtaskspb.Queue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.findQueue("name", name)
	if err != nil {
		return nil, err
	}
	change(q)
	q.wake()
	return q.message(), nil
}

// DeleteQueue deletes a queue with its tasks. Its name stays taken for three days. Errors: InvalidArgument, NotFound.
func (s *Server) DeleteQueue(_ context.Context, r *cloudtaskspb.DeleteQueueRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.findQueue("name", r.GetName())
	if err != nil {
		return nil, err
	}
	for _, t := range q.tasks {
		s.forget(t)
	}
	delete(s.queues, q.name)
	s.deleted[q.name] = s.now().Add(queueNameLife)
	q.remove()
	return &emptypb.Empty{}, nil
}

// ListQueues returns a location's queues by name, a page at a time. Errors: InvalidArgument, and Unimplemented for a
// filter.
func (s *Server) ListQueues(_ context.Context, r *cloudtaskspb.ListQueuesRequest) (*cloudtaskspb.ListQueuesResponse, error) {
	if err := checkLocation("parent", r.GetParent()); err != nil {
		return nil, err
	}
	if r.GetFilter() != "" {
		return nil, status.Error(codes.Unimplemented, "filter: not supported, leave it empty")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix := r.GetParent() + "/queues/"
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(s.queues)), func(name string) bool {
		return name != prefix+shortName(name)
	})
	names, next, err := page(names, r.GetPageSize(), maxQueuePage, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer := &cloudtaskspb.ListQueuesResponse{NextPageToken: next}
	for _, name := range names {
		answer.Queues = append(answer.Queues, s.queues[name].message())
	}
	return answer, nil
}
