package desk_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Pages of other sites run the script and the modules it imports, without a sign-in; there is nothing of a tenant in them.
func TestAnyPageMayIncludeTheScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	imported := regexp.MustCompile(`from '\./([^']+)'`)
	look := []string{"desk.js"}
	for i := 0; i < len(look); i++ {
		resp, body := w.ask("", http.MethodGet, "/desk/demo/"+look[i], "", "Origin: https://crm.example.com", "Sec-Fetch-Site: cross-site")
		kind := resp.Header.Get("Content-Type")
		if resp.StatusCode != http.StatusOK || kind != "text/javascript; charset=utf-8" || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s is answered %d %v", look[i], resp.StatusCode, resp.Header)
		}
		again, _ := w.ask("", http.MethodGet, "/desk/demo/"+look[i], "", "If-None-Match: "+resp.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s is sent again: %d", look[i], again.StatusCode)
		}
		if _, other := w.ask("", http.MethodGet, "/desk/nobody/"+look[i], ""); other != body {
			t.Errorf("%s is another for another tenant", look[i])
		}
		folder := look[i][:strings.LastIndex(look[i], "/")+1]
		for _, m := range imported.FindAllStringSubmatch(body, -1) {
			look = append(look, folder+m[1])
		}
	}
	if len(look) < 2 {
		t.Errorf("only %v are there", look)
	}
}

func TestTheRelayIsForTheTenantsSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	const framed, page = "Sec-Fetch-Dest: iframe", "Accept: text/html"
	for name, tt := range map[string]struct {
		who, path string
		status    int
		says      string
		ancestors string
	}{
		"the agent has one":              {bob, "/desk/demo/relay", 200, `data-adapters="https://cc.example.com https://chat.example.com "`, "'self' https://crm.example.com"},
		"it knows the adapter for calls": {bob, "/desk/demo/relay", 200, `data-call="https://cc.example.com"`, "'self' https://crm.example.com"},
		"a stranger may sign in":         {"", "/desk/demo/relay", 401, "Please sign in", "'self' https://crm.example.com"},
		"and is told of no adapter":      {"", "/desk/nobody/relay", 401, "Please sign in", "'none'"},
		"one without a role has none":    {"eve@example.com", "/desk/demo/relay", 403, "no role at this tenant", "'self' https://crm.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := (&world{T: t, url: w.url, issuer: w.issuer}).ask(tt.who, http.MethodGet, tt.path, "", framed, page)
			policy := resp.Header.Get("Content-Security-Policy")
			says := strings.Contains(strings.ToLower(body), strings.ToLower(tt.says))
			if resp.StatusCode != tt.status || !says || !strings.HasSuffix(policy, "frame-ancestors "+tt.ancestors) {
				t.Errorf("answered %d with %q: %s", resp.StatusCode, policy, body)
			}
			if tt.status != 200 && strings.Contains(body, "cc.example.com") {
				t.Error("a stranger learns of the adapters")
			}
		})
	}
}
