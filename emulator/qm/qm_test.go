package qm_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/qm"
)

const (
	ringing = `{"type":"CallState","item":{"CallID":"1","State":"ringing","Direction":"incoming","Initiator":"+15550100","Participants":[{"ParticipantID":null,"Type":"external","State":"connected"},{"ParticipantID":"7","Type":"agent","State":"ringing"}]}}`
	over    = `{"type":"CallState","item":{"CallID":"1","State":"disconnected","Participants":[]}}`
	login   = `{"type":"AgentState","item":{"ParticipantID":"7","Email":"kim@demo.example","State":"login"}}`
	waiting = `{"chat_id":12,"state":"waiting","participants":[{"state":"connected","type":"external","dn":"ann@example.com"}]}`
)

var (
	start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	key   = []byte("thirty-two bytes of a secret key")
)

// app is an application with a way to tell it things.
type app struct {
	*testing.T
	*qm.QM
	url string
	now time.Time
}

func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{T: t, now: start}
	var err error
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	if a.QM, err = qm.New(qm.Options{User: "demo", Password: "demo", Secret: secret, Now: func() time.Time { return a.now }}); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(a.QM)
	t.Cleanup(s.Close)
	a.url = s.URL
	return a
}

// request is a request that would be taken.
func (a *app) request(channel, id, body string) *http.Request {
	a.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, a.url+"/events/"+channel, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	stamp := strconv.FormatInt(a.now.Unix(), 10)
	r.SetBasicAuth("demo", "demo")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", stamp)
	r.Header.Set("webhook-signature", signature(key, id, stamp, body))
	return r
}

