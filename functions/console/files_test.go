package console_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/people"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// fileShown is what the tests read of a file.
type fileShown struct {
	ID, Path, Type, URL, Open, State, Problem string
	StoredIn                                  []struct{ Place string } `json:"stored_in"`
}

func (w *world) fileShown(t *testing.T, id store.ID, file string) fileShown {
	t.Helper()
	a := w.ask(t, "GET", sessions+"/"+url.PathEscape(id.Key)+"?source="+url.QueryEscape(id.Source), audience)
	var got struct{ Files []fileShown }
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil || a.Code != 200 {
		t.Fatalf("answer is %d %s", a.Code, a.Body)
	}
	if strings.Contains(a.Body.String(), "X-Goog-") {
		t.Errorf("the session has a signed address: %s", a.Body)
	}
	for _, f := range got.Files {
		if f.ID == file {
			return f
		}
	}
	t.Fatalf("the session has the files %+v, and no %q", got.Files, file)
	return fileShown{}
}

func TestAFileInTheBucketIsOpenedByASignedLink(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket, work.SFTP)
	for name, tt := range map[string]struct{ key, file, path string }{
		"plain names":             {"chat-2", "photo-1", photoPath},
		"names with odd letters":  {"chat-a/b%2Fc d?#ü", "photo-1/2%20 ä?#&=", "ujet-media/chat-a%2Fb%252Fc ü.png"},
		"names that lead up ways": {"chat-../../other", "../../x", "ujet-media/up.png"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := []byte("\x89PNG of " + tt.key)
			id := store.ID{Tenant: "demo", Source: "ccai", Key: tt.key}
			a.keep(t, id, tt.file, tt.path, content)
			f := a.fileShown(t, id, tt.file)
			if f.State != "stored" || f.Path != tt.path || len(f.StoredIn) != 2 || !strings.HasPrefix(f.URL, "https://storage.cloud.google.com/company/ujet-media/") {
				t.Errorf("the file is %+v", f)
			}
			answer := a.ask(t, "GET", f.Open, audience)
			link := answer.Header().Get("Location")
			if answer.Code != 302 || !strings.Contains(link, "X-Goog-Expires=") || answer.Header().Get("Cache-Control") != "no-store" {
				t.Fatalf("answer is %d %v %s, want a signed link", answer.Code, answer.Header(), answer.Body)
			}
			resp, body := get(t, link)
			if resp.StatusCode != 200 || !bytes.Equal(body, content) || !savedAs(resp.Header, tt.path) {
				t.Errorf("the bucket answers %d %v %s", resp.StatusCode, resp.Header, body)
			}
			if resp, _ := get(t, strings.Replace(link, "X-Goog-Expires=", "X-Goog-Expires=1", 1)); resp.StatusCode != 403 {
				t.Errorf("a link that was changed is answered %d, want 403", resp.StatusCode)
			}
		})
	}
}

func get(t *testing.T, address string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	must(t, err)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, body
}

// savedAs says whether a browser saves the answer under the last part of the path.
func savedAs(h http.Header, path string) bool {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	return err == nil && kind == "attachment" && params["filename"] == filepath.Base(path)
}

// Behind an SFTP server there is nobody a browser could ask; its files may be longer than other answers.
func TestAFileOnAnSFTPServerIsSent(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.SFTP)
	content := bytes.Repeat([]byte("\x89PNG 0123456789abcdef"), 5<<20/21)
	a.keep(t, chat, "photo-1", photoPath, content)
	f := a.fileShown(t, chat, "photo-1")
	if f.State != "stored" || f.URL != "" || len(f.StoredIn) != 1 {
		t.Errorf("the file is %+v", f)
	}
	answer := a.ask(t, "GET", f.Open, audience)
	h := answer.Header()
	if answer.Code != 200 || !bytes.Equal(answer.Body.Bytes(), content) {
		t.Fatalf("answer is %d with %d bytes, want %d", answer.Code, answer.Body.Len(), len(content))
	}
	if !savedAs(h, photoPath) || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Type") != "image/png" || h.Get("Content-Length") != fmt.Sprint(len(content)) {
		t.Errorf("its head is %v", h)
	}
	head := a.ask(t, "HEAD", f.Open, audience)
	if head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != fmt.Sprint(len(content)) {
		t.Errorf("its head alone is %d %v with %d bytes", head.Code, head.Header(), head.Body.Len())
	}
}

// A browser must not take the beginning of a file for the whole of it.
func TestAFileThatBreaksOffIsSeenToBe(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.SFTP)
	a.keep(t, chat, "photo-1", photoPath, bytes.Repeat([]byte("0123456789abcdef"), 1<<20/16))
	open := a.fileShown(t, chat, "photo-1").Open
	emulatortest.Plan(t, a.faults, `{"sftp":[{"mode":"reset","bytes":300000,"match":"Get"}]}`)
	srv := httptest.NewServer(a.Function)
	t.Cleanup(srv.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+open, nil)
	must(t, err)
	token, err := a.issuer.Token(people.Person{Email: "ada@example.com"}, audience)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err == nil || n >= 1<<20 || resp.StatusCode != 200 {
		t.Errorf("answer is %d with %d bytes, %v; want fewer and an error", resp.StatusCode, n, err)
	}
}

