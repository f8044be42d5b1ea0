package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/emulator/received"
)

// maxBody bounds a request's body where it is no upload, in bytes.
const maxBody = 1 << 20

// endpoint is what there is at a path.
type endpoint struct {
	methods map[string]action
	limit   int64 // of a request's body, in bytes
	may     func(*http.Request) bool
}

// action answers a request that is allowed. The body is bounded, and kept as far as it is read.
type action func(r *http.Request) answer

// answer is a response, written when no lock is held any more.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// serve runs the action for the request's method. Every request is kept, whatever comes of it.
func (c *CRM) serve(w http.ResponseWriter, r *http.Request, e endpoint) {
	at := c.o.Now().UTC()
	kept := &received.Beginning{}
	body := io.TeeReader(http.MaxBytesReader(w, r.Body, e.limit), kept)
	r = r.WithContext(r.Context()) // a copy: the server looks at its own body to know whether the client waits to be asked for it
	r.Body = io.NopCloser(body)
	a, refused := c.refuse(r, e)
	if !refused {
		a = e.methods[r.Method](r)
	}
	if r.ContentLength <= e.limit {
		_, _ = io.CopyN(io.Discard, body, maxBody) // what no action read is kept too, and some clients listen only when they have spoken
	}
	c.keep(at, r, kept, a.status)
	a.write(w)
}

// refuse answers a request that no action is to see.
func (c *CRM) refuse(r *http.Request, e endpoint) (answer, bool) {
	switch {
	case !e.may(r):
		return c.unauthorised(r), true
	case c.origins.Check(r) != nil:
		return fail(http.StatusForbidden, "", "a page of another site must not do this in a person's name"), true
	case e.methods == nil:
		return fail(http.StatusNotFound, "", "there is nothing at this path"), true
	case e.methods[r.Method] == nil:
		return methodNotAllowed(e.methods), true
	case r.ContentLength > e.limit:
		return tooLong(e.limit), true
	}
	return answer{}, false
}

// locked is an action on JSON, run with the CRM's lock held.
func (c *CRM) locked(act func(r *http.Request, body []byte) answer) action {
	return func(r *http.Request) answer {
		if r.Method != http.MethodGet && mediaType(r) != "application/json" {
			return fail(http.StatusUnsupportedMediaType, "", "want Content-Type: application/json")
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return failBody(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.once(r, body, act)
	}
}

func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

func methodNotAllowed(methods map[string]action) answer {
	allowed := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	a := fail(http.StatusMethodNotAllowed, "", "want "+allowed)
	a.header.Set("Allow", allowed)
	return a
}

// failBody is for a body that could not be read to its end.
func failBody(err error) answer {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return tooLong(long.Limit)
	}
	return fail(http.StatusBadRequest, "", "the body broke off")
}

func tooLong(limit int64) answer {
	return fail(http.StatusRequestEntityTooLarge, "", fmt.Sprintf("the body is longer than %d bytes", limit))
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
