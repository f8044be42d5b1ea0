package crm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// Answer is what a CRM said to one request, its body already unpacked (Content-Encoding).
type Answer struct {
	Status    int
	Header    http.Header
	Body      []byte
	Truncated bool // the body was longer than what was read of it

	// Sent is the request that was answered, with its URL and body. A CRM repeats what it was sent, and MeaningOf must not
	// take a caller's words for the CRM's. The zero Request: not known.
	Sent Request
}

// inHeader is the custom_id_location that stands for the Location header (RFC 9110, section 10.2.2).
const inHeader = "Location"

// ReadCreated finds the id of what a create has made: at custom_id_location (or "id"), below response_data_location.
// "Location" is the last part of that header's path, which may be all that the header has; the body is then not read.
//
// The error says where the id was looked for and what was there instead. The CRM made the object all the same, so the
// fault is in the settings, or the CRM's, and the request must not be repeated for it. ErrWebPage alone leaves open what it did.
func ReadCreated(e *settings.Endpoint, a Answer) (id string, err error) {
	id, err = readID(e.Response, orDefault(e.ID, "id"), a)
	if errors.Is(err, ErrWebPage) {
		return "", fmt.Errorf("crm: %w", err)
	}
	if err != nil {
		return "", fmt.Errorf("crm: the request was accepted, but its answer has no id where response_data_location and custom_id_location say: %w", err)
	}
	return id, nil
}

// readID reads one id out of an answer, or says why there is none.
func readID(response, id string, a Answer) (string, error) {
	if id == inHeader {
		return fromHeader(a.Header)
	}
	place, err := parseLocation(below(response, id))
	if err != nil {
		return "", err
	}
	doc, err := decode(a)
	if err != nil {
		return "", err
	}
	if id, ok := idAt(doc, place); ok {
		return id, nil
	}
	if doc == nil {
		return "", fmt.Errorf("looked at %q, but the answer is empty (status %d)", place.text, a.Status)
	}
	return "", fmt.Errorf("looked at %q, but %s", place.text, place.instead(doc))
}

// fromHeader is the last part of the Location header's path. It is decoded only after the path was taken apart, so an id
// may contain a slash.
func fromHeader(h http.Header) (string, error) {
	raw := h.Get("Location")
	if raw == "" {
		return "", errors.New("there is no Location header")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", errors.New("the Location header is not a URL")
	}
	parts := strings.Split(strings.TrimRight(u.EscapedPath(), "/"), "/")
	last, err := url.PathUnescape(parts[len(parts)-1])
	if id, ok := idText(last); err == nil && ok {
		return id, nil
	}
	return "", fmt.Errorf("the path of the Location header, %q, has no id as its last part", shorten(u.Path, 100))
}

// decode is the answer's JSON, with numbers as they were written; nil if there is no body. Where an object has a key
// twice the last one counts, as with most readers (RFC 8259, section 4). encoding/json bounds the depth at 10,000.
func decode(a Answer) (any, error) {
	body := a.text()
	switch {
	case WebPage(a): // however long it is
		return nil, ErrWebPage
	case a.Truncated:
		return nil, fmt.Errorf("the answer is longer than the %d bytes that are read of one; let the request ask for less", len(a.Body))
	case len(body) == 0:
		return nil, nil // a 204, with which some CRMs say that they found nobody
	case body[0] == '<':
		return nil, errors.New("the answer is XML; the endpoint must be one that answers in JSON")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // an id must not pass through a float
	var doc any
	err := d.Decode(&doc)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the end of the JSON")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	return doc, nil
}

// text is the body without what may stand around it. A byte order mark may be ignored (RFC 8259, section 8.1).
func (a Answer) text() []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(a.Body, []byte("\ufeff")))
}

// ErrWebPage is an answer for people where JSON was expected, with which a server in front of a CRM tells of maintenance or asks
// to sign in, and often with status 200. It says nothing of what became of the request.
var ErrWebPage = errors.New("the CRM answered with a web page, not JSON: it may be down for maintenance, or the URL leads to its sign-in page")

// WebPage says whether the answer is a page for people, such as a login, whatever its status: not the CRM's API has answered. A
// content type alone does not make JSON one, since PHP calls everything text/html, and XML is none unless it is XHTML.
func WebPage(a Answer) bool {
	body := a.text()
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	switch {
	case len(body) == 0, a.Truncated && (body[0] == '{' || body[0] == '['):
		return false
	case body[0] != '<':
		return isHTML(kind) && !json.Valid(body)
	case bytes.HasPrefix(body, []byte("<?xml")), strings.HasSuffix(kind, "xml"):
		return bytes.Contains(bytes.ToLower(body[:min(len(body), 1<<10)]), []byte("<html"))
	}
	return true
}

func isHTML(kind string) bool { return kind == "text/html" || kind == "application/xhtml+xml" }

// instead tells what the document has where the location ends or breaks off. It names keys, and never values, which are
// a customer's.
func (l location) instead(doc any) string {
	for n := len(l.steps); n > 0; n-- {
		if v, ok := first(doc, l.steps[:n]); ok {
			return fmt.Sprintf("at %q is %s", l.text[:l.steps[n-1].end], describe(v))
		}
	}
	return "the answer is " + describe(doc)
}

func describe(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "an object with " + keys(v)
	case []any:
		if len(v) == 0 {
			return "an empty list"
		}
		if _, nested := v[0].([]any); nested {
			return fmt.Sprintf("a list of %d lists", len(v))
		}
		return fmt.Sprintf("a list of %d that begins with %s", len(v), describe(v[0]))
	case string:
		return "a text that is no id (empty, very long or with control characters)"
	case json.Number:
		return "a number that is not whole"
	case bool:
		return "true or false"
	}
	return "null"
}

// maxKeys is how many keys an error names.
const maxKeys = 20

func keys(m map[string]any) string {
	if len(m) == 0 {
		return "no keys"
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	more := ""
	if n := len(names) - maxKeys; n > 0 {
		names, more = names[:maxKeys], fmt.Sprintf(" and %d more", n)
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%q", shorten(name, 40))
	}
	return "the keys " + strings.Join(names, ", ") + more
}

// shorten is a text on one line, cut to so many characters.
func shorten(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
