package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// Request is one call to the CRM, built but not sent and without credentials.
type Request struct {
	Method string
	URL    string
	Body   []byte // JSON, or nil for a GET
}

// Build fills an endpoint's URL and parameters. A parameter that is nothing but a variable whose value is not known is
// left out. ok is false when a variable in the URL is not known.
func Build(e *settings.Endpoint, v Vars) (r Request, ok bool, err error) {
	if unfilled(e.URL, v) {
		return Request{}, false, nil
	}
	params := fill(e.Parameters, v)
	u, err := url.Parse(expand(e.URL, v, inURL))
	if err != nil {
		return Request{}, false, errors.New("crm: the URL of the endpoint is not one")
	}
	if e.Method != http.MethodGet {
		body, err := object(params)
		return Request{Method: e.Method, URL: u.String(), Body: body}, true, err
	}
	q := u.Query()
	for _, p := range params {
		q.Add(p.Key, p.Value)
	}
	u.RawQuery = q.Encode()
	return Request{Method: e.Method, URL: u.String()}, true, nil
}

// Asks says whether a search asks for something: whether one of the given variables is known and stands in its URL or
// parameters. A search that asks for nothing, or only for what all have in common, is answered with everybody.
func Asks(e *settings.Endpoint, v Vars, identities ...string) bool {
	text := e.URL
	for _, p := range e.Parameters {
		text += " " + p.Value
	}
	for _, m := range variable.FindAllString(text, -1) {
		if name := nameOf(m); slices.Contains(identities, name) && v[name] != "" {
			return true
		}
	}
	return false
}

// ByID says whether the endpoint names what it looks for in its path, so that an answer of 404 means that it is not there.
func ByID(e *settings.Endpoint) bool {
	path, _, _ := strings.Cut(e.URL, "?")
	return variable.MatchString(path)
}

// fill expands the parameters' values.
func fill(in []settings.Parameter, v Vars) (out []settings.Parameter) {
	for _, p := range in {
		if variable.FindString(p.Value) == p.Value && p.Value != "" && unfilled(p.Value, v) {
			continue
		}
		out = append(out, settings.Parameter{Key: p.Key, Value: expand(p.Value, v, plain)})
	}
	return out
}

// object is the JSON body in the documented Property format, its keys in the order of the settings.
func object(ps []settings.Parameter) ([]byte, error) {
	var b bytes.Buffer
	for i, p := range ps {
		key, err := json.Marshal(p.Key)
		if err != nil {
			return nil, fmt.Errorf("crm: parameter %s: %w", p.Key, err)
		}
		value, err := json.Marshal(p.Value)
		if err != nil {
			return nil, fmt.Errorf("crm: parameter %s: %w", p.Key, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", key, value)
	}
	return fmt.Appendf(nil, "{%s}", b.Bytes()), nil
}

// Digest is a short fingerprint of what a request sends. Two requests with one digest say the same.
func (r Request) Digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.Method, r.URL)
	h.Write(r.Body)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// HTTP makes the request ready to send; the caller adds credentials.
func (r Request) HTTP(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("crm: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
