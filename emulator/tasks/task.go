package tasks

import (
	"container/heap"
	"fmt"
	"net/http"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// retention is how long a task lives, whatever its retry_config: https://cloud.google.com/tasks/docs/quotas.
const retention = 31 * 24 * time.Hour

const notWaiting = -1 // the index of a task that is not in its queue's heap

// task is one task that is waiting, running or both. The server's lock guards it.
type task struct {
	queue   *queue
	id      string
	named   bool               // by its creator: only then is its name kept from being used again
	message *cloudtaskspb.Task // as created, with defaults; its fields are never changed
	retry   *RetryPolicy       // its own, or nil for the queue's
	created time.Time

	due     time.Time // of the next attempt, or of the one that runs
	arrival uint64    // order among those due at one time
	index   int       // in the queue's heap, or notWaiting
	gone    bool      // succeeded, given up or deleted while an attempt ran

	running    int // attempts under way; more than one only by RunTask
	dispatched int // attempts so far
	responses  int // of those, how many were answered
	executions int // of those, how many with less than 500
	first      time.Time
	last       outcome
}

// outcome is what is known of a task's latest attempt.
type outcome struct {
	scheduled, dispatched, answered time.Time // answered is zero without an answer
	status                          int       // HTTP status; 0 while running, 504 or 503 without an answer
	problem                         string    // why there was no answer
}

func (t *task) policy() RetryPolicy {
	if t.retry != nil {
		return *t.retry
	}
	return t.queue.config.retry
}

// expires is when the service deletes the task, whatever became of it.
func (t *task) expires() time.Time { return t.created.Add(retention) }

// wait puts the task into its queue to start at due, or moves it there.
func (t *task) wait(due time.Time) {
	t.due = due
	if t.index == notWaiting {
		heap.Push(&t.queue.waiting, t)
	} else {
		heap.Fix(&t.queue.waiting, t.index)
	}
	t.queue.wake()
}

// forget takes a task out of its queue and keeps its name taken. The caller holds the lock.
func (s *Server) forget(t *task) {
	q := t.queue
	if t.index != notWaiting {
		heap.Remove(&q.waiting, t.index)
	}
	delete(q.tasks, t.id)
	t.gone = true
	if t.named {
		q.tombs.add(t.id, s.now())
	}
	s.seq++
	q.wake()
}

// view is the task as the API shows it. The body is in the full view only; the headers are in both (recorded).
func (t *task) view(v cloudtaskspb.Task_View) *cloudtaskspb.Task {
	m := &cloudtaskspb.Task{
		Name:             t.message.Name,
		MessageType:      t.message.MessageType,
		ScheduleTime:     timestamppb.New(t.due),
		CreateTime:       timestamppb.New(t.created.Truncate(time.Second)),
		DispatchDeadline: t.message.DispatchDeadline,
		DispatchCount:    int32(t.dispatched),
		ResponseCount:    int32(t.responses),
		RetryConfig:      t.message.RetryConfig,
		View:             cloudtaskspb.Task_FULL,
	}
	if t.dispatched > 0 {
		m.FirstAttempt = &cloudtaskspb.Attempt{DispatchTime: timestamppb.New(t.first)}
		m.LastAttempt = t.last.message()
	}
	if v != cloudtaskspb.Task_FULL {
		m.View = cloudtaskspb.Task_BASIC
		full := t.message.GetHttpRequest()
		m.MessageType = &cloudtaskspb.Task_HttpRequest{HttpRequest: &cloudtaskspb.HttpRequest{
			Url:                 full.Url,
			HttpMethod:          full.HttpMethod,
			Headers:             full.Headers,
			AuthorizationHeader: full.AuthorizationHeader,
		}}
	}
	return m
}

func (o outcome) message() *cloudtaskspb.Attempt {
	m := &cloudtaskspb.Attempt{
		ScheduleTime: timestamppb.New(o.scheduled),
		DispatchTime: timestamppb.New(o.dispatched),
	}
	if !o.answered.IsZero() {
		m.ResponseTime = timestamppb.New(o.answered)
	}
	if o.status != 0 {
		code := rpcCode(o.status)
		m.ResponseStatus = &rpcstatus.Status{
			Code:    int32(code),
			Message: fmt.Sprintf("%s(%d): HTTP status code %d", code, code, o.status),
		}
	}
	return m
}

// rpcCode is the code an HTTP status stands for:
// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto.
func rpcCode(httpStatus int) codes.Code {
	switch httpStatus {
	case http.StatusBadRequest:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusConflict:
		return codes.Aborted
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case http.StatusNotImplemented:
		return codes.Unimplemented
	case http.StatusServiceUnavailable:
		return codes.Unavailable
	case http.StatusGatewayTimeout:
		return codes.DeadlineExceeded
	}
	switch httpStatus / 100 {
	case 2:
		return codes.OK
	case 4:
		return codes.FailedPrecondition
	case 5:
		return codes.Internal
	}
	return codes.Unknown
}
