package agentdesktop_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/agentdesktop"
)

func TestTheWidgetAndItsBarAreServed(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(agentdesktop.Handler())
	t.Cleanup(srv.Close)
	const script = "text/javascript; charset=utf-8"
	tests := map[string]struct {
		path       string
		status     int
		kind, says string
	}{
		"the widget's script": {agentdesktop.Widget, 200, script, "bindContactCallback"},
		"the bar":             {"/AD/bar/", 200, "text/html; charset=utf-8", `src="bar.js"`},
		"the bar's script":    {"/AD/bar/bar.js", 200, script, "./position.js"},
		"the position":        {"/AD/bar/position.js", 200, script, "export class Position"},
		"the bar's style":     {"/AD/bar/bar.css", 200, "text/css; charset=utf-8", "color-scheme"},
		"a file it has not":   {"/AD/bar/other.js", 404, "", "no such file"},
		"another widget":      {"/AD/widget/other.js", 404, "", "not found"},
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
			if p := resp.Header.Get("Content-Security-Policy"); tt.status == 200 && (p == "" || strings.Contains(p, "frame-ancestors")) {
				t.Errorf("the policy is %q: it must be strict and let any page frame the bar", p)
			}
		})
	}
}
