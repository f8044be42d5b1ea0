package storage

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signer is the one account whose signed addresses the server takes (docs.cloud.google.com/storage/docs/access-control/signed-urls).
// The zero value takes nobody's.
type Signer struct {
	Email string         // of the service account
	Key   *rsa.PublicKey // of the key it signs with
}

const (
	algorithm   = "GOOG4-RSA-SHA256"
	scopeTail   = "/auto/storage/goog4_request" // the real service takes any place for auto
	dateFormat  = "20060102T150405Z"
	longestLife = 7 * 24 * time.Hour
	skew        = 15 * time.Minute // how far a signer's clock may be ahead
)

// signature is what a V4 signed address says of itself.
type signature struct {
	credential, scope string // "EMAIL/SCOPE"
	date              time.Time
	life              time.Duration
	headers           []string // the names of those that are signed
	bytes             []byte
}

// check lets a request pass whose address g has signed, for this method, object and headers, and which is in time
// (docs.cloud.google.com/storage/docs/authentication/canonical-requests).
func (g Signer) check(r *http.Request, bucket, name string, now time.Time) error {
	if !r.URL.Query().Has("X-Goog-Signature") {
		return &apiError{http.StatusForbidden, "AccessDenied", "Access denied: the address is not signed."}
	}
	sig, err := readSignature(r.URL.Query())
	if err != nil {
		return err
	}
	if err := sig.inTime(now); err != nil {
		return err
	}
	request, err := sig.canonicalRequest(r, bucket, name)
	if err != nil {
		return err
	}
	account, _, _ := strings.Cut(sig.credential, "/")
	if g.Key == nil || account != g.Email || !sig.isOf(g.Key, request) {
		return &apiError{http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match " +
			"the signature you provided. Check your Google secret key and signing method."}
	}
	return nil
}

func readSignature(q url.Values) (s signature, err error) {
	s.credential = q.Get("X-Goog-Credential")
	_, s.scope, _ = strings.Cut(s.credential, "/")
	s.headers = strings.Split(q.Get("X-Goog-SignedHeaders"), ";")
	date, err := time.Parse(dateFormat, q.Get("X-Goog-Date"))
	seconds, notNumber := strconv.ParseInt(q.Get("X-Goog-Expires"), 10, 32)
	s.date, s.life = date, time.Duration(seconds)*time.Second
	signed, notHex := hex.DecodeString(q.Get("X-Goog-Signature"))
	s.bytes = signed
	switch {
	case q.Get("X-Goog-Algorithm") != algorithm:
		return s, malformed("X-Goog-Algorithm", "want "+algorithm)
	case err != nil:
		return s, malformed("X-Goog-Date", "want the form "+dateFormat)
	case s.scope != date.Format("20060102")+scopeTail:
		return s, malformed("X-Goog-Credential", "want an account, then the day of X-Goog-Date and "+scopeTail)
	case notNumber != nil || s.life < 0 || s.life > longestLife:
		return s, malformed("X-Goog-Expires", "want 0 to 604800 seconds")
	case !slices.Contains(s.headers, "host"):
		return s, malformed("X-Goog-SignedHeaders", "host must be signed")
	case notHex != nil:
		return s, malformed("X-Goog-Signature", "want hexadecimal digits")
	}
	return s, nil
}

func malformed(parameter, message string) error {
	return &apiError{http.StatusBadRequest, "AuthenticationRequestMalformed", parameter + ": " + message}
}

func (s signature) inTime(now time.Time) error {
	end := s.date.Add(s.life)
	if now.After(end) {
		return &apiError{http.StatusBadRequest, "ExpiredToken", "Invalid argument. The provided token has expired. " +
			"Request signature expired at: " + end.Format("2006-01-02T15:04:05-07:00")}
	}
	if s.date.After(now.Add(skew)) {
		return &apiError{http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the " +
			"server's time is too large."}
	}
	return nil
}

// canonicalRequest is the request as the signer has seen it beforehand.
func (s signature) canonicalRequest(r *http.Request, bucket, name string) (string, error) {
	query := r.URL.Query()
	query.Del("X-Goog-Signature")
	lines := []string{r.Method, "/" + escapePath(bucket+"/"+name), strings.ReplaceAll(query.Encode(), "+", "%20")}
	for _, header := range s.headers {
		value := headerValue(r, header)
		if value == "" {
			return "", &apiError{http.StatusBadRequest, "MalformedSecurityHeader",
				"Your request has a malformed header. Header was included in signedheaders, but not in the request: " + header}
		}
		lines = append(lines, header+":"+value)
	}
	lines = append(lines, "", strings.Join(s.headers, ";"), cmp.Or(r.Header.Get("X-Goog-Content-Sha256"), "UNSIGNED-PAYLOAD"))
	return strings.Join(lines, "\n"), nil
}

// headerValue is without the spaces at its ends and with single ones between; a host is without its port, as the Go
// client signs it.
func headerValue(r *http.Request, name string) string {
	if name == "host" {
		if host, _, err := net.SplitHostPort(r.Host); err == nil {
			return host
		}
		return r.Host
	}
	return strings.Join(strings.Fields(strings.Join(r.Header.Values(name), ",")), " ")
}

// escapePath escapes all of a path but its slashes and the letters, digits, `-`, `_`, `.` and `~`.
func escapePath(path string) string {
	escaped := strings.ReplaceAll(url.QueryEscape(path), "+", "%20")
	return strings.ReplaceAll(escaped, "%2F", "/")
}

func (s signature) isOf(key *rsa.PublicKey, request string) bool {
	sum := sha256.Sum256([]byte(request))
	text := strings.Join([]string{algorithm, s.date.Format(dateFormat), s.scope, hex.EncodeToString(sum[:])}, "\n")
	sum = sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s.bytes) == nil
}
