package crm_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sessionbridge.internal/emulator/crm"
)

func key(k string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", k) }
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	o := open(t)
	const kim, lee = `{"name":"Kim"}`, `{"name":"Lee"}`
	for _, step := range []struct {
		name     string
		key      string
		wait     time.Duration
		path     string
		body     string
		status   int
		replayed bool
		accounts int // there are afterwards
	}{
		{"first", `"a"`, 0, "/api/accounts", kim, 201, false, 1},
		{"again: the same answer", `"a"`, time.Hour, "/api/accounts", kim, 201, true, 1},
		{"with another body", `"a"`, 0, "/api/accounts", lee, 422, false, 1},
		{"at another path", `"a"`, 0, "/api/records", kim, 422, false, 1},
		{"another key", `"b"`, 0, "/api/accounts", kim, 201, false, 2},
		{"just in time", `"a"`, 23*time.Hour - 1, "/api/accounts", kim, 201, true, 2},
		{"after a day", `"a"`, 1, "/api/accounts", kim, 201, false, 3},
		{"an error", `"c"`, 0, "/api/accounts", `{}`, 400, false, 3},
		{"an error put right", `"c"`, 0, "/api/accounts", kim, 201, false, 4},
		{"too long a key", strings.Repeat("k", 256), 0, "/api/accounts", kim, 400, false, 4},
	} {
		o.clock.Advance(step.wait)
		r := o.request(t, "POST", step.path, step.body, key(step.key))
		if r.status != step.status || (r.header.Get("Idempotent-Replayed") != "") != step.replayed {
			t.Errorf("%s: %d %s %v", step.name, r.status, r.body, r.header)
		}
		if step.replayed && r.object(t, "account")["id"] != 1.0 {
			t.Errorf("%s: %s, want the first answer", step.name, r.body)
		}
		if n := len(o.Snapshot().Accounts); n != step.accounts {
			t.Errorf("%s: %d accounts, want %d", step.name, n, step.accounts)
		}
	}
}

func TestOneKeyManyAtOnceMakeOneObject(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim"}`)
	answers := make([]response, 50)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = o.request(t, "POST", "/api/records", `{"account_id":1,"subject":"Call"}`, key("call-1"))
			o.Snapshot()
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a.status != http.StatusCreated || a.body != answers[0].body {
			t.Errorf("%d %s, want %s", a.status, a.body, answers[0].body)
		}
	}
	if n := len(o.Snapshot().Records); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}

func TestManyAtOnceWithoutKeysLoseNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.must(t, "/api/accounts", `{"name":"Kim"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Call"}`)
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() { o.request(t, "POST", "/api/accounts", `{"name":"x"}`) })
		wg.Go(func() { o.request(t, "POST", "/api/records/1001/comments", `{"text":"x"}`) })
		wg.Go(func() { o.request(t, "PATCH", "/api/records/1001", fmt.Sprintf(`{"field_%d":%d}`, i, i)) })
	}
	wg.Wait()
	s := o.Snapshot()
	if len(s.Accounts) != 31 || len(s.Comments) != 30 || len(s.Records[0].Other) != 30 || len(s.Requests) != 92 {
		t.Errorf("%d accounts, %d comments, %d fields, %d requests, want 31, 30, 30, 92",
			len(s.Accounts), len(s.Comments), len(s.Records[0].Other), len(s.Requests))
	}
}

func TestEveryRequestIsKeptWithoutItsCredentials(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.request(t, "POST", "/api/accounts?source=x%20y", `{"name":"Kim"}`, func(r *http.Request) {
		r.Header.Set("User-Agent", "bridge")
		r.Header.Set("Cookie", "session=secret word")
		r.Header.Set("X-Api-Key", "key-1 secret word")
	})
	o.clock.Advance(time.Hour)
	o.request(t, "GET", "/nowhere", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret word") })
	long := `{"name":"` + strings.Repeat("x", 20<<10) + `"}`
	o.request(t, "POST", "/api/accounts", long)

	want := []crm.Request{
		{Time: start, Method: "POST", Path: "/api/accounts", Query: "source=x%20y", Body: `{"name":"Kim"}`, Status: 201, Headers: map[string]string{
			"Authorization": "[redacted]", "Cookie": "[redacted]", "X-Api-Key": "[redacted]", "User-Agent": "bridge", "Content-Type": "application/json; charset=utf-8"}},
		{Time: start.Add(time.Hour), Method: "GET", Path: "/nowhere", Status: 401, Headers: map[string]string{
			"Authorization": "[redacted]", "User-Agent": "Go-http-client/1.1"}},
		{Time: start.Add(time.Hour), Method: "POST", Path: "/api/accounts", Body: long[:16<<10], Truncated: true, Status: 201, Headers: map[string]string{
			"Authorization": "[redacted]", "User-Agent": "Go-http-client/1.1", "Content-Type": "application/json; charset=utf-8"}},
	}
	transport := cmpopts.IgnoreMapEntries(func(name, _ string) bool { return name == "Accept-Encoding" || name == "Content-Length" })
	got := o.Snapshot()
	if d := cmp.Diff(want, got.Requests, transport); d != "" {
		t.Error(d)
	}
	if b, err := json.Marshal(got); err != nil || strings.Contains(string(b), "secret word") {
		t.Errorf("the snapshot holds a secret, or no JSON: %v", err)
	}
}

func TestNewestTwoThousandRequestsAreKept(t *testing.T) {
	t.Parallel()
	o := open(t)
	for i := range 2003 {
		o.request(t, "GET", fmt.Sprint("/api/records/", i), "")
	}
	got := o.Snapshot().Requests
	if len(got) != 2000 || got[0].Path != "/api/records/3" || got[1999].Path != "/api/records/2002" {
		t.Errorf("%d requests from %s to %s", len(got), got[0].Path, got[len(got)-1].Path)
	}
}

func TestSnapshotIsPlainJSON(t *testing.T) {
	t.Parallel()
	o := open(t)
	empty, err := json.Marshal(o.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"accounts":[],"records":[],"comments":[],"attachments":[],"requests":[]}`; string(empty) != want {
		t.Errorf("empty: %s, want %s", empty, want)
	}
	o.must(t, "/api/accounts", `{"name":"Kim"}`)
	o.must(t, "/api/records", `{"account_id":1,"subject":"Call","rating":5}`)
	o.must(t, "/api/records/1001/comments", `{"text":"hello"}`)
	s := o.Snapshot()
	s.Requests = nil
	full, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"records":[{"account_id":1`, `"rating":5`, `"subject":"Call"`, `"comments":[{"id":1,"record_id":1001,"text":"hello"`} {
		if !strings.Contains(string(full), want) {
			t.Errorf("%s lacks %s", full, want)
		}
	}
}
