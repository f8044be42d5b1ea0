package kustomer_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/kustomer"
)

// arrival is what a webhook's address got.
type arrival struct {
	header http.Header
	body   []byte
}

// envelope is what the tests read of it.
type envelope struct {
	ID, Name, Org string
	Data          record
	Changes       *struct {
		Attributes    map[string]struct{ Op, Before, After any }
		Relationships map[string]any
	}
}

// listen is an address that takes webhooks, and an office that may send them there by http.
func listen(t *testing.T) (*office, string, <-chan arrival) {
	t.Helper()
	got := make(chan arrival, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got <- arrival{r.Header, body}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(srv.Close)
	o := open(t, func(o *kustomer.Options) { o.LocalWebhooks = strings.TrimPrefix(srv.URL, "http://") })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); o.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return o, srv.URL + "/kustomer", got
}

func next(t *testing.T, got <-chan arrival) (arrival, envelope) {
	t.Helper()
	select {
	case a := <-got:
		return a, decode[envelope](t, string(a.body))
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return arrival{}, envelope{}
	}
}

func TestEventsAreSignedAndTellWhatChanged(t *testing.T) {
	t.Parallel()
	o, address, got := listen(t)
	hook := o.must(t, "POST", "/v1/outbound-webhooks", fmt.Sprintf(`{"name":"sync","url":%q,"events":["kustomer.conversation.update"],"headers":[{"name":"X-Source","value":"kustomer"}]}`, address))
	c := o.conversation(t, o.kim(t), `{"name":"Call"}`) // neither event was asked for
	o.must(t, "PUT", "/v1/conversations/"+c.ID, `{"status":"done","externalId":"x-1"}`)
	a, e := next(t, got)
	mac := hmac.New(sha256.New, []byte(hook.Attributes["token"].(string)))
	mac.Write(a.body)
	if a.header.Get("X-Kustomer-Webhook-Signature") != hex.EncodeToString(mac.Sum(nil)) || a.header.Get("X-Kustomer-Webhook-Event") != "kustomer.conversation.update" || a.header.Get("X-Source") != "kustomer" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", a.header)
	}
	if e.Name != "kustomer.conversation.update" || e.ID == "" || e.Org == "" || e.Data.ID != c.ID || e.Data.Attributes["name"] != "Call" {
		t.Errorf("envelope %+v", e)
	}
	status, external := e.Changes.Attributes["status"], e.Changes.Attributes["externalId"]
	if status.Op != "replace" || status.Before != "open" || status.After != "done" || external.Op != "add" || external.After != "x-1" {
		t.Errorf("changes %+v", e.Changes)
	}
	if _, told := e.Changes.Attributes["name"]; told {
		t.Error("what did not change is told as changed")
	}
}

func TestAMessageTellsOfItselfAndItsConversation(t *testing.T) {
	t.Parallel()
	o, address, got := listen(t)
	o.must(t, "POST", "/v1/outbound-webhooks", fmt.Sprintf(`{"name":"sync","url":%q,"events":["kustomer.message.create","kustomer.conversation.update"]}`, address))
	c := o.conversation(t, o.kim(t), `{}`)
	o.must(t, "POST", "/v1/conversations/"+c.ID+"/messages", `{`+voice+`}`)
	var names []string
	for range 2 {
		_, e := next(t, got)
		names = append(names, e.Name)
		if (e.Changes == nil) != (e.Name == "kustomer.message.create") {
			t.Errorf("%s with changes %+v", e.Name, e.Changes)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"kustomer.conversation.update", "kustomer.message.create"}) {
		t.Errorf("events %v", names)
	}
}

func TestWebhooksAreChecked(t *testing.T) {
	t.Parallel()
	o := open(t, func(o *kustomer.Options) { o.LocalWebhooks = "127.0.0.1:8080" })
	hook := func(url, events, headers string) string {
		return fmt.Sprintf(`{"name":"x","url":%q,"events":[%s],"headers":[%s]}`, url, events, headers)
	}
	const at, url, event = "/v1/outbound-webhooks", "https://hooks.example.com/x", `"kustomer.customer.create"`
	thirteen := strings.Join(slices.Repeat([]string{event}, 13), ",")
	o.refuses(t, map[string]row{
		"by http":                    {"POST", at, hook("http://hooks.example.com/x", event, ""), 400, "/url"},
		"by http to another port":    {"POST", at, hook("http://127.0.0.1:8081/x", event, ""), 400, "/url"},
		"to nowhere":                 {"POST", at, hook("https:///x", event, ""), 400, "/url"},
		"with a password":            {"POST", at, hook("https://u:p@hooks.example.com", event, ""), 400, "/url"},
		"no events":                  {"POST", at, hook(url, "", ""), 400, "/events"},
		"thirteen events":            {"POST", at, hook(url, thirteen, ""), 400, "/events"},
		"an event that is none":      {"POST", at, hook(url, `"kustomer.work-session.update"`, ""), 400, "/events"},
		"no name":                    {"POST", at, `{"url":"https://hooks.example.com/x","events":[` + event + `]}`, 400, ""},
		"a name too long":            {"POST", at, `{"name":"` + strings.Repeat("x", 256) + `"}`, 400, "/name"},
		"a header that is none":      {"POST", at, hook(url, event, `{"name":"X Y","value":"z"}`), 400, "/headers"},
		"a header that ends a line":  {"POST", at, hook(url, event, `{"name":"X-Y","value":"z\r\nA: b"}`), 400, "/headers"},
		"a header of Kustomer's own": {"POST", at, hook(url, event, `{"name":"x-kustomer-webhook-signature","value":"z"}`), 400, "/headers"},
		"an unknown one deleted":     {"DELETE", at + "/" + strings.Repeat("0", 24), "", 404, ""},
	})
	mine := o.must(t, "POST", at, hook("http://127.0.0.1:8080/x", event, ""))
	if n := len(o.request(t, "GET", at, "").records(t)); n != 1 {
		t.Errorf("%d webhooks", n)
	}
	if again := o.must(t, "GET", at+"/"+mine.ID, ""); again.Attributes["token"] == "" || again.Attributes["token"] != mine.Attributes["token"] {
		t.Errorf("webhook %+v", again)
	}
	if r := o.request(t, "DELETE", at+"/"+mine.ID, ""); r.status != 204 {
		t.Errorf("deleted: %d", r.status)
	}
	events := decode[struct{ Events []string }](t, o.request(t, "GET", at+"/events", "").body).Events
	if len(events) != 12 || !slices.Contains(events, "kustomer.tag.update") {
		t.Errorf("events %v", events)
	}
}

