package tasks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/identity"
	"sessionbridge.internal/emulator/tasks"
)

func TestRequestIsWhatTheTaskSays(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, nil)
	task := c.task("a", 1500*time.Millisecond)
	task.GetHttpRequest().HttpMethod = cloudtaskspb.HttpMethod_PUT
	task.GetHttpRequest().Body = []byte("hello")
	task.GetHttpRequest().Headers = map[string]string{
		"content-type": "text/plain", "X-Own": "1", "Host": "evil.example.com", "User-Agent": "me", "Content-Length": "1",
		"X-Google-A": "1", "x-appengine-b": "1", "X-CloudTasks-QueueName": "other", "x-cloudtasks-c": "1",
	}
	c.create(t, task)
	c.advance(t, 2*time.Second)

	got := c.target.requests()
	if len(got) != 1 {
		t.Fatalf("%d requests, want 1", len(got))
	}
	r := got[0]
	if r.Method != "PUT" || r.URL.String() != "/crm?x=1" || r.body != "hello" || r.Host != strings.TrimPrefix(c.target.URL, "http://") {
		t.Errorf("request %s %s at %s, body %q", r.Method, r.URL, r.Host, r.body)
	}
	want := map[string]string{
		"Content-Type": "text/plain", "X-Own": "1", "User-Agent": "Google-Cloud-Tasks", "Content-Length": "5",
		"X-Cloudtasks-Queuename": "crm", "X-Cloudtasks-Taskname": "a",
		"X-Cloudtasks-Taskretrycount": "0", "X-Cloudtasks-Taskexecutioncount": "0",
		"X-Cloudtasks-Tasketa": fmt.Sprintf("%d.500000", start.Unix()+1),
	}
	for name, value := range want {
		if r.Header.Get(name) != value {
			t.Errorf("%s = %q, want %q", name, r.Header.Get(name), value)
		}
	}
	for name := range r.Header {
		if _, ok := want[name]; !ok {
			t.Errorf("unexpected header %s: %q", name, r.Header.Get(name))
		}
	}
}

// The sequence, the counts and that the reason is empty are as recorded from the real service:
// https://github.com/aertje/cloud-tasks-emulator, conformance/golden/dispatch.json.
func TestRetriesTellOfTheAttemptsBefore(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, retrying(10))
	c.target.statuses = []int{503, 404, 429, 500, 302}
	c.target.header.Set("Location", c.target.URL+"/elsewhere") // not followed
	c.create(t, c.task("a", 0))
	c.advance(t, time.Hour)

	want := []struct{ retries, executions, previous string }{
		{"0", "0", ""}, {"1", "0", "503"}, {"2", "1", "404"}, {"3", "2", "429"}, {"4", "2", "500"}, {"5", "3", "302"},
	}
	got := c.target.requests()
	if len(got) != len(want) {
		t.Fatalf("%d requests, want %d", len(got), len(want))
	}
	for i, w := range want {
		h := got[i].Header
		if h.Get("X-CloudTasks-TaskRetryCount") != w.retries || h.Get("X-CloudTasks-TaskExecutionCount") != w.executions ||
			h.Get("X-CloudTasks-TaskPreviousResponse") != w.previous {
			t.Errorf("attempt %d: headers %v, want %+v", i, h, w)
		}
		reason, ok := h["X-Cloudtasks-Taskretryreason"]
		if ok != (i > 0) || ok && reason[0] != "" {
			t.Errorf("attempt %d: retry reason %q", i, reason)
		}
	}
}

func TestRetriesKeepTheBackoff(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, retrying(100))
	c.target.statuses = slices.Repeat([]int{500}, 8)
	c.create(t, c.task("a", 0))
	c.settle(t)
	at := start
	for _, wait := range []time.Duration{10, 20, 40, 80, 160, 300, 300, 300} {
		at = at.Add(wait * time.Second)
		if next := c.NextDue(); !next.Equal(at) {
			t.Fatalf("next attempt at %v, want %v", next, at)
		}
		c.clock.AdvanceTo(at)
		c.settle(t)
	}
	if next := c.NextDue(); !next.IsZero() {
		t.Errorf("something is due at %v after success", next)
	}
}

