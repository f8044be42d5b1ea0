package tasks

import (
	"context"
	"maps"
	"slices"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// maxTaskPage is the longest page of ListTasks:
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/list.
const maxTaskPage = 1000

// CreateTask adds a task to a queue. Errors: InvalidArgument naming the field, NotFound without the queue, and
// AlreadyExists while a task of that name exists and for an hour after it is gone.
func (s *Server) CreateTask(_ context.Context, r *cloudtaskspb.CreateTaskRequest) (*cloudtaskspb.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.createTask(r.GetParent(), r.GetTask())
	if err != nil {
		return nil, err
	}
	return t.view(r.GetResponseView()), nil
}

// createTask adds a task. The caller holds the lock.
func (s *Server) createTask(parent string, in *cloudtaskspb.Task) (*task, error) {
	q, err := s.findQueue("parent", parent)
	if err != nil {
		return nil, err
	}
	t, err := s.newTask(q, in)
	if err != nil {
		return nil, err
	}
	if t.id, t.named, err = q.taskID(in.GetName()); err != nil {
		return nil, err
	}
	t.message.Name = q.name + "/tasks/" + t.id
	if err := checkSize(t.message); err != nil {
		return nil, err
	}
	q.tasks[t.id] = t
	s.seq++
	t.arrival = s.seq
	t.wait(t.due)
	return t, nil
}

// taskID is the id of a new task: of the name it was given, which must be free, or a random one.
func (q *queue) taskID(name string) (id string, named bool, err error) {
	if name == "" {
		return randomID(), false, nil
	}
	queueName, id, err := splitTaskName("task.name", name)
	switch {
	case err != nil:
		return "", false, err
	case queueName != q.name:
		return "", false, invalid("task.name: %q must lie in the parent, %q", clip(name), q.name)
	case q.tasks[id] != nil || q.tombs.has(id, q.server.now()):
		return "", false, status.Errorf(codes.AlreadyExists, "A task named %s exists or existed within the last hour.", name)
	}
	return id, true, nil
}

// GetTask returns a task that has neither succeeded nor been given up or deleted. Errors: InvalidArgument, NotFound.
func (s *Server) GetTask(_ context.Context, r *cloudtaskspb.GetTaskRequest) (*cloudtaskspb.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.findTask(r.GetName())
	if err != nil {
		return nil, err
	}
	return t.view(r.GetResponseView()), nil
}

// ListTasks returns a queue's tasks by id, a page at a time. Errors: InvalidArgument, NotFound.
func (s *Server) ListTasks(_ context.Context, r *cloudtaskspb.ListTasksRequest) (*cloudtaskspb.ListTasksResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.findQueue("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	ids, next, err := page(slices.Sorted(maps.Keys(q.tasks)), r.GetPageSize(), maxTaskPage, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer := &cloudtaskspb.ListTasksResponse{NextPageToken: next}
	for _, id := range ids {
		answer.Tasks = append(answer.Tasks, q.tasks[id].view(r.GetResponseView()))
	}
	return answer, nil
}

// DeleteTask deletes a task. A request under way goes on, and its outcome no longer matters. Errors: InvalidArgument,
// NotFound.
func (s *Server) DeleteTask(_ context.Context, r *cloudtaskspb.DeleteTaskRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.findTask(r.GetName())
	if err != nil {
		return nil, err
	}
	s.forget(t)
	return &emptypb.Empty{}, nil
}

// RunTask dispatches a task now, even when it is running, its queue is paused or has reached its limits, and returns it
// as it is then, before the answer. Errors: InvalidArgument, NotFound, and Unavailable once the server is closed.
func (s *Server) RunTask(_ context.Context, r *cloudtaskspb.RunTaskRequest) (*cloudtaskspb.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.findTask(r.GetName())
	if err != nil {
		return nil, err
	}
	if s.closed {
		return nil, status.Error(codes.Unavailable, "the server is closed")
	}
	s.force(t)
	return t.view(r.GetResponseView()), nil
}
