package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	fromForms = "html.spec.whatwg.org: valid e-mail address"
	oursRoles = "ours: what each role may do stands in one table (shared/people)"
)

func TestPeopleHaveRoles(t *testing.T) {
	t.Parallel()
	set, err := settings.Parse([]byte(`{"people": {"kim@example.com": "agent", "sam+crm@mail.example.com": "supervisor", "developer@localhost": "administrator"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for email, want := range map[string]string{
		"kim@example.com": settings.Agent, "sam+crm@mail.example.com": settings.Supervisor, "developer@localhost": settings.Administrator, "ada@example.com": "",
	} {
		if got := set.People[email]; got != want {
			t.Errorf("%s is %q, want %q", email, got, want)
		}
	}
}

func TestMistakesInPeople(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for name, tt := range map[string]struct{ from, email, role, says string }{
		"a role there is not":            {oursRoles, "kim@example.com", `"owner"`, `must be "administrator", "supervisor" or "agent"`},
		"no role":                        {oursRoles, "kim@example.com", `""`, `must be "administrator", "supervisor" or "agent"`},
		"a role in capitals":             {oursRoles, "kim@example.com", `"Agent"`, `must be "administrator"`},
		"an address in capitals":         {fromForms, "Kim@example.com", `"agent"`, "in lower case"},
		"a name":                         {fromForms, "Kim Park <kim@example.com>", `"agent"`, "must be a mail address"},
		"no address":                     {fromForms, "", `"agent"`, "must be a mail address"},
		"an address without its host":    {fromForms, "kim@", `"agent"`, "must be a mail address"},
		"everybody of a host":            {fromForms, "@example.com", `"agent"`, "must be a mail address"},
		"two addresses":                  {fromForms, "kim@example.com,ada@example.com", `"agent"`, "must be a mail address"},
		"a letter like one of ours":      {fromForms, "кim@example.com", `"agent"`, "must be a mail address"},
		"a line break after the address": {fromForms, `kim@example.com\n`, `"agent"`, "must be a mail address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			doc := fmt.Sprintf(`{"people": {"%s": %s}}`, tt.email, tt.role)
			_, err := settings.Parse([]byte(doc))
			if err == nil || !strings.Contains(err.Error(), "people.") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("it says %v, want people.…: … %s", err, tt.says)
			}
			if validBySchema(schema, doc) {
				t.Error("the schema takes it")
			}
		})
	}
}
