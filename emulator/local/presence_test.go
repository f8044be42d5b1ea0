package local_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

const kim = "kim@demo.example"

// status has Kim change it, in "kustomer" or in "ccai".
func (c *cloud) status(where, status string) {
	c.Helper()
	resp, said := c.call(http.MethodPost, "/emulator/"+where+"/status", fmt.Sprintf(`{"agent":%q,"status":%q}`, kim, status), nil)
	if resp.StatusCode != http.StatusNoContent {
		c.Fatalf("%s in %s: %d %s", status, where, resp.StatusCode, said)
	}
}

// poll is a minute's tick of Cloud Scheduler.
func (c *cloud) poll() {
	c.Helper()
	c.advance(time.Minute)
	if resp, said := c.call(http.MethodPost, "/emulator/presence/poll", "", nil); resp.StatusCode != http.StatusOK {
		c.Fatalf("%d %s", resp.StatusCode, said)
	}
}

// shown are Kim's states in the CRM and the contact centre as the console shows them, with the codes of the reasons.
func (c *cloud) shown() (crm, centre string, reasons []string) {
	c.Helper()
	var got struct {
		Agents []struct {
			Agent    struct{ Email string }
			Presence struct {
				CRM, Centre []struct{ State string }
				Reasons     []struct{ Code string }
			}
		}
	}
	c.must(c.Get(patience(c.T), "/console/api/tenants/kustomer/agents", &got))
	for _, a := range got.Agents {
		if a.Agent.Email != kim || len(a.Presence.CRM) == 0 || len(a.Presence.Centre) == 0 {
			continue
		}
		for _, r := range a.Presence.Reasons {
			reasons = append(reasons, r.Code)
		}
		return a.Presence.CRM[0].State, a.Presence.Centre[0].State, reasons
	}
	return "", "", nil
}

func (c *cloud) wantStates(crm, centre string) {
	c.Helper()
	if a, b, why := c.shown(); a != crm || b != centre {
		c.Errorf("the CRM has %q and the contact centre %q, want %q and %q; %v", a, b, crm, centre, why)
	}
}

// TestAgentsAreKeptInStep follows Kim through a morning: in Kustomer, in the contact centre, and on a call.
func TestAgentsAreKeptInStep(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	c.Client.Tenant = "kustomer"
	c.status("kustomer", "Available")
	c.status("ccai", "Available")
	c.poll()
	c.wantStates("Available", "Available")

	c.status("kustomer", "Unavailable")
	c.poll() // it is written
	c.poll() // and seen
	c.wantStates("Unavailable", "Break")

	c.status("ccai", "Available")
	c.poll()
	c.poll()
	c.wantStates("Available", "Available")

	c.status("ccai", "In-call")
	c.status("kustomer", "Unavailable")
	c.poll()
	if _, _, why := c.shown(); len(why) != 1 || why[0] != "waiting" {
		t.Errorf("during the call the reasons are %v, want waiting", why)
	}
	c.status("ccai", "Wrap-up")
	c.status("ccai", "Available") // what the platform does by itself, which is no choice
	c.poll()
	c.poll()
	c.wantStates("Unavailable", "Break")
}

// TestAnEventHasAgentsLookedAt: what the agent's page tells is no state here, and has both sides read without a poll.
func TestAnEventHasAgentsLookedAt(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	c.Client.Tenant = "kustomer"
	c.status("kustomer", "Available")
	c.status("ccai", "Available")
	resp, said := c.call(http.MethodPost, "/webhook/kustomer/ccai-adapter", `{"type":"Agent_Login","data":{"agent_id":11,"agent_email":"`+kim+`"}}`, signIn)
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%d %s", resp.StatusCode, said)
	}
	c.advance(10 * time.Second) // in which all events have one turn
	c.wantStates("Available", "Available")
	for _, body := range []string{`{}`, `{"tenant":"kustomer"}`} {
		if resp, _ := c.call(http.MethodPost, "/functions/presence", body, nil); resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
			t.Errorf("anybody may have agents looked at: %d", resp.StatusCode)
		}
	}
}
