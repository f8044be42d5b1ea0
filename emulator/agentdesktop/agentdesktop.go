// Package agentdesktop stands in for Enghouse's AgentDesktop: the widget's script, which a page of the CRM or the desk loads to
// hear of the agent's contacts and to work with them, and the telephone bar, a frame of its own site with which the script speaks
// by messages. It is strict: arguments that the documentation does not allow are refused, so that a mistake is seen here first.
//
// emulator/local serves it at an origin of its own; functions/desk loads the script; shared/source/agentdesktop reads the events.
package agentdesktop

import (
	"embed"
	"net/http"

	"sessionbridge.internal/emulator/look"
)

//go:embed assets
var files embed.FS

// Widget is the path of the script (enghouseglobal.atlassian.net/wiki, AgentDesktop, "Esempio completo di integrazione").
const Widget = "/AD/widget/agentdesktop_widget.js"

// Handler serves Widget and the bar, /AD/bar/, with its files.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Widget, func(w http.ResponseWriter, _ *http.Request) { look.Framed(w, files, "agentdesktop_widget.js") })
	mux.HandleFunc("GET /AD/bar/{$}", func(w http.ResponseWriter, _ *http.Request) { look.Framed(w, files, "bar.html") })
	mux.HandleFunc("GET /AD/bar/{file}", func(w http.ResponseWriter, r *http.Request) { look.Framed(w, files, r.PathValue("file")) })
	return mux
}
