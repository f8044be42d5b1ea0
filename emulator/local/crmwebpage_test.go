package local_test

import (
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/local"
)

// A CRM that is down for ten minutes, of which a server in front of it tells with 200 and a web page, has everything afterwards,
// and once: also what it did before the page took the place of its answer.
func TestACRMThatAnswersWithAWebPageIsWaitedFor(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"nothing is done":               `{"crm":[{"times":1000,"mode":"page"}]}`,
		"creates are done, and untold":  `{"crm":[{"times":1000,"mode":"page","after":true,"match":"POST /api/"}]}`,
		"comments are done, and untold": `{"crm":[{"times":1000,"mode":"page","after":true,"match":"/comments"}]}`,
	}
	for name, script := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, local.Options{})
			call, chat := c.aCall(1), c.aChat(2)
			c.faults(script)
			c.play(call)
			c.play(chat)
			c.advance(10 * time.Minute)
			if v := c.session(call.Key); v.CRM.State != "waiting" || !strings.Contains(v.CRM.Problem, "web page") {
				t.Errorf("while the page is there: %s: %s", v.CRM.State, v.CRM.Problem)
			}
			c.faults(`{}`)
			c.advance(7 * time.Hour)
			c.arrivedOnce(call)
			c.arrivedOnce(chat)
		})
	}
}
