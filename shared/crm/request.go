package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"sessionbridge.internal/shared/settings"
)

// Request is one call to the CRM, built but not sent and without credentials.
type Request struct {
	Method string
	URL    string
	Body   []byte // JSON, or nil for a GET
}

// Build fills an endpoint's URL and parameters. A parameter that is nothing but a variable whose value is not known is
// left out. ok is false when the request cannot be made: a variable in the URL's path is not known, or it is a search and
// none of its filters is (a CRM answers a search for nothing with everybody).
func Build(e *settings.Endpoint, v Vars) (r Request, ok bool, err error) {
	if unfilled(e.URL, v) {
		return Request{}, false, nil
	}
	params, filled := fill(e.Parameters, v)
	u, err := url.Parse(expand(e.URL, v, url.PathEscape))
	if err != nil {
		return Request{}, false, fmt.Errorf("crm: url of the endpoint: %w", err)
	}
	if e.Method != http.MethodGet {
		body, err := object(params)
		return Request{Method: e.Method, URL: u.String(), Body: body}, true, err
	}
	if hasVariables(e.Parameters) && !filled {
		return Request{}, false, nil
	}
	q := u.Query()
	for _, p := range params {
		q.Add(p.Key, p.Value)
	}
	u.RawQuery = q.Encode()
	return Request{Method: e.Method, URL: u.String()}, true, nil
}

// fill expands the parameters' values; filled says whether one of them holds the value of a variable.
func fill(in []settings.Parameter, v Vars) (out []settings.Parameter, filled bool) {
	for _, p := range in {
		vars := variable.FindAllString(p.Value, -1)
		if len(vars) == 1 && vars[0] == p.Value && unfilled(p.Value, v) {
			continue
		}
		filled = filled || len(vars) > 0 && !unfilled(p.Value, v)
		out = append(out, settings.Parameter{Key: p.Key, Value: expand(p.Value, v, plain)})
	}
	return out, filled
}

func hasVariables(ps []settings.Parameter) bool {
	for _, p := range ps {
		if variable.MatchString(p.Value) {
			return true
		}
	}
	return false
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
