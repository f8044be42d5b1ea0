package console_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// erasedView is the answer as the tests read it.
type erasedView struct {
	Key, Source, By string
	GaveUp          []string `json:"gave_up"`
	Left            bool
	Stays           []struct{ Where, What, URL string }
}

func (v erasedView) text() string {
	var all []string
	for _, s := range v.Stays {
		all = append(all, s.Where+": "+s.What)
	}
	return strings.Join(all, "\n")
}

// erase asks for the session to be erased.
func (w *world) erase(t *testing.T, key, body string) (v erasedView, code int, text string) {
	t.Helper()
	a := w.post(t, sessions+"/"+key+"/erase?source=ccai", body)
	text = a.Body.String()
	if a.Code == http.StatusOK {
		must(t, json.Unmarshal(a.Body.Bytes(), &v))
	}
	return v, a.Code, text
}

func (w *world) gone(t *testing.T, key string) bool {
	t.Helper()
	_, err := w.store.Session(t.Context(), store.ID{Tenant: "demo", Source: "ccai", Key: key})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err != nil
}

func TestErasingIsRefusedWhileSomethingIsOwedOrGoesOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		key, body string
		work      store.Work
		dead      bool
		code      int
		says      string
	}{
		"what is over and owes nothing is erased": {key: "call-1", body: `{}`, code: 200, says: `"by":"ada@example.com"`},
		"what goes on is not":                     {key: "chat-2", body: `{}`, code: 409, says: "still goes on"},
		"unless it is said":                       {key: "chat-2", body: `{"anyway":true}`, code: 200, says: `"began":"2026-01-05T10:00:00Z"`},
		"what owes something is not":              {key: "call-1", body: `{}`, work: store.Work{Task: "t"}, code: 409, says: "still owes something: CRM (scheduled)"},
		"what was given up is not":                {key: "call-1", body: `{}`, dead: true, code: 409, says: "CRM (dead)"},
		"unless that is said":                     {key: "call-1", body: `{"anyway":true}`, work: store.Work{Task: "t"}, code: 200, says: `"gave_up":["crm"]`},
		"never what is being worked on":           {key: "call-1", body: `{"anyway":true}`, work: store.Work{Holder: "h"}, code: 409, says: "being done for the session just now"},
		"a session that never was":                {key: "call-9", body: `{}`, code: 404, says: "no such session"},
		"what is misspelt":                        {key: "call-1", body: `{"any_way":true}`, code: 400, says: "the body must be"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.work != (store.Work{}) {
				tt.work.TaskAt, tt.work.Until = w.time.Now().Add(time.Minute), w.time.Now().Add(time.Hour)
				w.change(t, tt.key, func(d *store.Document) { d.Work = map[string]store.Work{work.CRM: tt.work} })
			}
			if tt.dead {
				w.giveUp(t, tt.key, "no")
			}
			_, code, text := w.erase(t, tt.key, tt.body)
			if code != tt.code || !strings.Contains(text, tt.says) {
				t.Errorf("answer is %d %s, want %d and %q", code, text, tt.code, tt.says)
			}
			if gone := w.gone(t, tt.key); gone != (tt.code == 200 || tt.code == 404) {
				t.Errorf("the session is gone: %v", gone)
			}
		})
	}
}

func TestAnErasedSessionIsAccountedForAndErasedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, code, text := w.erase(t, "call-1", `{}`)
	if code != 200 || first.Left || !strings.Contains(first.text(), "contact centre: call-1 of ccai") {
		t.Fatalf("answer is %d %s", code, text)
	}
	again, code, text := w.erase(t, "call-1", `{}`)
	if code != 200 || again.By != first.By || len(again.Stays) != 0 {
		t.Errorf("said again, the answer is %d %s", code, text)
	}
	if a := w.ask(t, "GET", sessions+"/call-1", audience); a.Code != 404 {
		t.Errorf("the session is answered %d", a.Code)
	}
	cover := w.ask(t, "GET", tenants+"demo/coverage?day=2026-01-05", audience).Body.String()
	for _, want := range []string{`"total":2`, `"erased":1`, `"missing":0`} {
		if !strings.Contains(cover, want) {
			t.Errorf("the day is %s, want %s", cover, want)
		}
	}
	if list := w.ask(t, "GET", tenants+"demo/erased", audience).Body.String(); !strings.Contains(list, `"by":"ada@example.com"`) || strings.Contains(list, "call-1") {
		t.Errorf("what was erased is %s", list)
	}
	if a := w.ask(t, "GET", tenants+"nobody/erased", audience); a.Code != 404 {
		t.Errorf("of no tenant: %d", a.Code)
	}
}

