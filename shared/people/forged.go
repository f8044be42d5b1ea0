package people

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sessionbridge.internal/shared/clock"
)

// Anybody may send a forged token, and for each whose key is not known the issuer's keys would be read anew, since they may have
// changed (OpenID Connect Core 1.0, section 10.1.1). What is here keeps that from becoming a burden for the issuer.

// keysPause is how long keys that were read are taken for all there are.
const keysPause = 5 * time.Second

// errPaced says that keys were read just now: a token that none of them signed is not the issuer's.
var errPaced = errors.New("people: the issuer's keys were read just now")

// paced lets through one request that succeeds in keysPause.
type paced struct {
	http.RoundTripper
	now clock.Clock

	mu    sync.Mutex
	until time.Time
}

// RoundTrip is http.RoundTripper's; its error may be errPaced.
func (p *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now().Before(p.until) {
		return nil, errPaced
	}
	resp, err := p.RoundTripper.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusOK {
		p.until = p.now().Add(keysPause)
	}
	return resp, err
}

// audiencesOf are for whom a token says it is, before its signature is known to be right (RFC 7519, section 4.1.3: one text or
// a list); ok is false where it cannot be read.
func audiencesOf(raw string) (audiences []string, ok bool) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Audience json.RawMessage `json:"aud"`
	}
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return nil, false
	}
	var one string
	if json.Unmarshal(claims.Audience, &one) == nil {
		return []string{one}, true
	}
	return audiences, json.Unmarshal(claims.Audience, &audiences) == nil
}

func anyOf(named, accepted []string) bool {
	return slices.ContainsFunc(named, func(one string) bool { return slices.Contains(accepted, one) })
}