func TestAFileThatIsNotToBeHad(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		where  string
		spoil  func(t *testing.T, a *archive)
		path   string
		status int
		says   string
	}{
		"one that the session has not": {work.Bucket, nil, sessions + "/chat-2/files/photo-9", 404, "no such file"},
		"one of a session that is not": {work.Bucket, nil, sessions + "/chat-9/files/photo-1", 404, "no such session"},
		"one of another tenant's":      {work.Bucket, nil, tenants + "other/sessions/chat-2/files/photo-1", 404, "no such tenant"},
		"one of another source's":      {work.Bucket, nil, sessions + "/chat-2/files/photo-1?source=udesk", 404, "no such session"},
		"one that is not stored yet": {work.Bucket, func(t *testing.T, a *archive) {
			a.change(t, "chat-2", func(d *store.Document) { d.File("photo-1").Places = nil })
		}, sessions + "/chat-2/files/photo-1", 404, "not stored yet"},
		"one that the company has taken away": {work.SFTP, func(t *testing.T, a *archive) {
			a.change(t, "chat-2", func(d *store.Document) {
				d.AddFile(store.MetadataFile, settings.Metadata).Put(work.SFTP, files.Stored{Path: "gone.json"})
			})
		}, sessions + "/chat-2/files/metadata", 404, "not where it was stored any more"},
		"while the server is away": {work.SFTP, func(t *testing.T, a *archive) {
			emulatortest.Plan(t, a.faults, `{"sftp":[{"times":9,"mode":"reset","match":"connect"}]}`)
		}, sessions + "/chat-2/files/photo-1", 503, "not to be had now"},
		"while the server refuses us": {work.SFTP, func(t *testing.T, a *archive) {
			a.set.Storage.SFTP.Username = "nobody"
			doc, err := json.Marshal(a.set)
			must(t, err)
			a.settle(t, string(doc))
		}, sessions + "/chat-2/files/photo-1", 503, "not to be had now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newArchive(t, tt.where)
			a.keep(t, chat, "photo-1", photoPath, []byte("\x89PNG"))
			if tt.spoil != nil {
				tt.spoil(t, a)
			}
			answer := a.ask(t, "GET", tt.path, audience)
			if answer.Code != tt.status || !strings.Contains(answer.Body.String(), tt.says) || answer.Header().Get("Content-Disposition") != "" {
				t.Errorf("answer is %d %v %s, want %d and %q", answer.Code, answer.Header(), answer.Body, tt.status, tt.says)
			}
			if strings.Contains(answer.Body.String(), password) {
				t.Errorf("the answer has the password: %s", answer.Body)
			}
		})
	}
}

func TestStatesOfFiles(t *testing.T) {
	t.Parallel()
	a := newArchive(t, work.Bucket)
	a.set.Storage.Files = []string{settings.Photos, settings.Metadata}
	doc, err := json.Marshal(a.set)
	must(t, err)
	a.settle(t, string(doc))
	a.change(t, "call-1", func(d *store.Document) {
		d.Files = []store.File{
			{ID: "pending", Kind: settings.Photos}, {ID: "waiting", Kind: settings.Photos, Problem: "the source says no"},
			{ID: "dead", Kind: settings.Photos, Problem: "the source says no", Dead: true}, {ID: "not_stored", Kind: settings.Videos},
			{ID: "stored", Kind: settings.Photos}, {ID: store.MetadataFile, Kind: settings.Metadata},
		}
		d.File("stored").Put(work.Bucket, files.Stored{Path: "ujet-media/a.png"})
		d.Metadata.Problem = "the bucket says no"
	})
	call := store.ID{Tenant: "demo", Source: "ccai", Key: "call-1"}
	for _, state := range []string{"pending", "waiting", "dead", "not_stored", "stored"} {
		f := a.fileShown(t, call, state)
		if f.State != state || (f.Problem != "") != (state == "waiting" || state == "dead") || (f.Open != "") != (state == "stored") {
			t.Errorf("%s: %+v", state, f)
		}
	}
	if f := a.fileShown(t, call, store.MetadataFile); f.State != "waiting" {
		t.Errorf("the metadata's file is %+v, want it waiting", f)
	}
}

// What a CRM was sent of a signed address opens the file too.
func TestSignaturesAreNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := "https://storage.example/company/a.png?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=0badc0de1234"
	text, err := json.Marshal(link)
	must(t, err)
	_, err = w.store.Update(t.Context(), chat, func(d *store.Document) (store.Change, error) {
		return store.Change{Deliveries: []store.Delivery{{
			Work: "crm", Number: 2, Step: "comment", At: start, Verdict: store.Done, URL: "https://crm.example/?text=" + url.QueryEscape(link),
			Request: string(text), Response: link + " and " + url.QueryEscape(url.QueryEscape(link)), Problem: link,
		}}}, nil
	})
	must(t, err)
	a := w.ask(t, "GET", sessions+"/chat-2", audience)
	if shown := a.Body.String(); a.Code != 200 || strings.Contains(shown, "0badc0de") || strings.Count(shown, "[redacted]") != 5 {
		t.Errorf("the session is %d %s", a.Code, shown)
	}
}

// What a session has no room for is seen too.
func TestFilesThatAreTooManyAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := store.ID{Tenant: "demo", Source: "ccai", Key: "chat-2"}
	_, err := w.store.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
		for i := range work.MaxFiles {
			d.AddFile(fmt.Sprint("photo-", i), settings.Photos)
		}
		d.Session.Announced = append(d.Session.Announced, session.File{ID: "photo-one-more", Kind: session.Photo, URL: "https://media.example.com/1.jpg"})
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if f := w.fileShown(t, id, "photo-one-more"); f.State != "dead" || !strings.Contains(f.Problem, "at most 100 files") {
		t.Errorf("it is shown as %+v", f)
	}
}
