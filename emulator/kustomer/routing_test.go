package kustomer_test

import (
	"strings"
	"testing"
	"time"
)

// shift is an office with two agents and a status of its own.
func shift(t *testing.T) (o *office, ada, bob string) {
	t.Helper()
	o = open(t)
	var err error
	if ada, err = o.AddUser("Ada", "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	if bob, err = o.AddUser("Bob", "bob@example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err = o.AddStatus("Lunch"); err != nil {
		t.Fatal(err)
	}
	return o, ada, bob
}

func (o *office) status(t *testing.T, name string) record {
	t.Helper()
	for _, s := range o.request(t, "GET", "/v1/routing/statuses", "").records(t) {
		if s.Attributes["name"] == name {
			return s
		}
	}
	t.Fatalf("no status %s", name)
	return record{}
}

func set(t *testing.T, o *office, email, status string) {
	t.Helper()
	if err := o.SetStatus(email, status); err != nil {
		t.Fatal(err)
	}
}

func TestUsersAreFoundByEmail(t *testing.T) {
	t.Parallel()
	o, ada, _ := shift(t)
	for query, want := range map[string]int{
		"email=ADA%40example.com": 1, "email=nobody%40example.com": 0, "userType=user": 2, "userType=machine": 5, "": 7, "deleted=true": 0, "pending=false": 7,
	} {
		if got := o.request(t, "GET", "/v1/users?"+query, "").records(t); len(got) != want {
			t.Errorf("%s: %d users, want %d", query, len(got), want)
		}
	}
	if got := o.request(t, "GET", "/v1/users?email=ada%40example.com", "").records(t); got[0].ID != ada || got[0].Attributes["email"] != "ada@example.com" {
		t.Errorf("user %+v", got)
	}
	if got := o.must(t, "GET", "/v1/users/"+ada, ""); got.Attributes["name"] != "Ada" {
		t.Errorf("user %+v", got)
	}
	o.refuses(t, map[string]row{"two filters": {"GET", "/v1/users?email=a&userType=user", "", 400, ""}})
}

func TestUsersAndStatusesAreChecked(t *testing.T) {
	t.Parallel()
	o, _, _ := shift(t)
	for name, do := range map[string]func() error{
		"an email that is in use":   func() error { _, err := o.AddUser("Ada 2", "ADA@example.com"); return err },
		"an email that is none":     func() error { _, err := o.AddUser("Ada", "ada"); return err },
		"a status that is there":    func() error { _, err := o.AddStatus("lunch"); return err },
		"a status without a name":   func() error { _, err := o.AddStatus(" "); return err },
		"nobody's status":           func() error { return o.SetStatus("eve@example.com", "Lunch") },
		"a status that is not":      func() error { return o.SetStatus("ada@example.com", "Dinner") },
		"busy, chosen by a person":  func() error { return o.SetStatus("ada@example.com", "Busy") },
		"busy while offline":        func() error { return o.SetBusy("ada@example.com") },
		"busy, of nobody":           func() error { return o.SetBusy("eve@example.com") },
		"an empty email's status":   func() error { return o.SetStatus("", "Lunch") },
		"a status of a machine key": func() error { return o.SetStatus("API key 1", "Lunch") },
	} {
		if do() == nil {
			t.Errorf("%s is allowed", name)
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	o, _, _ := shift(t)
	for name, want := range map[string]string{"Available": "available", "Busy": "busy", "Unavailable": "unavailable", "Offline": "offline", "Lunch": "unavailable"} {
		s := o.status(t, name)
		if s.Attributes["statusType"] != want || s.Attributes["system"] != (name != "Lunch") || s.Links["self"] != "/v1/routing/statuses/"+s.ID {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestAShift(t *testing.T) {
	t.Parallel()
	o, ada, _ := shift(t)
	set(t, o, "ada@example.com", "Offline") // is nothing: she is
	set(t, o, "ada@example.com", "Available")
	first := o.request(t, "GET", "/v1/routing/work-sessions?active=true&user="+ada, "").records(t)[0]
	if a := first.Attributes; a["statusType"] != "available" || a["active"] != true || a["routable"] != true || a["signedInAt"] != "2026-03-02T09:00:00.000Z" || a["signedOutAt"] != nil {
		t.Errorf("first %v", a)
	}
	if first.related("user") != ada || first.related("status") != o.status(t, "Available").ID || first.related("modifiedBy") != ada {
		t.Errorf("first %+v", first)
	}
	o.clock.Advance(time.Hour)
	if err := o.SetBusy("ada@example.com"); err != nil {
		t.Fatal(err)
	}
	onCall := o.must(t, "GET", "/v1/routing/work-sessions/"+first.ID, "")
	if onCall.Attributes["statusType"] != "busy" || onCall.related("modifiedBy") != "" || onCall.Attributes["updatedAt"] != "2026-03-02T10:00:00.000Z" {
		t.Errorf("on a call %+v", onCall)
	}
	set(t, o, "ada@example.com", "Lunch")
	set(t, o, "ada@example.com", "Offline")
	over := o.must(t, "GET", "/v1/routing/work-sessions/"+first.ID, "")
	if a := over.Attributes; a["active"] != false || a["signedOutAt"] != "2026-03-02T10:00:00.000Z" || a["statusType"] != "offline" {
		t.Errorf("over %v", a)
	}
	set(t, o, "ada@example.com", "Lunch")
	if all := o.request(t, "GET", "/v1/routing/users/"+ada+"/work-sessions", "").records(t); len(all) != 2 || all[1].ID != first.ID || all[0].Attributes["active"] != true {
		t.Errorf("all %+v", all)
	}
}

func TestWorkSessionsAreFiltered(t *testing.T) {
	t.Parallel()
	o, ada, bob := shift(t)
	set(t, o, "ada@example.com", "Available")
	set(t, o, "ada@example.com", "Offline")
	set(t, o, "ada@example.com", "Lunch")
	set(t, o, "bob@example.com", "Available")
	for query, want := range map[string]int{
		"": 3, "active=true": 2, "active=false": 1, "statusType=available": 1, "statusType=unavailable": 1, "statusType=offline&active=false": 1,
		"user=" + ada: 2, "active=true&user=" + ada: 1, "active=true&statusType=available&user=" + bob: 1, "active=true&statusType=available&user=" + ada: 0,
		"statusType=busy": 0,
	} {
		if got := o.request(t, "GET", "/v1/routing/work-sessions?"+query, "").records(t); len(got) != want {
			t.Errorf("%q: %d sessions, want %d", query, len(got), want)
		}
	}
	o.refuses(t, map[string]row{
		"active that is none":     {"GET", "/v1/routing/work-sessions?active=yes", "", 400, "/active"},
		"a type that is none":     {"GET", "/v1/routing/work-sessions?statusType=away", "", 400, "/statusType"},
		"sessions of nobody":      {"GET", "/v1/routing/users/" + strings.Repeat("0", 24) + "/work-sessions", "", 404, ""},
		"a session that is not":   {"GET", "/v1/routing/work-sessions/" + ada, "", 404, ""},
		"a session that is no id": {"GET", "/v1/routing/work-sessions/now", "", 404, ""},
	})
}

func TestTheAPISetsAStatus(t *testing.T) {
	t.Parallel()
	o, ada, _ := shift(t)
	set(t, o, "ada@example.com", "Available")
	session := o.request(t, "GET", "/v1/routing/work-sessions?active=true", "").records(t)[0]
	at := "/v1/routing/work-sessions/" + session.ID
	lunch, busy, offline := o.status(t, "Lunch").ID, o.status(t, "Busy").ID, o.status(t, "Offline").ID
	got := o.must(t, "PUT", at, `{"status":"`+lunch+`"}`)
	if got.Attributes["statusType"] != "unavailable" || got.related("status") != lunch || got.related("modifiedBy") == ada || got.related("modifiedBy") == "" {
		t.Errorf("session %+v", got)
	}
	t.Run("wrong", func(t *testing.T) {
		o.refuses(t, map[string]row{
			"busy":                  {"PUT", at, `{"status":"` + busy + `"}`, 400, "/status"},
			"a status by its name":  {"PUT", at, `{"status":"Lunch"}`, 400, "/status"},
			"no status":             {"PUT", at, `{}`, 400, "/status"},
			"a status in an object": {"PUT", at, `{"status":{"id":"` + lunch + `"}}`, 400, "/status"},
			"something else":        {"PUT", at, `{"status":"` + lunch + `","statusType":"available"}`, 400, ""},
			"nobody's session":      {"PUT", "/v1/routing/work-sessions/" + ada, `{"status":"` + lunch + `"}`, 404, ""},
		})
	})
	o.must(t, "PUT", at, `{"status":"`+offline+`"}`)
	if r := o.request(t, "PUT", at, `{"status":"`+lunch+`"}`); r.status != 409 {
		t.Errorf("after its end: %d %s", r.status, r.body)
	}
}
