package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/functions/console"
	"sessionbridge.internal/shared/session"
)

// Whom each address lets in, the least of them: whoever is known by name, a tenant's supervisor, or its administrator. An agent
// is somebody known by name here.
const (
	everybody     = "noa kim sam ada"
	supervisor    = "sam ada"
	administrator = "ada"
)

var lets = map[string]string{
	"GET /console/api/tenants/{tenant}/sessions":                    supervisor,
	"GET /console/api/tenants/{tenant}/sessions/{key}":              supervisor,
	"POST /console/api/tenants/{tenant}/sessions/{key}/replay":      supervisor,
	"POST /console/api/tenants/{tenant}/sessions/{key}/choose":      supervisor,
	"GET /console/api/tenants/{tenant}/sessions/{key}/files/{file}": supervisor,
	"POST /console/api/tenants/{tenant}/sessions/{key}/files":       supervisor,
	"POST /console/api/tenants/{tenant}/replay":                     administrator,
	"POST /console/api/tenants/{tenant}/sessions/{key}/erase":       administrator,
	"POST /console/api/tenants/{tenant}/customer":                   administrator,
	"GET /console/api/tenants/{tenant}/erased":                      administrator,
	"GET /console/{tenant}/erase":                                   administrator,
	"POST /console/{tenant}/erase":                                  administrator,
	"GET /console/api/tenants/{tenant}/agents":                      supervisor,
	"GET /console/api/tenants/{tenant}/unknown":                     supervisor,
	"GET /console/api/tenants/{tenant}/aside":                       supervisor,
	"POST /console/api/tenants/{tenant}/aside/{id}/replay":          supervisor,
	"GET /console/api/tenants/{tenant}/coverage":                    supervisor,
	"GET /console/api/tenants/{tenant}/settings":                    administrator,
	"PUT /console/api/tenants/{tenant}/settings":                    administrator,
	"GET /console/api/tenants/{tenant}/settings/history":            administrator,
	"GET /console/api/tenants/{tenant}/settings/history/{number}":   administrator,
	"GET /console/api/tenants/{tenant}/doctor":                      administrator,
	"GET /console/{tenant}/doctor":                                  administrator,
	"GET /console/{tenant}/settings":                                administrator,
	"GET /console/{tenant}/settings/{part}":                         administrator,
	"POST /console/{tenant}/settings/{part}":                        administrator,
	"GET /console/{tenant}/settings/json":                           administrator,
	"POST /console/{tenant}/settings/json":                          administrator,
	"GET /console/{tenant}/settings/history":                        administrator,
	"GET /console/{tenant}/settings/history/{number}":               administrator,
	"POST /console/{tenant}/settings/history/{number}":              administrator,
	"POST /console/{tenant}/settings/crm/connect":                   administrator,
	"POST /console/api/tenants/{tenant}/settings/check":             administrator,
	"POST /console/api/tenants/{tenant}/crm/connect":                administrator,
	"GET /console/oauth/callback":                                   everybody,
	"GET /console/api/openapi.json":                                 everybody,
	"GET /console/api/settings/schema":                              everybody,
	"GET /console/api/settings/presets":                             everybody,
	"GET /console/api/settings/presets/{name}":                      everybody,
	"GET /console/{$}":                                              everybody,
	"POST /console/{$}":                                             "", // the deployment's administrators alone
	"GET /console/assets/file/{file}":                               everybody,
	"GET /console/{tenant}":                                         supervisor,
	"GET /console/{tenant}/{$}":                                     supervisor,
	"GET /console/{tenant}/sessions/{key}":                          supervisor,
	"POST /console/{tenant}/sessions/{key}/replay":                  supervisor,
	"POST /console/{tenant}/sessions/{key}/choose":                  supervisor,
	"GET /console/{tenant}/dead":                                    supervisor,
	"POST /console/{tenant}/replay":                                 administrator,
	"POST /console/{tenant}/aside":                                  supervisor,
	"GET /console/{tenant}/agents":                                  supervisor,
	"GET /console/{tenant}/coverage":                                supervisor,
	"/":                                                             everybody,
}

// A new address without a line above is a mistake: somebody has to decide whom it lets in.
func TestEveryAddressLetsInWhomItShall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settle(t, `{"people":{"kim@demo.example":"agent","sam@demo.example":"supervisor","ada@demo.example":"administrator"}}`)
	w.add(t, "call-7", session.Started)
	path := strings.NewReplacer("{tenant}", "demo", "{key}", "call-7", "{file}", "f", "{id}", "i", "{name}", "n", "{$}", "")
	for _, pattern := range console.Patterns() {
		allowed, decided := lets[pattern]
		if !decided {
			t.Errorf("%s: nobody has decided whom it lets in", pattern)
			continue
		}
		method, at, ok := strings.Cut(pattern, " ")
		if !ok {
			method, at = http.MethodGet, pattern
		}
		for _, name := range strings.Fields(everybody) {
			body := strings.NewReader(`{"people":{"ada@demo.example":"administrator","sam@demo.example":"supervisor","kim@demo.example":"agent"}}`)
			a := w.send(t, httptest.NewRequest(method, path.Replace(at), body), name+"@demo.example", audience, "Content-Type: application/json")
			want := strings.Contains(allowed, name)
			if let := a.Code != http.StatusForbidden; let != want || a.Code == http.StatusUnauthorized || a.Code >= 500 {
				t.Errorf("%s: %s is answered %d %.200s, let in: want %v", pattern, name, a.Code, a.Body, want)
			}
		}
	}
	for pattern := range lets {
		if !strings.Contains("\n"+strings.Join(console.Patterns(), "\n")+"\n", "\n"+pattern+"\n") {
			t.Errorf("%s is no address any more", pattern)
		}
	}
}