func TestWithoutAnAnswerTheTaskIsRetried(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	tests := map[string]struct {
		url    string // empty: the target, which does not answer
		status int
		says   string
	}{
		"504 after the deadline":    {"", 504, "deadline"},
		"503 without a connection":  {closed.URL + "/?key=secret", 503, "refused"},
		"503 with a URL of no use":  {"http://%zz/?key=secret", 503, "cannot be used"},
		"503 with a port of no use": {"http://127.0.0.1:99999/?key=secret", 503, "invalid port"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, func(o *tasks.Options) { o.Client = &http.Client{Timeout: 200 * time.Millisecond} })
			c.queue(t, retrying(2))
			c.target.hold = make(chan struct{})
			task := c.task("a", 0)
			if test.url != "" {
				task.GetHttpRequest().Url = test.url
			}
			c.create(t, task)
			c.settle(t)
			got := c.Snapshot().Queues[0].Tasks[0]
			if got.LastStatus != test.status || !strings.Contains(got.LastProblem, test.says) || strings.Contains(got.LastProblem, "secret") {
				t.Errorf("last answer %d %q, want %d and %q", got.LastStatus, got.LastProblem, test.status, test.says)
			}
			if a := c.get(t, "a"); a.GetResponseCount() != 0 || a.GetDispatchCount() != 1 || a.GetLastAttempt().GetResponseTime() != nil {
				t.Errorf("task = %v, want one attempt without response", a)
			}
			if next := c.NextDue(); !next.Equal(start.Add(10 * time.Second)) {
				t.Errorf("next attempt at %v, want in 10 s", next)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		value  string
		want   time.Duration
	}{
		"seconds are honoured at 429":        {429, "60", time.Minute},
		"seconds are honoured at 503":        {503, "60", time.Minute},
		"a date is honoured":                 {503, start.Add(time.Hour).Format(http.TimeFormat), time.Hour},
		"the back-off is the least":          {503, "1", 10 * time.Second},
		"a date that has passed is nothing":  {503, start.Add(-time.Hour).Format(http.TimeFormat), 10 * time.Second},
		"another status has no say":          {500, "60", 10 * time.Second},
		"what cannot be read is ignored":     {503, "soon", 10 * time.Second},
		"a negative number is ignored":       {503, "-60", 10 * time.Second},
		"a number out of bounds is ignored":  {503, "99999999999999999999", 10 * time.Second},
		"what is too long is cut to 30 days": {503, "2000000000", 30 * 24 * time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.queue(t, retrying(100))
			c.target.statuses = []int{test.status}
			c.target.header.Set("Retry-After", test.value)
			c.create(t, c.task("a", 0))
			c.settle(t)
			if got := c.NextDue().Sub(start); got != test.want {
				t.Errorf("next attempt in %v, want %v", got, test.want)
			}
		})
	}
}

func TestTaskIsGivenUpSilentlyButShown(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.queue(t, retrying(3))
	c.target.statuses = slices.Repeat([]int{500}, 100)
	c.create(t, c.task("a", 0))
	c.advance(t, time.Hour)

	if n := len(c.target.requests()); n != 3 {
		t.Errorf("%d attempts, want 3", n)
	}
	_, err := c.client.GetTask(t.Context(), &cloudtaskspb.GetTaskRequest{Name: queueName + "/tasks/a"})
	wantCode(t, err, codes.NotFound, "no longer exists")
	shot := c.Snapshot()
	if shot.GaveUpCount != 1 || len(shot.GaveUp) != 1 || shot.FinishedCount != 0 {
		t.Fatalf("snapshot %+v, want one given up", shot)
	}
	if got := shot.GaveUp[0]; got.Name != queueName+"/tasks/a" || got.Attempts != 3 || got.LastStatus != 500 ||
		!got.EndedAt.Equal(start.Add(30*time.Second)) {
		t.Errorf("given up: %+v", got)
	}
}

