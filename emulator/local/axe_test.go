package local_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// violation is what axe finds wrong with an element (github.com/dequelabs/axe-core, doc/API.md, results object).
type violation struct {
	Rule, Help, URL, Element, HTML string
}

// auditing runs axe over the page and the frames in it. Everything folded is unfolded, since what is not shown is not looked at.
const auditing = `(async () => {
	for (const details of document.querySelectorAll("details")) details.open = true
	const { violations } = await axe.run(document, { runOnly: %s, resultTypes: ["violations"] })
	return violations.flatMap((v) => v.nodes.map((n) => ({
		rule: v.id, help: v.help + ": " + n.any.concat(n.all, n.none).map((c) => c.message).join("; "), url: v.helpUrl, element: n.target.join(" "), html: n.html,
	})))
})()`

// Of axe's rules, those of WCAG 2.2's levels A and AA, and those that are only good practice; and the ones of these that look at
// colours. Pages differ in the dark by light-dark() alone, which takes nothing but colours (w3.org/TR/css-color-5, section 7).
const (
	everyRule = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	ofColours = `{ type: "rule", values: ["color-contrast", "link-in-text-block"] }`
)

// equip gives the browser axe-core for every page and every frame, from the file that AXE_JS names. The debugger runs it there,
// whom no page's policy stops. In CI=true there must be one.
func (b *tab) equip() (equipped bool) {
	b.Helper()
	name := os.Getenv("AXE_JS")
	if name == "" && os.Getenv("CI") == "true" {
		b.Fatal("AXE_JS is not set: it must be the path of axe-core's axe.min.js, which .ci/run fetches")
	}
	if name == "" {
		return false
	}
	source, err := os.ReadFile(name)
	if err != nil {
		b.Fatalf("AXE_JS: %v", err)
	}
	// Frames of another origin answer the page only if both allow it.
	b.script(string(source) + `; axe.configure({ allowedOrigins: ["<unsafe_all_origins>"] })`)
	return true
}

// audit fails for every element of the page with which axe finds something wrong.
func (b *tab) audit(where string) {
	b.Helper()
	b.auditBy(everyRule, where)
}

func (b *tab) auditBy(rules, where string) {
	b.Helper()
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]violation](fmt.Sprintf(auditing, rules), chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", where, err)
	}
	for _, v := range found {
		b.Errorf("%s: %s %s\n\t%s\n\t%.300s\n\t%s", where, v.Rule, v.Element, v.Help, v.HTML, v.URL)
	}
}

// filled waits until the scripts of a page have put into it what it is to show.
func (b *tab) filled(url string) {
	b.Helper()
	switch {
	case strings.HasSuffix(url, "/emulator/"):
		b.until(`document.querySelectorAll("#sessions li, #sessions tr").length > 0 && document.querySelectorAll("#glance a").length > 0`)
	case strings.HasSuffix(url, "/desk/demo/"):
		b.until(within("#incoming:not([hidden])") + ` !== null`)
	}
}

// besides are pages and states of pages that no list of screens needs.
var besides = []string{
	"/console/signin", "/console/demo/none", "/console/demo/sessions/none", "/console/demo/?q=nobody", "/console/demo/doctor?go=1",
	"/console/demo/settings/storage", "/console/demo/settings/queues", "/console/demo/settings/people", "/console/demo/settings/history/1",
	"/console/demo/settings/crm?preset=kustomer", "/console/kustomer/agents", "/desk/demo/call?number=1",
}

// Every page for people, as it is and unfolded, in every colour and width, has nothing that axe finds wrong.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	b := open(t)
	if !b.equip() {
		t.Skip("AXE_JS is not set: no page is examined by axe. Set it to the path of axe-core's axe.min.js to run this test")
	}
	c := start(t, local.Options{})
	c.furnish()
	for _, path := range append(everyPage[:len(everyPage):len(everyPage)], besides...) {
		b.do(chromedp.Navigate(c.Client.URL + path))
		b.filled(path)
		for _, at := range screens {
			rules := everyRule
			if at.scheme == "dark" {
				rules = ofColours
			}
			b.on(at)
			b.auditBy(rules, fmt.Sprintf("%s at %s", path, at.name))
		}
	}
}
