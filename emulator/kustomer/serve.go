package kustomer

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/emulator/received"
)

// endpoint is what a method does at a path, and the roles of which a key needs one.
type endpoint struct {
	roles []string
	act   action
}

// action answers a request that is allowed, with the lock held.
type action func(*call) answer

// call is a request that is allowed.
type call struct {
	r     *http.Request
	body  []byte
	user  string // the machine user's id
	admin bool   // the key may set who made something, and when
	now   time.Time
}

// answer is a response, written when no lock is held any more.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// serve answers at one path. Every request is kept, whatever comes of it.
func (k *Kustomer) serve(methods map[string]endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		at, kept := k.now(), &received.Beginning{}
		body, err := io.ReadAll(io.TeeReader(http.MaxBytesReader(w, r.Body, maxBody), kept))
		k.mu.Lock()
		a := k.answer(r, methods, body, err)
		k.budget.tell(w.Header(), k.o.Limit, at)
		k.keep(at, r, kept, a.status)
		k.mu.Unlock()
		a.write(w)
	}
}

func (k *Kustomer) answer(r *http.Request, methods map[string]endpoint, body []byte, readErr error) answer {
	token, _ := bearer(r)
	key, known := k.keys[token]
	e, there := methods[r.Method]
	switch {
	case !known:
		return refuse(http.StatusUnauthorized, "want Authorization: Bearer and an API key that is valid")
	case !k.budget.take(k.now(), k.o.Limit):
		return refuse(http.StatusTooManyRequests, "the organisation's requests of this minute are used up")
	case methods == nil:
		return refuse(http.StatusNotFound, "there is nothing at this path")
	case !there:
		return methodNotAllowed(methods)
	case !key.may(e.roles):
		return refuse(http.StatusForbidden, "the API key needs one of the roles "+strings.Join(e.roles, ", "))
	case readErr != nil:
		return failBody(readErr)
	case (r.Method == http.MethodPost || r.Method == http.MethodPut) && mediaType(r) != "application/json":
		return refuse(http.StatusUnsupportedMediaType, "want Content-Type: application/json")
	}
	return e.act(&call{r, body, key.user, key.may([]string{"org.admin"}), k.now()})
}

// may is whether the key has one of the roles, or one above it.
func (key apiKey) may(wanted []string) bool {
	return slices.ContainsFunc(wanted, func(role string) bool {
		return slices.ContainsFunc(key.roles, func(held string) bool { return role == held || strings.HasPrefix(role, held+".") })
	})
}

// bearer is the token of a request. The scheme's letter case does not matter (RFC 9110 section 11.1).
func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

func methodNotAllowed(methods map[string]endpoint) answer {
	allowed := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	a := refuse(http.StatusMethodNotAllowed, "want "+allowed)
	a.header.Set("Allow", allowed)
	return a
}

func failBody(err error) answer {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return refuse(http.StatusRequestEntityTooLarge, "the body is longer than "+strconv.FormatInt(long.Limit, 10)+" bytes")
	}
	return refuse(http.StatusBadRequest, "the body broke off")
}

func reply(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil { // what is kept came as JSON, so this is ours
		return refuse(http.StatusInternalServerError, "the answer cannot be written as JSON")
	}
	return answer{status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body}
}

// refuse is an error about the request as a whole, in the one of the two shapes that most of the API has
// (https://developer.kustomer.com/docs/concepts/errors).
func refuse(status int, message string) answer {
	return reply(status, map[string]any{"errors": []any{map[string]any{"code": code(status), "message": message, "meta": map[string]any{}}}})
}

// fail is an error about a record or a field of it, in the other shape, that of JSON:API
// (https://jsonapi.org/format/1.1/#error-objects). The pointer is a field's name; empty: it is about none.
func fail(status int, pointer, detail string) answer {
	e := map[string]any{"status": strconv.Itoa(status), "code": code(status), "title": http.StatusText(status), "detail": detail}
	if pointer != "" {
		e["source"] = map[string]any{"pointer": "/" + pointer}
	}
	return reply(status, map[string]any{"errors": []any{e}})
}

func code(status int) string {
	return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
}

func notFound(kind string) answer {
	return fail(http.StatusNotFound, "", "there is no such "+strings.ReplaceAll(kind, "_", " "))
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone is no trouble of ours
}
