// Package signin puts a tenant's credentials on the requests to its CRM: HTTP Basic, headers of its own, or a bearer
// token of OAuth 2.0 (RFC 6749, RFC 6750), which it fetches and renews. Credentials are read from secrets; only what an
// OAuth server hands out to a person is kept, in shared/store. shared/flow sends what is signed here, and the console
// takes people to an OAuth server and back.
package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/sync/singleflight"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// Signer signs requests. One is enough for a process; all methods may be called at once from many goroutines.
type Signer struct {
	Secrets *secrets.Resolver
	Client  *outbound.Client
	Store   *store.Store // for the grant authorization_code alone
	Clock   clock.Clock

	flights singleflight.Group // requests for tokens
	mu      sync.Mutex
	tokens  map[string]token          // by tenant
	bad     map[string]secrets.Secret // by tenant: the access token that the CRM refused last
}

// Format prints nothing of what it holds: tokens, which others may be changing just now.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "signin.Signer") }

// ErrUnavailable is a token that is not to be had now, and perhaps is later.
var ErrUnavailable = errors.New("the CRM's sign-in is not available now")

// Sign adds the CRM's credentials to the request. An error of ErrUnavailable may pass; any other needs the settings, a
// secret or the sign-in mended. Errors name the setting, and hold no secret.
func (s *Signer) Sign(ctx context.Context, tenant string, c *settings.CRM, req *http.Request) error {
	if err := s.Put(req, "crm", c.Basic, c.Headers); err != nil {
		return err
	}
	if c.OAuth != nil {
		access, err := s.access(ctx, tenant, c.OAuth)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+access)
	}
	return nil
}

// Put adds the headers and, where there is one, the user and password of the settings at the path ("crm", "quality.call").
// Its errors are as Sign's.
func (s *Signer) Put(req *http.Request, path string, basic *settings.Basic, headers []settings.Header) error {
	for i, h := range headers {
		value, err := s.header(fmt.Sprintf("%s.headers[%d].secret", path, i), h)
		if err != nil {
			return err
		}
		req.Header.Set(h.Name, value)
	}
	if basic != nil {
		password, err := s.Secret(path+".basic.password", basic.Password)
		if err != nil {
			return err
		}
		req.SetBasicAuth(basic.Username, password)
	}
	return nil
}

func (s *Signer) header(path string, h settings.Header) (string, error) {
	if h.Secret == "" {
		return h.Prefix + h.Value, nil
	}
	value, err := s.Secret(path, h.Secret)
	if err == nil && strings.ContainsFunc(value, unicode.IsControl) {
		// Unsaid, it would look like a connection that broke, and be tried for a week.
		err = fmt.Errorf("%s: the secret holds a line break or another control character, which no header can", path)
	}
	return h.Prefix + value, err
}

// Secret is the value behind the reference that the settings have at the path.
func (s *Signer) Secret(path, reference string) (string, error) {
	ref, err := secrets.ParseRef(reference)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	value, err := s.Secrets.Resolve(ref)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return value.Reveal(), nil
}
