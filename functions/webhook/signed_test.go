package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/functions/webhook"
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
	long := strings.Repeat(" ", webhook.MaxBody+1)
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
		"far too much":                              {"/webhook/demo/kustomer", long, signed(signature(long, "right")), 413, "longer than"},
		"signed nonsense":                           {"/webhook/demo/kustomer", `{"a":1}`, signed(signature(`{"a":1}`, "right")), 400, `"path":"id"`},
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
