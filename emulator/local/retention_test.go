package local_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

// days moves the time ahead and has the hour's tick come, before which Firestore deletes what has expired.
func (c *cloud) days(n int) {
	c.Helper()
	c.advance(time.Duration(n) * 24 * time.Hour)
	c.must(c.Cloud.Watch(patience(c.T)))
}

// kept is whether the session with the key is there.
func (c *cloud) kept(key string) bool {
	c.Helper()
	resp, _ := c.call(http.MethodGet, "/console/api/tenants/demo/sessions/"+key, "", nil)
	return resp.StatusCode == http.StatusOK
}

// covered is what the coverage of a day counts.
func (c *cloud) covered(day string) (r struct {
	Total, Complete, Missing int
	Partial                  bool `json:"expired"`
}) {
	c.Helper()
	_, report := c.call(http.MethodGet, "/console/api/tenants/demo/coverage?day="+day, "", nil)
	c.must(json.Unmarshal([]byte(report), &r))
	return r
}

// A session that is over goes after its days; news of it puts that off, one that goes on stays, and so does what was given up.
// News that comes after its end begins it anew, and finds the record that there is.
func TestASessionIsKeptForItsDays(t *testing.T) {
	t.Parallel()
	if official != nil {
		t.Skip("gcloud's emulator has no TTL policies")
	}
	c := start(t, local.Options{})
	before, call, given, live := c.aCall(1), c.aCall(2), c.aCall(3), c.aCall(4)
	day := c.Now().UTC().Add(-6 * time.Minute).Format(time.DateOnly)
	c.play(before)
	c.advance(time.Hour)
	c.set(func(doc map[string]any) {
		doc["retention"] = map[string]any{"days": 30}
		crm := section(doc, "crm")
		crm["reuse_records"] = true
		endpoints := section(crm, "endpoints")
		endpoints["find_record"] = endpoints["find_own_record"] // by the session's key
	})
	c.play(call)
	c.advance(time.Hour)
	c.faults(`{"crm":[{"times":1000,"status":401}]}`)
	c.play(given)
	c.advance(time.Hour)
	c.faults(`{}`)
	for _, p := range live.Posts[:4] {
		c.insist(p)
	}
	made := c.session(call.Key).CRM.RecordID
	c.days(0) // the tick that finds what was over when the settings were changed
	c.days(28)
	rated := news(call, c.Now(), map[string]any{"session_type": "Voice Inbound (IVR)", "state": "disconnected", "rating": 5})
	c.insist(rated)
	c.days(4)
	for key, want := range map[string]bool{before.Key: false, call.Key: true, given.Key: true, live.Key: true} {
		if c.kept(key) != want {
			t.Errorf("after 32 days %s is kept: %t, want %t", key, !want, want)
		}
	}
	if v := c.session(given.Key); v.CRM.State != "dead" {
		t.Errorf("what the CRM refused is %s", v.CRM.State)
	}
	if r := c.covered(day); r.Total != 3 || r.Missing != 0 || !r.Partial {
		t.Errorf("the day is covered as %+v", r)
	}
	c.days(30)
	if c.kept(call.Key) || !c.kept(given.Key) || !c.kept(live.Key) {
		t.Error("after 62 days the call is not gone, or what was given up or goes on is")
	}
	again := call.Posts[5] // the platform's last notification of the call, which has all of it
	c.insist(again)
	c.advance(time.Hour)
	records := 0
	for _, r := range c.crm().Records {
		if r.ExternalID == call.Key {
			records++
		}
	}
	if v := c.session(call.Key); records != 1 || v.CRM.State != "done" || v.CRM.RecordID != made {
		t.Errorf("news of a call that is gone left %d records of it, and the CRM's work %+v", records, v.CRM)
	}
	c.days(60)
	if c.kept(call.Key) || c.kept(given.Key) || !c.kept(live.Key) {
		t.Error("after 122 days what was given up is not gone, or a call that goes on is")
	}
}
