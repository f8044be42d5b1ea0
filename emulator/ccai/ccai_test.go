package ccai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/emulator/ccai"
	"sessionbridge.internal/emulator/clock"
)

const (
	kim = "kim@example.com"
	lee = "lee@example.com"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// office is a contact centre behind a real HTTP server, with Kim (11, team 1) and Lee (12), both available.
type office struct {
	*ccai.Centre
	url   string
	clock *clock.Clock
}

func open(t *testing.T) *office {
	t.Helper()
	c := clock.Frozen(start)
	o := &office{Centre: ccai.New(ccai.Options{Username: "demo", Password: "token", Clock: c, Statuses: []string{"Meal", "Break"}}), clock: c}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	o.url = srv.URL
	if _, err := o.AddAgent("Kim Park", kim, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := o.AddAgent("Lee Moreno", lee); err != nil {
		t.Fatal(err)
	}
	must(t, o.SetStatus(kim, "available"), o.SetStatus(lee, "Available"))
	return o
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (o *office) ask(t *testing.T, method, path, body string, change ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, o.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("demo", "token")
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

const statuses = "/apps/api/v1/agent_statuses"

// The documented example: one is changed, one is on a call and is not.
func TestStatusesAreSetForEachAgent(t *testing.T) {
	t.Parallel()
	o := open(t)
	must(t, o.Ring(lee))
	resp, text := o.ask(t, "POST", statuses, `{"status":"Meal","agent_ids":[11,12,99],"team_ids":[]}`)
	want := `[{"agent_id":11,"name":"Kim Park","email":"kim@example.com","agent_number":"Agent No.11","previous_status":"Available","current_status":"Meal"},` +
		`{"agent_id":12,"name":"Lee Moreno","email":"lee@example.com","agent_number":"Agent No.12","previous_status":"In-call","current_status":"In-call",` +
		`"message":"Agent can't be changed from system status 'In-call'"}]`
	if diff := cmp.Diff(want, text); resp.StatusCode != 200 || diff != "" {
		t.Errorf("%d (-want +got):\n%s", resp.StatusCode, diff)
	}
	if o.Status(kim) != "Meal" || o.Status(lee) != ccai.InCall {
		t.Errorf("the statuses are %q and %q", o.Status(kim), o.Status(lee))
	}
}

func TestStatusesAreSetForTeams(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, text := o.ask(t, "POST", statuses, `{"status":"break","agent_ids":[11],"team_ids":[1]}`)
	if strings.Count(text, "agent_id") != 1 || o.Status(kim) != "Break" || o.Status(lee) != "Available" {
		t.Errorf("answer %s; the statuses are %q and %q", text, o.Status(kim), o.Status(lee))
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	o := open(t)
	for name, tt := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"a system status, of each agent": {"POST", statuses, `{"status":"in-call","agent_ids":[11],"team_ids":[]}`, 200, "can't be changed to system status"},
		"a status that is not there":     {"POST", statuses, `{"status":"Nap","agent_ids":[11],"team_ids":[]}`, 422, "no such status"},
		"no status":                      {"POST", statuses, `{"agent_ids":[11],"team_ids":[]}`, 400, "required"},
		"no teams":                       {"POST", statuses, `{"status":"Meal","agent_ids":[11]}`, 400, "required"},
		"no JSON":                        {"POST", statuses, `status=Meal`, 400, "JSON object"},
		"a page that is none":            {"GET", "/manager/api/v1/agents?page=0", ``, 400, "from 1 on"},
		"a path that is not there":       {"GET", "/manager/api/v1/teams", ``, 404, "nothing at this path"},
		"far too much":                   {"POST", statuses, strings.Repeat(" ", 1<<20+1), 413, "too long"},
	} {
		o.clock.Advance(time.Second)
		resp, text := o.ask(t, tt.method, tt.path, tt.body)
		if resp.StatusCode != tt.status || !strings.Contains(text, tt.says) {
			t.Errorf("%s: %d %s, want %d and %q", name, resp.StatusCode, text, tt.status, tt.says)
		}
	}
	if got := o.Status(kim); got != "Available" {
		t.Errorf("the status is %q", got)
	}
}

func TestOnlyTheCredentialGetsIn(t *testing.T) {
	t.Parallel()
	o := open(t)
	for name, who := range map[string]func(*http.Request){
		"nobody":           func(r *http.Request) { r.Header.Del("Authorization") },
		"a wrong password": func(r *http.Request) { r.SetBasicAuth("demo", "guess") },
		"a wrong user":     func(r *http.Request) { r.SetBasicAuth("other", "token") },
	} {
		if resp, text := o.ask(t, "GET", "/manager/api/v1/agents", "", who); resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
	}
	if text := fmt.Sprint(o.Snapshot()); strings.Contains(text, "token") || strings.Contains(text, "guess") {
		t.Errorf("the snapshot tells a secret: %s", text)
	}
}

func TestAgentsAreListedInPages(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 103 {
		if _, err := o.AddAgent(fmt.Sprint("Agent ", i), fmt.Sprintf("a%d@example.com", i)); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]int{"": 20, "?page=1&per=200": 100, "?page=2&per=200": 5, "?page=3&per=200": 0, "?page=2&per=50": 50} {
		o.clock.Advance(time.Second)
		resp, text := o.ask(t, "GET", "/manager/api/v1/agents"+query, "")
		var got []struct {
			ID              int64
			Email           string
			Status          struct{ Name string }
			StatusUpdatedAt time.Time `json:"status_updated_at"`
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || len(got) != want || resp.Header.Get("Total") != "105" {
			t.Errorf("%q: %d agents of %s, %v, want %d of 105", query, len(got), resp.Header.Get("Total"), err, want)
		}
		if query == "" && (got[0].ID != 11 || got[0].Email != kim || got[0].Status.Name != "Available" || !got[0].StatusUpdatedAt.Equal(start)) {
			t.Errorf("the first is %+v", got[0])
		}
		if next := strings.Contains(resp.Header.Get("Link"), `rel="next"`); next != (query != "?page=2&per=200" && query != "?page=3&per=200") {
			t.Errorf("%q: another page follows: %v", query, next)
		}
	}
}

func TestTenRequestsASecond(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 12 {
		want := 200
		if i >= 10 {
			want = 429
		}
		if resp, _ := o.ask(t, "GET", "/manager/api/v1/agents", ""); resp.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i+1, resp.StatusCode, want)
		}
	}
	o.clock.Advance(time.Second)
	if resp, _ := o.ask(t, "GET", "/manager/api/v1/agents", ""); resp.StatusCode != 200 {
		t.Errorf("a second later: %d", resp.StatusCode)
	}
}

func TestACall(t *testing.T) {
	t.Parallel()
	o := open(t)
	must(t, o.SetStatus(kim, "Meal"), o.Ring(kim))
	for name, err := range map[string]error{
		"another call":          o.Ring(kim),
		"a choice during it":    o.SetStatus(kim, "Break"),
		"no after-work to end":  o.EndWrapUp(kim),
		"a call that is not":    o.EndCall(lee),
		"nobody's call":         o.Ring("eve@example.com"),
		"a status that is not":  o.SetStatus(lee, "Nap"),
		"a system status":       o.SetStatus(lee, "Unresponsive"),
		"an agent who is there": second(o.AddAgent("Kim", "KIM@example.com")),
		"an agent without mail": second(o.AddAgent("Eve", "eve")),
	} {
		if err == nil {
			t.Errorf("%s is allowed", name)
		}
	}
	must(t, o.EndCall(kim))
	if got := o.Status(kim); got != ccai.WrapUp {
		t.Errorf("after the call it is %q", got)
	}
	must(t, o.EndWrapUp(kim))
	if got := o.Status(kim); got != "Meal" {
		t.Errorf("after that it is %q, want what was before", got)
	}
}

func second(_ int64, err error) error { return err }

func TestPlay(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, status := range []string{"Meal", "In-call", "Wrap-up", "Available", "Offline", "Break"} {
		must(t, o.Play(kim, status))
		if got := o.Status(kim); got != status {
			t.Errorf("it is %q, want %q", got, status)
		}
	}
	if o.Play(kim, "Wrap-up") == nil || o.Play("eve@example.com", "Meal") == nil {
		t.Error("what nobody can do is allowed")
	}
}
