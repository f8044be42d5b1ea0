// Package look is what the pages of the stand-ins have in common, so that whoever plays with the local cloud finds their way in
// all of them: one stylesheet, to which each adds its own. emulator/crm, emulator/kustomer and emulator/qm have such pages.
package look

import (
	"bytes"
	_ "embed"
	"html/template"
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

// policy lets a page use its stylesheet and do nothing else: what it shows was said by others.
const policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

// Show writes a page that has neither forms nor scripts. No lock should be held, since whoever reads it may be slow.
func Show(w http.ResponseWriter, pages *template.Template, name string, data any) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, data); err != nil {
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body.Bytes()) // as in Style
}
