package crm

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 1 << 20

// action answers one authenticated request, whose body was read, with the CRM's lock held.
type action func(r *http.Request, body []byte) answer

// answer is a response, written as soon as the lock is free.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// serve runs the action for the request's method. Every request is kept, whatever comes of it.
func (c *CRM) serve(w http.ResponseWriter, r *http.Request, methods map[string]action) {
	at := c.o.Now().UTC()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	a, refused := c.refuse(r, methods, err)
	c.mu.Lock()
	if !refused {
		a = c.once(r, body, methods[r.Method])
	}
	c.keep(at, r, body, a.status)
	c.mu.Unlock()
	a.write(w)
}

// refuse answers a request that no action is to see.
func (c *CRM) refuse(r *http.Request, methods map[string]action, bodyErr error) (answer, bool) {
	var tooLong *http.MaxBytesError
	switch {
	case !c.authenticated(r):
		return unauthorised(), true
	case methods == nil:
		return fail(http.StatusNotFound, "", "there is nothing at this path"), true
	case methods[r.Method] == nil:
		return methodNotAllowed(methods), true
	case errors.As(bodyErr, &tooLong):
		return fail(http.StatusRequestEntityTooLarge, "", fmt.Sprintf("the body is longer than %d bytes", tooLong.Limit)), true
	case bodyErr != nil:
		return fail(http.StatusBadRequest, "", "the body broke off"), true
	case r.Method != http.MethodGet && !isJSON(r):
		return fail(http.StatusUnsupportedMediaType, "", "want Content-Type: application/json"), true
	}
	return answer{}, false
}

func (c *CRM) authenticated(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && same(user, c.o.User) && same(password, c.o.Password)
}

// same compares without telling by its duration how much was right, or how long the right one is.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

func unauthorised() answer {
	a := fail(http.StatusUnauthorized, "", "want HTTP Basic authentication with the demo user and password")
	a.header.Set("WWW-Authenticate", `Basic realm="demo CRM"`)
	return a
}

func methodNotAllowed(methods map[string]action) answer {
	allowed := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	a := fail(http.StatusMethodNotAllowed, "", "want "+allowed)
	a.header.Set("Allow", allowed)
	return a
}

// reply is an answer with one JSON object of named values.
func reply(status int, values map[string]any) answer {
	body, err := json.Marshal(values)
	if err != nil { // what was posted is checked to be JSON, so this is ours
		return fail(http.StatusInternalServerError, "", "the answer cannot be written as JSON")
	}
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

// fail is an answer that says what is wrong, with which field where it is about one.
func fail(status int, field, message string) answer {
	e := map[string]string{"message": message}
	if field != "" {
		e["field"] = field
	}
	return reply(status, map[string]any{"error": e})
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone is no trouble of ours
}
