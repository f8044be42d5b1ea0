package inbound

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"sessionbridge.internal/shared/fault"
)

// IAPKeys is where Identity-Aware Proxy publishes the keys it signs with.
const IAPKeys = "https://www.gstatic.com/iap/verify/public_key-jwk"

// IAPHeader is the header Identity-Aware Proxy puts its signed assertion in. Its other headers are unsigned and prove
// nothing.
const IAPHeader = "X-Goog-IAP-JWT-Assertion"

const (
	iapIssuer    = "https://cloud.google.com/iap"
	iapClockSkew = 30 * time.Second // what Google's page allows between its clock and ours
	keysTimeout  = 10 * time.Second
	maxAssertion = 16 << 10 // bytes; a real one has less than 1,000
	maxEmail     = 320      // 64 + "@" + 255, RFC 5321, section 4.5.3.1
)

// IAP verifies that a request came through Identity-Aware Proxy, and learns for whom
// (docs.cloud.google.com/iap/docs/signed-headers-howto).
type IAP struct {
	verifier *oidc.IDTokenVerifier
	now      func() time.Time
}

// NewIAP accepts assertions made for the audience, e.g. "/projects/123/global/backendServices/456", and signed with a key
// found at keysURL, usually IAPKeys. Keys are fetched when first needed and again when an unknown one is named.
func NewIAP(audience, keysURL string, now func() time.Time) (*IAP, error) {
	if audience == "" {
		return nil, errors.New("inbound: Identity-Aware Proxy needs an audience, e.g. /projects/123/global/backendServices/456")
	}
	ctx := oidc.ClientContext(context.Background(), &http.Client{Timeout: keysTimeout})
	verifier := oidc.NewVerifier(iapIssuer, oidc.NewRemoteKeySet(ctx, keysURL), &oidc.Config{
		ClientID:             audience,
		SupportedSigningAlgs: []string{oidc.ES256},
		// An expiry within the allowed skew still counts.
		Now: func() time.Time { return now().Add(-iapClockSkew) },
	})
	return &IAP{verifier: verifier, now: now}, nil
}

// Email is the address of the person the proxy let through. Its fault is Unauthorized, whatever is wrong.
func (p *IAP) Email(r *http.Request) (string, error) {
	assertion := r.Header.Get(IAPHeader)
	if assertion == "" || len(assertion) > maxAssertion {
		return "", fault.New(fault.Unauthorized, "come through Identity-Aware Proxy: there is no assertion of it")
	}
	token, err := p.verifier.Verify(r.Context(), assertion)
	if err != nil {
		return "", fault.Wrap(fault.Unauthorized, err, "the assertion of Identity-Aware Proxy is not valid")
	}
	var claims struct {
		Email string `json:"email"`
	}
	if err := token.Claims(&claims); err != nil {
		return "", fault.Wrap(fault.Unauthorized, err, "the assertion of Identity-Aware Proxy has no readable claims")
	}
	if token.IssuedAt.After(p.now().Add(iapClockSkew)) {
		return "", fault.New(fault.Unauthorized, "the assertion of Identity-Aware Proxy is from the future")
	}
	if claims.Email == "" || len(claims.Email) > maxEmail {
		return "", fault.New(fault.Unauthorized, "the assertion of Identity-Aware Proxy names nobody")
	}
	return claims.Email, nil
}
