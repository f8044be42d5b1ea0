package console_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// hostile is a name that would do harm in a page, a script or an address, if it got there as it is.
const hostile = `<script>alert("x")</script>" onclick='x' <img src=x onerror=x>`

// furnished has sessions in every state, with all that a customer can put into a page.
func furnished(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.giveUp(t, "call-1", "find_account: 2 fit, and a person is to choose one "+hostile)
	w.change(t, "call-1", func(d *store.Document) {
		d.CRM.Candidates = []session.Candidate{{ID: "1<2", Label: hostile}, {ID: "7"}}
		d.Session.Customer = session.Customer{Name: hostile, Phone: "+12223334444", Email: "pia@example.com"}
	})
	w.change(t, "chat-2", func(d *store.Document) {
		d.CRM.State, d.CRM.Problem = session.CRMWaiting, "the CRM answered 503"
		raw := fmt.Sprintf(`{"name":%q,"media":"https://files.example/r.mp3?X-Goog-Signature=0badcanary\"&b","too":"http:\/\/x\/y?canary=1"}`, hostile)
		d.Session = session.Apply(d.Session, session.Event{
			ID: "f", Tenant: "demo", Source: "ccai", Session: "chat-2", Kind: session.FileReady, At: start, VendorType: hostile, Raw: []byte(raw),
			Notes: []string{hostile}, File: &session.File{ID: "r", Kind: session.Recording, URL: "https://files.example/r.mp3?X-Goog-Signature=0badcanary"},
		})
		d.Session.Queue.Path, d.Session.Feedback = hostile, hostile
		d.Session.Agents = []session.Agent{{Name: hostile, Email: "kim@example.com"}}
	})
	err := w.store.SetAside(t.Context(), store.Poison{
		ID: "m/1", At: start, Attributes: map[string]string{"tenant": "demo"}, Data: []byte(`{"u":"https://x.example/a?k=canary"}`), Problem: hostile,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var pages = []string{
	"/console/", "/console/demo/", "/console/demo/?q=pia", "/console/demo/?q=nobody+at+all", "/console/demo/?trouble=dead&since=2026-01-01",
	"/console/demo/sessions/call-1", "/console/demo/sessions/chat-2?source=ccai&said=replayed", "/console/demo/dead", "/console/demo/agents",
	"/console/demo/coverage?day=2026-01-05", "/console/demo/coverage?day=2025-01-05", "/console/demo/sessions/none", "/console/demo/?since=x",
	"/console/demo/no/such/none",
	"/console/demo/settings", "/console/demo/settings/crm", "/console/demo/settings/queues", "/console/demo/settings/json",
	"/console/demo/settings/history", "/console/demo/doctor", "/console/demo/doctor?go=1",
}

func TestPagesAreWellMade(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	for _, path := range pages {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := w.ask(t, "GET", path, audience, "Accept: text/html")
			if got := a.Header().Get("Content-Type"); got != "text/html; charset=utf-8" || a.Code >= 500 {
				t.Fatalf("answer is %d, %s: %s", a.Code, got, a.Body)
			}
			policy := a.Header().Get("Content-Security-Policy")
			if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; style-src 'self'") {
				t.Errorf("the policy is %s", policy)
			}
			if strings.Contains(a.Body.String(), "canary") {
				t.Errorf("it shows a secret: %s", a.Body)
			}
			checkPage(t, a)
		})
	}
}

// checkPage looks for what no page may have, and for what each must have.
func checkPage(t *testing.T, a *httptest.ResponseRecorder) {
	t.Helper()
	root, err := html.Parse(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	count, ids, labelled := map[string]int{}, map[string]bool{}, map[string]bool{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "label" {
			labelled[attr(n, "for")] = true
		}
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		checkElement(t, n, labelled)
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("two elements have the id %s", id)
		} else {
			ids[id] = true
		}
	}
	if count["h1"] != 1 || count["title"] != 1 || count["main"] != 1 || count["style"] != 0 || count["img"] != 0 || count["script"] != 1 {
		t.Errorf("it has %v", count)
	}
}

