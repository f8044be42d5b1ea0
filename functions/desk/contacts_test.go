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

// forLong bounds the browser's start, and a test with it: one that needs it has failed.
const forLong = 2 * time.Minute

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
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(chromium), chromedp.WSURLReadTimeout(forLong))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL)); err != nil { // which starts it
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, forLong)
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
		"offered":                        {"M POPUP|M RINGING", "main 3393669393 offered: answer hangup forget"},
		"answered":                       {"M POPUP|M ESTABLISHED", "main 3393669393 talking: hold transfer consult hangup forget"},
		"in lower case":                  {"M popup|M established", "main 3393669393 talking: hold transfer consult hangup forget"},
		"on hold":                        {"M ESTABLISHED|M HELD", "main 3393669393 held: hold transfer consult hangup forget"},
		"its number written over":        {"M ESTABLISHED|M HELD ani=customer", "main 3393669393 held: hold transfer consult hangup forget"},
		"seen late, without a number":    {"M HELD ani=customer", "main  held: hold transfer consult hangup forget"},
		"consulting":                     {"M ESTABLISHED|M HELD|C CONNECTIONSTARTED|C DIALING|C ESTABLISHED", "main 3393669393 held: forget|consultation  talking: complete conference cancel forget"},
		"consulting, nobody there yet":   {"M HELD|C DIALING", "main 3393669393 held: forget|consultation  dialling: cancel forget"},
		"consultation cancelled":         {"M HELD|C ESTABLISHED|C CONNECTIONCLEARED|M RETRIEVED", "main 3393669393 talking: hold transfer consult hangup forget"},
		"consultation whose end is lost": {"M HELD|C ESTABLISHED|M RETRIEVED", "main 3393669393 talking: hold transfer consult hangup forget|consultation  talking: complete conference cancel forget"},
		"handed on":                      {"M ESTABLISHED|M HELD|M TRANSFERRED", "main 3393669393 transferred: forget"},
		"the work after it":              {"M TRANSFERRED|M CONNECTIONCLEARED|M JOBCHANGED job_state=offline", "main 3393669393 wrap-up: finish forget"},
		"another change of the job":      {"M ESTABLISHED|M JOBCHANGED job_state=online", "main 3393669393 talking: hold transfer consult hangup forget"},
		"done":                           {"M POPUP|M CONNECTIONCLEARED|M JOBCHANGED job_state=offline|M JOBFINISHED", ""},
		"not opened again by a late one": {"M ESTABLISHED|M CONNECTIONCLEARED|M HELD|M ESTABLISHED", "main 3393669393 ended: finish forget"},
		"not shown again when done":      {"M JOBFINISHED|M HELD|M JOBCHANGED job_state=offline", ""},
		"a consultation's late event":    {"C CONNECTIONCLEARED|C ESTABLISHED", ""},
		"a conference":                   {"M HELD|C ESTABLISHED|M CONFERENCED|M RETRIEVED", "main 3393669393 conference: hangup forget|consultation  talking: cancel forget"},
		"a call of the agent's":          {"X CONNECTIONSTARTED|X DIALING|X ESTABLISHED", "main 3471234567 talking: hold transfer consult hangup forget"},
		"one that nobody answers yet":    {"X CONNECTIONSTARTED|X DIALING", "main 3471234567 dialling: hangup forget"},
		"a chat":                         {"M ESTABLISHED media_type=chat", "main 3393669393 talking: transfer hangup forget"},
		"an event nobody knows":          {"M DATACHANGED", "main 3393669393 unknown: hangup forget"},
		"one of the agent's":             {"M AGENT:PAUSE", ""},
		"a contact that has no name":     {"M POPUP id=|M POPUP uuid= id=", "main 3393669393 offered: forget"},
		"two at once":                    {"M HELD|X ESTABLISHED", "main 3393669393 held: hold transfer consult hangup forget|main 3471234567 talking: hold transfer consult hangup forget"},

		// What an event leaves out is unknown, and stays as it was.
		"a consultation cleared without its marks":    {"M HELD|C ESTABLISHED|C CONNECTIONCLEARED type= job_type= dnis= ani=", "main 3393669393 held: hold transfer consult hangup forget"},
		"a consultation marked late":                  {"C CONNECTIONSTARTED dnis=|C DIALING", "consultation  dialling: cancel forget"},
		"a chat of which only its number is told":     {"M ESTABLISHED media_type=chat|M HELD media_type=", "main 3393669393 held: transfer hangup forget"},
		"a call of the agent's, without its type":     {"X DIALING|X ESTABLISHED type= dnis= ani=", "main 3471234567 talking: hold transfer consult hangup forget"},
		"its uuid left out at first":                  {"M POPUP uuid=|M ESTABLISHED", "main 3393669393 talking: hold transfer consult hangup forget"},
		"its uuid left out later":                     {"M POPUP|M ESTABLISHED uuid=", "main 3393669393 talking: hold transfer consult hangup forget"},
		"its uuid in capitals":                        {"M POPUP uuid=AB|M ESTABLISHED uuid=ab", "main 3393669393 talking: hold transfer consult hangup forget"},
		"its id left out: nothing that would need it": {"M ESTABLISHED id=|C ESTABLISHED id=", "main 3393669393 talking: forget|consultation  talking: complete conference forget"},
		"its id used for another":                     {"M ESTABLISHED|M POPUP uuid=other", "main 3393669393 talking: hold transfer consult hangup forget|main 3393669393 offered: answer hangup forget"},

		"withdrawn":                              {"M POPUP|M RINGING|M DELETE", ""},
		"its line told of before it is answered": {"M POPUP|M RINGING|M CONNECTIONSTARTED", "main 3393669393 offered: answer hangup forget"},
		"offered again when done":                {"M POPUP|M JOBFINISHED|M POPUP id=14-5d@GW ani=customer", "main 3393669393 offered: answer hangup forget"},
		"offered again when nobody took it":      {"M POPUP|M POPUP id=14-5d@GW", "main 3393669393 offered: answer hangup forget"},
		"offered again before the work is done":  {"M CONNECTIONCLEARED|M POPUP id=14-5d@GW|M JOBCHANGED job_state=offline", "main 3393669393 wrap-up: finish forget|main 3393669393 offered: answer hangup forget"},
		"under another id":                       {"M POPUP|M ESTABLISHED id=14-5d@GW", "main 3393669393 talking: hold transfer consult hangup forget"},
		"a chat beside a consultation":           {"M HELD media_type=chat|C ESTABLISHED", "main 3393669393 held: transfer hangup forget|consultation  talking: complete conference cancel forget"},
		"a call beside one":                      {"X ESTABLISHED|M HELD|C ESTABLISHED", "main 3471234567 talking: hold transfer consult hangup forget|main 3393669393 held: forget|consultation  talking: complete conference cancel forget"},
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

