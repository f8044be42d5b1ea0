package local_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// coop is a CRM at the same site whose page keeps the windows that it opens, also from its frames, from knowing it.
func coop(t *testing.T, crm string) string {
	t.Helper()
	front := before(t, crm, func(w http.ResponseWriter, r *http.Request, page http.Handler) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		page.ServeHTTP(w, r)
	})
	return strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
}

// openApart opens a page of a CRM that has Cross-Origin-Opener-Policy and includes desk.js, as browsers show it to everybody.
func openApart(t *testing.T, options ...chromedp.ExecAllocatorOption) (b *tab, c *cloud) {
	t.Helper()
	b = openWith(t, options...)
	c = start(t, local.Options{SignIn: true})
	crm, adapter := sites(t, c.Client.URL)
	crm = coop(t, crm)
	c.set(func(doc map[string]any) {
		desk := section(doc, "desk")
		desk["adapters"] = map[string]any{"call": adapter + "/"}
		desk["embed_origins"] = []string{crm}
	})
	b.do(chromedp.EmulateViewport(wide, high), chromedp.Navigate(crm))
	return b, c
}

// signsIn has the agent sign in in the window that the frame has opened.
func (b *tab) signsIn() (window *tab) {
	b.Helper()
	window = b.part("/emulator/oidc/authorize")
	window.until(`document.querySelector("button[value='kim@demo.example']") !== null`)
	window.do(chromedp.Click(`button[value="kim@demo.example"]`))
	return window
}

// On a CRM's page with Cross-Origin-Opener-Policy the window and the frame do not know each other, and the frame is signed in.
func TestAFrameIsSignedInByAWindowThatDoesNotKnowIt(t *testing.T) {
	t.Parallel()
	b, c := openApart(t)
	allow := browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "storage-access"}, Setting: browser.PermissionSettingGranted, Origin: b.text(`location.origin`), EmbeddedOrigin: c.Client.URL}
	if _, err := chromedp.Call(b.ctx, browser.SetPermission, allow); err != nil {
		t.Fatal(err)
	}
	frame := b.becomes("/desk/demo/relay", strange)
	b.press(frame, "#signin")
	frame.until(`document.querySelector("#state").textContent.startsWith("Sign in in the window that has opened, and come back here.")`)
	b.picture("apart-signin.png")
	window := b.signsIn()
	frame.until(`document.querySelector("#signin").textContent === "I have signed in"`)
	b.picture("apart-allow.png")
	window.until(`document.querySelector("#state").textContent.startsWith("Go back to the page")`)
	window.picture("apart-window.png")
	b.press(frame, "#signin")
	b.relay()
	b.complains()
}
