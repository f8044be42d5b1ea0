package settings_test

import (
	"slices"
	"testing"

	"sessionbridge.internal/shared/settings"
)

func TestForeign(t *testing.T) {
	t.Parallel()
	const before = `{"crm":{"queue":"crm-old","basic":{"username":"u","password":"secret://old"}},"storage":{"bucket":"old-files"},` +
		`"desk":{"agentdesktop":{"widget_url":"https://cti.example.com/AD/w.js"}}}`
	const ours = "ours: one tenant's administrator must not reach another tenant's secrets, queue or bucket"
	const script = "ours: all tenants' desks are of one origin, and the widget's script acts in it for whoever opens the desk"
	tests := map[string]struct {
		from string
		doc  string
		want []string
	}{
		"what was there may stay":               {ours, before, nil},
		"what was there may stand elsewhere":    {ours, `{"mail":{"password":"secret://old"}}`, nil},
		"the tenant's own":                      {ours, `{"crm":{"queue":"demo--crm","oauth":{"client_secret":"secret://demo--crm"}},"storage":{"bucket":"demo--files"}}`, nil},
		"another tenant's secret":               {ours, `{"crm":{"basic":{"password":"secret://other--crm"}}}`, []string{"crm.basic.password"}},
		"one of the deployment's":               {ours, `{"mail":{"password":"secret://cookie-key"}}`, []string{"mail.password"}},
		"one whose name only begins alike":      {ours, `{"mail":{"password":"secret://demo-2--mail"}}`, []string{"mail.password"}},
		"one in a list":                         {ours, `{"crm":{"headers":[{"name":"X","value":"v"},{"name":"Y","secret":"secret://x"}]}}`, []string{"crm.headers[1].secret"}},
		"a queue and a bucket":                  {ours, `{"crm":{"queue":"crm-other"},"storage":{"bucket":"others"}}`, []string{"crm.queue", "storage.bucket"}},
		"a queue of people names nothing":       {ours, `{"queues":{"crm":{"mail":{"to":"a@example.com"}}}}`, nil},
		"what is no document names nothing":     {ours, `nothing`, nil},
		"the desk's script as it was":           {script, `{"desk":{"agentdesktop":{"widget_url":"https://cti.example.com/AD/w.js","consultation":"C"}}}`, nil},
		"another script of the same site":       {script, `{"desk":{"agentdesktop":{"widget_url":"https://cti.example.com/AD/x.js"}}}`, []string{"desk.agentdesktop.widget_url"}},
		"a script named like the tenant":        {script, `{"desk":{"agentdesktop":{"widget_url":"demo--w.js"}}}`, []string{"desk.agentdesktop.widget_url"}},
		"a script that was a bucket":            {script, `{"desk":{"agentdesktop":{"widget_url":"old-files"}}}`, []string{"desk.agentdesktop.widget_url"}},
		"in capitals it is no reference at all": {ours, `{"mail":{"password":"SECRET://x"}}`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			var got []string
			for _, p := range settings.Foreign("demo", []byte(before), []byte(tt.doc)) {
				got = append(got, p.Path)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("foreign are %q, want %q", got, tt.want)
			}
		})
	}
}
