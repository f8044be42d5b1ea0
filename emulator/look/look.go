// Package look is what the pages of the stand-ins have in common, so that whoever plays with the local cloud finds their way in
// all of them: one stylesheet, to which each adds its own. emulator/crm, emulator/kustomer and emulator/qm have such pages.
package look

import (
	_ "embed"
	"net/http"
)

//go:embed page.css
var common []byte

// Style answers the stylesheet: what all pages have, and then the stand-in's own, which may set the colours --accent and
// --on-accent anew.
func Style(w http.ResponseWriter, own []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(common) // a client that has gone is no trouble of ours
	_, _ = w.Write(own)
}
