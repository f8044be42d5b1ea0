package settings_test

import (
	"slices"
	"testing"

	"sessionbridge.internal/shared/settings"
)

func TestForeign(t *testing.T) {
	t.Parallel()
	const before = `{"crm":{"queue":"crm-old","basic":{"username":"u","password":"secret://old"}},"storage":{"bucket":"old-files"}}`
	const ours = "ours: one tenant's administrator must not reach another tenant's secrets, queue or bucket"
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
