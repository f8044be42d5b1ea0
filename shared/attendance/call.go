package attendance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
)

// What may be wrong with a side.
var (
	// ErrSettings says that a person has to mend the settings, a secret, or what its owner may do.
	ErrSettings = errors.New("the settings, or the rights of whom they name, do not suffice")
	// ErrUnavailable says that the side does not answer as it should now, and perhaps does later.
	ErrUnavailable = errors.New("it does not answer as it should")
)

// Bounds of a side's answers.
const (
	maxAnswer = 4 << 20 // bytes
	maxPages  = 200
	maxPage   = 5_000  // records of one page
	maxList   = 20_000 // records of a list
	maxWait   = time.Hour
	someWhile = 30 * time.Second // how long it is left alone after a 429 that does not say
)

// caller makes one turn's requests to one side.
type caller struct {
	client *outbound.Client
	base   *url.URL
	sign   func(*http.Request)
	wait   func(context.Context) error // before each request, so that the side's rate is kept
	clock  clock.Clock

	notBefore time.Time // when it may be asked again, after a 429
}

func (r *Runner) newCaller(base string) (*caller, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil {
		return nil, fmt.Errorf("%w: the address cannot be read", ErrSettings) // its text would repeat it
	}
	return &caller{client: r.Client, base: u, clock: r.Clock, wait: func(context.Context) error { return nil }}, nil
}

// held says whether the side has answered 429, and the time that it named is not over.
func (c *caller) held() bool { return c.notBefore.After(c.clock()) }

// heed remembers how long a 429 asks us to wait (RFC 6585, section 4; RFC 9110, section 10.2.3).
func (c *caller) heed(resp *outbound.Response) {
	if resp == nil || resp.Status != http.StatusTooManyRequests {
		return
	}
	now := c.clock()
	retry, _ := outbound.Waits(resp.Status, resp.Header, now)
	c.notBefore = now.Add(min(cmp.Or(retry, someWhile), maxWait))
}

// secret is the value of the setting at the path.
func secret(r *secrets.Resolver, path, reference string) (string, error) {
	ref, err := secrets.ParseRef(reference)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrSettings, path, err)
	}
	value, err := r.Resolve(ref)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrSettings, path, err)
	}
	return value.Reveal(), nil
}

// send makes a request to a path, with its query, below the base. Only what got no answer at all is an error.
func (c *caller) send(ctx context.Context, method, path string, body []byte) (*outbound.Response, error) {
	if c.held() {
		return nil, leftAlone(c.notBefore)
	}
	if err := c.wait(ctx); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: the address cannot be read", ErrSettings)
	}
	c.sign(req)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.client.Do(ctx, req, outbound.Limits{MaxBody: maxAnswer})
	c.heed(resp)
	return resp, err
}

// get reads JSON. Its errors name the path without its query.
func (c *caller) get(ctx context.Context, path string, into any) (http.Header, error) {
	shown, _, _ := strings.Cut(path, "?")
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err == nil {
		err = failure(resp)
	}
	if err == nil {
		err = decode(resp, into)
	}
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", shown, err)
	}
	return resp.Header, nil
}

func decode(resp *outbound.Response, into any) error {
	if resp.Truncated {
		return fmt.Errorf("%w: the answer is longer than %d bytes, or broke off", ErrUnavailable, maxAnswer)
	}
	if err := json.Unmarshal(resp.Body, into); err != nil {
		return fmt.Errorf("%w: the answer is not the JSON that it should be", ErrUnavailable) // the cause may quote it
	}
	return nil
}

// records reads each record of a page by itself.
func records[T any](path string, raw []json.RawMessage) ([]T, error) {
	out := make([]T, len(raw))
	for i := range raw {
		if json.Unmarshal(raw[i], &out[i]) != nil {
			shown, _, _ := strings.Cut(path, "?")
			return nil, fmt.Errorf("GET %s: %w: the answer is not the JSON that it should be", shown, ErrUnavailable)
		}
	}
	return out, nil
}

// failure is what an answer's status says is wrong.
func failure(resp *outbound.Response) error {
	switch {
	case resp.Status >= 200 && resp.Status <= 299:
		return nil
	case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusForbidden, resp.Status == http.StatusNotFound:
		return fmt.Errorf("%w: answered %d", ErrSettings, resp.Status)
	}
	return fmt.Errorf("%w: answered %d", ErrUnavailable, resp.Status)
}

// below is the path and query, below the base, of a link that an answer has; only of one that leads to the same server.
func (c *caller) below(link string) (string, error) {
	u, err := c.base.Parse(link)
	if err != nil || u.Scheme != c.base.Scheme || u.Host != c.base.Host || !strings.HasPrefix(u.Path, c.base.Path) {
		return "", fmt.Errorf("%w: a page of its list is on another server", ErrUnavailable)
	}
	return strings.TrimPrefix(u.RequestURI(), c.base.EscapedPath()), nil
}

// tooLong is the trouble with a list of more than is read. It names the path without its query.
func tooLong(path string, most int, what string) error {
	shown, _, _ := strings.Cut(path, "?")
	return fmt.Errorf("GET %s: %w: it has more than %d %s", shown, ErrUnavailable, most, what)
}
