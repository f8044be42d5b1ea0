package tasks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
)

const (
	maxAnswer      = 64 << 10 // of an answer's body, read so that the connection can be used again
	idleConnection = 100
)

// client is the given client, or one for many short requests to this machine, made not to follow redirects: the service
// takes them for failures (recorded).
func client(given *http.Client) *http.Client {
	c := &http.Client{Transport: &http.Transport{
		MaxIdleConns:        idleConnection,
		MaxIdleConnsPerHost: idleConnection,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true, // no answer can grow when unpacked
	}}
	if given != nil {
		copied := *given
		c = &copied
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// dispatch is a request to be sent, taken from its task under the lock.
type dispatch struct {
	target   *cloudtaskspb.HttpRequest
	headers  map[string]string // those Cloud Tasks adds
	deadline time.Duration     // real
}

// newDispatch is the next request of a task. The headers:
// https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler. Those of a retry, and that the reason is
// empty, are recorded.
func newDispatch(t *task) dispatch {
	h := map[string]string{
		"X-CloudTasks-QueueName":          shortName(t.queue.name),
		"X-CloudTasks-TaskName":           t.id,
		"X-CloudTasks-TaskRetryCount":     strconv.Itoa(t.dispatched),
		"X-CloudTasks-TaskExecutionCount": strconv.Itoa(t.executions),
		"X-CloudTasks-TaskETA":            fmt.Sprintf("%d.%06d", t.due.Unix(), t.due.Nanosecond()/1000),
	}
	if t.last.status != 0 {
		h["X-CloudTasks-TaskPreviousResponse"] = strconv.Itoa(t.last.status)
		h["X-CloudTasks-TaskRetryReason"] = ""
	}
	return dispatch{
		target:   t.message.GetHttpRequest(),
		headers:  h,
		deadline: t.message.GetDispatchDeadline().AsDuration(),
	}
}

// send performs one request. Without an answer, problem says why, and status is what the service reports then: 504
// after the deadline (recorded), otherwise 503.
func (s *Server) send(d dispatch) (status int, problem string, header http.Header) {
	ctx, cancel := context.WithTimeout(s.requests, d.deadline)
	defer cancel()
	r, err := s.newHTTPRequest(ctx, d)
	if err != nil {
		return http.StatusServiceUnavailable, err.Error(), nil
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return noAnswer(err)
	}
	defer answer.Body.Close()
	if _, err := io.CopyN(io.Discard, answer.Body, maxAnswer); err != nil && !errors.Is(err, io.EOF) {
		return noAnswer(err)
	}
	return answer.StatusCode, "", answer.Header
}

// noAnswer says why there was no answer, without the URL, whose query may hold a secret.
func noAnswer(err error) (status int, problem string, header http.Header) {
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return http.StatusGatewayTimeout, "no answer before the dispatch deadline", nil
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return http.StatusServiceUnavailable, err.Error(), nil
}

func (s *Server) newHTTPRequest(ctx context.Context, d dispatch) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, methods[d.target.GetHttpMethod()], d.target.GetUrl(), bytes.NewReader(d.target.GetBody()))
	if err != nil {
		return nil, errors.New("the task's URL cannot be used")
	}
	for name, value := range d.target.GetHeaders() {
		r.Header.Set(name, value)
	}
	for name, value := range d.headers {
		r.Header[name] = []string{value} // not Set: it would lose the capitals
	}
	if account := d.target.GetOidcToken().GetServiceAccountEmail(); account != "" {
		audience := d.target.GetOidcToken().GetAudience()
		if audience == "" {
			audience = d.target.GetUrl()
		}
		token, err := s.token(account, audience)
		if err != nil {
			return nil, fmt.Errorf("make the identity token: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}

// retryAfter is when an answer asks to be tried again, at most maxAhead from now, or zero. Only 429 and 503 may ask:
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#HttpRequest. The header is
// seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after.
func retryAfter(status int, header http.Header, now time.Time) time.Time {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return time.Time{}
	}
	value := header.Get("Retry-After")
	at, err := http.ParseTime(value)
	if err != nil {
		seconds, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return time.Time{}
		}
		at = now.Add(time.Duration(seconds) * time.Second)
	}
	if limit := now.Add(maxAhead); at.After(limit) {
		return limit
	}
	return at
}
