package qmfeed

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
)

// errKey does not repeat the secret.
var errKey = errors.New(`the secret must be "whsec_" and a key of 24 to 64 bytes in base64`)

// sign is the value of webhook-signature for a request (github.com/standard-webhooks/standard-webhooks, "signature scheme" and
// "webhook headers").
func sign(secret, id, timestamp string, body []byte) (string, error) {
	text, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return "", errKey
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
