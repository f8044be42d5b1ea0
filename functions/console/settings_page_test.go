package console_test

import (
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"sessionbridge.internal/shared/settings/form"
	"sessionbridge.internal/shared/settings/presets"
)

const settingsPages = "/console/demo/settings"

// fill is what a browser sends of the page's form of settings, as it came.
func fill(t *testing.T, a *httptest.ResponseRecorder) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(a.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	v := url.Values{}
	for f := range root.Descendants() {
		if f.Data != "form" || attr(f, "class") != "settings" {
			continue
		}
		for n := range f.Descendants() {
			if name := attr(n, "name"); name != "" {
				fillOne(v, n, name)
			}
		}
	}
	return v
}

func fillOne(v url.Values, n *html.Node, name string) {
	switch n.Data {
	case "input":
		v.Set(name, attr(n, "value"))
	case "textarea":
		if n.FirstChild != nil {
			v.Set(name, strings.ReplaceAll(n.FirstChild.Data, "\n", "\r\n"))
		}
	case "select":
		for o := range n.Descendants() {
			if o.Data != "option" {
				continue
			}
			value := attr(o, "value")
			if value == "" && o.FirstChild != nil && !hasAttr(o, "value") {
				value = o.FirstChild.Data
			}
			if !v.Has(name) || hasAttr(o, "selected") {
				v.Set(name, value)
			}
		}
	}
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// stored is the tenant's document.
func (w *world) stored(t *testing.T) string {
	t.Helper()
	doc, err := w.store.Settings(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// keep makes a document the tenant's.
func (w *world) keep(t *testing.T, doc []byte) {
	t.Helper()
	if a := w.put(t, settingsPath, string(doc), ""); a.Code != 200 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
}

// The pages send what they show: a form that nobody changed changes nothing.
func TestAPageSentUnchangedChangesNothing(t *testing.T) {
	t.Parallel()
	documents := map[string][]byte{}
	var err error
	if documents["full"], err = os.ReadFile("../../shared/settings/testdata/full.json"); err != nil {
		t.Fatal(err)
	}
	for _, name := range presets.Names() {
		if documents[name], err = presets.Read(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, doc := range documents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.store.PutSettings(t.Context(), "demo", doc); err != nil {
				t.Fatal(err)
			}
			d, err := form.Parse(doc)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range d.Names() {
				page := w.ask(t, "GET", settingsPages+"/"+part, audience)
				sent := fill(t, page)
				checkPage(t, page)
				if read := form.Read(part, sent); !cmp.Equal(differ(t, w.stored(t), string(read.JSON()), part), []form.Change(nil)) {
					t.Errorf("%s came back changed: %+v", part, differ(t, w.stored(t), string(read.JSON()), part))
				}
			}
		})
	}
}

// differ are the changes within a part.
func differ(t *testing.T, a, b, part string) (all []form.Change) {
	t.Helper()
	changes, err := form.Diff([]byte(a), []byte(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if c.Path == part || strings.HasPrefix(c.Path, part+".") || strings.HasPrefix(c.Path, part+"[") {
			all = append(all, c)
		}
	}
	return all
}

func TestSettingsPagesAreWellMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"crm":{"queue":"crm-demo","ticket_subject":"</textarea><script>alert(1)</script>\" onclick=\"x","words":{"DIRECTION":{"<b>\"":"<i>"}},
		"endpoints":{"create_account":{"method":"POST","url":"https://crm.example.com/<img src=x>"}}},"mail":{"from":"a@b.c","host":"<h>","port":25},"queues":{"<q>":{"lookup_url":"https://x.example/?a=%3Cb%3E"}}}`))
	for _, path := range []string{
		"", "/crm", "/sources", "/storage", "/mail", "/quality", "/presence", "/desk", "/people", "/queues", "/json", "/history", "/history/1", "/history/2",
		"/crm?preset=kustomer", "/json?preset=rt", "/none", "/history/9", "/history/x", "/crm?preset=none",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := w.ask(t, "GET", settingsPages+path, audience, "Accept: text/html")
			if a.Code >= 500 {
				t.Fatalf("answer is %d %s", a.Code, a.Body)
			}
			checkPage(t, a)
		})
	}
}

func TestSettingsAreChangedByForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := settingsPages + "/crm"
	v := fill(t, w.ask(t, "GET", page, audience))
	v.Set("do", "add /crm/endpoints/comment")
	added := w.submit(t, page, v)
	v = fill(t, added)
	if !v.Has("/crm/endpoints/comment/url") || strings.Contains(w.stored(t), "comment") {
		t.Fatalf("after adding: %v", v)
	}
	v.Set("do", "save")
	wrong := w.submit(t, page, v)
	if shown, links := text(t, wrong); wrong.Code != 422 || !strings.Contains(shown, "Nothing was saved") || !strings.Contains(strings.Join(links, " "), "#f") {
		t.Fatalf("with mistakes: %d %s", wrong.Code, shown)
	}
	v.Set("/crm/endpoints/comment/url", "https://crm.example.com/records/{RECORD_ID}/comments")
	v.Set("/crm/endpoints/comment/method", "POST")
	for _, key := range []string{"create_record"} {
		v.Set("/crm/endpoints/"+key, "there")
		v.Set("/crm/endpoints/"+key+"/url", "https://crm.example.com/records")
		v.Set("/crm/endpoints/"+key+"/method", "POST")
	}
	saved := w.submit(t, page, v)
	if saved.Code != 303 || saved.Header().Get("Location") != page+"?said=saved" || !strings.Contains(w.stored(t), "/comments") {
		shown, _ := text(t, saved)
		t.Fatalf("saved: %d %s", saved.Code, shown)
	}
	conflict := w.submit(t, page, v) // of the version before
	shown, _ := text(t, conflict)
	if conflict.Code != 409 || !strings.Contains(shown, "Somebody else has changed the settings") {
		t.Errorf("a second time: %d %s", conflict.Code, shown)
	}
}

func TestAConflictIsShownAndDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := settingsPages + "/mail"
	v := fill(t, w.ask(t, "GET", page, audience))
	w.keep(t, []byte(`{"storage":{"bucket":"theirs"}}`))
	for name, value := range map[string]string{"/mail": "there", "/mail/from": "a@b.c", "/mail/host": "mine.example.com", "/mail/port": "587"} {
		v.Set(name, value)
	}
	a := w.submit(t, page, v)
	body := a.Body.String()
	if shown, _ := text(t, a); a.Code != 409 || !strings.Contains(shown, `mine.example.com`) || strings.Contains(w.stored(t), "mine") {
		t.Fatalf("answer is %d %s", a.Code, shown)
	}
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	mine := url.Values{}
	for n := range root.Descendants() {
		if n.Data == "input" && attr(n, "type") == "hidden" {
			mine.Set(attr(n, "name"), attr(n, "value"))
		}
	}
	if a := w.submit(t, settingsPages+"/json", mine); a.Code != 303 || !strings.Contains(w.stored(t), "mine") || !strings.Contains(w.stored(t), "theirs") {
		t.Errorf("mine in their place: %d, stored is %s", a.Code, w.stored(t))
	}
}

func TestASecretWrittenInPlaceOfItsNameIsNotShownAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := url.Values{"/mail": {"there"}, "/mail/host": {"h"}, "/mail/password": {"canary"}, "do": {"save"}}
	v.Set("version", fill(t, w.ask(t, "GET", settingsPages+"/mail", audience)).Get("version"))
	a := w.submit(t, settingsPages+"/mail", v)
	if body := a.Body.String(); strings.Contains(body, "canary") {
		t.Errorf("it is shown: %s", body)
	}
	if shown, _ := text(t, a); a.Code != 422 || !strings.Contains(shown, "never the secret itself") {
		t.Errorf("answer is %d %s", a.Code, shown)
	}
}

func TestTheDocumentIsWrittenAsJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := settingsPages + "/json"
	v := fill(t, w.ask(t, "GET", page, audience))
	was := v.Get("document")
	v.Set("document", `{"storag":{}}`)
	if shown, _ := text(t, w.submit(t, page, v)); !strings.Contains(shown, "storag is no setting") {
		t.Errorf("with a mistake: %s", shown)
	}
	v.Set("document", strings.Replace(was, "crm.example.com", "other.example.com", 1))
	if a := w.submit(t, page, v); a.Code != 303 || !strings.Contains(w.stored(t), "other.example.com") {
		t.Errorf("answer is %d %s", a.Code, a.Body)
	}
}

func TestHistoryIsKeptShownAndRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"storage":{"bucket":"first"}}`))
	w.keep(t, []byte(`{"storage":{"bucket":"second"}}`))
	a := w.ask(t, "GET", settingsPath+"/history", audience)
	if s := a.Body.String(); !strings.Contains(s, `"number":3`) || !strings.Contains(s, `"by":"ada@example.com"`) || !strings.HasPrefix(s, `{"versions":[{"number":3`) {
		t.Errorf("the history is %s", s)
	}
	if a := w.ask(t, "GET", settingsPath+"/history/2", audience); a.Body.String() != `{"storage":{"bucket":"first"}}` {
		t.Errorf("version 2 is %s", a.Body)
	}
	page := settingsPages + "/history/2"
	shown := w.ask(t, "GET", page, audience)
	version := shown.Body.String()
	if said, _ := text(t, shown); !strings.Contains(said, `storage.bucket"second""first"`) {
		t.Errorf("its page is %s", said)
	}
	_, version, _ = strings.Cut(version, `name="version" value="`)
	version, _, _ = strings.Cut(version, `"`)
	if a := w.submit(t, page, url.Values{"version": {"2020-01-01T00:00:00Z"}}); a.Code != 409 {
		t.Errorf("restored over another's: %d", a.Code)
	}
	if a := w.submit(t, page, url.Values{"version": {html.UnescapeString(version)}}); a.Code != 303 || !strings.Contains(w.stored(t), "first") {
		t.Errorf("restoring: %d %s", a.Code, a.Body)
	}
}

