// Package look is what the pages of the stand-ins have in common, so that whoever plays with the local cloud finds their way in
// all of them: one stylesheet, to which each adds its own. emulator/crm, emulator/kustomer and emulator/qm have such pages;
// emulator/adapter and emulator/agentdesktop have ones for other pages' frames.
package look

import (
	"bytes"
	_ "embed"
	"html/template"
	"io/fs"
	"net/http"
	"path"
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

// types are told by hand, since Go's own table asks the machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

// framed lets any page frame a stand-in's, as the real ones do: nothing in it is anybody's.
const framed = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// Framed answers the file assets/name of a stand-in whose pages stand in the frames of others; 404 where there is none.
func Framed(w http.ResponseWriter, files fs.FS, name string) {
	body, err := fs.ReadFile(files, "assets/"+name)
	if err != nil {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", types[path.Ext(name)])
	h.Set("Content-Security-Policy", framed)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache") // the next build's page must not be the last one's
	_, _ = w.Write(body)               // as in Style
}
