package desk_test

import (
	"fmt"
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

// Scripts compare origins with those that the browser tells them, which are written in one way alone.
func TestOriginsAreAsBrowsersWriteThem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ adapter, site, adapterAt, siteAt string }{
		"as they are":          {"https://cc.example.com/agent/", "https://crm.example.com", "https://cc.example.com", "https://crm.example.com"},
		"in lower case":        {"https://CC.example.com/Agent/", "https://CRM.Example.com", "https://cc.example.com", "https://crm.example.com"},
		"without https's port": {"https://cc.example.com:443/agent/", "https://crm.example.com:443", "https://cc.example.com", "https://crm.example.com"},
		"without http's port":  {"http://cc.example.com:80/?a=B", "http://crm.example.com:80", "http://cc.example.com", "http://crm.example.com"},
		"with any other port":  {"https://cc.example.com:80", "http://crm.example.com:443", "https://cc.example.com:80", "http://crm.example.com:443"},
		"with a long one":      {"https://cc.example.com:8443/", "https://crm.example.com:4430", "https://cc.example.com:8443", "https://crm.example.com:4430"},
		"with a star":          {"https://cc.example.com/", "https://*.Example.com:443", "https://cc.example.com", "https://*.example.com"},
		"by a number":          {"https://[2001:DB8::1]:443/", "http://192.0.2.1:80", "https://[2001:db8::1]", "http://192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, usual)
			w.put("demo", fmt.Sprintf(`{"desk":{"adapters":{"call":%q},"embed_origins":[%q]}}`, tt.adapter, tt.site))
			for page, wants := range map[string][]string{
				"relay": {`data-adapters="` + tt.adapterAt + ` "`, `data-call="` + tt.adapterAt + `"`, `data-embedders="` + tt.siteAt + ` "`},
				"":      {`data-embedders="` + tt.siteAt + ` "`},
			} {
				_, body := w.ask(ada, http.MethodGet, "/desk/demo/"+page, "")
				for _, want := range wants {
					if !strings.Contains(body, want) {
						t.Errorf("%q lacks %s: %s", page, want, body)
					}
				}
			}
		})
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
