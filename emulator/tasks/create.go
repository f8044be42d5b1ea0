package tasks

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// A task's limits: https://cloud.google.com/tasks/docs/quotas and
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks.
const (
	maxAhead        = 30 * 24 * time.Hour
	maxURL          = 2083
	maxHeaders      = 80 << 10
	minDeadline     = 15 * time.Second
	maxDeadline     = 30 * time.Minute
	defaultDeadline = 10 * time.Minute

	// maxTaskBytes is "1 MB" to the byte: the encoded task, as stored (recorded).
	maxTaskBytes = 1<<20 - 7
)

const userAgent = "Google-Cloud-Tasks"

// methods are those a task may use, by their number in the API.
var methods = map[cloudtaskspb.HttpMethod]string{
	cloudtaskspb.HttpMethod_POST:    http.MethodPost,
	cloudtaskspb.HttpMethod_GET:     http.MethodGet,
	cloudtaskspb.HttpMethod_HEAD:    http.MethodHead,
	cloudtaskspb.HttpMethod_PUT:     http.MethodPut,
	cloudtaskspb.HttpMethod_DELETE:  http.MethodDelete,
	cloudtaskspb.HttpMethod_PATCH:   http.MethodPatch,
	cloudtaskspb.HttpMethod_OPTIONS: http.MethodOptions,
}

// newTask checks a task to be created and returns it as it is stored, without its name. The caller holds the lock.
func (s *Server) newTask(q *queue, in *cloudtaskspb.Task) (*task, error) {
	now := s.now()
	t := &task{queue: q, created: now, due: now, index: notWaiting}
	request, err := s.newRequest(in)
	if err != nil {
		return nil, err
	}
	if in.GetScheduleTime() != nil {
		if t.due, err = scheduleTime(in.GetScheduleTime(), now); err != nil {
			return nil, err
		}
	}
	deadline, err := dispatchDeadline(in.GetDispatchDeadline())
	if err != nil {
		return nil, err
	}
	if in.GetRetryConfig() != nil {
		p, err := retryPolicy("task.retry_config", in.GetRetryConfig(), q.config.retry)
		if err != nil {
			return nil, err
		}
		t.retry = &p
	}
	t.message = &cloudtaskspb.Task{
		MessageType:      &cloudtaskspb.Task_HttpRequest{HttpRequest: request},
		ScheduleTime:     timestamppb.New(t.due),
		CreateTime:       timestamppb.New(now.Truncate(time.Second)),
		DispatchDeadline: deadline,
		RetryConfig:      in.GetRetryConfig(),
	}
	return t, nil
}

// newRequest checks a task's target and returns it with its defaults.
func (s *Server) newRequest(in *cloudtaskspb.Task) (*cloudtaskspb.HttpRequest, error) {
	r := in.GetHttpRequest()
	if in.GetAppEngineHttpRequest() != nil {
		return nil, invalid("task.app_engine_http_request: App Engine tasks are not supported, use http_request")
	}
	if r == nil {
		return nil, invalid("task.http_request: must be set")
	}
	if err := checkURL(r.GetUrl()); err != nil {
		return nil, err
	}
	method := r.GetHttpMethod()
	if method == cloudtaskspb.HttpMethod_HTTP_METHOD_UNSPECIFIED {
		method = cloudtaskspb.HttpMethod_POST
	}
	if methods[method] == "" {
		return nil, invalid("task.http_request.http_method: %v is not a method", method)
	}
	bodied := []string{http.MethodPost, http.MethodPut, http.MethodPatch}
	if len(r.GetBody()) > 0 && !slices.Contains(bodied, methods[method]) {
		return nil, invalid("task.http_request.body: a %v request must not have one, only POST, PUT and PATCH", method)
	}
	if err := s.checkAuthorization(r); err != nil {
		return nil, err
	}
	headers, err := storedHeaders(r.GetHeaders())
	if err != nil {
		return nil, err
	}
	return &cloudtaskspb.HttpRequest{
		Url:                 r.GetUrl(),
		HttpMethod:          method,
		Headers:             headers,
		Body:                r.GetBody(),
		AuthorizationHeader: r.GetAuthorizationHeader(),
	}, nil
}

// checkURL checks what the service does: a URL that cannot be parsed is accepted, and fails when dispatched (recorded).
func checkURL(u string) error {
	switch {
	case u == "":
		return invalid("task.http_request.url: must be set")
	case !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://"):
		return invalid("task.http_request.url: %q must start with http:// or https://", clip(u))
	case len(u) > maxURL:
		return invalid("task.http_request.url: has %d characters, at most %d are allowed", len(u), maxURL)
	}
	return nil
}

func (s *Server) checkAuthorization(r *cloudtaskspb.HttpRequest) error {
	switch {
	case r.GetOauthToken() != nil:
		return status.Error(codes.Unimplemented,
			"task.http_request.oauth_token: not supported, it is for Google's own APIs; use oidc_token")
	case r.GetOidcToken() == nil:
		return nil
	case r.GetOidcToken().GetServiceAccountEmail() == "":
		return invalid("task.http_request.oidc_token.service_account_email: must be set")
	case s.token == nil:
		return status.Error(codes.FailedPrecondition,
			"task.http_request.oidc_token: this server has nothing to make tokens with")
	}
	return nil
}

// storedHeaders are the caller's without those that Cloud Tasks sets or keeps for itself, and with its User-Agent
// (recorded). A name keeps its capitals.
func storedHeaders(in map[string]string) (map[string]string, error) {
	size := 0
	out := map[string]string{"User-Agent": userAgent}
	for name, value := range in {
		size += len(name) + len(value)
		if !reserved(name) {
			out[name] = value
		}
	}
	if size >= maxHeaders {
		return nil, invalid("task.http_request.headers: have %d bytes, fewer than %d are allowed", size, maxHeaders)
	}
	return out, nil
}

func reserved(header string) bool {
	header = textproto.CanonicalMIMEHeaderKey(header)
	switch header {
	case "Host", "Content-Length", "User-Agent":
		return true
	}
	for _, prefix := range []string{"X-Google-", "X-Appengine-", "X-Cloudtasks-"} {
		if strings.HasPrefix(header, prefix) {
			return true
		}
	}
	return false
}

// scheduleTime is when a new task is due; a time that has passed is now.
func scheduleTime(ts *timestamppb.Timestamp, now time.Time) (time.Time, error) {
	if err := ts.CheckValid(); err != nil {
		return now, invalid("task.schedule_time: %v", err)
	}
	due := ts.AsTime().Truncate(time.Microsecond)
	switch {
	case due.After(now.Add(maxAhead)):
		return now, invalid("task.schedule_time: %v must be at most 30 days after %v", due, now)
	case due.Before(now):
		return now, nil
	}
	return due, nil
}

func dispatchDeadline(d *durationpb.Duration) (*durationpb.Duration, error) {
	if d == nil {
		return durationpb.New(defaultDeadline), nil
	}
	deadline := d.AsDuration().Truncate(time.Millisecond)
	if d.CheckValid() != nil || deadline < minDeadline || deadline > maxDeadline {
		return nil, invalid("task.dispatch_deadline: %v must be between %v and %v", d.AsDuration(), minDeadline, maxDeadline)
	}
	return durationpb.New(deadline), nil
}

// checkSize is the last check of a task: of all that is stored, its name too.
func checkSize(m *cloudtaskspb.Task) error {
	if size := proto.Size(m); size > maxTaskBytes {
		return invalid("task: has %d bytes, at most %d are allowed", size, maxTaskBytes)
	}
	return nil
}