// machine is a Kustomer without a network, in a bubble in which time runs when nobody works.
type machine struct {
	*kustomer.Kustomer
	t     *testing.T
	clock *clock.Clock
}

// machineWith has a webhook that is told of new customers.
func machineWith(t *testing.T, deliver func(*http.Request) (*http.Response, error)) *machine {
	t.Helper()
	c := clock.New()
	m := &machine{kustomer.New(kustomer.Options{APIKeys: map[string][]string{"all": {"org"}}, Clock: c, Deliver: deliver, Limit: 5000}), t, c}
	m.post("/v1/outbound-webhooks", `{"name":"x","url":"https://hooks.example.com/x","events":["kustomer.customer.create"]}`)
	return m
}

// run delivers until the test ends.
func (m *machine) run() {
	ctx, cancel := context.WithCancel(m.t.Context())
	m.t.Cleanup(cancel)
	go m.Run(ctx)
}

// pass lets so much of the bubble's time pass.
func (m *machine) pass(d time.Duration) {
	m.t.Helper()
	if err := m.clock.WaitUntil(m.t.Context(), m.clock.Now().Add(d)); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) post(path, body string) {
	m.t.Helper()
	r, w := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)), httptest.NewRecorder()
	r.Header.Set("Content-Type", "application/json")
	key("all")(r)
	if m.ServeHTTP(w, r); w.Code != http.StatusCreated {
		m.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
}

func answerWith(status int) *http.Response {
	return &http.Response{StatusCode: status, Body: http.NoBody}
}

func TestDeliveriesAreRepeatedUntilOneIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var bodies []string
		m := machineWith(t, func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			bodies = append(bodies, string(b)) // one delivery, one after the other
			switch len(bodies) {
			case 1:
				return nil, errors.Join(errors.New("refused"), err)
			case 2, 3:
				return answerWith([]int{500, 302}[len(bodies)-2]), nil
			}
			return answerWith(204), nil
		})
		m.run()
		m.post("/v1/customers", `{}`)
		synctest.Wait()
		if m.Pending() != 1 {
			t.Errorf("%d pending", m.Pending())
		}
		m.pass(5 * time.Minute)
		d := m.Snapshot().Webhooks[0].Deliveries[0]
		var waits []string
		var statuses []int
		for i, a := range d.Attempts {
			waits, statuses = append(waits, a.Time.Sub(d.Attempts[max(0, i-1)].Time).Round(time.Second).String()), append(statuses, a.Status)
		}
		if fmt.Sprint(waits, statuses) != "[0s 1m0s 1m0s 2m0s] [0 500 302 204]" || !d.Delivered || d.GivenUp || m.Pending() != 0 {
			t.Errorf("%v %v %+v", waits, statuses, d)
		}
		if bodies[0] != bodies[3] || d.ID != decode[envelope](t, bodies[0]).ID {
			t.Error("the event is another when it comes again")
		}
	})
}

func TestAWebhookThatNeverAnswersIsDisabled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		m := machineWith(t, func(r *http.Request) (*http.Response, error) {
			sent.Add(1)
			<-r.Context().Done() // hangs until patience ends
			return nil, r.Context().Err()
		})
		m.run()
		m.post("/v1/customers", `{}`)
		m.pass(2 * time.Hour)
		hook := m.Snapshot().Webhooks[0]
		if d := hook.Deliveries[0]; len(d.Attempts) != 8 || !d.GivenUp || d.Delivered || sent.Load() != 8 || m.Pending() != 0 {
			t.Errorf("delivery %+v, sent %d", d, sent.Load())
		}
		if hook.Attributes["enabled"] != false {
			t.Error("the webhook is still enabled")
		}
		m.post("/v1/customers", `{}`)
		if n := len(m.Snapshot().Webhooks[0].Deliveries); n != 1 {
			t.Errorf("%d deliveries to a disabled webhook", n)
		}
	})
}

func TestDeliveriesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := machineWith(t, nil) // nothing runs
		for range 1100 {
			m.post("/v1/customers", `{}`)
		}
		hook := m.Snapshot().Webhooks[0]
		if m.Pending() != 1000 || len(hook.Deliveries) != 1000 || !hook.Deliveries[999].GivenUp {
			t.Errorf("%d pending, %d kept", m.Pending(), len(hook.Deliveries))
		}
	})
}

func TestEveryEventIsJSONWithANullForWhatIsNew(t *testing.T) {
	t.Parallel()
	o, address, got := listen(t)
	o.must(t, "POST", "/v1/outbound-webhooks", fmt.Sprintf(`{"name":"x","url":%q,"events":["kustomer.customer.create"]}`, address))
	o.kim(t)
	a, _ := next(t, got)
	if all := decode[map[string]json.RawMessage](t, string(a.body)); string(all["changes"]) != "null" {
		t.Errorf("changes %s", all["changes"])
	}
}