func TestWhatStaysElsewhereIsTold(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket, work.SFTP)
	a.keep(t, chat, "photo-1", photoPath, []byte("photo"))
	a.change(t, chat.Key, func(d *store.Document) {
		d.CRM.AccountID, d.CRM.RecordID, d.CRM.RecordURL = "acc-7", "rec-8", "https://crm.example.com/8"
		d.CRM.Files = []session.CRMFile{{File: "photo-1", Name: "chat-2.png"}}
		d.Metadata.MailSentAt = start
		d.Quality.Sent = []string{"a", "b"}
		d.AddFile("old", settings.Recordings).Put("tape", files.Stored{Path: "a/b.mp3"})
	})
	v, code, text := a.erase(t, chat.Key, `{"anyway":true}`)
	if code != 200 {
		t.Fatalf("answer is %d %s", code, text)
	}
	for _, want := range []string{
		"CRM: account acc-7", "CRM: record rec-8", "CRM: file chat-2.png", "bucket: gs://company/" + photoPath, "SFTP server: 127.0.0.1: drop/" + photoPath,
		"mail: sent at 2026-01-05T09:00:00Z", "quality management: 2 events of chat-2", "tape: a/b.mp3, in a place that the settings do not name any more",
	} {
		if !strings.Contains(v.text(), want) {
			t.Errorf("it is not said that %s stays:\n%s", want, v.text())
		}
	}
	if _, err := os.Stat(filepath.Join(a.company, "drop", photoPath)); err != nil {
		t.Errorf("a file that nobody asked to be deleted: %v", err)
	}
}

// What may be elsewhere, as a run died or an answer was lost, has to be looked for: nobody will know of it once this is erased.
func TestWhatMayBeElsewhereIsTold(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket, work.SFTP)
	a.keep(t, chat, "photo-1", photoPath, []byte("photo"))
	a.change(t, chat.Key, func(d *store.Document) {
		d.CRM.InFlight, d.CRM.Doubt = &session.Sent{Step: "create_account"}, true
		d.Metadata.MailSendingAt = start
		d.File("photo-1").Base = "photos/chat-2"
		tape := d.AddFile("rec-1", settings.Recordings)
		tape.Base = "tapes/chat-2"
		tape.Put(work.SFTP, files.Stored{Path: "tapes/chat-2.mp3"})
		d.AddFile("rec-2", settings.Recordings)
	})
	v, code, text := a.erase(t, chat.Key, `{"anyway":true}`)
	if code != http.StatusOK {
		t.Fatalf("answer is %d %s", code, text)
	}
	for _, want := range []string{
		"CRM: perhaps what came of create account, whose", "mail: perhaps sent at 2026-01-05T09:00:00Z", "bucket: perhaps tapes/chat-2, with the ending of its type",
	} {
		if !strings.Contains(v.text(), want) {
			t.Errorf("it is not said that there may be %s:\n%s", want, v.text())
		}
	}
	if n := strings.Count(v.text(), "perhaps"); n != 3 {
		t.Errorf("%d things are in doubt, want 3:\n%s", n, v.text())
	}
}

func TestFilesAndUploadsAreErased(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket, work.SFTP)
	a.keep(t, chat, "photo-1", photoPath, []byte("photo"))
	client, err := a.keeper.Storage.Get()
	must(t, err)
	upload := files.Upload{Tenant: "demo", Source: "ccai", Session: chat.Key, Kind: session.Photo, ID: "u1"}
	other := upload
	other.Session += "0"
	for _, u := range []files.Upload{upload, other} {
		wr := client.Bucket("uploads").Object(u.Path()).NewWriter(t.Context())
		_, err := wr.Write([]byte("x"))
		must(t, errors.Join(err, wr.Close()))
	}
	v, code, text := a.erase(t, chat.Key, `{"anyway":true,"files":true}`)
	if code != 200 || strings.Contains(text, photoPath) || !strings.Contains(v.text(), "bucket: ujet-metadata/chat-2.json, which is not where it was stored any more") {
		t.Fatalf("answer is %d %s", code, text)
	}
	for name, object := range map[string]*storage.ObjectHandle{
		"the file": client.Bucket("company").Object(photoPath), "the upload": client.Bucket("uploads").Object(upload.Path()),
	} {
		if _, err := object.Attrs(t.Context()); !errors.Is(err, storage.ErrObjectNotExist) {
			t.Errorf("%s is there: %v", name, err)
		}
	}
	if _, err := client.Bucket("uploads").Object(other.Path()).Attrs(t.Context()); err != nil {
		t.Errorf("another session's upload: %v", err)
	}
	if _, err := os.Stat(filepath.Join(a.company, "drop", photoPath)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file on the server: %v", err)
	}
}

// Nothing but the session knows where its files are.
func TestASessionStaysWhoseFilesCannotBeDeleted(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.SFTP)
	a.keep(t, chat, "photo-1", photoPath, []byte("photo"))
	a.set.Storage.SFTP.Port = 1
	doc, err := json.Marshal(a.set)
	must(t, err)
	a.settle(t, string(doc))
	a.time.Advance(time.Minute)
	if _, code, text := a.erase(t, chat.Key, `{"anyway":true,"files":true}`); code != 409 || !strings.Contains(text, "photo-1 cannot be deleted") || a.gone(t, chat.Key) {
		t.Errorf("answer is %d %s, gone: %v", code, text, a.gone(t, chat.Key))
	}
}

func TestACustomerIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settle(t, `{"crm":{"queue":"crm-demo","phone":{"region":"IT"},"endpoints":{"create_account":{"method":"POST","url":"https://crm.example.com/accounts"}}}}`)
	w.time.Advance(time.Minute)
	w.change(t, "call-1", func(d *store.Document) { d.Session.Customer = session.Customer{Phone: "+390212345678", Name: "Ada"} })
	w.change(t, "chat-2", func(d *store.Document) { d.CRM.AccountID = "acc-7" })
	for who, want := range map[string][]string{
		"+39 02 1234 5678": {"call-1"}, "02 1234 5678": {"call-1"}, "acc-7": {"chat-2"}, "chat-2": {"chat-2"}, "+39021234": nil, "Ada": nil,
	} {
		body, err := json.Marshal(map[string]string{"who": who})
		must(t, err)
		a := w.post(t, tenants+"demo/customer", string(body))
		var v struct {
			Sessions []struct{ Key string }
			More     bool
		}
		must(t, json.Unmarshal(a.Body.Bytes(), &v))
		var keys []string
		for _, s := range v.Sessions {
			keys = append(keys, s.Key)
		}
		if a.Code != 200 || v.More || !slices.Equal(keys, want) {
			t.Errorf("%q finds %v (%d), want %v", who, keys, a.Code, want)
		}
	}
	if a := w.post(t, tenants+"demo/customer", `{"who":" "}`); a.Code != 422 {
		t.Errorf("nobody: %d %s", a.Code, a.Body)
	}
}

// form sends one of the pages' forms.
func (w *world) form(t *testing.T, path string, values url.Values) (code int, page string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(values.Encode()))
	must(t, err)
	a := w.send(t, r, "ada@example.com", audience, "Content-Type: application/x-www-form-urlencoded")
	return a.Code, a.Body.String()
}

func TestTheFormErasesWhatIsTickedAndSaysWhatItDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticks := []string{"ccai/call-1", "ccai/chat-2", "ccai/call-9"}
	code, page := w.form(t, "/console/demo/erase", url.Values{"do": {"erase"}, "session": ticks})
	for _, want := range []string{"contact centre", "still goes on", "there is no such session", "2026-01-05 09:00"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page (%d) does not say %q:\n%s", code, want, page)
		}
	}
	if !w.gone(t, "call-1") || w.gone(t, "chat-2") {
		t.Error("the wrong ones are erased")
	}
	for name, bad := range map[string]url.Values{
		"nothing ticked": {"do": {"erase"}}, "too many": {"do": {"erase"}, "session": make([]string, 51)},
		"no name": {"do": {"erase"}, "session": {"call-1"}}, "nobody": {"do": {"find"}},
	} {
		if code, page := w.form(t, "/console/demo/erase", bad); code != 422 && code != 400 {
			t.Errorf("%s: %d %s", name, code, page)
		}
	}
	if a := w.ask(t, "GET", "/console/demo/erase?source=ccai&key=chat-2", audience); a.Code != 200 || !strings.Contains(a.Body.String(), `value="ccai/chat-2" checked`) {
		t.Errorf("the page of one session is %d %s", a.Code, a.Body)
	}
}

// What was cut short behind the session's document nobody can name any more: the page knows, and goes on.
func TestAnErasingThatWasCutShortIsFinishedFromThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	emulatortest.Plan(t, w.faults, `{"firestore":[{"match":"Commit","delay":"1ms"},{"match":"Commit","code":"PERMISSION_DENIED"}]}`)
	if _, code, text := w.erase(t, "chat-2", `{"anyway":true}`); code != 500 || strings.Contains(text, "chat-2") {
		t.Fatalf("answer is %d %s: nothing was cut short", code, text)
	}
	for i := range 100 { // as many as the page lists
		id := store.ID{Tenant: "demo", Source: "ccai", Key: fmt.Sprint("call-later-", i)}
		w.add(t, id.Key, session.Started, session.Ended)
		_, err := w.store.Erase(t.Context(), id, func(*store.Document) (store.Erasure, error) {
			return store.Erasure{Source: "ccai", At: w.clock.Now().Add(time.Minute), Began: start}, nil
		})
		must(t, err)
	}
	const goOn = "Go on erasing them"
	if page := w.ask(t, "GET", "/console/demo/erase", audience).Body.String(); !strings.Contains(page, goOn) {
		t.Errorf("the page does not offer to go on:\n%s", page)
	}
	if code, page := w.form(t, "/console/demo/erase", url.Values{"do": {"finish"}}); code != 200 || strings.Contains(page, goOn) {
		t.Errorf("afterwards it is %d\n%s", code, page)
	}
	if kept, err := w.store.Messages(t.Context(), chat); len(kept) != 0 || err != nil {
		t.Errorf("%d messages are left, %v", len(kept), err)
	}
}
