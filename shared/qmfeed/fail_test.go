package qmfeed_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// What every answer means: see judge.
func TestWhatAnAnswerMeans(t *testing.T) {
	t.Parallel()
	tests := map[int]store.Verdict{410: store.Dead}
	for _, taken := range []int{200, 201, 202, 204, 299} {
		tests[taken] = store.Done
	}
	for _, waits := range []int{301, 302, 307, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 425, 429, 500, 501, 502, 503, 504} {
		tests[waits] = store.Waiting
	}
	for status, want := range tests {
		t.Run(fmt.Sprintf("%d is %s", status, want), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			asked := 0
			w.answers(func(rw http.ResponseWriter, _ *http.Request) {
				asked++
				rw.Header().Set("Location", "/elsewhere")
				rw.WriteHeader(status)
			})
			id := w.happens("call-1", session.Started, session.Ringing)
			w.must(w.wake(id))
			d, made := w.doc(id), w.deliveries(id)
			if asked != 1 || len(made) != 1 || made[0].Verdict != want || made[0].Status != status {
				t.Fatalf("asked %d times, %+v", asked, made)
			}
			if d.Quality.Dead != (want == store.Dead) || (d.Work[work.Quality].Task != "") != (want == store.Waiting) || (d.Quality.Problem == "") != (want == store.Done) {
				t.Errorf("left with %+v and %+v", d.Quality, d.Work[work.Quality])
			}
		})
	}
}

// What hinders a request is waited for and told, and what is mended goes on.
func TestWhatHindersIsWaitedFor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   string
		page    string // in the place of the application's answer
		change  func(*settings.Settings)
		problem string
	}{
		"a broken connection":           {fault: `{"qm":[{"mode":"reset"}]}`, problem: "did not answer"},
		"a broken answer":               {fault: `{"qm":[{"mode":"reset","after":true}]}`, problem: "did not answer"},
		"a web page":                    {page: "<!doctype html><title>Sign in</title>", problem: "200 with a web page"},
		"a wrong password":              {change: func(s *settings.Settings) { s.Quality.Call.Basic.Password = "secret://token" }, problem: "401"},
		"a password that is not there":  {change: func(s *settings.Settings) { s.Quality.Call.Basic.Password = "secret://none" }, problem: "quality.call.basic.password: secrets: secret://none: not found"},
		"a key that is not there":       {change: func(s *settings.Settings) { s.Quality.Call.SigningSecret = "secret://none" }, problem: "quality.call.signing_secret: secrets: secret://none: not found"},
		"a key that is none":            {change: func(s *settings.Settings) { s.Quality.Call.SigningSecret = "secret://short" }, problem: "quality.call.signing_secret: the secret must be"},
		"an address that is not public": {change: func(s *settings.Settings) { s.Quality.Call.URL = "https://10.1.2.3/events" }, problem: "it was not sent"},
		"the path of another channel":   {change: func(s *settings.Settings) { s.Quality.Call.URL = s.Quality.Chat.URL }, problem: "422"},
		"a path where there is nothing": {change: func(s *settings.Settings) {
			s.Quality.Call.URL += "&x=1"
			s.Quality.Call.URL = strings.Replace(s.Quality.Call.URL, "/call", "/nothing", 1)
		}, problem: "404"},
		"a header's secret is not there": {change: func(s *settings.Settings) {
			s.Quality.Call.Headers = []settings.Header{{Name: "X-Key", Secret: "secret://none"}}
		}, problem: "quality.call.headers[0].secret"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			good := *w.set.Quality.Call
			basic := *good.Basic
			good.Basic = &basic
			if tt.change != nil {
				w.change(tt.change)
			}
			id := w.call("call-1")
			if tt.fault != "" {
				w.plan(tt.fault)
			}
			if tt.page != "" {
				w.answers(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, tt.page) })
			}
			w.must(w.wake(id))
			q := w.doc(id).Quality
			if !strings.Contains(q.Problem, tt.problem) || q.Failures != 1 || q.Dead || len(w.tasksLeft()) != 1 {
				t.Fatalf("it waits with %+v, tasks %q; want %q", q, w.tasksLeft(), tt.problem)
			}
			made := w.deliveries(id)
			if last := made[len(made)-1]; last.Verdict != store.Waiting || !strings.Contains(last.Problem, tt.problem) || !last.Next.Equal(q.NextAttemptAt.Truncate(time.Microsecond)) {
				t.Errorf("the delivery is %+v", last)
			}
			w.plan(`{}`)
			w.answers(nil)
			w.change(func(s *settings.Settings) { s.Quality.Call = &good })
			w.wakeAtItsTime(id)
			w.wantTold(id)
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "7200")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	id := w.call("call-1")
	w.must(w.wake(id))
	if at, want := w.doc(id).Quality.NextAttemptAt, w.clock.Now().Add(2*time.Hour); !at.Equal(want) {
		t.Errorf("the next attempt is at %v, want %v", at, want)
	}
}

