package inbound

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

// Basic says whether the request carries these credentials by HTTP Basic (RFC 7617). It takes the same time wherever they
// differ and however long they are. A user or password that is not configured, and so empty, matches nobody.
func Basic(r *http.Request, user, password string) bool {
	gotUser, gotPassword, ok := r.BasicAuth()
	u, p := equal(gotUser, user), equal(gotPassword, password) // both, always
	return u && p && ok && user != "" && password != ""
}

// equal compares hashes, because subtle's own comparison returns at once where the lengths differ.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
