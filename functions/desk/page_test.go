package desk_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestThePageFramesItsAdapters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	resp, page := w.ask(ada, http.MethodGet, "/desk/demo/", "")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("answered %d %v", resp.StatusCode, resp.Header)
	}
	for what, want := range map[string]string{
		"the agent":            ada,
		"the call adapter":     `src="https://cc.example.com/agent/?lang=it&amp;type=call&amp;from=custom" width="290" height="600"`,
		"the chat adapter":     `src="https://chat.example.com/agent/?type=chat&amp;from=custom" width="450" height="590"`,
		"what they may use":    `allow="microphone; camera; geolocation"`,
		"a name for the frame": `title="Calls: `,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s: no %s in\n%s", what, want, page)
		}
	}
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self';", "frame-src https://cc.example.com https://chat.example.com;",
		"frame-ancestors 'self' https://crm.example.com", "require-trusted-types-for 'script'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy is %s, want %s in it", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s", policy)
	}
	for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

var reference = regexp.MustCompile(`(?:href|src)="(assets/[^"]+)"|from '\./([^']+)'`)

// Everything the pages and their scripts refer to is there, and a browser that has it need not fetch it again.
func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	seen := map[string]bool{}
	look := []string{"", "call?number=%2B390212345678"}
	for len(look) > 0 {
		path := look[0]
		look = look[1:]
		resp, body := w.ask(ada, http.MethodGet, "/desk/demo/"+path, "")
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s is answered %d", path, resp.StatusCode)
		}
		if tag := resp.Header.Get("ETag"); tag != "" {
			if again, _ := w.ask(ada, http.MethodGet, "/desk/demo/"+path, "", "If-None-Match: "+tag); again.StatusCode != http.StatusNotModified {
				t.Errorf("%s is sent again: %d", path, again.StatusCode)
			}
		} else if strings.HasPrefix(path, "assets/") {
			t.Errorf("%s has no ETag", path)
		}
		for _, m := range reference.FindAllStringSubmatch(body, -1) {
			next := m[1]
			if m[2] != "" {
				next = "assets/" + m[2]
			}
			if !seen[next] {
				seen[next] = true
				look = append(look, next)
			}
		}
	}
	if len(seen) < 7 {
		t.Errorf("only %v are referred to", seen)
	}
}

func TestTheDeskIsFoundWithoutItsSlash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	for path, want := range map[string]string{
		"/desk/demo":                      "/desk/demo/",
		"/desk/http:evil.example":         "/desk/http:evil.example/", // a path, and no other place
		"/desk/http:%2F%2Fevil.example":   "/desk/http:%2F%2Fevil.example/",
		"/desk/%2F%2Fevil.example":        "/desk/%2F%2Fevil.example/",
		"/desk/%5C%5Cevil.example%0D%0Aa": "/desk/%5C%5Cevil.example%0D%0Aa/",
	} {
		resp, _ := w.ask(ada, http.MethodGet, path, "")
		if to := resp.Header.Get("Location"); to != want && (resp.StatusCode == http.StatusMovedPermanently || path == "/desk/demo") {
			t.Errorf("%s is answered %d to %q", path, resp.StatusCode, to)
		}
	}
}
