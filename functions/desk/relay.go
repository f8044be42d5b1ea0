package desk

import (
	"net/http"
	"slices"
)

// relayView is what the frame on another site's page is made of.
type relayView struct {
	Tenant    string
	Agent     string
	Embedders []string
	Adapters  []string // origins of the contact centre's adapters, whose events are believed
	Call      string   // the origin of the one for calls; empty: none
}

// include is the script that pages of other sites include as desk.js. It is the same for all, and learns whose adapters it is to
// hear from the frame that it makes.
func include(w http.ResponseWriter, r *http.Request) error { return public(w, r, "include.js") }

// relay is that frame, in which an agent's sign-in, events and commands are: no page but ours has them. Who has not signed in is
// shown a button there (people.Gate).
func (s *server) relay(w http.ResponseWriter, r *http.Request, who agent) error {
	set, err := s.tenant(r)
	if err != nil {
		return err
	}
	v := relayView{Tenant: r.PathValue("tenant"), Agent: string(who), Embedders: embeddersOf(set.Desk)}
	for _, a := range adaptersOf(set.Desk) {
		if v.Adapters = append(v.Adapters, originOf(a.URL)); a.Kind == "call" {
			v.Call = originOf(a.URL)
		}
	}
	v.Adapters = slices.Compact(v.Adapters)
	return show(w, http.StatusOK, "relay.html", policy+"; frame-ancestors "+set.Desk.FrameAncestors(), v)
}
