// Package adapter stands in for the contact centre's agent adapters: the pages that a CRM or a desk shows in a frame, in
// which an agent takes and makes calls and chats. It tells the page around it what happens, in the documented form, and
// takes the number of a click-to-call.
//
// emulator/local serves it beside the other services; functions/desk frames it.
package adapter

import (
	"embed"
	"encoding/json"
	"net/http"

	"sessionbridge.internal/emulator/look"
)

//go:embed assets
var files embed.FS

// Handler serves /agent/?type=call&from=custom, or type=chat (docs.cloud.google.com, CCAI Platform, "Custom CRM", agent
// adapters, iFrame). Whose it is, agent tells by their mail address: the contact centre knows a browser's agent by a sign-in of
// its own.
func Handler(agent func(*http.Request) string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /agent/{$}", func(w http.ResponseWriter, r *http.Request) {
		if kind := r.FormValue("type"); kind != "call" && kind != "chat" {
			http.Error(w, "type must be call or chat: /agent/?type=call&from=custom", http.StatusBadRequest)
			return
		}
		look.Framed(w, files, "agent.html")
	})
	mux.HandleFunc("GET /agent/me", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(map[string]any{"agent_id": 1, "agent_email": agent(r)}) // a page that has gone is no trouble of ours
	})
	mux.HandleFunc("GET /agent/{file}", func(w http.ResponseWriter, r *http.Request) { look.Framed(w, files, r.PathValue("file")) })
	return mux
}
