package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// screen is how somebody looks at a page.
type screen struct {
	name          string
	width, height int64
	scheme        string
}

var screens = []screen{
	{"light-wide", 1280, 900, "light"}, {"dark-wide", 1280, 900, "dark"},
	{"light-narrow", 400, 800, "light"}, {"dark-narrow", 400, 800, "dark"},
}

// everyPage is every page for people, as the test below furnishes the cloud.
var everyPage = []string{
	"/emulator/", "/emulator/crm/page/", "/emulator/kustomer/page/", "/emulator/qm/page/", "/desk/demo/", "/desk/agentdesktop/", "/desk/demo/call?number=%2B39%2002%201234%205678",
	"/console/", "/console/demo/", "/console/demo/sessions/call-1", "/console/demo/sessions/call-2", "/console/demo/dead", "/console/demo/agents",
	"/console/demo/coverage", "/console/demo/settings", "/console/demo/settings/crm", "/console/demo/settings/json", "/console/demo/settings/history",
	"/console/demo/doctor",
}

// Every page for people fits every screen, and complains of nothing. With SCREENSHOTS naming a folder (make screenshots) its
// pictures are left there, for whoever changes a page to look at.
func TestEveryPageFitsEveryScreen(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	c.furnish()
	dir := os.Getenv("SCREENSHOTS")
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range screens {
		b.on(at)
		for _, path := range everyPage {
			b.look(c.Client.URL+path, at, filepath.Join(dir, strings.Trim(strings.NewReplacer("/", "-", "?", "-").Replace(path), "-")+"."+at.name+".png"), dir != "")
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) > 0 {
		t.Errorf("the pages complain: %q", b.faults)
	}
}

// furnish has a session that is complete and one that was given up.
func (c *cloud) furnish() {
	c.Helper()
	c.play(c.aCall(1))
	c.faults(`{"crm":[{"times":1,"status":403}]}`)
	c.play(c.aCall(2))
	c.advance(20 * time.Minute)
}

// on has the browser show pages as the screen does.
func (b *tab) on(at screen) {
	b.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: at.scheme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(at.width, at.height))
}

// look opens a page, holds it to the screen's width, and keeps its picture if that is wanted.
func (b *tab) look(url string, at screen, file string, keep bool) {
	b.Helper()
	b.do(chromedp.Navigate(url))
	b.filled(url)
	if over := b.text(`String(document.documentElement.scrollWidth - innerWidth)`); over != "0" && !strings.HasPrefix(over, "-") {
		b.Errorf("%s at %s is %s pixels wider than the screen", url, at.name, over)
	}
	if title := b.text(`document.title`); title == "" {
		b.Errorf("%s has no title", url)
	}
	if !keep {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, picture, 0o644)
	}
	if err != nil {
		b.Fatal(fmt.Errorf("%s: %w", url, err))
	}
}
