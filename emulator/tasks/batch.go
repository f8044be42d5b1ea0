package tasks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The longest batches: https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2.
const (
	maxBatchCreate = 100
	maxBatchDelete = 1000
)

// BatchCreateTasks creates up to 100 tasks in one queue, each for itself: one that is refused does not hold up the
// others, and is reported in the operation's metadata by its index. The operation is done when this returns. Errors:
// InvalidArgument, NotFound without the queue.
func (s *Server) BatchCreateTasks(_ context.Context, r *cloudtaskspb.BatchCreateTasksRequest) (*longrunningpb.Operation, error) {
	if n := len(r.GetRequests()); n == 0 || n > maxBatchCreate {
		return nil, invalid("requests: has %d, must have 1 to %d", n, maxBatchCreate)
	}
	for i, one := range r.GetRequests() {
		if one.GetParent() != r.GetParent() {
			return nil, invalid("requests[%d].parent: %q must be the batch's, %q", i, clip(one.GetParent()), clip(r.GetParent()))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.findQueue("parent", r.GetParent()); err != nil {
		return nil, err
	}
	start := timestamppb.New(s.now())
	failed := map[int32]*rpcstatus.Status{}
	answer := &cloudtaskspb.BatchCreateTasksResponse{}
	for i, one := range r.GetRequests() {
		t, err := s.createTask(one.GetParent(), one.GetTask())
		if err != nil {
			failed[int32(i)] = status.Convert(err).Proto()
			continue
		}
		answer.Tasks = append(answer.Tasks, t.view(one.GetResponseView()))
	}
	state := cloudtaskspb.BatchCreateTasksMetadata_SUCCEEDED
	if len(failed) > 0 {
		state = cloudtaskspb.BatchCreateTasksMetadata_PARTIALLY_SUCCEEDED
	}
	return done(r.GetParent(), r.GetRequestId(), answer, &cloudtaskspb.BatchCreateTasksMetadata{
		StartTime: start, EndTime: start, State: state, FailedRequests: failed,
	})
}

// BatchDeleteTasks deletes up to 1,000 tasks of one queue, each for itself, as BatchCreateTasks creates them.
func (s *Server) BatchDeleteTasks(_ context.Context, r *cloudtaskspb.BatchDeleteTasksRequest) (*longrunningpb.Operation, error) {
	if n := len(r.GetNames()); n == 0 || n > maxBatchDelete {
		return nil, invalid("names: has %d, must have 1 to %d", n, maxBatchDelete)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.findQueue("parent", r.GetParent())
	if err != nil {
		return nil, err
	}
	start := timestamppb.New(s.now())
	failed := map[int32]*rpcstatus.Status{}
	for i, name := range r.GetNames() {
		t, err := s.findTask(name)
		if err == nil && t.queue != q {
			err = invalid("names[%d]: %q must lie in the parent, %q", i, clip(name), q.name)
		}
		if err != nil {
			failed[int32(i)] = status.Convert(err).Proto()
			continue
		}
		s.forget(t)
	}
	state := cloudtaskspb.BatchDeleteTasksMetadata_SUCCEEDED
	if len(failed) > 0 {
		state = cloudtaskspb.BatchDeleteTasksMetadata_PARTIALLY_SUCCEEDED
	}
	return done(r.GetParent(), r.GetRequestId(), &emptypb.Empty{}, &cloudtaskspb.BatchDeleteTasksMetadata{
		StartTime: start, EndTime: start, State: state, FailedRequests: failed,
	})
}

// done is an operation that has ended.
func done(queueName, id string, answer, metadata proto.Message) (*longrunningpb.Operation, error) {
	if id == "" {
		id = rand.Text()
	}
	response, err := anypb.New(answer)
	details, err2 := anypb.New(metadata)
	if err := errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("pack the operation: %w", err)
	}
	return &longrunningpb.Operation{
		Name:     queueName + "/operations/" + id,
		Metadata: details,
		Done:     true,
		Result:   &longrunningpb.Operation_Response{Response: response},
	}, nil
}
