package console_test

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestANewTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tt := range map[string]struct {
		name, preset string
		status       int
		leads, says  string
	}{
		"its settings come next":        {"acme", "", 303, "/console/acme/settings", ""},
		"with a preset":                 {" acme ", "rt", 303, "/console/acme/settings/json?preset=rt", ""},
		"with a preset of none":         {"acme", "../rt", 303, "/console/acme/settings", ""},
		"one that is there is not made": {"demo", "rt", 422, "", "There is a tenant of this name already."},
		"nor at an address of ours":     {"assets", "rt", 422, "", "This name is an address of"},
		"nor where people sign in":      {"signin", "rt", 422, "", "This name is an address of"},
		"nor with capitals":             {"Acme", "rt", 422, "", "A name has 1 to 63 lower-case letters"},
		"nor as a secret's name begins": {"acme--x", "rt", 422, "", "A name has 1 to 63 lower-case letters"},
		"nor with a path":               {"../demo", "rt", 422, "", "A name has 1 to 63 lower-case letters"},
		"nor without a name":            {"", "rt", 422, "", "A name has 1 to 63 lower-case letters"},
		"nor with a long one":           {strings.Repeat("a", 64), "rt", 422, "", "A name has 1 to 63 lower-case letters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.submit(t, "/console/", url.Values{"name": {tt.name}, "preset": {tt.preset}})
			if a.Code != tt.status || a.Header().Get("Location") != tt.leads || !strings.Contains(a.Body.String(), tt.says) {
				t.Errorf("answered is %d to %q: %s", a.Code, a.Header().Get("Location"), a.Body)
			}
		})
	}
}

func TestANewTenantComesIntoBeingWhenItsSettingsAreSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const page = "/console/acme/settings/json"
	v := fill(t, w.ask(t, "GET", page+"?preset=rt", audience))
	if shown, _ := text(t, w.ask(t, "GET", "/console/", audience)); strings.Contains(shown, "acme") {
		t.Errorf("before it is saved there is %s", shown)
	}
	v.Set("document", `{"storage":{"bucket":"acme-files"}}`)
	if a := w.submit(t, page, v); a.Code != 303 {
		t.Fatalf("saving is answered %d %s", a.Code, a.Body)
	}
	_, links := text(t, w.ask(t, "GET", "/console/", audience))
	if !slices.Contains(links, "/console/acme/") {
		t.Errorf("then there are %v", links)
	}
}

func TestWhereEachRoleGoesFromTheFirstPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"desk":{"adapters":{"call":"https://cc.example.com/"}},"people":{"kim@demo.example":"agent","sam@demo.example":"supervisor"}}`))
	w.time.Advance(time.Minute) // the settings are read anew
	for person, want := range map[string]string{
		"noa@demo.example": "", "kim@demo.example": "https://desk.example.com/desk/demo/", "sam@demo.example": "/console/demo/ https://desk.example.com/desk/demo/", "ada@example.com": "/console/demo/ https://desk.example.com/desk/demo/",
	} {
		a := w.send(t, httptest.NewRequest("GET", "/console/", nil), person, audience, "Accept: text/html")
		shown, links := text(t, a)
		links = slices.DeleteFunc(links, func(to string) bool { return !strings.Contains(to, "/demo/") })
		if a.Code != 200 || strings.Join(links, " ") != want || strings.Contains(shown, "New tenant") != (person == "ada@example.com") {
			t.Errorf("%s may go to %v: %s", person, links, shown)
		}
		form := httptest.NewRequest("POST", "/console/", strings.NewReader("name=acme"))
		made := w.send(t, form, person, audience, "Content-Type: application/x-www-form-urlencoded")
		if (made.Code == 303) != (person == "ada@example.com") || made.Code != 303 && made.Code != 403 {
			t.Errorf("%s, who would make a tenant, is answered %d %s", person, made.Code, made.Body)
		}
	}
}

func TestASecretsFieldSaysHowItsValueIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for value, want := range map[string]string{`,"username":"u","password":"secret://demo--smtp"`: "demo--smtp", "": "demo--mail"} {
		w.keep(t, []byte(`{"mail":{"to":"all@example.com","from":"a@b.c","host":"h","port":25`+value+`}}`))
		shown, _ := text(t, w.ask(t, "GET", settingsPages+"/mail", audience))
		if !strings.Contains(shown, "gcloud secrets versions add "+want+" --data-file=-") {
			t.Errorf("the page is %s", shown)
		}
	}
}
