package settings_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	deskDoc = `{"desk": {"adapters": {"call": "https://tenant.example.com/agent/", "chat": "http://127.0.0.1:8090/agent/?lang=it"},
		"from": "custom", "embed_origins": ["https://crm.example.com", "https://*.example.com:8443"]}}`

	fromFrame  = customCRM + "agent adapters, iFrame"
	fromURL    = "rfc-editor.org/rfc/rfc3986: section 2.1, percent-encoding, and 3.2.3, port"
	fromQuery  = "url.spec.whatwg.org: section 5.1, application/x-www-form-urlencoded parsing"
	fromPolicy = "w3.org/TR/CSP3: section 2.3.1, host-source"
)

func TestMistakesInTheDesk(t *testing.T) {
	t.Parallel()
	if _, err := settings.Parse([]byte(deskDoc)); err != nil {
		t.Fatal(err)
	}
	const call, origin = `"https://tenant.example.com/agent/"`, `"https://crm.example.com"`
	tests := map[string]struct {
		from, part, by, path, says string
		lax                        bool
	}{
		"no adapter":                      {fromFrame, `{"call": "https://tenant.example.com/agent/", "chat": "http://127.0.0.1:8090/agent/?lang=it"}`, `{}`, "desk.adapters", "call, chat or both", true},
		"an adapter that is a path":       {oursURL, call, `"/agent/"`, "desk.adapters.call", "a whole URL", false},
		"an adapter that is a script":     {fromFrame, call, `"javascript:alert(1)"`, "desk.adapters.call", "a whole URL", false},
		"an adapter with half an escape":  {fromURL, call, `"https://tenant.example.com/agent/100%"`, "desk.adapters.call", "two hexadecimal digits", true},
		"parameters with a semicolon":     {fromQuery, call, `"https://tenant.example.com/agent/?a=1;b=2"`, "desk.adapters.call", "?a=1&b=2", true},
		"a parameter with half an escape": {fromQuery, call, `"https://tenant.example.com/agent/?a=%2"`, "desk.adapters.call", "two hexadecimal digits", true},
		"a port that is none":             {fromURL, call, `"https://tenant.example.com:99999/agent/"`, "desk.adapters.call", "65535", true},
		"a type of its own":               {fromFrame, call, `"https://tenant.example.com/agent/?type=chat"`, "desk.adapters.call", "type and from", true},
		"an adapter with a variable":      {oursHosts, call, `"https://tenant.example.com/{EMAIL}"`, "desk.adapters.call", "without variables", false},
		"an adapter with an anchor":       {fromFrame, call, `"https://tenant.example.com/#a"`, "desk.adapters.call", `"#"`, false},
		"an adapter with a password":      {oursSecrets, call, `"https://u:p@tenant.example.com/"`, "desk.adapters.call", "a whole URL", false},
		"a policy within a host":          {fromPolicy, call, `"https://a;script-src *"`, "desk.adapters.call", "a whole URL", false},
		"a from of two words":             {fromFrame, `"custom"`, `"my crm"`, "desk.from", "a word", false},
		"a site with a path":              {fromPolicy, origin, `"https://crm.example.com/x"`, "desk.embed_origins[0]", "without a path", false},
		"every site":                      {fromPolicy, origin, `"*"`, "desk.embed_origins[0]", "must be a site", false},
		"every site by https":             {fromPolicy, origin, `"https:"`, "desk.embed_origins[0]", "must be a site", false},
		"a policy in a site":              {fromPolicy, origin, `"https://a.example.com; script-src *"`, "desk.embed_origins[0]", "must be a site", false},
		"a line break in a site":          {fromPolicy, origin, `"https://a.example.com\n"`, "desk.embed_origins[0]", "must be a site", false},
		"a star in the midst of names":    {fromPolicy, origin, `"https://a.*.example.com"`, "desk.embed_origins[0]", "must be a site", false},
	}
	schema := compiled(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			doc := strings.Replace(deskDoc, tt.part, tt.by, 1)
			if doc == deskDoc {
				t.Fatal("nothing was changed")
			}
			_, err := settings.Parse([]byte(doc))
			if err == nil || !strings.Contains(err.Error(), tt.path+": ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("it says %v, want %s: … %s", err, tt.path, tt.says)
			}
			if validBySchema(schema, doc) != tt.lax {
				t.Errorf("the schema takes it: %v", !tt.lax)
			}
		})
	}
}
