package signin

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/oauth2"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// Connect is the address at which a person lets us in (RFC 6749, section 4.1.1, with RFC 7636's code challenge). state
// comes back to redirect unchanged; verifier is to be given to Connected.
func (s *Signer) Connect(o *settings.OAuth, redirect, state, verifier string) (string, error) {
	c, err := s.config(o, redirect)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	if o.AccessType != "" {
		options = append(options, oauth2.SetAuthURLParam("access_type", o.AccessType))
	}
	return c.AuthCodeURL(state, options...), nil
}

// Connected exchanges the code that the person's browser brought for the tenant's grant, and keeps it in the place of any
// other. Its errors are as those of Sign.
func (s *Signer) Connected(ctx context.Context, tenant string, o *settings.OAuth, redirect, code, verifier string) error {
	c, err := s.config(o, redirect)
	if err != nil {
		return err
	}
	ctx, cancel := apart(ctx)
	defer cancel()
	t, err := c.Exchange(s.guarded(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return told(err)
	}
	if t.RefreshToken == "" {
		return errors.New("the CRM's sign-in gave no refresh token: ask for offline access with crm.oauth.access_type or crm.oauth.scope")
	}
	if _, err := s.keep(ctx, tenant, o, store.Grant{TokenURL: o.TokenURL, ClientID: o.ClientID}, t); err != nil {
		return fmt.Errorf("keeping the grant: %w", err)
	}
	s.forget(tenant, func(token) bool { return true }) // it is of the grant before
	return nil
}
