package agentdesktop_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/agentdesktop"
)

// tab is a page of another site than the stand-in's, which has loaded the widget's script.
type tab struct {
	ctx context.Context
	url string
}

// forLong bounds the browser's start, and a test with it: one that needs it has failed.
const forLong = 2 * time.Minute

func open(t *testing.T) tab {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no chromium to run the widget in")
	}
	if err != nil {
		t.Skip("there is no chromium to run the widget in: install it to run this test")
	}
	srv := httptest.NewServer(agentdesktop.Handler())
	t.Cleanup(srv.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<body><script src="` + srv.URL + agentdesktop.Widget + `"></script><script>` + script + `</script>`))
	}))
	t.Cleanup(page.Close)
	// Frames of other origins are in the same process, where their insides can be read and pressed.
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.NoSandbox, chromedp.ExecPath(chromium),
		chromedp.WSURLReadTimeout(forLong), chromedp.Flag("disable-web-security", true), chromedp.Flag("disable-site-isolation-trials", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // which starts it
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, forLong)
	t.Cleanup(cancel)
	return tab{ctx, page.URL}
}

// script defines what the tests play with. Events are told as "M HELD ani=customer", of which M is the first contact, and C the
// second; only what changed of the contact is told.
const script = `
const events = [], names = {}, last = {}
const heard = (type, data) => {
	if (typeof data !== 'string' || !type?.type) throw new Error('not as jQuery calls it')
	const { event, id, uuid, ...rest } = JSON.parse(data)
	if (event.startsWith('AGENT:')) return events.push(event)
	names[id] ??= 'MCDE'[Object.keys(names).length]
	const changes = ['ani', 'reason', 'job_state'].filter((key) => rest[key] !== (last[id]?.[key] ?? '')).map((key) => ' ' + key + '=' + rest[key])
	last[id] = rest
	events.push(names[id] + ' ' + event + changes.join(''))
}
AGENTDESKTOP.WIDGET.unbindContactCallback(heard)
AGENTDESKTOP.WIDGET.bindContactCallback(heard)
AGENTDESKTOP.WIDGET.bindContactCallback(heard) // bound once
const sdk = AGENTDESKTOP.CONTACT
const bar = document.querySelector('iframe')
const id = (name) => Object.keys(names).find((id) => names[id] === name)
const until = async (done) => { while (!done()) await new Promise((next) => setTimeout(next, 5)) }
const press = (text) => [...bar.contentDocument.querySelectorAll('button')].find((b) => b.textContent === text).click()
const incoming = async () => {
	await until(() => events.includes('AGENT:LOGGEDIN'))
	press('A call comes in')
	await until(() => events.some((event) => event.startsWith('M RINGING')))
	await sdk.Answer(id('M'))
}
const refused = (f) => Promise.resolve().then(f).then(() => events.push('done'), (error) => events.push(error.name + ': ' + error.message))
`

// play runs a script in the page, opened anew, and returns the events that came of it.
func (b tab) play(t *testing.T, steps string) []string {
	t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(b.url)); err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`(async () => {`+steps+`; return JSON.stringify(events) })()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	if err := json.Unmarshal([]byte(text), &events); err != nil {
		t.Fatal(err)
	}
	return events
}

const offered = "AGENT:LOGGEDIN|M POPUP ani=3393669393 job_state=online|M RINGING|M ESTABLISHED|"

// The events are in the order of the vendor's example, with what it writes over the contact's properties and when.
func TestEventsComeInTheOrderOfTheExample(t *testing.T) {
	t.Parallel()
	const consultation = "M HELD ani=customer|C CONNECTIONSTARTED ani=80165@B2BUAEP.agentdesktop.example|C DIALING|C ESTABLISHED|"
	tests := map[string]struct{ steps, want string }{
		"a transfer": {
			`await incoming(); await sdk.Transfer(undefined, 'SALES'); await sdk.OfflineEnd(id('M'))`,
			offered + "M HELD|M TRANSFERRED ani=customer|M CONNECTIONCLEARED reason=transferred|M JOBCHANGED job_state=offline|M JOBFINISHED job_state=finished"},
		"a consultation that is completed": {
			`await incoming(); await sdk.Transfer_Consultation(id('M'), '3471234567'); await sdk.Transfer_Complete()`,
			offered + consultation + "M TRANSFERRED|M CONNECTIONCLEARED reason=transferred|C CONNECTIONCLEARED reason=transferred|M JOBCHANGED job_state=offline"},
		"a consultation that is cancelled": {
			`await incoming(); await sdk.Transfer_Consultation(id('M'), 'SALES'); await sdk.Hangup(id('C')); await sdk.Hangup()`,
			offered + consultation + "C CONNECTIONCLEARED|M RETRIEVED|M CONNECTIONCLEARED|M JOBCHANGED job_state=offline"},
		"a conference": {
			`await incoming(); await sdk.Transfer_Consultation(id('M'), 'SALES'); await sdk.Transfer_Complete_Conference(); await sdk.Hangup(id('M'))`,
			offered + consultation + "M CONFERENCED|M RETRIEVED|M CONNECTIONCLEARED|C CONNECTIONCLEARED|M JOBCHANGED job_state=offline"},
		"a call that the agent makes": {
			`await sdk.MakeCall('+390212345678'); await sdk.Hold(id('M')); await sdk.Hold(id('M')); await sdk.Hangup(id('M'))`,
			"AGENT:LOGGEDIN|M CONNECTIONSTARTED ani=0512345678|M DIALING|M ESTABLISHED|M HELD|M RETRIEVED|M CONNECTIONCLEARED|M JOBCHANGED job_state=offline"},
		"a customer who hangs up meanwhile": {
			`await incoming(); await sdk.Transfer_Consultation(id('M'), 'SALES'); press('The customer hangs up'); await sdk.Hangup(id('C')); press('Finish'); await until(() => events.at(-1).includes('JOBFINISHED'))`,
			offered + consultation + "M CONNECTIONCLEARED|M JOBCHANGED job_state=offline|C CONNECTIONCLEARED|M JOBFINISHED job_state=finished"},
		"a pause": {
			`await until(() => events.length); press('Pause'); press('Pause'); await until(() => events.length > 2)`,
			"AGENT:LOGGEDIN|AGENT:PAUSE|AGENT:LOGGEDIN"},
	}
	b := open(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := b.play(t, tt.steps); !slices.Equal(got, strings.Split(tt.want, "|")) {
				t.Errorf("the events are\n%s, want\n%s", strings.Join(got, "\n"), strings.ReplaceAll(tt.want, "|", "\n"))
			}
		})
	}
}