func TestAnEndpointIsTried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"crm":{"queue":"crm-demo","basic":{"username":"demo","password":"secret://crm"},"endpoints":{
		"find_account":{"method":"GET","url":"`+w.crmURL+`/api/accounts","parameters":[{"key":"phone","value":"{PHONE_NUMBER}"}]},
		"create_account":{"method":"POST","url":"`+w.crmURL+`/api/accounts","parameters":[{"key":"name","value":"{NAME}"}]}}}}`))
	page := settingsPages + "/crm"
	v := fill(t, w.ask(t, "GET", page, audience))
	for at, says := range map[string]string{
		"crm.endpoints.find_account":   "Answered HTTP",
		"crm.endpoints.create_account": "It is not sent from here",
		"crm.endpoints.none":           "makes no request by this endpoint",
	} {
		v.Set("do", "try "+at)
		if shown, _ := text(t, w.submit(t, page, v)); !strings.Contains(shown, says) {
			t.Errorf("%s: %s", at, shown)
		}
	}
	v.Set("session", "nobody")
	if shown, _ := text(t, w.submit(t, page, v)); !strings.Contains(shown, "session to try it with is not there") {
		t.Errorf("with a session of none: %s", shown)
	}
}

// Keys that people chose are renamed with what they hold; Enter in the field of a name does what the name is for.
func TestAKeyIsRenamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"people":{"kim@example.com":"agent"}}`))
	page := settingsPages + "/people"
	v := fill(t, w.ask(t, "GET", page, audience))
	v.Del("do") // as a browser sends on Enter
	for _, step := range []struct{ name, value, says string }{
		{"rename /people/kim@example.com", "park@example.com", `name="/people/park@example.com"`},
		{"key /people", "park@example.com", "write a name that is not there yet"},
		{"key /people", "lee@example.com", `name="/people/lee@example.com"`},
	} {
		v.Set(step.name, step.value)
		a := w.submit(t, page, v)
		if v = fill(t, a); a.Code != 200 || !strings.Contains(a.Body.String(), step.says) {
			t.Fatalf("%s: %d %s", step.name, a.Code, a.Body)
		}
		v.Del("do")
	}
	v.Set("/people/lee@example.com", "supervisor")
	const want = `{"people":{"lee@example.com":"supervisor","park@example.com":"agent"}}`
	if a := w.submit(t, page, v); a.Code != 303 || strings.Join(strings.Fields(w.stored(t)), "") != want {
		t.Errorf("saved: %d, stored is %s", a.Code, w.stored(t))
	}
}

