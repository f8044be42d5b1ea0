package qm

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the time of a request may be from ours, both ways (Standard Webhooks, "verifying webhook authenticity":
// against replays).
const tolerance = 5 * time.Minute

// signingKey is the key of a secret; nil where there is none.
func signingKey(secret string) ([]byte, error) {
	if secret == "" {
		return nil, nil
	}
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		return nil, fmt.Errorf(`qm: Options.Secret must be "whsec_" and the key in base64`)
	}
	return key, nil
}

// signed checks the signature (github.com/standard-webhooks/standard-webhooks, "signature scheme"). Its error is a *refusal.
func (q *QM) signed(h http.Header, body []byte) error {
	if q.key == nil {
		return nil
	}
	stamp := h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return refuse(http.StatusUnauthorized, "webhook-timestamp must be the seconds since 1970")
	}
	if off := q.o.Now().Sub(time.Unix(seconds, 0)); off.Abs() > tolerance {
		return refuse(http.StatusUnauthorized, "webhook-timestamp is off by %v, and %v is tolerated", off.Round(time.Second), tolerance)
	}
	mac := hmac.New(sha256.New, q.key)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("Webhook-Id"), stamp, body)
	want := mac.Sum(nil)
	for part := range strings.FieldsSeq(h.Get("Webhook-Signature")) {
		version, encoded, _ := strings.Cut(part, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if version == "v1" && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return refuse(http.StatusUnauthorized, "webhook-signature has no v1 signature that is right")
}