// An application that refuses is asked for a week and no longer; then a person replays.
func TestAfterAWeekAPersonMustLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.plan(`{"qm":[{"times":1000,"status":500}]}`)
	id := w.call("call-1")
	first := w.clock.Now()
	w.must(w.wake(id))
	for range 100 {
		if w.doc(id).Quality.Dead {
			break
		}
		w.wakeAtItsTime(id)
	}
	d := w.doc(id)
	if at := w.clock.Now(); !d.Quality.Dead || !at.Equal(first.Add(work.Horizon)) || d.Work[work.Quality].Task != "" || !strings.Contains(d.Quality.Problem, "500") {
		t.Fatalf("at %v: %+v", at, d)
	}
	made := w.deliveries(id)
	if last := made[len(made)-1]; last.Verdict != store.Dead || !last.Next.IsZero() || len(made) < 30 || !strings.Contains(w.logged(), `"level":"ERROR"`) {
		t.Errorf("after %d attempts the last is %+v", len(made), last)
	}
	w.plan(`{}`)
	w.happens("call-1", session.Finished) // what is given up stays so until a person says otherwise
	if d := w.doc(id); d.Work[work.Quality].Task != "" {
		t.Fatalf("it was taken up by itself: %+v", d.Work)
	}
	if stuck, err := w.Store.Stuck(t.Context(), "demo", time.Time{}, w.clock.Now().Add(time.Hour), true, 10); err != nil || len(stuck) != 1 {
		t.Errorf("%d sessions are found to be given up, %v", len(stuck), err)
	}
	w.update(id, func(d *store.Document) {
		flow.Replay(nil, d)
		flow.Owe(w.set, d, id, w.clock.Now())
	})
	w.wakeAtItsTime(id)
	w.wantTold(id)
}

// A server that repeats what it was sent must not bring credentials before people's eyes.
func TestCredentialsAreShownToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(func(s *settings.Settings) {
		s.Quality.Call.Headers = []settings.Header{{Name: "X-Api-Key", Prefix: "key ", Secret: "secret://token"}, {Name: "X-Tenant", Value: "7"}}
	})
	w.answers(func(rw http.ResponseWriter, r *http.Request) {
		rw.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(rw, "I had "+r.Header.Get("Authorization")+" and "+r.Header.Get("X-Api-Key")+", tenant 7, canary-token; "+strings.Repeat("x", 10_000))
	})
	id := w.call("call-1")
	w.must(w.wake(id))
	d := w.deliveries(id)[0]
	all := fmt.Sprintf("%+v %+v %s", d, w.doc(id).Quality, w.logged())
	for _, secret := range []string{"canary", "ZGVtbzpkZW1v", signingKey[6:]} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is shown in %s", secret, all)
		}
	}
	if !strings.HasPrefix(d.Response, "I had [redacted] and [redacted], tenant 7, [redacted]; xxx") || len(d.Response) > 5000 || !strings.HasPrefix(d.URL, "http://127.0.0.1:") {
		t.Errorf("the delivery is %+v", d)
	}
}

// An answer is not lost with the task that must follow it.
func TestARunIsNotAcknowledgedWithoutItsNextTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.call("call-1")
	task := w.doc(id).Work[work.Quality].Task
	w.plan(`{"qm":[{"status":503}],"tasks":[{"code":"PERMISSION_DENIED"}]}`)
	if err := w.Run(t.Context(), work.Wake{ID: id, Task: task}); err == nil || len(w.tasksLeft()) != 0 {
		t.Fatalf("the run is acknowledged, with tasks %q", w.tasksLeft())
	}
	w.must(w.Run(t.Context(), work.Wake{ID: id, Task: task}))
	if len(w.tasksLeft()) != 1 || len(w.deliveries(id)) != 1 {
		t.Errorf("tasks %q, %d deliveries", w.tasksLeft(), len(w.deliveries(id)))
	}
	w.wakeAtItsTime(id)
	w.wantTold(id)
}