// The list has an end, and what goes on is not what falls off it.
func TestContactsAreBounded(t *testing.T) {
	t.Parallel()
	run := module(t, "contacts.js")
	const all = `Array.from({ length: 100 }, (_, i) => i).flatMap(%s).reduce(m.see, [{ event: "ESTABLISHED", uuid: "long", id: "long" }].reduce(m.see, []))`
	tests := map[string]struct{ each, want string }{
		"of contacts that are done, the last 29":                      {`(i) => ["POPUP", "JOBFINISHED"].map((event) => ({ event, uuid: "u" + i }))`, "30: long u71 to u99, shown 1"},
		"of contacts whose work is not done, the last 29":             {`(i) => [{ event: "CONNECTIONCLEARED", uuid: "u" + i }]`, "30: long u71 to u99, shown 30"},
		"of contacts that are done but for one of old, that":          {`(i) => [{ event: "POPUP", uuid: "u" + i }, ...(i ? [{ event: "DELETE", uuid: "u" + i }] : [])]`, "30: long u0 to u99, shown 2"},
		"of more contacts than a person can have, all going on, some": {`(i) => [{ event: "POPUP", uuid: "u" + i }]`, "30: u70 u71 to u99, shown 30"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(fmt.Sprintf("((c) => `${c.length}: ${c[0].key} ${c[1].key} to ${c.at(-1).key}, shown ${m.shown(c).length}`)("+all+")", tt.each))
			if got != tt.want {
				t.Errorf("there are %s, want %s", got, tt.want)
			}
		})
	}
}

