package tasks_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

type (
	pbTask    = cloudtaskspb.Task
	pbRequest = cloudtaskspb.HttpRequest
)

func TestCreateTaskRefuses(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	oidc := &cloudtaskspb.HttpRequest_OidcToken{OidcToken: &cloudtaskspb.OidcToken{ServiceAccountEmail: "a@b.c"}}
	tests := map[string]struct {
		change func(*pbTask, *pbRequest)
		want   codes.Code
		field  string
	}{
		"no target": {func(k *pbTask, _ *pbRequest) { k.MessageType = nil }, codes.InvalidArgument, "task.http_request"},
		"an App Engine target": {func(k *pbTask, _ *pbRequest) {
			k.MessageType = &cloudtaskspb.Task_AppEngineHttpRequest{AppEngineHttpRequest: &cloudtaskspb.AppEngineHttpRequest{}}
		}, codes.InvalidArgument, "App Engine"},
		"no URL":               {func(_ *pbTask, r *pbRequest) { r.Url = "" }, codes.InvalidArgument, "task.http_request.url"},
		"a URL without scheme": {func(_ *pbTask, r *pbRequest) { r.Url = "example.com" }, codes.InvalidArgument, "task.http_request.url"},
		"an FTP URL":           {func(_ *pbTask, r *pbRequest) { r.Url = "ftp://example.com" }, codes.InvalidArgument, "task.http_request.url"},
		"a URL too long": {func(_ *pbTask, r *pbRequest) {
			r.Url = "http://a/" + strings.Repeat("p", 2075)
		}, codes.InvalidArgument, "at most 2083"},
		"an unknown method": {func(_ *pbTask, r *pbRequest) { r.HttpMethod = 99 }, codes.InvalidArgument, "task.http_request.http_method"},
		"a body with GET": {func(_ *pbTask, r *pbRequest) {
			r.HttpMethod, r.Body = cloudtaskspb.HttpMethod_GET, []byte("b")
		}, codes.InvalidArgument, "task.http_request.body"},
		"headers of 80 KB": {func(_ *pbTask, r *pbRequest) {
			r.Headers = map[string]string{"a": strings.Repeat("v", 80<<10-1)}
		}, codes.InvalidArgument, "task.http_request.headers"},
		"a schedule too far ahead": {func(k *pbTask, _ *pbRequest) {
			k.ScheduleTime = timestamppb.New(start.Add(30*24*time.Hour + time.Second))
		}, codes.InvalidArgument, "task.schedule_time"},
		"a schedule that is none": {func(k *pbTask, _ *pbRequest) {
			k.ScheduleTime = &timestamppb.Timestamp{Nanos: -1}
		}, codes.InvalidArgument, "task.schedule_time"},
		"a deadline too short": {func(k *pbTask, _ *pbRequest) {
			k.DispatchDeadline = durationpb.New(14 * time.Second)
		}, codes.InvalidArgument, "task.dispatch_deadline"},
		"a deadline too long": {func(k *pbTask, _ *pbRequest) {
			k.DispatchDeadline = durationpb.New(31 * time.Minute)
		}, codes.InvalidArgument, "task.dispatch_deadline"},
		"a task too big": {func(_ *pbTask, r *pbRequest) { r.Body = make([]byte, 1<<20) }, codes.InvalidArgument, "at most 1048569"},
		"too few attempts": {func(k *pbTask, _ *pbRequest) {
			k.RetryConfig = &cloudtaskspb.RetryConfig{MaxAttempts: -2}
		}, codes.InvalidArgument, "task.retry_config.max_attempts"},
		"a name of no shape": {func(k *pbTask, _ *pbRequest) { k.Name = "a" }, codes.InvalidArgument, "task.name"},
		"an id with a slash": {func(k *pbTask, _ *pbRequest) { k.Name = queueName + "/tasks/a/b" }, codes.InvalidArgument, "task.name"},
		"an empty id":        {func(k *pbTask, _ *pbRequest) { k.Name = queueName + "/tasks/" }, codes.InvalidArgument, "task.name"},
		"an id too long": {func(k *pbTask, _ *pbRequest) {
			k.Name = queueName + "/tasks/" + strings.Repeat("a", 501)
		}, codes.InvalidArgument, "task.name"},
		"another queue's name": {func(k *pbTask, _ *pbRequest) { k.Name = location + "/queues/other/tasks/a" }, codes.InvalidArgument, "parent"},
		"a token without account": {func(_ *pbTask, r *pbRequest) {
			r.AuthorizationHeader = &cloudtaskspb.HttpRequest_OidcToken{OidcToken: &cloudtaskspb.OidcToken{}}
		}, codes.InvalidArgument, "service_account_email"},
		"a token it cannot make": {func(_ *pbTask, r *pbRequest) { r.AuthorizationHeader = oidc }, codes.FailedPrecondition, "oidc_token"},
		"an OAuth token": {func(_ *pbTask, r *pbRequest) {
			r.AuthorizationHeader = &cloudtaskspb.HttpRequest_OauthToken{OauthToken: &cloudtaskspb.OAuthToken{}}
		}, codes.Unimplemented, "oauth_token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			task := c.task("", time.Hour)
			test.change(task, task.GetHttpRequest())
			_, err := c.tryCreate(t, task)
			wantCode(t, err, test.want, test.field)
		})
	}
}

