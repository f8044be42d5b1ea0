// Package identity is the local cloud's stand-in for Google's sign-in of services: it issues the identity tokens that Cloud
// Tasks and Pub/Sub send to functions, and keeps the gate that Cloud Run keeps before a function that is not public. So the
// code that verifies tokens runs on a laptop too.
//
// Its neighbours: emulator/tasks and the Pub/Sub pusher call Token for what they send, the local cloud serves Certs to whoever
// verifies, and puts Gate before each function. People sign in at emulator/people.
package identity

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// GoogleIssuer is the issuer of Google's own identity tokens:
	// https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload.
	GoogleIssuer = "https://accounts.google.com"

	tokenLife = time.Hour // as Google's identity tokens

	rsaBits = 2048
)

// Issuer signs tokens with keys of its own, made anew at each start. All methods may be called at once from many
// goroutines.
type Issuer struct {
	issuer string
	now    func() time.Time
	token  func() (*signingKey, error)
}

// New returns an issuer whose tokens carry iss = issuer (usually GoogleIssuer) and the times of now. It returns at
// once: the RSA key, which takes a tenth of a second or more, is made in the background, and the first Token waits for
// it.
func New(issuer string, now func() time.Time) *Issuer {
	i := &Issuer{
		issuer: issuer,
		now:    now,
		token:  sync.OnceValues(newRSAKey),
	}
	go func() { _, _ = i.token() }() // an error is kept, and returned by the first Token
	return i
}

// Token returns a signed identity token (JWT, RS256) for a service account, as Cloud Tasks and Pub/Sub send it in
// "Authorization: Bearer": iss, sub, azp, email, email_verified, aud, iat and exp one hour later. Both arguments are
// required.
func (i *Issuer) Token(email, audience string) (string, error) {
	if email == "" || audience == "" {
		return "", errors.New("identity token: the service account's email and the audience must not be empty")
	}
	key, err := i.token()
	if err != nil {
		return "", err
	}
	id := accountID(email)
	return key.sign(claims{
		Claims:          i.claims(id, audience),
		AuthorizedParty: id,
		Email:           email,
		EmailVerified:   true,
	})
}

// claims are a token's payload: the registered ones and Google's.
type claims struct {
	jwt.Claims
	AuthorizedParty string `json:"azp,omitempty"`
	Email           string `json:"email"`
	EmailVerified   bool   `json:"email_verified,omitempty"`
}

func (i *Issuer) claims(subject, audience string) jwt.Claims {
	now := i.now()
	return jwt.Claims{
		Issuer:   i.issuer,
		Subject:  subject,
		Audience: jwt.Audience{audience},
		IssuedAt: jwt.NewNumericDate(now),
		Expiry:   jwt.NewNumericDate(now.Add(tokenLife)),
	}
}

// accountID is an account's number of 20 digits at most, the same for the same email at every start, as Google's are.
func accountID(email string) string {
	sum := sha256.Sum256([]byte(email))
	return fmt.Sprintf("1%019d", binary.BigEndian.Uint64(sum[:])>>1)
}

// signingKey signs tokens and publishes its public half.
type signingKey struct {
	signer jose.Signer
	public jose.JSONWebKey
}

func newRSAKey() (*signingKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, fmt.Errorf("make an RSA key: %w", err)
	}
	return newSigningKey(key)
}

// newSigningKey names the key by its thumbprint (RFC 7638), so that two keys never share a name.
func newSigningKey(key *rsa.PrivateKey) (*signingKey, error) {
	public := jose.JSONWebKey{Key: key.Public(), Algorithm: string(jose.RS256), Use: "sig"}
	print, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("name the key: %w", err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(print)
	private := jose.JSONWebKey{Key: key, KeyID: public.KeyID, Algorithm: public.Algorithm}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: private}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("use the key: %w", err)
	}
	return &signingKey{signer: signer, public: public}, nil
}

func (k *signingKey) sign(c claims) (string, error) {
	token, err := jwt.Signed(k.signer).Claims(c).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign the token: %w", err)
	}
	return token, nil
}
