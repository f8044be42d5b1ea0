package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/template"
)

// Request is one call to the CRM, built but not sent and without credentials.
type Request struct {
	Method      string
	URL         string
	ContentType string // of the body; empty without one
	Body        []byte // JSON, or nil
}

// jsonType is the content type of every body but a form's.
const jsonType = "application/json"

// Build fills an endpoint's URL, parameters and body ("Custom CRM", endpoint configuration). One endpoint, one set of
// values: always the same request, to the letter. ok is false when a variable in the URL is not known; the error names the
// parameter or key that is wrong, without its value.
func Build(e *settings.Endpoint, v Vars) (r Request, ok bool, err error) { return build(e, v, false) }

// build is Build; strict leaves out of a body template what has any variable that is not known.
func build(e *settings.Endpoint, v Vars, strict bool) (r Request, ok bool, err error) {
	target, ok, err := address(e.URL, v)
	if err != nil || !ok {
		return Request{}, false, err
	}
	query, members, err := fill(e, v)
	if err != nil {
		return Request{}, false, err
	}
	target.RawQuery = withQuery(target.RawQuery, query)
	r = Request{Method: e.Method, URL: target.String()}
	switch {
	case e.Body != "":
		r.Body, err = fillBody(e.Body, v, strict)
	case e.Method != http.MethodGet || len(members) > 0:
		r.Body, err = object(e, members)
	}
	if err != nil {
		return Request{}, false, err
	}
	if r.Body != nil {
		r.ContentType = jsonType
	}
	return r, true, nil
}

// address fills an endpoint's URL. A value must not climb out of the path in which it was put, and what stands behind a "#" is
// not sent.
func address(text string, v Vars) (u *url.URL, ok bool, err error) {
	text, complete, err := expand(text, v, inURL)
	if err != nil {
		return nil, false, fmt.Errorf("crm: the URL of the endpoint: %w", err)
	}
	if !complete {
		return nil, false, nil
	}
	if u, err = url.Parse(text); err != nil {
		return nil, false, errors.New("crm: the URL of the endpoint is not one")
	}
	if settings.Climbs(text) {
		return nil, false, errors.New("crm: the path of the endpoint's URL has a part that is only dots, which leads elsewhere")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, true, nil
}

// filled is a parameter with its value.
type filled struct{ key, text, kind string }

// fill gives the parameters that are sent, those of the query and those of the body. One of which a known variable is
// empty is not, unless it is to be kept; nor is one for which an app or a page sent what it cannot be.
func fill(e *settings.Endpoint, v Vars) (query, body []filled, err error) {
	for _, p := range e.Parameters {
		text, sent, err := value(&p, v)
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("crm: parameter %q: %w", p.Key, err)
		case !sent || strange(&p, text):
		case p.In == "query" || p.In == "" && e.Method == http.MethodGet:
			query = append(query, filled{p.Key, text, p.Type})
		default:
			body = append(body, filled{p.Key, text, p.Type})
		}
	}
	return query, body, nil
}

// strange says whether custom data does not fit the parameter's type. No change of the settings would mend what a page sent: it
// counts as not known, and holds no record up.
func strange(p *settings.Parameter, text string) bool {
	_, err := settings.Encode(text, p.Type)
	return err != nil && strings.Contains(strings.ToUpper(p.Value), "{"+settings.CustomDataPrefix)
}

func value(p *settings.Parameter, v Vars) (text string, sent bool, err error) {
	t, err := template.Parse(p.Value)
	if err != nil {
		return "", false, err
	}
	fill, err := filler(p, t)
	if err != nil {
		return "", false, err
	}
	text, complete := fill(v.lookup)
	if p.Max > 0 && utf8.RuneCountInString(text) > p.Max {
		text, complete = shortened(p, t, v, fill)
	}
	return text, complete || p.Keep, nil
}

// shortened is the text with at most p.Max characters. Where values are escaped, they are cut before, so that no escape is cut
// in two and what is typed around them stays: then the limit is of the text without escapes. What has no room for its
// values is not complete, as if they were not known.
func shortened(p *settings.Parameter, t template.Template, v Vars, fill filling) (text string, complete bool) {
	if p.Escape == "" {
		text, complete = fill(v.lookup)
		return firstOf(text, p.Max), complete
	}
	cutTo := func(n int) template.Lookup {
		return func(name string) (string, bool) {
			value, known := v.lookup(name)
			return firstOf(value, n), known
		}
	}
	n := sort.Search(p.Max+1, func(n int) bool {
		text, _ := t.Expand(cutTo(n), nil)
		return utf8.RuneCountInString(text) > p.Max
	})
	return fill(cutTo(max(n-1, 0)))
}

// firstOf is the first so many characters.
func firstOf(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

// withQuery appends parameters to the query as it was typed, whose own parameters stay in their order. A blank is %20 and
// a plus sign %2B, which every server reads alike (RFC 3986, section 2.1).
func withQuery(typed string, params []filled) string {
	var parts []string
	if typed != "" {
		parts = append(parts, encodeTyped(typed))
	}
	for _, p := range params {
		parts = append(parts, inURL(p.key)+"="+inURL(p.text))
	}
	return strings.Join(parts, "&")
}

// encodeTyped encodes what may not stand in a query but was typed in one, and lets all else be.
func encodeTyped(query string) string {
	var b strings.Builder
	for i := range len(query) {
		c := query[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 || c == '%' && !isEscape(query[i:]) {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, err := hex.DecodeString(s[1:3])
	return err == nil
}

// Asks says whether a search asks for something: whether its request would be another for another customer or session,
// which the given variables name. A search that asks for nothing, or only for what all have in common, is answered with
// everybody; and so is one whose filter was left out because its value is not known.
func Asks(e *settings.Endpoint, v Vars, identities ...string) bool {
	asked, ok, err := build(e, v, true)
	if err != nil {
		return true // Build tells what is wrong
	}
	others := maps.Clone(v)
	for name, is := range v {
		if is != "" && slices.Contains(identities, name) {
			others[name] = "0" + is
		}
	}
	another, _, err := build(e, others, true)
	return ok && (err != nil || asked.Digest() != another.Digest())
}

// ByID says whether the endpoint names what it looks for in its path, so that an answer of 404 means that it is not there.
func ByID(e *settings.Endpoint) bool {
	path, _, _ := strings.Cut(e.URL, "?")
	t, err := template.Parse(path)
	return err == nil && len(t.Variables()) > 0
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
	req.Header.Set("Accept", jsonType)
	if r.Body != nil {
		req.Header.Set("Content-Type", orDefault(r.ContentType, jsonType))
	}
	return req, nil
}
