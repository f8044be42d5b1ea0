package desk_test

import (
	"net/http"
	"strings"
	"testing"
)

// A page that loads AgentDesktop's widget lets its site do what the script needs, and no other page does.
func TestThePageHasAgentDesktop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	w.put("widget", `{"desk":{"agentdesktop":{"widget_url":"https://cti.example.com:8443/AD/widget/agentdesktop_widget.js?v=2&w"},"adapters":{"call":"https://cc.example.com/agent/"}}}`)
	w.put("alone", `{"desk":{"agentdesktop":{"widget_url":"https://cti.example.com/w.js","consultation":"Consult"}}}`)
	tests := map[string]struct {
		tenant         string
		page, policy   []string
		absent, banned string
	}{
		"beside an adapter": {"widget",
			[]string{`data-widget="https://cti.example.com:8443/AD/widget/agentdesktop_widget.js?v=2&amp;w"`, `data-consultation="Transfer_Consultation"`, `id="adapter-call"`},
			[]string{"script-src 'self' https://cti.example.com:8443; ", "style-src 'self' https://cti.example.com:8443; ", "connect-src 'self' https://cti.example.com:8443; ",
				"img-src 'self' https://cti.example.com:8443; ", "frame-src https://cc.example.com https://cti.example.com:8443; ", "form-action 'none'; ", "base-uri 'none'; "},
			`id="adapter-chat"`, "trusted-types"},
		"alone": {"alone",
			[]string{`data-widget="https://cti.example.com/w.js"`, `data-consultation="Consult"`, "agentdesktop.css"},
			[]string{"frame-src https://cti.example.com; ", "default-src 'none'; "}, `class="adapter-call"`, "unsafe"},
		"not at all": {"demo", []string{`id="adapter-call"`}, []string{"script-src 'self'; ", "trusted-types 'none'"}, "agentdesktop.css", "cti.example.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			resp, page := w.ask(ada, http.MethodGet, "/desk/"+tt.tenant+"/", "")
			policy := resp.Header.Get("Content-Security-Policy")
			for _, want := range tt.page {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			for _, want := range tt.policy {
				if !strings.Contains(policy, want) {
					t.Errorf("the policy is %s, want %s in it", policy, want)
				}
			}
			if strings.Contains(page, tt.absent) || strings.Contains(policy, tt.banned) {
				t.Errorf("the page has %s, or the policy %s: %s", tt.absent, tt.banned, policy)
			}
		})
	}
}
