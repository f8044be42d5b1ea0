package local_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

// A CRM that answers 400 is asked for a week ("Custom CRM", errors). The demo tenant's fault lasts as long as each row says.
func TestACRMIsWaitedForAWeekAndNoLonger(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		refuses time.Duration
		dead    bool
	}{
		"back after 167 hours, everything is delivered in order": {167 * time.Hour, false},
		"gone for 169 hours, a person replays it":                {169 * time.Hour, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, local.Options{})
			call := c.aCall(1)
			c.faults(`{"crm":[{"times":1000,"status":400}]}`)
			c.play(call)
			c.advance(tt.refuses)
			refused := c.session(call.Key)
			attempts := 0
			for _, d := range refused.Deliveries {
				if d.Verdict != "done" {
					attempts++
				}
			}
			if dead := refused.CRM.State == "dead"; dead != tt.dead || attempts < 20 {
				t.Errorf("after %v: %s with %d attempts", tt.refuses, refused.CRM.State, attempts)
			}
			c.faults(`{}`)
			c.advance(8 * time.Hour)
			if tt.dead {
				if v := c.session(call.Key); v.CRM.State != "dead" {
					t.Errorf("it was taken up by itself: %s", v.CRM.State)
				}
				since := c.Now().Add(-30 * 24 * time.Hour).Format(time.RFC3339)
				resp, body := c.call("POST", "/console/api/tenants/demo/replay?state=dead&since="+since, "", nil)
				if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), fmt.Sprintf("%q", call.Key)) {
					t.Fatalf("replaying the window: %d %s", resp.StatusCode, body)
				}
				c.advance(2 * time.Minute) // the metadata tells of the record now
			}
			c.arrivedOnce(call)
		})
	}
}
