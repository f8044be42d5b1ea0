package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/functions/webhook"
	"sessionbridge.internal/shared/session"
)

// delivery is what Kustomer tells of a conversation.
const delivery = `{"id":"e1","name":"kustomer.conversation.update","data":{"id":"c1","attributes":{"externalId":"ccai-call-5","status":"done"}},"changes":null}`

func signature(body, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// signed has the signature and no password.
func signed(text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Authorization")
		r.Header.Set("X-Kustomer-Webhook-Signature", text)
	}
}

func TestASignatureOrAPasswordProvesWhoSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := signature(delivery, "right")
	nobody := func(r *http.Request) { r.Header.Del("Authorization") }
	both := func(r *http.Request) { r.Header.Set("X-Kustomer-Webhook-Signature", signature(delivery, "wrong")) }
	long, endless := strings.Repeat(" ", webhook.MaxBody+1), strings.Repeat(" ", 4<<20+1)
	deep := `{"id":` + strings.Repeat("[", 35) + strings.Repeat("]", 35) + `}`
	xml := func(r *http.Request) {
		signed(good)(r)
		r.Header.Set("Content-Type", "text/xml")
	}
	tests := map[string]struct {
		path, body string
		change     func(*http.Request)
		want       int
		says       string
	}{
		"a good signature":                          {"/webhook/demo/kustomer", delivery, signed(good), 200, `"events":1`},
		"a signature by another key":                {"/webhook/demo/kustomer", delivery, signed(signature(delivery, "wrong")), 401, `Signature realm="webhook"`},
		"a signature of another body":               {"/webhook/demo/kustomer", delivery + " ", signed(good), 401, "sign the body"},
		"no signature":                              {"/webhook/demo/kustomer", delivery, nobody, 401, `Signature realm="webhook"`},
		"a password where there is none":            {"/webhook/demo/kustomer", delivery, func(*http.Request) {}, 401, "sign the body"},
		"a password where there are both":           {"/webhook/both/kustomer", delivery, func(*http.Request) {}, 200, `"events":1`},
		"a signature where there are both":          {"/webhook/both/kustomer", delivery, signed(good), 200, `"events":1`},
		"nothing where there are both":              {"/webhook/both/kustomer", delivery, nobody, 401, `Basic realm="webhook"`},
		"a wrong signature beside a right password": {"/webhook/both/kustomer", delivery, both, 401, "sign the body"},
		"a signature where others sign in":          {"/webhook/demo/ccai", notification(1), signed(signature(notification(1), "right")), 401, `Basic realm="webhook"`},
		"far too much, unsigned":                    {"/webhook/demo/kustomer", long, signed(signature(long, "wrong")), 401, "sign the body"},
		"far too much, signed":                      {"/webhook/demo/kustomer", long, signed(signature(long, "right")), 200, `"path":"$"`},
		"far too deep, signed":                      {"/webhook/demo/kustomer", deep, signed(signature(deep, "right")), 200, `"path":"$"`},
		"signed nonsense":                           {"/webhook/demo/kustomer", `{"a":1}`, signed(signature(`{"a":1}`, "right")), 200, `"path":"id"`},
		"signed, of another media type":             {"/webhook/demo/kustomer", delivery, xml, 200, `"events":1`},
		"more than is ever read":                    {"/webhook/demo/kustomer", endless, signed(signature(endless, "right")), 413, "longer than"},
		"nonsense with a password":                  {"/webhook/both/kustomer", `{"a":1}`, func(*http.Request) {}, 400, `"path":"id"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := w.post(tt.path, tt.body, tt.change)
			if said := a.Header().Get("WWW-Authenticate") + a.Body.String(); a.Code != tt.want || !strings.Contains(said, tt.says) {
				t.Errorf("answer is %d %s, want %d and %q", a.Code, said, tt.want, tt.says)
			}
		})
	}
}

func TestADeliveryBecomesAnEventOfTheSessionsOwnSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.post("/webhook/demo/kustomer", delivery, signed(signature(delivery, "right"))); a.Code != http.StatusOK {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if got := w.published(t); len(got) != 1 || got[0] != "ccai/call-5" {
		t.Errorf("published are %q", got)
	}
}

// A record may hold anything a customer wrote; where it cannot be read, it must not be kept either.
func TestOfASignedDeliveryThatCannotBeReadTheReasonIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"id":"e2","name":"kustomer.message.create","data":{"id":"m1","text":"canary` + strings.Repeat("x", webhook.MaxBody) + `"}}`
	for range 2 { // it is one fact
		if a := w.post("/webhook/demo/kustomer", body, signed(signature(body, "right"))); a.Code != http.StatusOK || strings.Contains(a.Body.String(), "canary") {
			t.Fatalf("%d %s", a.Code, a.Body)
		}
	}
	ids := map[string]bool{}
	for _, m := range w.broker.Pusher.Topics()[0].Messages {
		var events []session.Event
		if err := json.Unmarshal([]byte(m.Data), &events); err != nil || len(events) != 1 {
			t.Fatalf("%v: %s", err, m.Data)
		}
		e := events[0]
		if ids[e.ID] = true; e.Kind != session.Unknown || e.Source != "kustomer" || e.Raw != nil || len(e.Notes) != 1 || len(m.Data) > 1_000 {
			t.Errorf("published is %s", m.Data)
		}
	}
	if len(ids) != 1 {
		t.Errorf("the events are %v, want one", ids)
	}
}

func TestADeliveryAboutNoSessionIsTakenAndForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := strings.Replace(delivery, `"ccai-call-5"`, "null", 1)
	a := w.post("/webhook/demo/kustomer", body, signed(signature(body, "right")))
	if n := len(w.broker.Pusher.Topics()[0].Messages); a.Code != http.StatusOK || n > 0 {
		t.Errorf("answer is %d %s, and %d messages are published", a.Code, a.Body, n)
	}
}
