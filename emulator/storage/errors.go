package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"
)

// apiError is an answer of the API that is no success (cloud.google.com/storage/docs/json_api/v1/status-codes).
type apiError struct {
	status  int
	reason  string
	message string
}

func (e *apiError) Error() string { return e.message }

// Is lets people's page ask for fs.ErrNotExist.
func (e *apiError) Is(target error) bool {
	return target == fs.ErrNotExist && e.status == http.StatusNotFound
}

var errBucketExists = &apiError{http.StatusConflict, "conflict", "a bucket of this name exists already"}

func badRequest(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, "invalid", fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &apiError{http.StatusNotFound, "notFound", fmt.Sprintf(format, args...)}
}

func notImplemented(r *http.Request) error {
	return &apiError{http.StatusNotImplemented, "notImplemented", fmt.Sprintf("the emulator does not do %s %s", r.Method, r.URL.Path)}
}

func retained(o *object, until time.Time) error {
	return &apiError{http.StatusForbidden, "retentionPolicyNotMet", fmt.Sprintf("Object '%s/%s' is subject to bucket's retention "+
		"policy or object retention and cannot be deleted or overwritten until %s", o.Bucket, o.Name, until.Format(time.RFC3339Nano))}
}

func unmet(name string, want, have int64) error {
	return &apiError{http.StatusPreconditionFailed, "conditionNotMet", fmt.Sprintf("%s: %d, but the object has %d", name, want, have)}
}

// fail writes err as the API that was asked does.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *apiError
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &tooLong) && speaksXML(r):
		e = entityTooLarge(tooLong.Limit)
	case errors.As(err, &tooLong):
		e = &apiError{http.StatusRequestEntityTooLarge, "uploadTooLarge", fmt.Sprintf("more than %d bytes", tooLong.Limit)}
	default:
		s.log.ErrorContext(r.Context(), "storage: a request failed", "method", r.Method, "error", err)
		e = &apiError{http.StatusInternalServerError, "internalError", "the emulator cannot read or write its files"}
	}
	if speaksXML(r) {
		failXML(w, e)
		return
	}
	type cause struct {
		Domain  string `json:"domain"`
		Reason  string `json:"reason"`
		Message string `json:"message"`
	}
	reply(w, e.status, map[string]any{"error": map[string]any{
		"code": e.status, "message": e.message, "errors": []cause{{"global", e.reason, e.message}},
	}})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone is no trouble of ours
}
