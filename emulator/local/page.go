package local

import (
	"embed"
	"net/http"
	"path"
	"strings"
)

// files are people's page: hand-written HTML, CSS and JavaScript modules, without a build step. assets/README.md tells
// how they hang together.
//
//go:embed assets/*.html assets/*.css assets/*.js assets/*.svg
var files embed.FS

// types are told by hand: Go's own table asks the machine, and some machines serve JavaScript as text/plain, which no
// browser runs as a module.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// pagePolicy lets the page use nothing but what is served beside it. Its last part has the browser itself refuse every
// attempt to make HTML of text (w3.org/TR/trusted-types), since what the page shows was said by customers.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// page is people's page; all it shows, it reads from the JSON of the controls and of the console.
func (c *Cloud) page(w http.ResponseWriter, _ *http.Request) { serveFile(w, "assets/index.html") }

// assets are the files the page is made of, below /emulator/assets/.
func assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serveFile(w, strings.TrimPrefix(r.URL.Path, "/emulator/"))
	})
}

func serveFile(w http.ResponseWriter, name string) {
	body, err := files.ReadFile(name)
	if err != nil {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", types[path.Ext(name)])
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache") // the next build's page must not be the last one's
	_, _ = w.Write(body)               // a client that has gone is no trouble of ours
}
