package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// fetch asks for a token with the client's own credentials (RFC 6749, section 4.4).
func (s *Signer) fetch(ctx context.Context, _ string, o *settings.OAuth) (token, error) {
	c, err := s.config(o, "")
	if err != nil {
		return token{}, err
	}
	own := clientcredentials.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, Scopes: c.Scopes, TokenURL: c.Endpoint.TokenURL, AuthStyle: c.Endpoint.AuthStyle,
	}
	t, err := own.Token(s.guarded(ctx))
	if err != nil {
		return token{}, told(err)
	}
	return s.of(t, o)
}

// renew makes an access token of the grant that a person gave at the console (RFC 6749, section 6). A server may hand out
// another refresh token each time and end the whole grant when the old one comes again (RFC 9700, section 4.14.2), so that
// only one instance may renew at a time, and what it got is kept before it is used.
func (s *Signer) renew(ctx context.Context, tenant string, o *settings.OAuth) (token, error) {
	g, err := s.granted(ctx, tenant, o)
	if err != nil || s.usable(tenant, g) {
		return ofGrant(g, o), err
	}
	holder := rand.Text()
	now := s.Clock()
	_, ok, err := s.Store.Lease(ctx, tenant, "crm-grant", holder, now, now.Add(longest))
	if err != nil {
		return token{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if !ok {
		return token{}, fmt.Errorf("%w: another instance renews the token", ErrUnavailable)
	}
	defer func() { _ = s.Store.Release(context.WithoutCancel(ctx), tenant, "crm-grant", holder) }() // it runs out by itself
	g, err = s.granted(ctx, tenant, o)                                                              // again: another may have renewed it just before
	if err != nil || s.usable(tenant, g) {
		return ofGrant(g, o), err
	}
	c, err := s.config(o, "")
	if err != nil {
		return token{}, err
	}
	t, err := c.TokenSource(s.guarded(ctx), &oauth2.Token{RefreshToken: g.RefreshToken.Reveal()}).Token()
	if err != nil {
		return token{}, toldOfGrant(err)
	}
	return s.keep(ctx, tenant, o, g, t)
}

// granted is the tenant's grant. What one server handed out to one client is nobody else's business.
func (s *Signer) granted(ctx context.Context, tenant string, o *settings.OAuth) (store.Grant, error) {
	g, err := s.Store.Grant(ctx, tenant)
	if errors.Is(err, store.ErrNotFound) || err == nil && (g.TokenURL != o.TokenURL || g.ClientID != o.ClientID) {
		return store.Grant{}, errors.New("crm.oauth: nobody has connected the CRM yet: open its connection at the console")
	}
	if err != nil {
		return store.Grant{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return g, nil
}

// usable says whether the grant's access token needs no renewal.
func (s *Signer) usable(tenant string, g store.Grant) bool {
	return s.lasts(g.ExpiresAt) && !s.refused(tenant, g.AccessToken)
}

func ofGrant(g store.Grant, o *settings.OAuth) token {
	return token{value: g.AccessToken, until: g.ExpiresAt, of: *o}
}

// keep stores what the server handed out for the grant, before anything is done with it.
func (s *Signer) keep(ctx context.Context, tenant string, o *settings.OAuth, g store.Grant, t *oauth2.Token) (token, error) {
	fresh, err := s.of(t, o)
	if err != nil {
		return token{}, err
	}
	g.RefreshToken, g.AccessToken, g.ExpiresAt = secrets.New(t.RefreshToken), fresh.value, fresh.until
	if err := s.Store.PutGrant(ctx, tenant, g); err != nil { // also where a person has connected the CRM anew meanwhile
		return token{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return fresh, nil
}

func (s *Signer) config(o *settings.OAuth, redirect string) (*oauth2.Config, error) {
	secret, err := s.Secret("crm.oauth.client_secret", o.ClientSecret)
	if err != nil {
		return nil, err
	}
	c := &oauth2.Config{
		ClientID: o.ClientID, ClientSecret: secret, RedirectURL: redirect,
		Endpoint: oauth2.Endpoint{AuthURL: o.AuthorizeURL, TokenURL: o.TokenURL, AuthStyle: oauth2.AuthStyleInHeader},
	}
	if o.InBody {
		c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	if o.Scope != "" {
		c.Scopes = []string{o.Scope}
	}
	return c, nil
}

// documented are the errors of RFC 6749, section 5.2. What else a server writes in their place may be anything, a secret
// too.
var documented = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// told is an error of the library without the texts of the server.
func told(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		status := answer.Response.StatusCode
		said := fmt.Sprintf("crm.oauth.token_url answered %d", status)
		if slices.Contains(documented, answer.ErrorCode) {
			said += " " + answer.ErrorCode
		}
		if status >= 500 || status == http.StatusTooManyRequests {
			return fmt.Errorf("%w: %s", ErrUnavailable, said)
		}
		return errors.New(said)
	}
	var failed *outbound.Error
	switch {
	case errors.Is(err, errTooLong):
		return errTooLong
	case errors.Is(err, errPage): // whoever is in front of the CRM, and not for long as a rule
		return fmt.Errorf("%w: %w", ErrUnavailable, errPage)
	case !errors.As(err, &failed):
		return errors.New("crm.oauth.token_url answered without a token")
	case failed.Verdict == outbound.Refused:
		return fmt.Errorf("crm.oauth.token_url: %w", failed)
	}
	return fmt.Errorf("%w: crm.oauth.token_url: %w", ErrUnavailable, failed)
}

// toldOfGrant is told where the server may say that the person's grant is over.
func toldOfGrant(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.ErrorCode == "invalid_grant" {
		return fmt.Errorf("%w: the CRM's permission has ended: open its connection at the console again", told(err))
	}
	return told(err)
}
