package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// search has sessions of two customers, and more after them than are looked through.
func search(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	err := w.store.PutSettings(t.Context(), "demo", []byte(`{"crm":{"queue":"crm-demo","phone":{"region":"US"},"endpoints":{
		"create_account":{"method":"POST","url":"https://crm.example.com/accounts"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	w.add(t, "call-100001", session.Started, session.Ended)
	w.change(t, "call-100001", func(d *store.Document) {
		d.Session.Customer = session.Customer{Name: "Pia", Phone: "+12025550101", Email: "pia@example.com"}
		d.CRM.AccountID, d.CRM.RecordID = "A-7", "R-8"
		d.Session.Direction = session.Outbound
	})
	w.clock.Advance(time.Minute)
	w.add(t, "call-100002", session.Started)
	w.change(t, "call-100002", func(d *store.Document) { d.Session.Customer = session.Customer{Phone: "+12025550101"} })
	w.clock.Advance(time.Minute)
	w.add(t, "chat-100002", session.Started)
	w.change(t, "chat-100002", func(d *store.Document) { d.Session.Customer = session.Customer{ID: "100001"} })
	return w
}

func TestAnythingWholeIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	w := search(t)
	for name, tt := range map[string]struct {
		query string
		want  string // the keys, in order
		says  string
	}{
		"a number of two channels": {"100002", "chat-100002 call-100002", "2 with the number 100002"},
		"a key's number and an id": {"100001", "call-100001 chat-100002", "1 with the number 100001, and those of whom"},
		"a telephone number":       {"%2B12025550101", "call-100002 call-100001", "is the whole number"},
		"spelled for people":       {"(202)+555-0101", "call-100002 call-100001", "is the whole number"},
		"with its plus lost":       {"+12025550101", "call-100002 call-100001", "is the whole number"},
		"a mail address":           {"PIA@example.com", "call-100001", "is the whole number, address or id"},
		"an account":               {"a-7", "call-100001", "is the whole number"},
		"a record":                 {"R-8", "call-100001", "is the whole number"},
		"a part of a number":       {"555-0101", "call-100002 call-100001", "Looked for “555-0101” in the last"},
		"in names, too":            {"pia@example.com&within=yes", "call-100001", "Looked for"},
		"of a status":              {"%2B12025550101&status=ended", "call-100001", "is the whole number"},
		"of a direction":           {"%2B12025550101&direction=outbound", "call-100001", "Looked"},
		"of a channel":             {"&channel=chat", "chat-100002 chat-2", "Looked in the last"},
		"nobody":                   {"nobody", "", "0 found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shown, links := text(t, w.ask(t, "GET", "/console/demo/?q="+tt.query, audience))
			if got := keysIn(links); got != tt.want || !strings.Contains(shown, tt.says) {
				t.Errorf("found are %q, want %q; the page says %s, want %q", got, tt.want, shown, tt.says)
			}
		})
	}
}

func keysIn(links []string) string {
	var keys []string
	for _, link := range links {
		if key, ok := strings.CutPrefix(link, "/console/demo/sessions/"); ok {
			key, _, _ = strings.Cut(key, "?")
			keys = append(keys, key)
		}
	}
	return strings.Join(keys, " ")
}

func TestANumberOfOneSessionLeadsThere(t *testing.T) {
	t.Parallel()
	w := search(t)
	w.add(t, "chat-55", session.Started)
	a := w.ask(t, "GET", "/console/demo/?q=55", audience)
	if got := a.Header().Get("Location"); a.Code != 303 || got != "/console/demo/sessions/chat-55?source=ccai" {
		t.Errorf("answer is %d to %s", a.Code, got)
	}
}

func TestACustomersSessionsHavePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 52 {
		key := fmt.Sprintf("call-%d", 100+i)
		w.add(t, key, session.Started)
		w.change(t, key, func(d *store.Document) { d.Session.Customer.Phone = "+12025550101" })
	}
	_, links := text(t, w.ask(t, "GET", "/console/demo/?q=%2B12025550101", audience))
	if got := strings.Fields(keysIn(links)); len(got) != 50 || got[0] != "call-151" {
		t.Fatalf("the first page has %q", got)
	}
	_, links = text(t, w.ask(t, "GET", links[len(links)-1], audience))
	if got := keysIn(links); got != "call-101 call-100" {
		t.Errorf("the next has %q", got)
	}
}

func TestTimesOfFiltersHaveZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, links := text(t, w.ask(t, "GET", "/console/demo/", audience))
	if keysIn(links) != "chat-2 call-1" { // of 10:00 and of 9:00, UTC
		t.Fatalf("the list has %s", keysIn(links))
	}
	for query, want := range map[string]string{
		"since=2026-01-05T09:30":                        "chat-2",
		"since=2026-01-05T10:30:00%2B01:00":             "chat-2",
		"since=2026-01-05T09:30:00.000Z":                "chat-2",
		"until=2026-01-05T10:30:00%2B01:00":             "call-1",
		"since=2026-01-05T09:00&until=2026-01-05T09:01": "call-1",
	} {
		a := w.ask(t, "GET", "/console/demo/?"+query, audience)
		body := a.Body.String()
		if _, links := text(t, a); keysIn(links) != want || !strings.Contains(body, `value="2026-01-05T09:`) {
			t.Errorf("%s: listed are %s, want %s, and the field in UTC", query, keysIn(links), want)
		}
	}
}
