package local_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// uploadLink is what the console answers whoever wants to upload.
type uploadLink struct {
	Method, URL, File string
	Headers           map[string]string
	MaxBytes          int64 `json:"max_bytes"`
}

// known sends all of a scenario and waits until it is a session.
func (c *cloud) known(s demo.Scenario) {
	c.Helper()
	c.play(s)
	c.must(c.Cloud.Drain(patience(c.T)))
}

// askUpload asks the console for a link, as a person's browser does.
func (c *cloud) askUpload(session, kind, contentType string) (link uploadLink) {
	c.Helper()
	asked := fmt.Sprintf(`{"kind":%q,"type":%q}`, kind, contentType)
	resp, body := c.call(http.MethodPost, "/console/api/tenants/demo/sessions/"+session+"/files", asked, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	})
	if resp.StatusCode != http.StatusOK {
		c.Fatalf("asking for a link: %d %s", resp.StatusCode, body)
	}
	c.must(json.Unmarshal([]byte(body), &link))
	return link
}

// put sends content to the link, as the browser does.
func (c *cloud) put(link uploadLink, content io.Reader, length int64) (status int, answer string) {
	c.Helper()
	req, err := http.NewRequestWithContext(patience(c.T), link.Method, link.URL, content)
	c.must(err)
	req.ContentLength = length
	for k, v := range link.Headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	c.must(err)
	return resp.StatusCode, string(body)
}

// upload is put with content that is to be taken.
func (c *cloud) upload(link uploadLink, content []byte) {
	c.Helper()
	if status, answer := c.put(link, bytes.NewReader(content), int64(len(content))); status != http.StatusOK {
		c.Fatalf("the upload is answered %d %s, want 200", status, answer)
	}
}

// uploaded is what the tests read of a file that was uploaded.
type uploaded struct {
	ID, Kind, Path, Type, URL, Open, State, Problem string
	CRMURL                                          string                   `json:"crm_url"`
	StoredIn                                        []struct{ Place string } `json:"stored_in"`
}

// uploads are the session's photos and videos. What people read of it has no credential.
func (c *cloud) uploads(session string) (files []uploaded) {
	c.Helper()
	var body []byte
	c.must(c.Get(patience(c.T), "/console/api/tenants/demo/sessions/"+session, &body))
	if bytes.Contains(body, []byte("X-Goog-")) {
		c.Errorf("the session has a signed address: %s", body)
	}
	var got struct{ Files []uploaded }
	c.must(json.Unmarshal(body, &got))
	for _, f := range got.Files {
		if f.Kind == "photos" || f.Kind == "videos" {
			files = append(files, f)
		}
	}
	return files
}

// mediaPaths are the files below ujet-media in the bucket.
func (c *cloud) mediaPaths() (paths []string) {
	c.Helper()
	for _, p := range c.paths() {
		if strings.HasPrefix(p, "ujet-media/") {
			paths = append(paths, p)
		}
	}
	return paths
}

func aPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Cloud Storage tells of the upload twice, as it may.
func TestAnUploadArrivesEverywhereOnce(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	chat := demo.Chat(1, c.Now())
	c.known(chat)
	photo := aPNG(t)
	link := c.askUpload(chat.Key, "photo", "image/png")
	c.faults(`{"pubsub":[{"code":"UNAVAILABLE","match":"Publish","after":true}]}`)
	c.upload(link, photo)
	if status, answer := c.put(link, strings.NewReader("another"), 7); status != http.StatusPreconditionFailed {
		t.Errorf("a second upload to the link is answered %d %s, want 412", status, answer)
	}
	c.advance(20 * time.Minute)

	want := "ujet-media/chat-1-" + link.File + ".png"
	hash := sha256.Sum256(photo)
	file := stored{want, hex.EncodeToString(hash[:])}
	bucket, sftp := c.files()
	if n, m := countOf(bucket, file), countOf(sftp, file); n != 1 || m != 1 || len(c.mediaPaths()) != 1 {
		t.Errorf("%s is %d times in the bucket, %d times on the SFTP server; they have %v and %v", want, n, m, bucket, sftp)
	}
	attached := 0
	for _, a := range c.crm().Attachments {
		if a.Name == path.Base(want) && a.SHA256 == file.SHA256 {
			attached++
		}
	}
	if attached != 1 {
		t.Errorf("it is attached %d times, want once; the CRM has %+v", attached, c.crm().Attachments)
	}
	all := c.uploads(chat.Key)
	if len(all) != 1 || all[0].ID != link.File || all[0].State != "stored" || all[0].Type != "image/png" || len(all[0].StoredIn) != 2 ||
		all[0].URL != "https://storage.cloud.google.com/demo-sessions/"+want || all[0].CRMURL == "" || all[0].Problem != "" {
		t.Fatalf("the session's files are %+v", all)
	}
	c.wantOpen(all[0], photo)
	c.noCredentialInTheLog()
	if n := c.published("uploads"); n != 2 {
		t.Errorf("%d messages told of it, want two", n)
	}
}

