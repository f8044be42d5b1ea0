package settings_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	kustomerGuide = "docs.cloud.google.com/contact-center/ccai-platform/docs/kustomer: "
	fromMapping   = kustomerGuide + "status mapping"
	fromPriority  = kustomerGuide + "agent status priority"
	fromTwoWay    = kustomerGuide + "two-way synchronisation"
	fromStatuses  = "docs.cloud.google.com/contact-center/ccai-platform/docs/apps-api-agent-status: transitions to and from system-defined statuses"
	fromAppsAPI   = "docs.cloud.google.com/contact-center/ccai-platform/docs/apps-api: basic authentication"
	fromBusy      = "developer.kustomer.com/api/queues-and-routing/update-work-session-by-id: status and routability"
	oursLoop      = ours + "states that lead elsewhere on their way back would change each other for ever"
	oursNames     = ours + "the two sides do not agree on letter case and on spaces around a name"
)

func TestMistakesInPresence(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from       string
		edits      edits
		path, says string
		lax        bool
	}{
		"a state set by the centre alone":      {fromStatuses, edits{"presence.to_centre.Lunch": `" in-CALL"`}, "presence.to_centre.Lunch", "choose another", true},
		"the tenant's own system state":        {fromStatuses, edits{"presence.to_centre.Lunch": `"Training Call"`}, "presence.to_centre.Lunch", "choose another", true},
		"a state without a name":               {fromMapping, edits{"presence.to_centre.Lunch": `" "`}, "presence.to_centre.Lunch", "has no name", true},
		"two states that read the same":        {oursNames, edits{"presence.to_centre.mail": `"Meal"`}, "presence.to_centre.mail", `"Mail" reads the same`, true},
		"a way back that leads elsewhere":      {oursLoop, edits{"presence.to_crm.Available": `"Lunch"`}, "presence.to_crm.Available", `is "Meal" in to_centre`, true},
		"a way back from what the centre sets": {fromStatuses, edits{"presence.to_crm.In-call": `"Nap"`}, "presence.to_crm.In-call", "no choice to take over", true},
		"a way back to what the CRM sets":      {fromBusy, edits{"presence.to_crm.Break": `"busy"`}, "presence.to_crm.Break", "by the CRM alone", true},
		"a priority nobody knows":              {fromPriority, edits{"presence.priority": `"centre"`}, "presence.priority", `"latest" or "crm"`, false},
		"a clock off by more than an hour":     {fromTwoWay, edits{"presence.window_seconds": `3601`}, "presence.window_seconds", "from 1 to 3600", false},
		"a CRM nobody knows":                   {fromMapping, edits{"presence.crm.type": `"zendesk"`}, "presence.crm.type", `"kustomer"`, false},
		"no CRM":                               {fromMapping, edits{"presence.crm": ``}, "presence.crm", "is required", false},
		"an API key written out":               {oursSecrets, edits{"presence.crm.key": `"key"`}, "presence.crm.key", "secret://", false},
		"a CRM that is no URL":                 {oursURL, edits{"presence.crm.url": `"demo.api.kustomerapp.com"`}, "presence.crm.url", "whole URL", true},
		"a CRM chosen by a variable":           {oursHosts, edits{"presence.crm.url": `"https://crm.example.com/{EMAIL}"`}, "presence.crm.url", "no variable", true},
		"a contact centre with a query":        {oursURL, edits{"presence.centre.url": `"https://cc.example.com/?a=b"`}, "presence.centre.url", "no variable, query or fragment", true},
		"a contact centre nobody knows":        {fromAppsAPI, edits{"presence.centre.type": `"genesys"`}, "presence.centre.type", `"ccai" or "events"`, false},
		"a platform without a password":        {fromAppsAPI, edits{"presence.centre.password": ``}, "presence.centre.password", "is required where", true},
		"a user name of events":                {fromAppsAPI, edits{"presence.centre": `{"type":"events","username":"demo"}`}, "presence.centre.username", "counts only where", true},
		"an unknown key of the contact centre": {oursNoKey, edits{"presence.centre.token": `"x"`}, "presence.centre.token", "type, url, username, password", false},
	}
	whole, schema := full(t), compiled(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			doc := edit(t, whole, tt.edits)
			got := problems(t, doc)
			if len(got) != 1 || got[0].Path != tt.path || !strings.Contains(got[0].Detail, tt.says) {
				t.Errorf("problems are %v, want one at %s that says %q", got, tt.path, tt.says)
			}
			if validBySchema(schema, doc) != tt.lax {
				t.Errorf("valid by the schema: %v, want %v", !tt.lax, tt.lax)
			}
		})
	}
}

func TestPresenceMayBeLittle(t *testing.T) {
	t.Parallel()
	const crm = `"crm": {"type": "kustomer", "url": "https://demo.api.kustomerapp.com", "key": "secret://kustomer"}`
	tests := map[string]struct {
		from, doc string
		reports   bool
	}{
		"a contact centre that reports":      {fromMapping, `{"presence":{` + crm + `,"centre":{"type":"events"}}}`, true},
		"a contact centre that is not named": {fromMapping, `{"presence":{` + crm + `,"two_way":true,"to_centre":{"Lunch":"paused"}}}`, true},
		"the platform":                       {fromAppsAPI, full(t), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s, err := settings.Parse([]byte(tt.doc))
			if err != nil || s.Presence.Reports() != tt.reports {
				t.Errorf("%v; it only reports: %v, want %v", err, s.Presence.Reports(), tt.reports)
			}
		})
	}
}

// A document of the largest size must not keep a function busy.
func TestOnlySoManyStatesAreCompared(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 1001 {
		many[fmt.Sprint(i)] = "Available"
	}
	value, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"presence.to_centre", "presence.to_crm"} {
		got := problems(t, edit(t, full(t), edits{path: string(value)}))
		if !slices.ContainsFunc(got, func(p *settings.Problem) bool { return p.Path == path && strings.Contains(p.Detail, "has 1001 states") }) {
			t.Errorf("problems are %v, want one at %s", got, path)
		}
	}
}
