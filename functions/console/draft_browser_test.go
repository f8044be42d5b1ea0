package console_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/people"
)

// bring has the browser's requests say who somebody is; without an e-mail address, nobody.
func (b *browser) bring(t *testing.T, w *world, email string) {
	t.Helper()
	headers := network.Headers{}
	if email != "" {
		token, err := w.issuer.Token(people.Person{Email: email}, audience)
		if err != nil {
			t.Fatal(err)
		}
		headers["Authorization"] = "Bearer " + token
	}
	if _, err := chromedp.Call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers}); err != nil {
		t.Fatal(err)
	}
}

// until waits for something in whichever page there is: while one goes and another comes, asking is an error.
func (b *browser) until(t *testing.T, expression string) {
	t.Helper()
	for is := false; !is; {
		is, _ = chromedp.Run(b, chromedp.Evaluate[bool](expression))
		if b.Err() != nil {
			t.Fatalf("it never comes to %s", expression)
		}
	}
}

// sentTooLate opens the form of the mail, types into it, and sends it after the sign-in has ended.
func (b *browser) sentTooLate(t *testing.T, w *world) {
	t.Helper()
	b.do(t, chromedp.Navigate(b.url+settingsPages+"/mail"), chromedp.WaitVisible(chromedp.CSS("form.settings")),
		chromedp.SetValue(chromedp.CSS(`[name="/mail/to"]`), "typed@example.com"),
		chromedp.SetValue(chromedp.CSS(`[name="/mail/password"]`), "canary"))
	b.bring(t, w, "")
	chromedp.Do(b, chromedp.Click(chromedp.CSS(".save button")), chromedp.WaitVisible(chromedp.CSS("a.button")))
	b.complainsOnce(t, "status of 401")
}

// complainsOnce waits for the browser's complaint, which comes beside the page, and has it forgotten.
func (b *browser) complainsOnce(t *testing.T, of string) {
	t.Helper()
	heard := func() []string {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.Clone(b.faults)
	}
	for len(heard()) == 0 && b.Err() == nil {
		evaluate[int](t, b, "0")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) != 1 || !strings.Contains(b.faults[0], of) {
		t.Errorf("the browser complains of %s", b.faults)
	}
	b.faults = nil
}

func TestWhatWasTypedIsThereAfterSigningInAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"mail":{"to":"all@example.com","from":"a@b.c","host":"h","port":25,"username":"u","password":"secret://mail"}}`))
	b := w.open(t)
	b.sentTooLate(t, w)
	if next := evaluate[string](t, b, `document.querySelector("a.button").href`); !strings.HasSuffix(next, "next=%2fconsole%2fdemo%2fsettings%2fmail") {
		t.Errorf("signing in leads to %s", next)
	}
	if kept := evaluate[string](t, b, "JSON.stringify(sessionStorage)"); strings.Contains(kept, "canary") || !strings.Contains(kept, "typed@") {
		t.Errorf("the browser keeps %s", kept)
	}
	b.bring(t, w, "ada@example.com")
	b.do(t, chromedp.Navigate(b.url+settingsPages+"/mail"), chromedp.WaitVisible(chromedp.CSS(".draft button")))
	evaluate[int](t, b, `setTimeout(() => document.querySelector(".draft button").click())`) // a click that waits would lose its page
	b.until(t, `document.querySelector("p.said") !== null`)
	if said := evaluate[string](t, b, `document.querySelector("p.said").textContent`); !strings.Contains(said, "it is not saved yet") {
		t.Errorf("the page says %s", said)
	}
	if strings.Contains(w.stored(t), "typed@") {
		t.Error("it is saved before anybody wants it")
	}
	b.do(t, chromedp.SetValue(chromedp.CSS(`[name="/mail/password"]`), "secret://mail"), chromedp.Click(chromedp.CSS(".save button")))
	b.until(t, `location.search === "?said=saved" && !JSON.stringify(sessionStorage).includes("typed@")`)
	if !strings.Contains(w.stored(t), "typed@") {
		t.Errorf("stored is %s", w.stored(t))
	}
}

func TestWhatWasTypedIsNobodyElses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keep(t, []byte(`{"mail":{"to":"all@example.com","from":"a@b.c","host":"h","port":25,"username":"u","password":"secret://mail"}}`))
	b := w.open(t)
	b.sentTooLate(t, w)
	b.bring(t, w, "eve@example.com")
	b.do(t, chromedp.Navigate(b.url+settingsPages+"/mail"), chromedp.WaitVisible(chromedp.CSS("form.settings")))
	if kept := evaluate[string](t, b, "JSON.stringify(sessionStorage)"); strings.Contains(kept, "typed@") {
		t.Errorf("to another person the browser has kept %s", kept)
	}
}