// published is how many messages a topic was given.
func (c *cloud) published(topic string) (n int) {
	c.Helper()
	var all struct {
		Topics []struct {
			Name      string
			Published int
		}
	}
	c.must(c.Get(patience(c.T), "/emulator/topics", &all))
	for _, t := range all.Topics {
		if path.Base(t.Name) == topic {
			n = t.Published
		}
	}
	return n
}

func countOf(files []stored, wanted stored) (n int) {
	for _, f := range files {
		if f == wanted {
			n++
		}
	}
	return n
}

// wantOpen follows the console's link as a browser does.
func (c *cloud) wantOpen(f uploaded, content []byte) {
	c.Helper()
	req, err := http.NewRequestWithContext(patience(c.T), http.MethodGet, c.Client.URL+f.Open, nil)
	c.must(err)
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	c.must(err)
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	if resp.StatusCode != http.StatusOK || !bytes.Equal(body, content) || err != nil || kind != "attachment" || params["filename"] != path.Base(f.Path) {
		c.Errorf("%s is answered %d %v with %d bytes", f.Open, resp.StatusCode, resp.Header, len(body))
	}
	if !resp.Request.URL.Query().Has("X-Goog-Signature") {
		c.Errorf("%s leads to %s, want a signed address", f.Open, resp.Request.URL)
	}
}

func (c *cloud) noCredentialInTheLog() {
	c.Helper()
	var log []byte
	c.must(c.Get(patience(c.T), "/emulator/logs", &log))
	if bytes.Contains(log, []byte("X-Goog-")) || !bytes.Contains(log, []byte("sessions/{key}/files/{file}")) {
		c.Errorf("the log has a signed address, or nothing of the file: %s", log)
	}
}

func TestAVideoIsUploadedToACall(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := demo.Call(1, c.Now())
	c.known(call)
	var clip []byte
	c.must((demo.Client{URL: c.media()}).Get(patience(t), "/videos/clip.mp4", &clip))
	link := c.askUpload(call.Key, "video", "video/mp4")
	c.upload(link, clip)
	c.advance(time.Minute)
	want := "ujet-media/call-1-" + link.File + ".mp4"
	if all := c.uploads(call.Key); len(all) != 1 || all[0].Path != want || all[0].State != "stored" || all[0].Kind != "videos" {
		t.Errorf("the session's files are %+v, want %s stored", all, want)
	}
}

