package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
)

// token is an access token with the settings it was fetched for: after a change it is not used any more.
type token struct {
	value secrets.Secret
	until time.Time // zero: the server did not say
	of    settings.OAuth
}

// margin is how long before its end a token is renewed, so that it does not end on the way.
const margin = 30 * time.Second

// lasts says whether what ends then is good for a while. Where the server did not say it is, until the CRM refuses it.
func (s *Signer) lasts(until time.Time) bool {
	return until.IsZero() || s.Clock().Add(margin).Before(until)
}

// longest bounds how long it may take to get a token and keep it, and for how long one instance renews while the others
// wait.
const longest = 30 * time.Second

// access is an access token that is good for a while. Whoever needs one while it is being fetched waits for the same.
func (s *Signer) access(ctx context.Context, tenant string, o *settings.OAuth) (string, error) {
	if t, ok := s.known(tenant, o); ok {
		return t.value.Reveal(), nil
	}
	flight := s.flights.DoChan(fmt.Sprintf("%q %+v", tenant, *o), func() (any, error) {
		ctx, cancel := apart(ctx)
		defer cancel()
		return s.get(ctx, tenant, o)
	})
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case r := <-flight:
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(token).value.Reveal(), nil
	}
}

// apart is a context for what must be brought to its end although the one who asked has gone: others wait for it too, and a
// token that was handed out and not kept is lost.
func apart(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), longest)
}

func (s *Signer) get(ctx context.Context, tenant string, o *settings.OAuth) (token, error) {
	if t, ok := s.known(tenant, o); ok { // fetched just before this began
		return t, nil
	}
	get := s.fetch
	if o.Grant == settings.AuthorizationCode {
		get = s.renew
	}
	t, err := get(ctx, tenant, o)
	if err != nil {
		return token{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == nil {
		s.tokens = map[string]token{}
	}
	s.tokens[tenant] = t
	return t, nil
}

func (s *Signer) known(tenant string, o *settings.OAuth) (token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tokens[tenant]
	return t, ok && t.of == *o && s.lasts(t.until)
}

// Drop forgets the access token that the request carried, which the CRM refused, and says whether it carried one: then
// there may be another and the request be tried once more. A token that has taken its place meanwhile stays.
func (s *Signer) Drop(tenant string, req *http.Request) bool {
	access, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if ok {
		s.forget(tenant, func(t token) bool { return t.value.Reveal() == access })
	}
	return ok
}

// forget takes the tenant's access token away, if it is the one.
func (s *Signer) forget(tenant string, one func(token) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, had := s.tokens[tenant]
	if !had || !one(t) {
		return
	}
	delete(s.tokens, tenant)
	if s.bad == nil {
		s.bad = map[string]secrets.Secret{}
	}
	s.bad[tenant] = t.value
}

// refused says whether the CRM refused this access token here.
func (s *Signer) refused(tenant string, access secrets.Secret) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bad[tenant].Reveal() == access.Reveal()
}

// of is what the server handed out for the settings.
func (s *Signer) of(t *oauth2.Token, o *settings.OAuth) (token, error) {
	strange := func(c rune) bool { return c < ' ' || c > '~' }
	if strings.ContainsFunc(t.AccessToken, strange) { // RFC 6749, appendix A.12
		return token{}, errors.New("crm.oauth.token_url answered with a token that no header can hold")
	}
	return token{value: secrets.New(t.AccessToken), until: s.until(t), of: *o}, nil
}

// until is when a token ends by our clock, since the library's uses the machine's; zero where the server does not say.
// Some servers write the number as a text.
func (s *Signer) until(t *oauth2.Token) time.Time {
	seconds, err := strconv.ParseFloat(fmt.Sprint(t.Extra("expires_in")), 64)
	if err != nil || !(seconds > 0 && seconds <= 1e9) { // NaN is neither
		return time.Time{}
	}
	return s.Clock().Add(time.Duration(seconds * float64(time.Second)))
}