func TestCreateTaskRefusesAQueueThatIsNotThere(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.tryCreate(t, c.task("", 0))
	wantCode(t, err, codes.NotFound, "Queue does not exist")
	_, err = c.client.CreateTask(t.Context(), &cloudtaskspb.CreateTaskRequest{Parent: "crm", Task: c.task("", 0)})
	wantCode(t, err, codes.InvalidArgument, "parent")
}

func TestCreateTaskAllowsEachLimit(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	at30Days := c.task(strings.Repeat("a", 500), 30*24*time.Hour)
	at30Days.DispatchDeadline = durationpb.New(30 * time.Minute)
	c.create(t, at30Days)

	longURL := c.task("", time.Hour)
	longURL.GetHttpRequest().Url = "http://a/" + strings.Repeat("p", 2074)
	longURL.GetHttpRequest().Headers = map[string]string{"a": strings.Repeat("v", 80<<10-2)}
	longURL.DispatchDeadline = durationpb.New(15 * time.Second)
	c.create(t, longURL)

	oneByteLess := func(n int) *cloudtaskspb.Task {
		task := c.task("b", time.Hour)
		task.GetHttpRequest().Body = make([]byte, n)
		return task
	}
	// The boundary is found rather than computed: the largest body that fits, then one byte more.
	low, high := 1_000_000, 1<<20
	for high-low > 1 {
		middle := (low + high) / 2
		if _, err := c.tryCreate(t, oneByteLess(middle)); err == nil {
			low = middle
			c.forgetTask(t, "b")
		} else {
			high = middle
		}
		c.clock.Advance(2 * time.Hour) // frees the name
	}
	if rest := 1<<20 - low; rest < 100 || rest > 400 {
		t.Errorf("the largest body has %d bytes, want 1 MiB less the rest of the task", low)
	}
}

func (c *cloud) forgetTask(t testing.TB, id string) {
	t.Helper()
	if err := c.client.DeleteTask(t.Context(), &cloudtaskspb.DeleteTaskRequest{Name: queueName + "/tasks/" + id}); err != nil {
		t.Fatal(err)
	}
}

