package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"sessionbridge.internal/shared/outbound"
)

const maxRedirects = 5

// get asks for the file, with header, and follows redirects. Whoever gets a stream closes it.
func (f *file) get(ctx context.Context, header http.Header) (*outbound.Stream, error) {
	at, sign := f.at, f.o.Sign != nil
	for range maxRedirects + 1 {
		s, err := f.ask(ctx, at, sign, header)
		if err != nil || !isRedirect(s.Status) {
			return s, err
		}
		_ = s.Close() // nobody reads a redirect
		next, err := f.follow(at, s.Header.Get("Location"))
		if err != nil {
			return nil, err
		}
		sign = sign && next.sameServer(at) // once elsewhere, never again
		at = next
	}
	return nil, fmt.Errorf("more than %d redirects: the address perhaps leads to a sign-in", maxRedirects)
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// ask sends one request.
func (f *file) ask(ctx context.Context, at address, sign bool, header http.Header) (*outbound.Stream, error) {
	to := *at.URL // credentials may go into the query
	req := (&http.Request{Method: http.MethodGet, URL: &to, Host: to.Host, Header: header.Clone()}).WithContext(ctx)
	if sign {
		if err := f.o.Sign(req); err != nil {
			return nil, fmt.Errorf("credentials: %w", err)
		}
	}
	s, err := f.o.Client.Open(ctx, req, outbound.StreamLimits{HeaderTimeout: headTime, IdleTimeout: idleTime, MaxBody: f.o.Max})
	var refused *outbound.Error
	if errors.As(err, &refused) && refused.Verdict == outbound.Refused {
		return nil, fmt.Errorf("%w: %w", ErrHost, err)
	}
	return s, err
}

// follow is where a redirect leads, if it may be followed.
func (f *file) follow(from address, location string) (address, error) {
	to, err := parse(from.URL, location)
	switch {
	case location == "":
		return address{}, errors.New("the server redirects to nowhere")
	case err != nil:
		return address{}, fmt.Errorf("%w: of what the server redirects to, %w", ErrHost, err)
	case from.Scheme == "https" && to.Scheme != "https":
		return address{}, fmt.Errorf("%w: the server redirects from https to http", ErrHost)
	}
	if err := to.check(f.o.Hosts); err != nil {
		return address{}, fmt.Errorf("the server redirects, perhaps to a sign-in because the address has expired: %w", err)
	}
	return to, nil
}
