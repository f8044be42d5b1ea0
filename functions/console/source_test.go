package console_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// twin is a session of another source with the key of the first one.
var twin = store.ID{Tenant: "demo", Source: "udesk & co", Key: "chat-2"}

// newTwins is an archive in which two sources have a session chat-2, each with a photo photo-1.
func newTwins(t *testing.T) *archive {
	t.Helper()
	a := newArchive(t, work.SFTP)
	a.keep(t, chat, "photo-1", photoPath, []byte("ccai's"))
	a.keep(t, twin, "photo-1", "ujet-media/udesk.png", []byte("udesk's"))
	doc := a.document("")
	storage, err := json.Marshal(a.set.Storage)
	must(t, err)
	a.settle(t, strings.TrimSuffix(doc, "}")+`,"storage":`+string(storage)+`}`)
	return a
}

// Two contact centres of one company count from 1 each. Nobody must act on the other one's session.
func TestASessionOfTwoSourcesHasToBeNamed(t *testing.T) {
	t.Parallel()
	a := newTwins(t)
	for name, tt := range map[string]struct{ method, path, body string }{
		"shown":                  {"GET", sessions + "/chat-2", ""},
		"replayed":               {"POST", sessions + "/chat-2/replay", ""},
		"told its account":       {"POST", sessions + "/chat-2/choose", `{"account_id":"7"}`},
		"uploaded to":            {"POST", sessions + "/chat-2/files", `{"kind":"photo","type":"image/png"}`},
		"asked for a file":       {"GET", sessions + "/chat-2/files/photo-1", ""},
		"tried with the setting": {"POST", checkPath, `{"session":"chat-2"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := func(query string) (int, string) {
				if tt.method == "GET" {
					answer := a.ask(t, tt.method, tt.path+query, audience)
					return answer.Code, answer.Body.String()
				}
				answer := a.post(t, tt.path+query, tt.body)
				return answer.Code, answer.Body.String()
			}
			status, body := ask("")
			if status != 409 || !strings.Contains(body, "?source=ccai") || !strings.Contains(body, "?source=udesk+%26+co") {
				t.Errorf("without a source: %d %s, want 409 and the sources", status, body)
			}
			if status, body := ask("?source=nobody"); status != 404 {
				t.Errorf("with a source that has none: %d %s, want 404", status, body)
			}
			for _, source := range []string{"ccai", "udesk+%26+co"} {
				if status, body := ask("?source=" + source); status != 200 {
					t.Errorf("with the source %s: %d %s, want 200", source, status, body)
				}
			}
		})
	}
}

func TestTheSourceNamesTheSession(t *testing.T) {
	t.Parallel()
	a := newTwins(t)
	if answer := a.post(t, sessions+"/chat-2/choose?source=udesk+%26+co", `{"account_id":"7"}`); answer.Code != 200 {
		t.Fatalf("answer is %d %s", answer.Code, answer.Body)
	}
	for id, want := range map[store.ID]struct{ account, content string }{chat: {"", "ccai's"}, twin: {"7", "udesk's"}} {
		d, err := a.store.Session(t.Context(), id)
		if err != nil || d.CRM.AccountID != want.account {
			t.Errorf("%s has the account %q, %v; want %q", id, d.CRM.AccountID, err, want.account)
		}
		if answer := a.ask(t, "GET", a.fileShown(t, id, "photo-1").Open, audience); answer.Body.String() != want.content {
			t.Errorf("%s has the photo %d %s, want %q", id, answer.Code, answer.Body, want.content)
		}
	}
}

// A key alone is enough where it names one session, and each in the list says of which source it is.
func TestAKeyOfOneSourceIsEnough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.store.Update(t.Context(), store.ID{Tenant: "demo", Source: "udesk", Key: "call-1"}, func(d *store.Document) (store.Change, error) {
		d.Session = session.Apply(d.Session, session.Event{ID: "s", Tenant: "demo", Source: "udesk", Session: "call-1", Kind: session.Started, At: start})
		d.AddFile("1", settings.Photos).Put(work.Bucket, files.Stored{Path: "a.png"})
		return store.Change{}, nil
	})
	must(t, err)
	var got struct {
		Sessions []struct{ Key, Source string }
	}
	if err := json.Unmarshal(w.ask(t, "GET", sessions, audience).Body.Bytes(), &got); err != nil || len(got.Sessions) != 3 {
		t.Fatalf("listed are %+v, %v; want three", got, err)
	}
	for _, s := range got.Sessions {
		want := 200
		if s.Key == "call-1" {
			want = 409
		}
		if a := w.ask(t, "GET", sessions+"/"+s.Key, audience); a.Code != want {
			t.Errorf("%s by its key: %d, want %d", s.Key, a.Code, want)
		}
		if a := w.ask(t, "GET", sessions+"/"+s.Key+"?source="+s.Source, audience); a.Code != 200 || !strings.Contains(a.Body.String(), `"source":"`+s.Source+`"`) {
			t.Errorf("%s of %s: %d %s", s.Key, s.Source, a.Code, a.Body)
		}
	}
}