func signature(key []byte, id, stamp, body string) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprint(mac, id, ".", stamp, ".", body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (a *app) send(r *http.Request) (status int, body string) {
	a.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestEventsAreKeptInTheOrderOfTheirArrival(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for i, tt := range []struct{ channel, body string }{{"call", ringing}, {"call", over}, {"call", login}, {"chat", waiting}} {
		r := a.request(tt.channel, fmt.Sprintf("m%d", i), tt.body)
		r.Header.Set("Sessionbridge-Event-Time", start.Add(-time.Minute).Format(time.RFC3339Nano))
		if status, body := a.send(r); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	s := a.Snapshot()
	if len(s.Calls) != 1 || len(s.Chats) != 1 || len(s.Agents) != 1 || s.Taken != 4 || s.Rejected != 0 {
		t.Fatalf("%+v", s)
	}
	call := s.Calls[0]
	if call.ID != "1" || len(call.Events) != 2 || call.Events[0].State != "ringing" || call.Events[1].State != "disconnected" || !call.Events[0].When().Equal(start.Add(-time.Minute)) {
		t.Errorf("the call is %+v", call)
	}
	if p := call.Events[0].Participants; len(p) != 2 || p[0].Name != "" || p[1] != (qm.Participant{Name: "7", Type: "agent", State: "ringing"}) {
		t.Errorf("its participants are %+v", p)
	}
	if chat := s.Chats[0]; chat.ID != "12" || chat.Events[0].Participants[0].Name != "ann@example.com" {
		t.Errorf("the chat is %+v", chat)
	}
}

// Whoever sends an event twice, by itself or among others, is told that it is well.
func TestRepeatsAreDroppedAndCounted(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.send(a.request("call", "m1", ringing))
	status, body := a.send(a.request("call", "m1", ringing))
	if s := a.Snapshot(); status != 200 || s.Taken != 1 || s.Repeated != 1 || s.Requests[1].Repeats != 1 {
		t.Errorf("%d %s, %+v", status, body, s)
	}
	r := a.request("call", "batch-1", "["+ringing+","+over+"]")
	r.Header.Set("Sessionbridge-Event-Id", "m1, m2")
	status, body = a.send(r)
	if s := a.Snapshot(); status != 200 || s.Taken != 2 || s.Repeated != 2 || len(s.Calls) != 1 {
		t.Errorf("%d %s, %+v", status, body, s)
	}
}

// Sessions of several sources may have one id: their ordering keys tell them apart.
func TestTheOrderingKeyNamesTheSession(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for _, key := range []string{"demo/ccai/call-1", "demo/udesk/call-1", "demo/qm/call-%C3%BC"} {
		r := a.request("call", "m-"+key, ringing)
		r.Header.Set("Sessionbridge-Ordering-Key", key)
		a.send(r)
	}
	if s := a.Snapshot(); len(s.Calls) != 3 || s.Calls[2].Key != "demo/qm/call-ü" {
		t.Errorf("%+v", s.Calls)
	}
}

func TestWhatIsWrongIsRefused(t *testing.T) {
	t.Parallel()
	sign := func(a *app, r *http.Request, id, stamp, body string) {
		r.Header.Set("webhook-id", id)
		r.Header.Set("webhook-timestamp", stamp)
		r.Header.Set("webhook-signature", signature(key, id, stamp, body))
	}
	tests := map[string]struct {
		channel, body string
		change        func(a *app, r *http.Request)
		status        int
		says          string
	}{
		"nobody":           {"call", ringing, func(_ *app, r *http.Request) { r.Header.Del("Authorization") }, 401, "password"},
		"a wrong password": {"call", ringing, func(_ *app, r *http.Request) { r.SetBasicAuth("demo", "other") }, 401, "password"},
		"another type":     {"call", ringing, func(_ *app, r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "application/json"},
		"no id":            {"call", ringing, func(_ *app, r *http.Request) { r.Header.Del("webhook-id") }, 400, "webhook-id"},
		"no signature":     {"call", ringing, func(_ *app, r *http.Request) { r.Header.Del("webhook-signature") }, 401, "no v1 signature"},
		"a changed body":   {"call", ringing, func(a *app, r *http.Request) { sign(a, r, "m1", "1767603600", over) }, 401, "no v1 signature"},
		"another key": {"call", ringing, func(_ *app, r *http.Request) {
			r.Header.Set("webhook-signature", signature([]byte("x"), "m1", "1767603600", ringing))
		}, 401, "no v1 signature"},
		"another version": {"call", ringing, func(_ *app, r *http.Request) {
			r.Header.Set("webhook-signature", "v2,"+r.Header.Get("webhook-signature")[3:])
		}, 401, "no v1 signature"},
		"an old request":          {"call", ringing, func(a *app, r *http.Request) { sign(a, r, "m1", "1767603299", ringing) }, 401, "off by 5m1s"},
		"one from the future":     {"call", ringing, func(a *app, r *http.Request) { sign(a, r, "m1", "1767603901", ringing) }, 401, "off by -5m1s"},
		"a time that is none":     {"call", ringing, func(a *app, r *http.Request) { sign(a, r, "m1", "now", ringing) }, 401, "seconds since 1970"},
		"no JSON":                 {"call", "hello", nil, 400, "no JSON"},
		"an empty list":           {"call", "[]", nil, 400, "0 events"},
		"a list without ids":      {"call", "[" + ringing + "," + over + "]", nil, 400, "2 events with 0 ids"},
		"a word nobody knows":     {"call", strings.Replace(ringing, `"ringing"`, `"singing"`, 1), nil, 422, "the schema refuses it"},
		"a key nobody knows":      {"call", strings.Replace(ringing, `"CallID"`, `"extra":1,"CallID"`, 1), nil, 422, "the schema refuses it"},
		"a chat among the calls":  {"call", waiting, nil, 422, "not for /events/call"},
		"a call among the chats":  {"chat", ringing, nil, 422, "not for /events/chat"},
		"a login among the chats": {"chat", login, nil, 422, "not for /events/chat"},
		"far too much":            {"call", strings.Repeat(" ", 3<<20), nil, 413, "longer than"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			r := a.request(tt.channel, "m1", tt.body)
			if tt.change != nil {
				tt.change(a, r)
			}
			status, body := a.send(r)
			if status != tt.status || !strings.Contains(body, tt.says) {
				t.Errorf("answered %d %s, want %d %s", status, body, tt.status, tt.says)
			}
			if s := a.Snapshot(); s.Taken != 0 || s.Rejected != 1 || s.Requests[0].Status != tt.status || s.Requests[0].Problem == "" {
				t.Errorf("kept %+v", s)
			}
		})
	}
}

func TestSeveralSignaturesMayBeSent(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r := a.request("call", "m1", ringing)
	r.Header.Set("webhook-signature", "v1a,abc v1,AAAA "+r.Header.Get("webhook-signature"))
	if status, body := a.send(r); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

func TestNewRefusesASecretThatIsNone(t *testing.T) {
	t.Parallel()
	if _, err := qm.New(qm.Options{Secret: "hunter2"}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

func TestPagesShowWhatWasTold(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.send(a.request("call", "m1", strings.Replace(ringing, "+15550100", "<script>alert(1)</script>", 1)))
	a.send(a.request("call", "m2", login))
	a.send(a.request("call", "m3", waiting))
	for path, says := range map[string][]string{
		"/qm/":          {`<a class="main" href="/qm/threads/1">1</a>`, "kim@demo.example", "not for /events/call", "2 events taken"},
		"/qm/threads/1": {"Call 1", "&lt;script&gt;", `class="ringing"`, "09:00:00.000", "agent 7", "external unknown"},
		"/qm/page.css":  {".timeline"},
	} {
		w := httptest.NewRecorder()
		a.Pages("/qm").ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		for _, text := range says {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s lacks %q:\n%s", path, text, w.Body)
			}
		}
		if strings.Contains(w.Body.String(), "<script") || strings.HasSuffix(path, "/") && !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s may run scripts: %v", path, w.Header())
		}
	}
	for _, path := range []string{"/qm/threads/9", "/qm/threads/x", "/qm/other"} {
		w := httptest.NewRecorder()
		a.Pages("/qm").ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
