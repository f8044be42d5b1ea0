package rt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
	"sessionbridge.internal/emulator/rt"
	"sessionbridge.internal/shared/settings"
)

// presetFile and presetURL are what ships, and the place in it where a company writes its own server's address.
const (
	presetFile = "../../shared/settings/presets/rt.json"
	presetURL  = "https://rt.example.com"
)

// world is a local cloud of a test's own, whose demo tenant is connected to a Request Tracker by the preset.
type world struct {
	*testing.T
	demo.Client
	cloud *local.Cloud
	rt    rt.Client
}

// connect starts a local cloud for the Request Tracker that is reached at base, with the preset's settings as changed.
func connect(t *testing.T, s *rt.Server, base string, changes ...func(crm object)) *world {
	t.Helper()
	dir := t.TempDir()
	secrets := filepath.Join(dir, "secrets")
	if err := os.Mkdir(secrets, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"rt-token": s.Token, "rt-clerk": "clerk-pw"} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	logs := &log{}
	c, err := local.Start(t.Context(), local.Options{Dir: dir, Logs: logs, Allow: []string{strings.TrimPrefix(base, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		if t.Failed() {
			t.Logf("the functions' log:\n%s", logs)
		}
	})
	w := &world{t, demo.Client{URL: c.URL}, c, s.Client()}
	w.configure(base, changes...)
	return w
}

// log keeps what functions write at once.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// preset is the preset's connection to the CRM, for a server at base.
func preset(t *testing.T, base string) object {
	t.Helper()
	text, err := os.ReadFile(presetFile)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		CRM object `json:"crm"`
	}
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(presetURL), []byte(base)), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.CRM
}

// configure puts the preset in the place of the demo tenant's CRM, as an administrator does at the console, and waits until
// all functions know it. Only the queue stays: the local cloud has no other.
func (w *world) configure(base string, changes ...func(crm object)) {
	w.Helper()
	path := "/console/api/tenants/demo/settings"
	version, doc := w.console(http.MethodGet, path, "", nil)
	var set object
	w.must(json.Unmarshal(doc, &set))
	crm := preset(w.T, base)
	crm["queue"] = set["crm"].(object)["queue"]
	for _, change := range changes {
		change(crm)
	}
	set["crm"] = crm
	body, err := json.Marshal(set)
	w.must(err)
	w.console(http.MethodPut, path, version, body)
	w.advance(settings.Fresh)
}

// console makes a request that must be answered with 200.
func (w *world) console(method, path, ifMatch string, body []byte) (etag string, answer []byte) {
	w.Helper()
	req, err := http.NewRequestWithContext(patience(w.T), method, w.URL+path, bytes.NewReader(body))
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	if ifMatch != "" {
		req.Header.Set("If-Match", ifMatch)
	}
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	w.must(err)
	if resp.StatusCode != http.StatusOK {
		w.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	return resp.Header.Get("ETag"), answer
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.Helper()
	w.must(w.cloud.Advance(patience(w.T), d))
}

// call is the demo's call, from another number.
func (w *world) call(id int, phone string) demo.Scenario {
	s := demo.Call(id, w.cloud.Now())
	for i := range s.Posts {
		s.Posts[i].Body = bytes.ReplaceAll(s.Posts[i].Body, []byte(demo.Phone), []byte(phone))
	}
	return s
}

// send sends all of a session and waits until the CRM has what it can have by now.
func (w *world) send(posts ...demo.Post) {
	w.Helper()
	for _, p := range posts {
		w.must(w.Send(patience(w.T), p))
	}
	w.must(w.Drain(patience(w.T)))
}

// view is what the tests read of a session.
type view struct {
	CRM struct {
		State, Problem string
		AccountID      string `json:"account_id"`
		AccountURL     string `json:"account_url"`
		RecordID       string `json:"record_id"`
		RecordURL      string `json:"record_url"`
		Files          []struct{ Name, URL string }
	}
	Plan       []string
	Deliveries []struct{ Work, Step, Verdict string }
}

// steps counts the finished steps whose names begin so.
func (v view) steps(prefix string) (n int) {
	for _, d := range v.Deliveries {
		if strings.HasPrefix(d.Step, prefix) && d.Verdict == "done" {
			n++
		}
	}
	return n
}

func (w *world) session(key string) (v view) {
	w.Helper()
	w.must(w.Get(patience(w.T), "/console/api/tenants/demo/sessions/"+key, &v))
	return v
}

// arrived is what Request Tracker has of a session that is done: its one ticket, whose one requestor is a user of the
// tenant's customers, with every comment once.
type arrived struct {
	view
	ticket   rt.Ticket
	comments []rt.Comment
}

func (w *world) arrivedOnce(key string) (a arrived) {
	w.Helper()
	a.view = w.session(key)
	if a.CRM.State != "done" || len(a.Plan) > 0 {
		w.Fatalf("%s is not done: %+v", key, a.view)
	}
	tickets, err := w.rt.Tickets(patience(w.T), "CF.{ccai_session} = '"+key+"'")
	w.must(err)
	if len(tickets) != 1 {
		w.Fatalf("%s has the tickets %+v, want one", key, tickets)
	}
	a.ticket = tickets[0]
	if got := a.ticket.Requestors(); fmt.Sprint(a.ticket.ID) != a.CRM.RecordID || len(got) != 1 || got[0] != a.CRM.AccountID {
		w.Errorf("the ticket %d of %v; the session knows %s of %s", a.ticket.ID, got, a.CRM.RecordID, a.CRM.AccountID)
	}
	a.comments, err = w.rt.Comments(patience(w.T), a.ticket.ID)
	w.must(err)
	seen := map[string]bool{}
	for _, c := range a.comments {
		if seen[c.Text] {
			w.Errorf("%s has a comment twice: %s", key, c.Text)
		}
		seen[c.Text] = true
	}
	return a
}

// says checks that the ticket has one comment with each of the texts.
func (w *world) says(a arrived, texts ...string) {
	w.Helper()
	for _, text := range texts {
		n := 0
		for _, c := range a.comments {
			n += strings.Count(c.Text, text)
		}
		if n != 1 {
			w.Errorf("the comments %+v have %q %d times, want once", a.comments, text, n)
		}
	}
}

// users finds users of whom there must be a number.
func (w *world) users(n int, field, value string) []rt.User {
	w.Helper()
	found, err := w.rt.Users(patience(w.T), field, value)
	w.must(err)
	if len(found) != n {
		w.Fatalf("there are %d users with the %s %q, want %d: %+v", len(found), field, value, n, found)
	}
	return found
}
