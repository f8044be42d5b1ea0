package local_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionbridge.internal/emulator/local"
)

// stops is what a keyboard can get to in a page, in the page's order; of radio buttons with one name, the first.
const stops = `globalThis.stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, iframe, [tabindex]")].filter((e, i, all) =>
	e.tabIndex >= 0 && !e.disabled && e.type !== "hidden" && e.checkVisibility({ visibilityProperty: true })
	&& !(e.type === "radio" && all.findIndex((o) => o.name === e.name) < i))`

// stop is what is wrong with where the focus is, if anything: it cannot be seen (WCAG 2.2, 2.4.7), or something hides it
// (2.4.11). Within a frame the focus is the frame's own.
const stop = `(() => {
	const at = document.activeElement
	if (at.tagName === "IFRAME") return ""
	const name = at.outerHTML.slice(0, 120)
	const style = getComputedStyle(at)
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "has no outline: " + name
	const r = [...at.getClientRects()].find((r) => r.width > 0 && r.height > 0)
	if (!r) return "has no place: " + name
	const on = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)
	return on && (at.contains(on) || on.contains(at)) ? "" : "is hidden by " + (on ? on.outerHTML.slice(0, 80) : "the page's edge") + ": " + name
})()`

// walk presses Tab through the page, and tells what is wrong at its stops and which of them it has not come to.
func (b *tab) walk() (wrong []string) {
	b.Helper()
	b.text(`(` + stops + `, globalThis.seen = [], "")`)
	for range 400 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if b.text(`String(document.activeElement === document.body || (seen.includes(document.activeElement) && seen.at(-1) !== document.activeElement))`) == "true" {
			break
		}
		if fault := b.text(`(seen.at(-1) === document.activeElement || seen.push(document.activeElement), ` + stop + `)`); fault != "" {
			wrong = append(wrong, fault)
		}
	}
	missed := b.text(`stops.filter((e) => e.isConnected && !seen.includes(e)).map((e) => "is not reached: " + e.outerHTML.slice(0, 120)).join("\n")`)
	if missed != "" {
		wrong = append(wrong, strings.Split(missed, "\n")...)
	}
	if b.text(`String(seen.every((e, i) => i === 0 || !(seen[i - 1].compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING)))`) != "true" {
		wrong = append(wrong, "the order is not the page's")
	}
	return wrong
}

// Whoever has no mouse gets to everything in every page by Tab, in its order, and sees where they are.
func TestEveryPageIsUsedByKeyboard(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.script(aClock + `; halt()`) // else pages are read anew while one walks through them
	c := start(t, local.Options{})
	c.furnish()
	for _, at := range []screen{screens[0], screens[3]} {
		b.on(at)
		for _, path := range everyPage {
			b.do(chromedp.Navigate(c.Client.URL + path))
			b.filled(path)
			for _, wrong := range b.walk() {
				t.Errorf("%s at %s: %s", path, at.name, wrong)
			}
		}
	}
}

// The first stop of a page with much before its content leads past it.
func TestSkipLinksLeadToTheContent(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	for path, to := range map[string]string{"/console/demo/": "main", "/desk/demo/": "calls", "/emulator/": "main"} {
		b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.Client.URL+path), chromedp.KeyEvent(kb.Tab))
		if at := b.text(`document.activeElement.className + " " + (document.activeElement.getBoundingClientRect().x >= 0)`); at != "skip true" {
			t.Errorf("%s: the first stop is %q, want the link that skips, in sight", path, at)
		}
		b.do(chromedp.KeyEvent(kb.Enter))
		b.until(`document.activeElement.id === "` + to + `"`)
		b.do(chromedp.KeyEvent(kb.Tab))
		if b.text(`String(document.getElementById("`+to+`").contains(document.activeElement))`) != "true" {
			t.Errorf("%s: the next stop is outside: %s", path, b.text(`document.activeElement.outerHTML`))
		}
	}
}