func TestAQueueShowsWhatItInherits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"mail":{"to":"all@example.com","from":"a@b.c","host":"h","port":25},"queues":{"7":{}}}`))
	if shown, _ := text(t, w.ask(t, "GET", settingsPages+"/queues", audience)); !strings.Contains(shown, "As for all queues: all@example.com") {
		t.Errorf("the page is %s", shown)
	}
}

func TestTheDoctorIsAskedAndAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := "/console/demo/doctor"
	asked := w.ask(t, "GET", page, audience, "Accept: text/html")
	if shown, _ := text(t, asked); asked.Code != 200 || strings.Contains(shown, "To mend") {
		t.Errorf("unasked: %d %s", asked.Code, shown)
	}
	w.keep(t, []byte(`{"crm":{"queue":"crm-demo","basic":{"username":"demo","password":"secret://crm"},"skip_account_creation":true,"endpoints":{
		"find_account":{"method":"GET","url":"`+w.crmURL+`/api/accounts","parameters":[{"key":"phone","value":"{PHONE_NUMBER}"}],"response_data_location":"accounts"}}}}`))
	w.time.Advance(time.Minute) // the settings are read anew
	a := w.ask(t, "GET", page+"?go=1", audience, "Accept: text/html")
	body := a.Body.String()
	shown, links := text(t, a)
	for _, want := range []string{"Queue crm-democrm.queueThe queue is paused.", "Search find_account", "HTTP 200; its answer can be read."} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in %s", want, shown)
		}
	}
	if !strings.Contains(strings.Join(links, " "), settingsPages+"/crm") || strings.Contains(body, password) {
		t.Errorf("the page is %s", body)
	}
}