// What is taken off the list comes back only when it has changed, and no longer stands in the way of others.
func TestContactsAreTakenOffTheList(t *testing.T) {
	t.Parallel()
	run := module(t, "contacts.js")
	tests := map[string]struct{ before, off, after, want string }{
		"over":                        {"M CONNECTIONCLEARED", "m", "M CONNECTIONCLEARED|M DATACHANGED", ""},
		"still going on":              {"M ESTABLISHED", "m", "M HELD ani=customer", "3393669393 held: hold transfer consult hangup forget"},
		"a consultation without end":  {"M HELD|C ESTABLISHED", "c", "M HELD", "3393669393 held: hold transfer consult hangup forget"},
		"one that nobody can be with": {"M POPUP|C CONNECTIONSTARTED", "m", "C CONNECTIONCLEARED", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(`((contacts) => m.shown(contacts).map((c) => c.number + " " + c.state + ": " + m.can(contacts, c).join(" ")).join("|"))(` +
				vendor(t, tt.after) + `.reduce(m.see, m.forget(` + vendor(t, tt.before) + `.reduce(m.see, []), "` + tt.off + `")))`)
			if got != tt.want {
				t.Errorf("the contacts are %q, want %q", got, tt.want)
			}
		})
	}
}

// What is no event, or none of a contact's, changes nothing and throws nothing: it would be thrown at the SDK.
func TestWhatIsNoContactsEvent(t *testing.T) {
	t.Parallel()
	run := module(t, "contacts.js")
	for _, event := range []string{`[]`, `7`, `"HELD"`, `{}`, `{"event":"HELD"}`, `{"event":{},"uuid":"u"}`, `{"event":"HELD","uuid":{"toString":1}}`, `{"event":"HELD","uuid":null,"id":null}`} {
		if got := run(`String(m.see([], ` + event + `).length)`); got != "0" {
			t.Errorf("of %s there are %s contacts", event, got)
		}
	}
}

// What an agent types becomes what the SDK is given, or nothing.
func TestNumbersAndDestinations(t *testing.T) {
	t.Parallel()
	run := module(t, "contacts.js")
	tests := map[string]struct{ typed, dialled, destination string }{
		"a number abroad":            {"+39 02 1234 5678", "+390212345678", "+390212345678"},
		"with a zero in brackets":    {"+44 (0)20 7946.0000", "+442079460000", "+442079460000"},
		"with what print has":        {"+39\u00a0[02]\u201312\u201034/56", "+3902123456", "+3902123456"},
		"with marks that none sees":  {"\u202a+39 02\u200b 1234\u202c", "+39021234", "+39021234"},
		"a number at home":           {" 02 1234 5678 ", "0212345678", "0212345678"},
		"one with more than digits":  {"(02) 1234/56-78", "undefined", "undefined"},
		"a resource with a dash":     {"10-20", "undefined", "10-20"},
		"a resource with a dot":      {" 12.5", "undefined", "12.5"},
		"a resource with a line":     {"7_1", "undefined", "7_1"},
		"a resource of two words":    {"sales team", "undefined", "undefined"},
		"an extension":               {"80165", "80165", "80165"},
		"a service":                  {"*21#", "*21#", "*21#"},
		"digits of another alphabet": {"\uff13\uff14\uff17", "undefined", "undefined"},
		"a resource by name":         {"SALES", "undefined", "SALES"},
		"a resource by address":      {"80165@B2BUAEP.example.com", "undefined", "80165@B2BUAEP.example.com"},
		"nothing":                    {"", "undefined", "undefined"},
		"blanks":                     {"   ", "undefined", "undefined"},
		"one digit":                  {"7", "7", "7"},
		"a plus in the midst":        {"39+02", "undefined", "undefined"},
		"two plusses":                {"++3902123", "undefined", "undefined"},
		"more digits than any":       {strings.Repeat("1", 21), "undefined", "undefined"},
		"words":                      {"call Ada", "undefined", "undefined"},
		"what would be something":    {"<img>", "undefined", "undefined"},
		"a name too long":            {strings.Repeat("a", 101), "undefined", "undefined"},
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
