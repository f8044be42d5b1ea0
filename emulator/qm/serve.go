package qm

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBody bounds a request, in bytes.
const maxBody = 2 << 20

// refusal is an answer that says what is wrong.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return r.why }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// serve takes the events of one request, all of them or none, and answers how many were new.
func (q *QM) serve(w http.ResponseWriter, r *http.Request, channel string) {
	told := Request{Time: q.o.Now().UTC(), Channel: channel, ID: r.Header.Get("Webhook-Id"), Status: http.StatusOK}
	events, err := q.read(w, r, channel)
	q.mu.Lock()
	if err == nil {
		told.Events, told.Repeats = len(events), q.take(events)
	}
	var no *refusal
	if errors.As(err, &no) {
		told.Status, told.Problem = no.status, no.why
		q.rejected++
	}
	q.requests = append(q.requests[max(0, len(q.requests)-maxRequests+1):], told)
	q.mu.Unlock()
	answer := map[string]any{"events": told.Events, "repeats": told.Repeats}
	if no != nil {
		answer = map[string]any{"error": no.why}
	}
	if told.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="quality management"`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(told.Status)
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone is no trouble of ours
}

// read is the request's events. Its error is a *refusal.
func (q *QM) read(w http.ResponseWriter, r *http.Request, channel string) ([]arrival, error) {
	if !q.knows(r) {
		return nil, refuse(http.StatusUnauthorized, "the user name or password is wrong")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "want Content-Type: application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is longer than %d bytes", long.Limit)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body broke off")
	}
	if r.Header.Get("Webhook-Id") == "" {
		return nil, refuse(http.StatusBadRequest, "webhook-id is missing: a repeat could not be known for one")
	}
	if err := q.signed(r.Header, body); err != nil {
		return nil, err
	}
	return q.events(r.Header, channel, body)
}

func (q *QM) knows(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	right := subtle.ConstantTimeCompare([]byte(user+":"+password), []byte(q.o.User+":"+q.o.Password)) == 1
	return ok && right
}

// events reads the body, one event or an array of them, and what the headers say of each.
func (q *QM) events(h http.Header, channel string, body []byte) (events []arrival, err error) {
	bodies := []json.RawMessage{body}
	if trimmed := strings.TrimSpace(string(body)); strings.HasPrefix(trimmed, "[") {
		bodies = nil
		if err := json.Unmarshal(body, &bodies); err != nil {
			return nil, refuse(http.StatusBadRequest, "the body is no JSON: %v", err)
		}
	}
	ids, times := list(h, "Sessionbridge-Event-Id"), list(h, "Sessionbridge-Event-Time")
	if len(ids) == 0 && len(bodies) == 1 {
		ids = []string{h.Get("Webhook-Id")}
	}
	if len(bodies) == 0 || len(ids) != len(bodies) || len(times) != 0 && len(times) != len(bodies) {
		return nil, refuse(http.StatusBadRequest, "%d events with %d ids and %d times: each event has one", len(bodies), len(ids), len(times))
	}
	for i, one := range bodies {
		a, err := q.event(channel, one)
		if err != nil {
			return nil, err
		}
		a.event.ID = ids[i]
		if len(times) > 0 {
			a.event.At = times[i]
		}
		a.event.ReceivedAt = q.o.Now().UTC()
		a.key = orderingKey(h, a.id)
		events = append(events, a)
	}
	return events, nil
}

// list is a header's value as a list (RFC 9110, section 5.6.1).
func list(h http.Header, name string) (all []string) {
	for part := range strings.SplitSeq(h.Get(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