func checkElement(t *testing.T, n *html.Node, labelled map[string]bool) {
	t.Helper()
	for _, a := range n.Attr {
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(a.Val, "javascript:") {
			t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
		}
	}
	switch n.Data {
	case "script":
		if n.FirstChild != nil || attr(n, "src") == "" {
			t.Error("a script stands in the page")
		}
	case "input", "select":
		if kind := attr(n, "type"); kind != "hidden" && kind != "radio" && !labelled[attr(n, "id")] {
			t.Errorf("the %s %s has no label", n.Data, attr(n, "name"))
		}
	case "th":
		if attr(n, "scope") == "" {
			t.Error("a table's heading does not say of what it is one")
		}
	case "form":
		if method := attr(n, "method"); method != "get" && method != "post" {
			t.Errorf("a form's method is %q", method)
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text is what a page shows, and the addresses of its links.
func text(t *testing.T, a *httptest.ResponseRecorder) (shown string, links []string) {
	t.Helper()
	root, err := html.Parse(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Data == "a":
			links = append(links, attr(n, "href"))
		}
	}
	return strings.Join(strings.Fields(b.String()), " "), links
}

func TestPagesSayWhatIsSo(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	for path, says := range map[string][]string{
		"/console/":                     {"demo"},
		"/console/demo/":                {"call-1", "chat-2", "CRM dead", "+12223334444"},
		"/console/demo/?q=222-333":      {"call-1", "1 found"},
		"/console/demo/?q=KIM@example":  {"chat-2", "1 found"},
		"/console/demo/?q=nobody":       {"0 found", "No session is like that"},
		"/console/demo/?status=held":    {"No session is like that"},
		"/console/demo/?trouble=dead":   {"call-1"},
		"/console/demo/sessions/call-1": {"given up", "Which account is the customer's?", "create account", "Replay the session"},
		"/console/demo/sessions/chat-2": {"end user", "Hello", "the CRM answered 503", "https://files.example/r.mp3?[redacted]", `http:\/\/x\/y?[redacted]`},
		"/console/demo/dead":            {"call-1", "chat-2", "Choose among 2", "Several accounts or records fit", "Messages set aside 1", "Events of no session 1", "Replay all of a time"},
		"/console/demo/agents":          {"No agent is known yet"},
		"/console/demo/sessions/none":   {"there is no such session"},
		"/console/none/":                {"there is no such tenant"},
		"/console/demo/?since=x":        {"since must be a time such as 2026-01-05T09:00"},
		"/console/demo/?after=x":        {"after must be from the link"},
		"/console/demo/coverage?day=x":  {"day must be a day such as 2026-01-05"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			shown, _ := text(t, w.ask(t, "GET", path, audience))
			for _, want := range says {
				if !strings.Contains(shown, want) {
					t.Errorf("%q is not in %s", want, shown)
				}
			}
		})
	}
}

func TestAWholeKeyLeadsToItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.ask(t, "GET", "/console/demo/?q=call-1", audience)
	if got := a.Header().Get("Location"); a.Code != 303 || got != "/console/demo/sessions/call-1?source=ccai" {
		t.Errorf("answer is %d to %s", a.Code, got)
	}
}

// Every session is on exactly one page, however many changed at one moment.
func TestPagesOfTheListLoseNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 110 {
		w.add(t, fmt.Sprintf("call-%d", 1000+i), session.Started)
	}
	seen, path := map[string]bool{}, "/console/demo/"
	for n := 0; path != ""; n++ {
		_, links := text(t, w.ask(t, "GET", path, audience))
		path = ""
		for _, link := range links {
			if key, ok := strings.CutPrefix(link, "/console/demo/sessions/"); ok && seen[key] {
				t.Errorf("%s is listed twice", key)
			} else if ok {
				seen[key] = true
			}
			if strings.Contains(link, "after=") {
				path = link
			}
		}
		if n > 3 {
			t.Fatal("the pages have no end")
		}
	}
	if len(seen) != 112 {
		t.Errorf("listed are %d sessions, want 112", len(seen))
	}
}

// Keys are the sources' and may hold anything that addresses are made of.
func TestAKeyOfAnyTextHasAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key = `call-a/b?c#d%2F "é`
	w.add(t, key, session.Started, session.Ended)
	_, links := text(t, w.ask(t, "GET", "/console/demo/", audience))
	want := "/console/demo/sessions/" + url.PathEscape(key) + "?source=ccai"
	if !strings.Contains(strings.Join(links, "\n"), want) {
		t.Fatalf("the links are %q, want %s", links, want)
	}
	a := w.ask(t, "GET", want, audience)
	if shown, _ := text(t, a); a.Code != 200 || !strings.Contains(shown, key) {
		t.Errorf("its page is %d %s", a.Code, shown)
	}
}

func TestAssetsAreAskedForAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"console.css", "console.js", "times.js", "copy.js", "live.js", "icon.svg"} {
		a := w.ask(t, "GET", "/console/assets/file/"+name, audience)
		tag := a.Header().Get("ETag")
		if a.Code != 200 || tag == "" || a.Header().Get("Cache-Control") != "private, no-cache" || a.Body.Len() == 0 {
			t.Errorf("%s is answered %d %v", name, a.Code, a.Header())
		}
		if again := w.ask(t, "GET", "/console/assets/file/"+name, audience, "If-None-Match: "+tag); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%s is answered %d again", name, again.Code)
		}
	}
	for _, name := range []string{"layout.html", "openapi.json", "none.js", "..%2Fpage.go"} {
		if a := w.ask(t, "GET", "/console/assets/file/"+name, audience); a.Code != 404 {
			t.Errorf("%s is answered %d", name, a.Code)
		}
	}
}

func TestALongSessionIsShownBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.change(t, "call-1", func(d *store.Document) {
		for i := range 700 {
			e := session.Event{
				ID: fmt.Sprint(i), Tenant: "demo", Source: "ccai", Session: "call-1", Kind: session.Muted, At: start.Add(time.Duration(i) * time.Second),
				Raw: []byte(`{"long":"` + strings.Repeat("x", 900) + `"}`),
			}
			d.Session = session.Apply(d.Session, e)
		}
	})
	_, err := w.store.Update(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}, func(d *store.Document) (c store.Change, err error) {
		for i := range 100 {
			c.Deliveries = append(c.Deliveries, store.Delivery{Work: "crm", Number: i + 2, Step: "create_record", At: start, Request: strings.Repeat("y", 8<<10)})
		}
		return c, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := w.ask(t, "GET", "/console/demo/sessions/call-1", audience)
	size := a.Body.Len()
	if shown, _ := text(t, a); a.Code != 200 || size > 2<<20 || !strings.Contains(shown, "Muted") || strings.Contains(shown, "are left out here") || !strings.Contains(shown, "no room for its text") {
		t.Errorf("answer is %d of %d bytes: %.3000s", a.Code, size, shown)
	}
}