func TestTaskIsTriedForItsWholeTime(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config *cloudtaskspb.RetryConfig
		want   int
	}{
		"until both limits are reached": {&cloudtaskspb.RetryConfig{MaxAttempts: 2, MaxRetryDuration: durationpb.New(95 * time.Second)}, 6},
		"until the time alone":          {&cloudtaskspb.RetryConfig{MaxAttempts: -1, MaxRetryDuration: durationpb.New(25 * time.Second)}, 3},
		"as often as the queue says":    {&cloudtaskspb.RetryConfig{}, 4},
		"until it is 31 days old": {&cloudtaskspb.RetryConfig{MaxAttempts: -1,
			MinBackoff: durationpb.New(10 * 24 * time.Hour), MaxBackoff: durationpb.New(10 * 24 * time.Hour)}, 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.queue(t, func(q *cloudtaskspb.Queue) {
				retrying(4)(q)
				q.RetryConfig.MaxBackoff = durationpb.New(30 * time.Second) // attempts at 0, 10, 30, 60, 90, 120 s
			})
			c.target.statuses = slices.Repeat([]int{500}, 100)
			task := c.task("a", 0)
			task.RetryConfig = test.config
			c.create(t, task)
			c.advance(t, 60*24*time.Hour)
			if n := len(c.target.requests()); n != test.want || c.Snapshot().GaveUpCount != 1 {
				t.Errorf("%d attempts, %d given up, want %d and 1", n, c.Snapshot().GaveUpCount, test.want)
			}
		})
	}
}

func TestIdentityTokenPassesTheGate(t *testing.T) {
	t.Parallel()
	const account = "invoker@demo.iam.gserviceaccount.com"
	virtual := clock.Frozen(start)
	issuer := identity.New(identity.GoogleIssuer, virtual.Now)
	c := newCloud(t, func(o *tasks.Options) { o.Clock, o.Token = virtual, issuer.Token })
	c.queue(t, nil)
	for name, test := range map[string]struct{ audience, expected string }{
		"the given audience":       {"https://crm.example.com", "https://crm.example.com"},
		"by default, the full URL": {"", "URL/?x=1"},
	} {
		t.Run(name, func(t *testing.T) {
			calls := make(chan string, 1)
			var gate http.Handler
			gated := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { gate.ServeHTTP(w, r) }))
			defer gated.Close()
			passed := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.Header.Get("Authorization") })
			gate = issuer.Gate(passed, strings.Replace(test.expected, "URL", gated.URL, 1), account)
			task := post(gated.URL + "/?x=1")
			task.GetHttpRequest().Headers = map[string]string{"authorization": "Basic ZGVtbzpkZW1v"} // overridden
			task.GetHttpRequest().AuthorizationHeader = &cloudtaskspb.HttpRequest_OidcToken{
				OidcToken: &cloudtaskspb.OidcToken{ServiceAccountEmail: account, Audience: test.audience}}
			c.create(t, task)
			c.settle(t)
			if shot := c.Snapshot(); len(shot.Queues[0].Tasks) != 0 {
				t.Fatalf("the gate refused: %+v", shot.Queues[0].Tasks)
			}
			if got := <-calls; !strings.HasPrefix(got, "Bearer ") {
				t.Errorf("Authorization %q, want a bearer token", got)
			}
		})
	}
}

func TestFailingTokenIsAFailedAttempt(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(o *tasks.Options) {
		o.Token = func(string, string) (string, error) { return "", fmt.Errorf("no key") }
	})
	c.queue(t, retrying(5))
	task := c.task("a", 0)
	task.GetHttpRequest().AuthorizationHeader = &cloudtaskspb.HttpRequest_OidcToken{
		OidcToken: &cloudtaskspb.OidcToken{ServiceAccountEmail: "a@b.c"}}
	c.create(t, task)
	c.settle(t)
	if got := c.Snapshot().Queues[0].Tasks[0]; !strings.Contains(got.LastProblem, "no key") || len(c.target.requests()) != 0 {
		t.Errorf("task = %+v, want a failed attempt and no request", got)
	}
}
