package local_test

import (
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
		if at := b.text(`document.activeElement.value`); at != one.email {
			t.Errorf("%s: the focus is at %q, want %s", one.name, at, one.email)
		}
		b.leads(kb.Enter, one.heading)
		b.says(one.who)
	}
	b.complains()
}
