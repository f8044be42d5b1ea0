package adapter_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/adapter"
)

func TestTheAdapter(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(adapter.Handler(func(*http.Request) string { return "kim@demo.example" }))
	t.Cleanup(srv.Close)
	tests := map[string]struct {
		path   string
		status int
		kind   string
		says   string
	}{
		"the page for calls": {"/agent/?type=call&from=custom", 200, "text/html; charset=utf-8", `src="agent.js"`},
		"the page for chats": {"/agent/?type=chat&from=custom", 200, "text/html; charset=utf-8", `href="agent.css"`},
		"a page for neither": {"/agent/?from=custom", 400, "", "type must be call or chat"},
		"whose it is":        {"/agent/me", 200, "application/json", `"agent_email":"kim@demo.example"`},
		"its script":         {"/agent/agent.js", 200, "text/javascript; charset=utf-8", "click_to_call"},
		"its style":          {"/agent/agent.css", 200, "text/css; charset=utf-8", "color-scheme"},
		"a file it has not":  {"/agent/other.js", 404, "", "no such file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := http.Get(srv.URL + tt.path)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.says) || tt.kind != "" && resp.Header.Get("Content-Type") != tt.kind {
				t.Errorf("answered %d %s %s", resp.StatusCode, resp.Header.Get("Content-Type"), body)
			}
			if p := resp.Header.Get("Content-Security-Policy"); tt.status == 200 && tt.kind != "application/json" && (p == "" || strings.Contains(p, "frame-ancestors")) {
				t.Errorf("the policy is %q: it must be strict and let any page frame this one", p)
			}
		})
	}
}
