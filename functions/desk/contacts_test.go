package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// module loads a module of the page in a browser, by itself, and returns what runs an expression in which m is the module. The
// expression's value must be a text.
func module(t *testing.T, name string) func(expression string) string {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium to run the page's scripts in")
	}
	if err != nil {
		t.Skip("there is no chromium to run the page's scripts in: install it to run this test")
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			return
		}
		w.Header().Set("Content-Type", "text/javascript")
		http.ServeFile(w, r, filepath.Join("assets", filepath.Base(r.URL.Path)))
	}))
	t.Cleanup(srv.Close)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(chromium))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL)); err != nil { // which starts it
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return func(expression string) string {
		t.Helper()
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`import("/`+name+`").then((m) => `+expression+`)`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return text
	}
}

const (
	inbound      = `"id":"13b-5d@GW","uuid":"m","type":"inbound","media_type":"telephony","job_type":"inbound","dnis":"225727273","queue":"Q"`
	consultation = `"id":"3f-5e@EP","uuid":"c","type":"outbound","media_type":"telephony","job_type":"manual","ani":"80165@EP","dnis":"consultation"`
	manual       = `"id":"41-5e@EP","uuid":"x","type":"outbound","job_type":"manual","ani":"0512345678","dnis":"3471234567"`
)

// What is told of contacts, as "M HELD" and so on, becomes the contacts that are shown: whose, in which state, and what can be done.
func TestContactsFollowFromTheirEvents(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ events, want string }{
		"offered":                        {"M POPUP|M RINGING", "main 3393669393 offered: answer hangup"},
		"answered":                       {"M POPUP|M ESTABLISHED", "main 3393669393 talking: hold transfer consult hangup"},
		"in lower case":                  {"M popup|M established", "main 3393669393 talking: hold transfer consult hangup"},
		"on hold":                        {"M ESTABLISHED|M HELD", "main 3393669393 held: hold transfer consult hangup"},
		"its number written over":        {"M ESTABLISHED|M HELD ani=customer", "main 3393669393 held: hold transfer consult hangup"},
		"seen late, without a number":    {"M HELD ani=customer", "main  held: hold transfer consult hangup"},
		"consulting":                     {"M ESTABLISHED|M HELD|C CONNECTIONSTARTED|C DIALING|C ESTABLISHED", "main 3393669393 held: |consultation  talking: complete conference cancel"},
		"consulting, nobody there yet":   {"M HELD|C DIALING", "main 3393669393 held: |consultation  dialling: cancel"},
		"consultation cancelled":         {"M HELD|C ESTABLISHED|C CONNECTIONCLEARED|M RETRIEVED", "main 3393669393 talking: hold transfer consult hangup"},
		"consultation whose end is lost": {"M HELD|C ESTABLISHED|M RETRIEVED", "main 3393669393 talking: hangup|consultation  talking: complete conference cancel"},
		"handed on":                      {"M ESTABLISHED|M HELD|M TRANSFERRED", "main 3393669393 transferred: forget"},
		"the work after it":              {"M TRANSFERRED|M CONNECTIONCLEARED|M JOBCHANGED job_state=offline", "main 3393669393 wrap-up: finish forget"},
		"another change of the job":      {"M ESTABLISHED|M JOBCHANGED job_state=online", "main 3393669393 talking: hold transfer consult hangup"},
		"done":                           {"M POPUP|M CONNECTIONCLEARED|M JOBCHANGED job_state=offline|M JOBFINISHED", ""},
		"not opened again by a late one": {"M ESTABLISHED|M CONNECTIONCLEARED|M HELD|M ESTABLISHED", "main 3393669393 ended: finish forget"},
		"not shown again when done":      {"M JOBFINISHED|M HELD|M JOBCHANGED job_state=offline", ""},
		"a consultation's late event":    {"C CONNECTIONCLEARED|C ESTABLISHED", ""},
		"a conference":                   {"M HELD|C ESTABLISHED|M CONFERENCED|M RETRIEVED", "main 3393669393 conference: hangup|consultation  talking: cancel"},
		"a call of the agent's":          {"X CONNECTIONSTARTED|X DIALING|X ESTABLISHED", "main 3471234567 talking: hold transfer consult hangup"},
		"one that nobody answers yet":    {"X CONNECTIONSTARTED|X DIALING", "main 3471234567 dialling: hangup"},
		"a chat":                         {"M ESTABLISHED media_type=chat", "main 3393669393 talking: transfer hangup"},
		"an event nobody knows":          {"M DATACHANGED", "main 3393669393 unknown: hangup"},
		"one of the agent's":             {"M AGENT:PAUSE", ""},
		"a contact that has no name":     {"M POPUP id=|M POPUP uuid= id=", "main 3393669393 offered: answer hangup"},
		"two at once":                    {"M HELD|X ESTABLISHED", "main 3393669393 held: hold transfer consult hangup|main 3471234567 talking: hold transfer consult hangup"},
	}
	run := module(t, "contacts.js")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(`((contacts) => m.shown(contacts).map((c) => c.leg + " " + c.number + " " + c.state + ": " + m.can(contacts, c).join(" ")).join("|"))(` +
				vendor(t, tt.events) + `.reduce(m.see, []))`)
			if got != tt.want {
				t.Errorf("the contacts are %q, want %q", got, tt.want)
			}
		})
	}
}

