package attendance_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

// A CRM that says what it likes costs a bounded time, and leads nowhere else.
func TestAHostileCRM(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ answer, says string }{
		"a page on another server": {`{"data":[{"id":"1"}],"links":{"next":"http://169.254.169.254/latest"}}`, "on another server"},
		"a page that is no link":   {`{"data":[{"id":"1"}],"links":{"next":"http://%zz"}}`, "on another server"},
		"pages without end":        {`{"data":[{"id":"1"}],"links":{"next":"/v1/routing/work-sessions?page=2"}}`, "read before"},
		"a page of too many":       {`{"data":[` + strings.Repeat("{},", 5_000) + `{}]}`, "too many in one page"},
		"a record that is none":    {`{"data":[{"id":{}}]}`, "not the JSON"},
		"a list that is none":      {`{"data":"all"}`, "not the JSON"},
		"far too much":             {`{"data":[` + strings.Repeat(" ", 5<<20) + `]}`, "longer than"},
		"half an answer":           {`{"data":[{"id":`, "not the JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, tt.answer) }))
			t.Cleanup(srv.Close)
			w := newWorld(t, func(s *settings.Presence) { s.CRM.URL = srv.URL })
			w.runner = w.newRunner(srv.URL, w.settings.Centre.URL)
			w.put("demo", settings.Settings{Presence: &w.settings})
			w.turn()
			if got := w.attendance().CRM.Problem; !strings.Contains(got, tt.says) || strings.Contains(got, "?") {
				t.Errorf("the problem is %q, want %q in it, and no query", got, tt.says)
			}
		})
	}
}

func TestAHostileContactCentre(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ answer, says string }{
		"pages without end":   {`[{"id":1,"email":"a@b","status":{"name":"Available"}}]`, "more than 200 pages"},
		"a page of too many":  {`[` + strings.Repeat("{},", 5_000) + `{}]`, "too many in one page"},
		"a list that is none": {`{"agents":[]}`, "not the JSON"},
		"an id that is none":  {`[{"id":"1"}]`, "not the JSON"},
		"a time that is none": {`[{"id":1,"status_updated_at":"yesterday"}]`, "not the JSON"},
		"nobody at all":       {`[]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, tt.answer) }))
			t.Cleanup(srv.Close)
			w := newWorld(t, func(s *settings.Presence) { s.Centre.URL = srv.URL })
			w.runner = w.newRunner(srv.URL, w.settings.CRM.URL)
			w.put("demo", settings.Settings{Presence: &w.settings})
			w.turn()
			if got := w.attendance().Centre.Problem; !strings.Contains(got, tt.says) || (got == "") != (tt.says == "") {
				t.Errorf("the problem is %q, want %q in it", got, tt.says)
			}
		})
	}
}

// Sessions that are over are left out, should a list have them all the same.
func TestASessionThatIsOverIsNoLogin(t *testing.T) {
	t.Parallel()
	const relations = `"relationships":{"user":{"data":{"id":"u"}},"status":{"data":{"id":"s"}}}`
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/routing/work-sessions":
			fmt.Fprint(rw, `{"data":[{"id":"new","attributes":{"active":true},`+relations+`},{"id":"old","attributes":{"active":false},`+relations+`}]}`)
		case "/v1/routing/statuses":
			fmt.Fprint(rw, `{"data":[{"id":"s","attributes":{"name":"Lunch"}}]}`)
		case "/v1/users":
			fmt.Fprint(rw, `{"data":[{"id":"u","attributes":{"email":"`+kim+`"}}]}`)
		}
	}))
	t.Cleanup(srv.Close)
	w := newWorld(t, func(s *settings.Presence) { s.CRM.URL = srv.URL })
	w.runner = w.newRunner(srv.URL, w.settings.Centre.URL)
	w.put("demo", settings.Settings{Presence: &w.settings})
	w.turn()
	if got := w.agent(kim).CRM.Logins; len(got) != 1 || got[0].ID != "new" {
		t.Errorf("the logins are %+v, want the new one alone", got)
	}
}
