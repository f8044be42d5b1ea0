package identity

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// removedSignature stands where a token's signature was, once Cloud Run has verified it:
	// https://cloud.google.com/run/docs/troubleshooting#signature-removed.
	removedSignature = "SIGNATURE_REMOVED_BY_GOOGLE"

	maxTokenBytes = 8 << 10 // ten times what a real one has
)

// Gate does what Cloud Run's IAM check does before a function that is not public
// (https://cloud.google.com/run/docs/authenticating/service-to-service): only a request with a valid identity token of
// one of the allowed service accounts reaches next, with the token's signature removed. Without a token, or with one
// that is forged, expired or meant for another audience, the answer is 401; for another account 403.
//
// The audience is the function's URL; one slash at the end more or less makes no difference.
func (i *Issuer) Gate(next http.Handler, audience string, allowed ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, email, err := i.caller(r, audience)
		switch {
		case err != nil:
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "401 Unauthorized: "+err.Error(), http.StatusUnauthorized)
		case !slices.Contains(allowed, email):
			http.Error(w, "403 Forbidden: the token's account may not invoke this function", http.StatusForbidden)
		default:
			next.ServeHTTP(w, withoutSignature(r, raw))
		}
	})
}

// caller returns the request's token and the account it proves.
func (i *Issuer) caller(r *http.Request, audience string) (raw, email string, err error) {
	scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return "", "", errors.New("the Authorization header must be a bearer token")
	}
	email, err = i.verify(raw, audience)
	return raw, email, err
}

// verify returns the email of a token whose signature, issuer, audience and times are right.
func (i *Issuer) verify(raw, audience string) (string, error) {
	if len(raw) > maxTokenBytes {
		return "", fmt.Errorf("the token is longer than %d bytes", maxTokenBytes)
	}
	key, err := i.token()
	if err != nil {
		return "", err
	}
	// The algorithm is ours to choose, never the token's: "none" and HS256 end here.
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return "", fmt.Errorf("the token is not a JWT signed with RS256: %w", err)
	}
	var c claims
	if err := token.Claims(key.public.Key, &c); err != nil {
		return "", fmt.Errorf("the token's signature: %w", err)
	}
	bare := strings.TrimSuffix(audience, "/")
	expected := jwt.Expected{Issuer: i.issuer, AnyAudience: jwt.Audience{bare, bare + "/"}, Time: i.now()}
	if err := c.ValidateWithLeeway(expected, 0); err != nil {
		return "", fmt.Errorf("the token's claims: %w", err)
	}
	if c.Expiry == nil || !c.EmailVerified {
		return "", errors.New("the token must have an expiry and a verified email")
	}
	return c.Email, nil
}

// withoutSignature is the request as the function sees it: it can read who called, and cannot call on as them.
func withoutSignature(r *http.Request, raw string) *http.Request {
	signed := raw[:strings.LastIndexByte(raw, '.')+1]
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+signed+removedSignature)
	return r
}