// vendor are the events as a list in JSON: "M HELD ani=customer" is the main contact's, with one property changed.
func vendor(t *testing.T, events string) string {
	t.Helper()
	var all []map[string]string
	for _, line := range strings.Split(events, "|") {
		fields := strings.Fields(line)
		contact := map[string]string{"M": inbound, "C": consultation, "X": manual}[fields[0]]
		e := map[string]string{"ani": "3393669393"}
		if err := json.Unmarshal([]byte("{"+contact+"}"), &e); err != nil {
			t.Fatal(err)
		}
		e["event"] = fields[1]
		for _, change := range fields[2:] {
			key, value, _ := strings.Cut(change, "=")
			e[key] = value
		}
		all = append(all, e)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestContactsAreBoundedAndForgotten(t *testing.T) {
	t.Parallel()
	run := module(t, "contacts.js")
	many := `Array.from({ length: 100 }, (_, i) => ({ event: "POPUP", uuid: "u" + i })).reduce(m.see, [])`
	if got := run(`String(` + many + `.length) + " " + ` + many + `.at(-1).key`); got != "30 u99" {
		t.Errorf("of a hundred contacts there are %s", got)
	}
	if got := run(`String(m.shown(m.forget([{ event: "CONNECTIONCLEARED", uuid: "u" }].reduce(m.see, []), "u")).length)`); got != "0" {
		t.Errorf("of one that is taken off the list, there are %s", got)
	}
}

// What an agent types becomes what the SDK is given, or nothing.
func TestNumbersAndDestinations(t *testing.T) {
	t.Parallel()
	run := module(t, "contacts.js")
	tests := map[string]struct{ typed, dialled, destination string }{
		"a number abroad":         {"+39 02 1234 5678", "+390212345678", "+390212345678"},
		"a number at home":        {" (02) 1234/56-78 ", "0212345678", "0212345678"},
		"an extension":            {"80165", "80165", "80165"},
		"a resource by name":      {"SALES", "undefined", "SALES"},
		"a resource by address":   {"80165@B2BUAEP.example.com", "undefined", "80165@B2BUAEP.example.com"},
		"nothing":                 {"", "undefined", "undefined"},
		"blanks":                  {"   ", "undefined", "undefined"},
		"one digit":               {"7", "undefined", "undefined"},
		"a plus in the midst":     {"39+02", "undefined", "undefined"},
		"two plusses":             {"++3902123", "undefined", "undefined"},
		"more digits than any":    {strings.Repeat("1", 21), "undefined", "undefined"},
		"words":                   {"call Ada", "undefined", "undefined"},
		"what would be something": {"<img>", "undefined", "undefined"},
		"a name too long":         {strings.Repeat("a", 101), "undefined", "undefined"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(fmt.Sprintf(`String(m.dialled(%q)) + " " + String(m.destination(%q))`, tt.typed, tt.typed))
			if want := tt.dialled + " " + tt.destination; got != want {
				t.Errorf("it is %s, want %s", got, want)
			}
		})
	}
}
