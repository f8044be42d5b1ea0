package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Who administers one tenant must not reach what is another's, or the deployment's own: not by saving it, and not by trying it.
func TestATenantsAdministratorNamesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const people = `"people":{"ada@demo.example":"administrator"}`
	w.settle(t, `{`+people+`}`)
	mail := func(secret string) string {
		return `{` + people + `,"mail":{"to":"a@example.com","from":"b@example.com","host":"mail.example.com","port":587,"username":"u","password":"` + secret + `"}}`
	}
	crm := strings.Replace(w.document(""), "{", `{`+people+`,`, 1)
	tests := []struct {
		name, person, method, path, body string
		want                             int
	}{
		{"another's secret", "ada@demo.example", "PUT", tenants + "demo/settings", mail("secret://cookies"), 422},
		{"another's secret, only tried", "ada@demo.example", "POST", checkPath + "?send=searches", `{"settings":` + crm + `}`, 422},
		{"the tenant's own", "ada@demo.example", "PUT", tenants + "demo/settings", mail("secret://demo--mail"), 200},
		{"another's, by who administers all", "ada@example.com", "PUT", tenants + "demo/settings", mail("secret://cookies"), 200},
		{"what is there by now", "ada@demo.example", "PUT", tenants + "demo/settings", mail("secret://cookies"), 200},
	}
	for _, tt := range tests { // each sees what the one before has saved
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		a := w.send(t, r, tt.person, audience, "Content-Type: application/json")
		if a.Code != tt.want || a.Code != http.StatusOK && !strings.Contains(a.Body.String(), "names what is not this tenant's") {
			t.Errorf("%s: %d %s, want %d", tt.name, a.Code, a.Body, tt.want)
		}
		w.clock.Advance(10e9) // settings are cached for a few seconds
	}
}
