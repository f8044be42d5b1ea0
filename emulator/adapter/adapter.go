// Package adapter stands in for the contact centre's agent adapters: the pages that a CRM or a desk shows in a frame, in
// which an agent takes and makes calls and chats. It tells the page around it what happens, in the documented form, and
// takes the number of a click-to-call.
//
// emulator/local serves it beside the other services; functions/desk frames it.
package adapter

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

// policy lets any page frame the adapter, as the real one does: nothing in it is anybody's.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// Handler serves /agent/?type=call&from=custom, or type=chat (docs.cloud.google.com, CCAI Platform, "Custom CRM", agent
// adapters, iFrame).
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /agent/{$}", func(w http.ResponseWriter, r *http.Request) {
		if kind := r.FormValue("type"); kind != "call" && kind != "chat" {
			http.Error(w, "type must be call or chat: /agent/?type=call&from=custom", http.StatusBadRequest)
			return
		}
		send(w, "agent.html")
	})
	mux.HandleFunc("GET /agent/{file}", func(w http.ResponseWriter, r *http.Request) { send(w, r.PathValue("file")) })
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
