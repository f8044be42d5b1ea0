package inbound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Signed says whether signature is the body's HMAC-SHA256 (RFC 2104) with this key, in lowercase hexadecimal digits. It takes
// the same time wherever they differ. A key that is not configured, and so empty, signs nothing.
func Signed(body []byte, signature, key string) bool {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write(body)
	return hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature)) && key != ""
}
