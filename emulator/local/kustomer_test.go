package local_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/emulator/local"
	"sessionbridge.internal/shared/session"
)

// office is what the tests read of Kustomer.
func (c *cloud) office() (s kustomer.Snapshot) {
	c.Helper()
	c.must(c.Get(patience(c.T), "/emulator/kustomer", &s))
	return s
}

// close sets the conversation's status to done, as a person in Kustomer does.
func (c *cloud) close(conversation string) {
	c.Helper()
	req, err := http.NewRequestWithContext(patience(c.T), http.MethodPut, c.KustomerURL()+"/v1/conversations/"+conversation, strings.NewReader(`{"status":"done"}`))
	c.must(err)
	req.Header.Set("Authorization", "Bearer demo-admin")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		c.Fatalf("%d %s", resp.StatusCode, body)
	}
}

// timeline are the record's changes that the session knows of, by status.
func (c *cloud) timeline(key string) (done []session.Event) {
	c.Helper()
	var s struct {
		Events []session.Event `json:"events"`
	}
	c.must(c.Get(patience(c.T), "/console/api/tenants/kustomer/sessions/"+key, &s))
	for _, e := range s.Events {
		if e.Kind == session.RecordChanged && e.Record.Status == "done" {
			done = append(done, e)
		}
	}
	return done
}

// TestAChangeInKustomerIsOnTheSessionsTimeline has a person close the conversation of a call; what Kustomer tells of it is
// refused at first, and comes again.
func TestAChangeInKustomerIsOnTheSessionsTimeline(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	number := int(c.Now().Unix() % 1e9)
	c.Client.Tenant = "kustomer"
	c.play(demo.Call(number, c.Now()))
	c.advance(15 * time.Minute)
	found := c.office().Conversations
	if len(found) != 1 || found[0].Text("status") != "open" {
		t.Fatalf("conversations %+v", found)
	}
	before := len(c.office().Requests)
	c.faults(`{"pubsub":[{"code":"PERMISSION_DENIED"}]}`)
	closed := c.Now()
	c.close(found[0].ID)
	c.must(c.Cloud.Advance(patience(t), 10*time.Second))
	key := fmt.Sprintf("call-%d", number)
	if got := c.timeline(key); len(got) > 0 && c.Now().Before(closed.Add(time.Minute)) { // after which Kustomer tells it again
		t.Fatalf("the timeline knows what was not safe: %+v", got)
	}
	c.advance(time.Minute)
	got := c.timeline(key)
	if len(got) != 1 || got[0].Record.ID != found[0].ID || len(got[0].Record.Changed) == 0 {
		t.Fatalf("the timeline has %+v, want the change once", got)
	}
	c.advance(time.Hour)
	if after := len(c.office().Requests); after != before+1 {
		t.Errorf("Kustomer was asked %d times after a person's change: our answer to it must be none", after-before-1)
	}
	for _, hook := range c.office().Webhooks {
		if hook.Attributes["enabled"] != true {
			t.Error("the webhook was disabled")
		}
	}
}

func TestWhoDoesNotSignIsNotKustomer(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	body := `{"id":"e1","name":"kustomer.conversation.update","data":{"id":"c1","attributes":{"externalId":"ccai-call-5"}}}`
	for name, change := range map[string]func(*http.Request){
		"nobody":           nil,
		"a stranger":       func(r *http.Request) { r.Header.Set("X-Kustomer-Webhook-Signature", strings.Repeat("0", 64)) },
		"a wrong password": func(r *http.Request) { r.SetBasicAuth("demo", "wrong") },
	} {
		resp, said := c.call(http.MethodPost, "/webhook/kustomer/kustomer", body, change)
		var problem struct{ Status int }
		c.must(json.Unmarshal([]byte(said), &problem))
		if resp.StatusCode != http.StatusUnauthorized || problem.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, resp.StatusCode, said)
		}
	}
}

// A workflow of Kustomer signs nothing, and has the password.
func TestAWorkflowTellsAnAgentsStatus(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	resp, said := c.call(http.MethodPost, "/webhook/kustomer/kustomer", `{"email":"kim@demo.example","status":"Lunch","at":"2026-01-05T09:09:00Z"}`, signIn)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, said)
	}
	c.must(c.Cloud.Drain(patience(t)))
	_, agents := c.call(http.MethodGet, "/console/api/tenants/kustomer/agents", "", nil)
	if !strings.Contains(agents, "kim@demo.example") || !strings.Contains(agents, "Lunch") {
		t.Errorf("the agents are %s", agents)
	}
}