func TestCreatedTaskHasTheDefaults(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.clock.Advance(1234567891 * time.Nanosecond)
	c.queue(t, func(q *cloudtaskspb.Queue) { q.Name = queueName })
	task := c.task("a", time.Hour)
	task.GetHttpRequest().Body = []byte("b")
	basic := c.create(t, task)
	want := &cloudtaskspb.Task{
		Name:             queueName + "/tasks/a",
		ScheduleTime:     timestamppb.New(start.Add(time.Hour + 1234567*time.Microsecond)),
		CreateTime:       timestamppb.New(start.Add(time.Second)),
		DispatchDeadline: durationpb.New(10 * time.Minute),
		View:             cloudtaskspb.Task_BASIC,
		MessageType: &cloudtaskspb.Task_HttpRequest{HttpRequest: &cloudtaskspb.HttpRequest{
			Url: c.target.URL + "/crm?x=1", HttpMethod: cloudtaskspb.HttpMethod_POST,
			Headers: map[string]string{"User-Agent": "Google-Cloud-Tasks"},
		}},
	}
	if diff := cmp.Diff(want, basic, protocmp.Transform()); diff != "" {
		t.Errorf("created task (-want +got):\n%s", diff)
	}
	full, err := c.client.GetTask(t.Context(), &cloudtaskspb.GetTaskRequest{Name: want.Name, ResponseView: cloudtaskspb.Task_FULL})
	if err != nil {
		t.Fatal(err)
	}
	want.View = cloudtaskspb.Task_FULL
	want.GetHttpRequest().Body = []byte("b")
	if diff := cmp.Diff(want, full, protocmp.Transform()); diff != "" {
		t.Errorf("full view (-want +got):\n%s", diff)
	}
}

func TestUnnamedTaskGetsARandomID(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	digits := regexp.MustCompile(`^` + queueName + `/tasks/[0-9]{19}$`)
	one, two := c.create(t, c.task("", time.Hour)), c.create(t, c.task("", time.Hour))
	if !digits.MatchString(one.GetName()) || one.GetName() == two.GetName() {
		t.Errorf("names %q and %q, want two of 19 digits", one.GetName(), two.GetName())
	}
}

func TestNameStaysTakenForAnHour(t *testing.T) {
	t.Parallel()
	ends := map[string]func(*testing.T, *cloud){
		"after success":  func(t *testing.T, c *cloud) { c.advance(t, time.Minute) },
		"after deletion": func(t *testing.T, c *cloud) { c.forgetTask(t, "a"); c.clock.Advance(time.Minute) },
		"after a purge": func(t *testing.T, c *cloud) {
			if _, err := c.client.PurgeQueue(t.Context(), &cloudtaskspb.PurgeQueueRequest{Name: queueName}); err != nil {
				t.Fatal(err)
			}
			c.clock.Advance(time.Minute)
		},
		"after it was given up": func(t *testing.T, c *cloud) {
			c.target.statuses = []int{500}
			c.advance(t, time.Minute)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.queue(t, retrying(1))
			c.create(t, c.task("a", time.Minute))
			_, err := c.tryCreate(t, c.task("a", time.Hour))
			wantCode(t, err, codes.AlreadyExists)
			end(t, c)
			_, err = c.client.GetTask(t.Context(), &cloudtaskspb.GetTaskRequest{Name: queueName + "/tasks/a"})
			wantCode(t, err, codes.NotFound, "no longer exists")

			c.clock.Advance(58 * time.Minute)
			_, err = c.tryCreate(t, c.task("a", time.Hour))
			wantCode(t, err, codes.AlreadyExists)
			c.clock.Advance(2 * time.Minute)
			c.create(t, c.task("a", time.Hour))
		})
	}
}

func TestScheduleInThePastIsNow(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	for _, ago := range []time.Duration{-time.Nanosecond, -time.Hour, math.MinInt64 / 2} {
		if got := c.create(t, c.task("", ago)).GetScheduleTime().AsTime(); !got.Equal(start) {
			t.Errorf("scheduled %v ago: due at %v, want now", ago, got)
		}
	}
	c.settle(t)
	if n := len(c.target.requests()); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}