// What the bucket refuses becomes nobody's file.
func TestTheBucketRefusesWhatTheLinkIsNotFor(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	chat := demo.Chat(1, c.Now())
	c.known(chat)
	photo := aPNG(t)
	for name, tt := range map[string]struct {
		spoil  func(*uploadLink)
		length int64
		status int
	}{
		"one byte too many":      {func(*uploadLink) {}, 32<<20 + 1, http.StatusBadRequest},
		"another type":           {func(l *uploadLink) { l.Headers["Content-Type"] = "text/html" }, 9, http.StatusForbidden},
		"a larger limit":         {func(l *uploadLink) { l.Headers["x-goog-content-length-range"] = "0,99999999999" }, 9, http.StatusForbidden},
		"no condition":           {func(l *uploadLink) { delete(l.Headers, "x-goog-if-generation-match") }, 9, http.StatusBadRequest},
		"another session's name": {func(l *uploadLink) { l.URL = strings.Replace(l.URL, "chat-1", "chat-2", 1) }, 9, http.StatusForbidden},
		"no signature":           {func(l *uploadLink) { l.URL, _, _ = strings.Cut(l.URL, "?") }, 9, http.StatusForbidden},
		"another method":         {func(l *uploadLink) { l.Method = http.MethodDelete }, 9, http.StatusForbidden},
	} {
		link := c.askUpload(chat.Key, "photo", "image/png")
		tt.spoil(&link)
		if status, answer := c.put(link, io.LimitReader(zeros{}, tt.length), tt.length); status != tt.status {
			t.Errorf("%s is answered %d %s, want %d", name, status, answer, tt.status)
		}
	}
	late := c.askUpload(chat.Key, "photo", "image/png")
	c.advance(16 * time.Minute)
	if status, answer := c.put(late, bytes.NewReader(photo), int64(len(photo))); status != http.StatusBadRequest || !strings.Contains(answer, "expired") {
		t.Errorf("a link of sixteen minutes ago is answered %d %s, want 400", status, answer)
	}
	c.advance(time.Minute)
	if all := c.uploads(chat.Key); len(all) != 0 || len(c.mediaPaths()) != 0 {
		t.Errorf("the session has the files %+v, the bucket %v; want none", all, c.mediaPaths())
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// What was uploaded and stored is shown to whoever looks, and runs nowhere.
func TestWhatIsStoredIsShownInASandbox(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	chat := demo.Chat(1, c.Now())
	c.known(chat)
	photo := aPNG(t)
	link := c.askUpload(chat.Key, "photo", "image/png")
	c.upload(link, photo)
	c.advance(time.Minute)
	file, kind := "chat-1-"+link.File+".png", "image/png"
	object := "demo/ccai/chat-1/photo/" + strings.TrimPrefix(link.File, "photo-")
	for _, at := range []string{"/emulator/storage/ujet-media/" + file, "/emulator/sftp/ujet-media/" + file, "/emulator/storage/" + object + "?bucket=demo-uploads"} {
		resp, body := c.call(http.MethodGet, at, "", nil)
		h := resp.Header
		if resp.StatusCode != http.StatusOK || body != string(photo) || h.Get("Content-Type") != kind || h.Get("Content-Security-Policy") != "sandbox" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is answered %d %v with %d bytes", at, resp.StatusCode, h, len(body))
		}
	}
	for _, at := range []string{"/emulator/sftp/nothing", "/emulator/sftp/..%2Fsigner.pem", "/emulator/storage/" + object, "/emulator/storage/x?bucket=nobodys"} {
		if resp, body := c.call(http.MethodGet, at, "", nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %d %s, want 404", at, resp.StatusCode, body)
		}
	}
}

// The type that an uploader says is not believed, or a page of theirs would run where the company looks at photos.
func TestAPageThatIsSaidToBeAPhotoIsNotKept(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	chat := demo.Chat(1, c.Now())
	c.known(chat)
	link := c.askUpload(chat.Key, "photo", "image/png")
	c.upload(link, []byte("<!doctype html><html><script>alert(1)</script></html>"))
	for range 2 {
		c.advance(time.Hour)
		all := c.uploads(chat.Key)
		if len(all) != 1 || all[0].State != "waiting" || !strings.Contains(all[0].Problem, "an HTML page instead of a photo") || all[0].Open != "" {
			t.Errorf("the session's files are %+v, want it waiting, and why", all)
		}
	}
	bucket, sftp := c.files()
	for _, f := range append(bucket, sftp...) {
		if strings.HasPrefix(f.Path, "ujet-media/") {
			t.Errorf("%s was stored", f.Path)
		}
	}
	for _, a := range c.crm().Attachments {
		if strings.Contains(a.Name, link.File) {
			t.Errorf("the CRM has %s", a.Name)
		}
	}
}

// What others put into the bucket is set aside, so that a person sees it, and nothing waits for it.
func TestObjectsOfOthersBeginNothing(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	chat := demo.Chat(1, c.Now())
	c.known(chat)
	bucket, err := url.Parse(c.askUpload(chat.Key, "photo", "image/png").URL)
	c.must(err)
	strays := []string{"stray.png", "nobody/ccai/chat-1/photo/ONE", "demo/ccai/chat-9/photo/ONE", "demo/ccai/chat-1/recording/ONE"}
	for _, name := range strays {
		at := "http://" + bucket.Host + "/upload/storage/v1/b/demo-uploads/o?uploadType=media&name=" + url.QueryEscape(name)
		resp, err := http.Post(at, "image/png", bytes.NewReader(aPNG(t)))
		c.must(err)
		c.must(resp.Body.Close())
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s is answered %d, want 200", name, resp.StatusCode)
		}
	}
	c.advance(time.Minute)
	var log []byte
	c.must(c.Get(patience(t), "/emulator/logs", &log))
	if n := bytes.Count(log, []byte("a message is set aside")); n != len(strays) {
		t.Errorf("%d messages are set aside, want %d: %s", n, len(strays), log)
	}
	var list struct{ Sessions []struct{ Key string } }
	c.must(c.Get(patience(t), "/console/api/tenants/demo/sessions", &list))
	if len(list.Sessions) != 1 || len(c.uploads(chat.Key)) != 0 || len(c.mediaPaths()) != 0 {
		t.Errorf("there are the sessions %+v, with %+v; want the chat alone", list, c.uploads(chat.Key))
	}
}
