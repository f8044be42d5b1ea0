package local_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sessionbridge.internal/emulator/local"
)

// An agent takes a chat in the adapter, and the customer sends a photo: the record pops, and the photo is on the desk, opens, and is
// attached to the record.
func TestAChatsPhotoIsOnTheDeskAndAtTheRecord(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(c.Client.URL+"/desk/demo/"))
	key := b.chats()
	b.until(`!document.querySelector("#record").hidden`)
	record := b.text(`document.querySelector("#record-link").href`)

	photo := aPNG(t)
	c.upload(c.askUpload(key, "photo", "image/png"), photo)
	b.until(`document.querySelectorAll("#media-list a").length === 1 && !document.querySelector("#media").hidden`)
	if got := b.text(`document.querySelector("#media-list li").innerText`); !strings.Contains(got, "Photo") || !strings.Contains(got, key) {
		t.Errorf("the desk says %q of the photo", got)
	}
	if got := c.opened(b.text(`document.querySelector("#media-list a").href`)); !bytes.Equal(got, photo) {
		t.Errorf("the link opens %d bytes, want the photo's %d", len(got), len(photo))
	}
	c.advance(time.Minute)
	sum, attached := sha256.Sum256(photo), ""
	for _, a := range c.crm().Attachments {
		if a.SHA256 == hex.EncodeToString(sum[:]) {
			attached += fmt.Sprintf("/records/%d", a.RecordID)
		}
	}
	if attached == "" || !strings.HasSuffix(record, attached) {
		t.Errorf("the photo is attached to %q, want the record %s", attached, record)
	}
	b.do(chromedp.Reload()) // after which it is there again
	b.until(`document.querySelectorAll("#media-list a").length === 1`)
	b.complains()
}

// chats has the agent take a chat in the adapter, and returns the session's key.
func (b *tab) chats() string {
	b.Helper()
	const chat = `document.querySelector("iframe[data-kind=chat]").contentDocument`
	b.until(chat + `?.querySelector("#answer:not([hidden])") != null`)
	b.text(`(` + chat + `.querySelector("#answer").requestSubmit(), "")`)
	b.until(chat + `.querySelector("#session:not([hidden])") !== null`)
	return "chat-" + strings.Fields(b.text(chat + `.querySelector("#state").textContent`))[1]
}

// opened is what a browser gets at the address.
func (c *cloud) opened(address string) []byte {
	c.Helper()
	req, err := http.NewRequestWithContext(patience(c.T), http.MethodGet, address, nil)
	c.must(err)
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	c.must(err)
	return content
}

func TestAnAccountIsFoundByItsNumberAndOpened(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := start(t, local.Options{})
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<title>CRM</title>") }))
	t.Cleanup(page.Close)
	c.play(c.aCall(1))
	c.advance(time.Minute)
	account := c.crm().Accounts[0]
	c.set(func(doc map[string]any) {
		section(doc, "crm")["page_url"] = page.URL
		section(doc, "crm")["account_url"] = page.URL + "/accounts/{ACCOUNT_ID}"
	})
	b.do(chromedp.EmulateViewport(400, 800), chromedp.Navigate(c.Client.URL+"/desk/demo/"))
	b.text(fmt.Sprintf(`(document.querySelector("#search-q").value = %q, document.querySelector("#search").requestSubmit(), "")`, account.Phone))
	b.until(`document.querySelectorAll("#search-hits li").length === 1`)
	want := fmt.Sprintf("%s/accounts/%d", page.URL, account.ID)
	for what, is := range map[string][2]string{
		"its page":              {`document.querySelector("#search-hits a").href`, want},
		"how many there are":    {`document.querySelector("#search-state").textContent`, "1 account, by telephone number."},
		"a page that is narrow": {`String(document.documentElement.scrollWidth)`, "400"},
	} {
		if got := b.text(is[0]); got != is[1] {
			t.Errorf("the page shows %q, want %s: %q", got, what, is[1])
		}
	}
	b.text(`(document.querySelector("#search-hits button").click(), "")`)
	b.until(fmt.Sprintf(`document.querySelector("#crm-frame").src === %q && !document.querySelector("#crm").hidden`, want))
	b.complains()

	b.text(`(document.querySelector("#search-q").value = "nobody here", document.querySelector("#search").requestSubmit(), "")`)
	b.until(`document.querySelector("#search-state").textContent.includes("can be asked by telephone number")`)
	var log []byte
	c.must(c.Get(patience(t), "/emulator/logs", &log))
	for _, typed := range []string{strings.TrimPrefix(account.Phone, "+"), "nobody here"} {
		if len(log) == 0 || bytes.Contains(log, []byte(typed)) {
			t.Errorf("the log tells of a search by %q", typed)
		}
	}
}
