package local_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionbridge.internal/emulator/local"
)

// The start page has a link for each of the people whom one can be; two presses of Enter sign one in.
func TestTheStartPageSignsOneInAsSomebody(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	for _, one := range []struct{ name, email, heading, who string }{
		{"an administrator", "ada@demo.example", "Sessions", "Ada Admin"},
		{"a supervisor", "sam@demo.example", "Sessions", "Sam Supervisor"},
		{"an agent", "kim@demo.example", "Desk", "kim@demo.example"},
	} {
		b.do(chromedp.Navigate(c.Client.URL + "/emulator/"))
		b.tabTo(`a[href*="hint=` + one.email + `"]`)
		b.leads(kb.Enter, "Who do you want to be?")
		b.until(`document.activeElement.value === "` + one.email + `"`) // the page shows before its focus is set
		b.leads(kb.Enter, one.heading)
		b.says(one.who)
	}
	b.until(within("#incoming:not([hidden])") + ` !== null`)
	b.answers(4712) // as the agent who has signed in
	b.until(unsent(0))
	c.must(c.Client.Drain(patience(t)))
	if got := strings.Join(c.heard("call-4712"), " "); got != "New_Call" {
		t.Errorf("of the adapter's events the session has %s", got)
	}
	b.complains()
}
