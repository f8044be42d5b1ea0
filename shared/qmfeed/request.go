package qmfeed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/settings"
)

// The headers of a request beside those of Standard Webhooks. The two lists have one element for each event of the body,
// in its order.
const (
	// OrderingKey names what the events must stay in order of: a call, a chat, an agent. It is percent-encoded.
	OrderingKey = "Sessionbridge-Ordering-Key"
	// EventIDs are the events' own ids. A receiver that drops an event it has had already need look at nothing else.
	EventIDs = "Sessionbridge-Event-Id"
	// EventTimes are when the events happened (RFC 3339, UTC).
	EventTimes = "Sessionbridge-Event-Time"
)

// target is where requests go, and its path in the settings.
type target struct {
	path     string
	endpoint *settings.QualityEndpoint
}

const (
	timeout   = 10 * time.Second
	maxAnswer = 64 << 10
)

// send makes one request.
func (r *Runner) send(ctx context.Context, to target, batch []quality.Payload) (a answer) {
	a.began = r.Clock()
	body := bodyOf(to.endpoint, batch)
	a.request, a.url = string(body), shown(to.endpoint.URL)
	req, hide, err := r.request(ctx, to, batch, body)
	if err != nil {
		a.err, a.refused = err, true
		return a
	}
	resp, err := r.Client.Do(ctx, req, outbound.Limits{Timeout: timeout, MaxBody: maxAnswer})
	a.took = r.Clock().Sub(a.began)
	if err != nil {
		var failure *outbound.Error
		errors.As(err, &failure) // Do returns no other
		a.err, a.refused = err, failure.Verdict == outbound.Refused
		return a
	}
	a.status, a.response = resp.Status, hide.Replace(string(resp.Body))
	a.isPage = isPage(resp.Header, resp.Body)
	a.retryAfter, _ = outbound.Waits(resp.Status, resp.Header, r.Clock())
	return a
}

// isPage says whether an answer is a web page, by its type or, where a proxy gives another one, by its beginning. XML is none.
func isPage(h http.Header, body []byte) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type")) // what cannot be read is no page's
	if media == "text/html" || media == "application/xhtml+xml" {
		return true
	}
	start := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\ufeff")))
	start = bytes.ToLower(start[:min(len(start), 20)])
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// shown is a URL without credentials.
func shown(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return outbound.Redact(u)
}

// bodyOf is one event as it is, or an array where the settings want several.
func bodyOf(e *settings.QualityEndpoint, batch []quality.Payload) []byte {
	if e.Size() == 1 {
		return batch[0].Body
	}
	var all [][]byte
	for _, p := range batch {
		all = append(all, p.Body)
	}
	return append(append([]byte{'['}, bytes.Join(all, []byte{','})...), ']')
}

// request is ready to be sent; hide takes its credentials out of an answer that repeats them.
func (r *Runner) request(ctx context.Context, to target, batch []quality.Payload, body []byte) (req *http.Request, hide *strings.Replacer, err error) {
	req, err = http.NewRequestWithContext(ctx, http.MethodPost, to.endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("%s.url cannot be called", to.path) // the error itself repeats it
	}
	if err := r.Signer.Put(req, to.path, to.endpoint.Basic, to.endpoint.Headers); err != nil {
		return nil, nil, err
	}
	hide = hiding(to.endpoint, req)
	req.Header.Set("Content-Type", "application/json")
	describe(req.Header, batch)
	id, timestamp := requestID(batch), strconv.FormatInt(r.Clock().Unix(), 10)
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", timestamp)
	if to.endpoint.SigningSecret == "" {
		return req, hide, nil
	}
	secret, err := r.Signer.Secret(to.path+".signing_secret", to.endpoint.SigningSecret)
	if err != nil {
		return nil, nil, err
	}
	signature, err := sign(secret, id, timestamp, body)
	if err != nil {
		return nil, nil, fmt.Errorf("%s.signing_secret: %w", to.path, err)
	}
	req.Header.Set("Webhook-Signature", signature)
	return req, hide, nil
}

// describe says what the events are.
func describe(h http.Header, batch []quality.Payload) {
	var ids, times []string
	for _, p := range batch {
		ids, times = append(ids, p.ID), append(times, p.At.UTC().Format(time.RFC3339Nano))
	}
	h.Set(OrderingKey, (&url.URL{Path: batch[0].Key}).EscapedPath())
	h.Set(EventIDs, strings.Join(ids, ", "))
	h.Set(EventTimes, strings.Join(times, ", "))
}

// requestID is the event's own id, or for several one of their ids.
func requestID(batch []quality.Payload) string {
	if len(batch) == 1 {
		return batch[0].ID
	}
	h := sha256.New()
	for _, p := range batch {
		h.Write([]byte(p.ID + "\n"))
	}
	return "batch-" + hex.EncodeToString(h.Sum(nil)[:16])
}