// What the SDK cannot take is refused at once; what cannot be done now, by the bar.
func TestMistakesAreRefused(t *testing.T) {
	t.Parallel()
	const (
		logged    = `await until(() => events.length)`
		consulted = `await incoming(); await sdk.Transfer_Consultation(id('M'), 'SALES')`
		waits     = "Error: there is a consultation: complete or cancel it first"
	)
	tests := map[string]struct{ before, call, want string }{
		"no number":                       {logged, `sdk.MakeCall()`, "TypeError: MakeCall: argument 1 is not what it takes"},
		"an empty number":                 {logged, `sdk.MakeCall('')`, "TypeError: MakeCall: argument 1 is not what it takes"},
		"a name for a number":             {logged, `sdk.MakeCall('Ada')`, "TypeError: MakeCall: argument 1 is not what it takes"},
		"a number that is no text":        {logged, `sdk.MakeCall(390212345678)`, "TypeError: MakeCall: argument 1 is not what it takes"},
		"too many arguments":              {logged, `sdk.MakeCall('12', 'a', 'b', 'c', 'd', 'e')`, "TypeError: MakeCall takes 5 arguments at most, not 6"},
		"a destination for a contact":     {logged, `sdk.Transfer('SALES')`, "TypeError: Transfer: argument 1 is not what it takes"},
		"no destination":                  {logged, `sdk.Transfer(undefined, '')`, "TypeError: Transfer: argument 2 is not what it takes"},
		"no contact to answer":            {logged, `sdk.Answer()`, "TypeError: Answer: argument 1 is not what it takes"},
		"an id of another form":           {logged, `sdk.Hold('7')`, "TypeError: Hold: argument 1 is not what it takes"},
		"a contact where none is taken":   {logged, `sdk.Transfer_Complete('1-2@x')`, "TypeError: Transfer_Complete takes 0 arguments at most, not 1"},
		"no callback":                     {logged, `AGENTDESKTOP.WIDGET.bindContactCallback()`, "TypeError: a callback must be a function"},
		"nothing to hang up":              {logged, `sdk.Hangup()`, "Error: there is no current contact"},
		"nothing to complete":             {logged, `sdk.Transfer_Complete()`, "Error: there is no consultation"},
		"an unknown contact":              {logged, `sdk.OfflineEnd('1-2@x')`, "Error: there is no contact 1-2@x"},
		"a transfer while consulting":     {consulted, `sdk.Transfer(id('M'), 'SALES')`, waits},
		"taking back while consulting":    {consulted, `sdk.Hold(id('M'))`, waits},
		"hanging up while consulting":     {consulted, `sdk.Hangup(id('M'))`, waits},
		"a consultation of consultations": {consulted, `sdk.Transfer_Consultation(id('C'), 'SALES')`, "Error: the contact is a consultation"},
		"two conversations":               {consulted, `sdk.MakeCall('12')`, "Error: another contact is not on hold"},
		"answering again":                 {consulted, `sdk.Answer(id('M'))`, "Error: the contact is held, and must be offered"},
		"work after a call that goes on":  {consulted, `sdk.OfflineEnd(id('M'))`, "Error: the contact is held, and must be offline"},
	}
	b := open(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := b.play(t, tt.before+`; await refused(() => `+tt.call+`)`); got[len(got)-1] != tt.want {
				t.Errorf("it says %q, want %q", got[len(got)-1], tt.want)
			}
		})
	}
}
