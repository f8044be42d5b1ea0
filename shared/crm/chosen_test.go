package crm_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

const oursChosen = ours + "the latest record if it is open is another than the latest of those that are open"

func TestTheChosenHitMustProveItself(t *testing.T) {
	t.Parallel()
	const (
		older = `{"id":"1","at":"2026-01-05T09:00:00Z","status":"open","menu":"Orders"}`
		newer = `{"id":"2","at":"2026-01-05T10:00:00Z","status":"done","menu":"Orders"}`
		last  = `{"id":"3","at":"2026-01-05T11:00:00Z","status":"open","menu":"Returns"}`
	)
	isOpen := settings.Check{Field: "status", Equals: "open"}
	chosen := func(checks ...settings.Check) func(*settings.Endpoint) {
		return func(e *settings.Endpoint) { e.VerifyChosen = checks }
	}
	latest := choose("updated", "at")
	tests := map[string]struct {
		from     string
		endpoint *settings.Endpoint
		hits     []string
		want     crm.Found
	}{
		"the latest is open":                 {oursChosen, searcher("", latest, chosen(isOpen)), []string{older, newer, last}, crm.Found{ID: "3", Hits: 3}},
		"the latest is done":                 {oursChosen, searcher("", latest, chosen(isOpen)), []string{older, newer}, crm.Found{Hits: 2, Unverified: 1}},
		"the latest of those that are open":  {oursChosen, searcher("", latest, verify(isOpen)), []string{older, newer}, crm.Found{ID: "1", Hits: 2, Unverified: 1}},
		"the only one is done":               {oursChosen, searcher("", latest, chosen(isOpen)), []string{newer}, crm.Found{Hits: 1, Unverified: 1}},
		"none is there":                      {oursChosen, searcher("", latest, chosen(isOpen)), nil, crm.Found{}},
		"the latest that fits, and is open":  {oursChosen, searcher("", latest, verify(settings.Check{Field: "menu", Equals: "Orders"}), chosen(isOpen)), []string{older, newer, last}, crm.Found{Hits: 3, Unverified: 2}},
		"it must have what is not known yet": {oursVerify, searcher("", latest, chosen(settings.Check{Field: "menu", Equals: "{MENU_PATH}"})), []string{last}, crm.Found{Hits: 1, Unverified: 1}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got, err := crm.ReadSearch(tt.endpoint, kim, crm.Answer{Status: http.StatusOK, Body: []byte("[" + strings.Join(tt.hits, ",") + "]")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAConditionOnTheChosenThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []settings.Check{{Field: "a..b", Equals: "x"}, {Field: "a", Equals: "=CONCAT_OR({NAME}"}} {
		e := searcher("", choose("updated", "at"), func(e *settings.Endpoint) { e.VerifyChosen = []settings.Check{c} })
		_, err := crm.ReadSearch(e, kim, crm.Answer{Status: http.StatusOK, Body: []byte(`[]`)})
		if err == nil || !strings.Contains(err.Error(), "verify_chosen[0]") {
			t.Errorf("%+v: %v, want an error that names verify_chosen[0]", c, err)
		}
	}
}
