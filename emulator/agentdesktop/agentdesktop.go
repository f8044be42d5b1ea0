// Package agentdesktop stands in for Enghouse's AgentDesktop: the widget's script, which a page of the CRM or the desk loads to
// hear of the agent's contacts and to work with them, and the telephone bar, a frame of its own site with which the script speaks
// by messages. It is strict: arguments that the documentation does not allow are refused, so that a mistake is seen here first.
//
// emulator/local serves it at an origin of its own; functions/desk loads the script; shared/source/agentdesktop reads the events.
package agentdesktop

import (
	"embed"
	"net/http"
	"path"
)

//go:embed assets
var files embed.FS

// types are told by hand, since Go's own table asks the machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

// policy lets any page frame the bar, as the real one does: nothing in it is anybody's.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// Widget is the path of the script (enghouseglobal.atlassian.net/wiki, AgentDesktop, "Esempio completo di integrazione").
const Widget = "/AD/widget/agentdesktop_widget.js"

// Handler serves Widget and the bar, /AD/bar/, with its files.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Widget, func(w http.ResponseWriter, _ *http.Request) { send(w, "agentdesktop_widget.js") })
	mux.HandleFunc("GET /AD/bar/{$}", func(w http.ResponseWriter, _ *http.Request) { send(w, "bar.html") })
	mux.HandleFunc("GET /AD/bar/{file}", func(w http.ResponseWriter, r *http.Request) { send(w, r.PathValue("file")) })
	return mux
}

func send(w http.ResponseWriter, name string) {
	body, err := files.ReadFile("assets/" + name)
	if err != nil {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", types[path.Ext(name)])
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache") // the next build's page must not be the last one's
	_, _ = w.Write(body)               // a client that has gone is no trouble of ours
}
