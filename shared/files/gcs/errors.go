package gcs

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
)

// What a person has to mend. Test with errors.Is.
var (
	ErrDenied     = errors.New("permission denied: grant the function's service account roles/storage.objectUser on the bucket")
	ErrNoBucket   = errors.New("the bucket does not exist: create it or correct its name in the settings")
	ErrCannotSign = errors.New("no links can be signed: run as a service account that has roles/iam.serviceAccountTokenCreator on itself")
)

// What passes by itself, and what is not there.
var (
	ErrChanged   = errors.New("the object was changed by others again and again: try later")
	ErrCorrupted = errors.New("the content was changed on its way: try again")
	ErrNotExist  = errors.New("the object does not exist")
)

// sourceError is what went wrong while a source was read. Sources may be in Cloud Storage themselves: what their service
// answers says nothing about the bucket that is written.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "read the source: " + e.err.Error() }

func (e *sourceError) Unwrap() error { return e.err }

// said is an error as it may be shown.
type said struct {
	text string
	err  error
}

func (e *said) Error() string { return e.text }

func (e *said) Unwrap() error { return e.err }

// secret is what of an address may be a credential: what stands before its host, and its query. Whoever knows the address
// of a resumable upload, with its upload_id, can go on with it
// (docs.cloud.google.com/storage/docs/resumable-uploads#session-uris). The network's errors name it, and so may a page in
// the place of an answer, without its host.
var secret = regexp.MustCompile(`(://)[^\s"'<>/?#@]*@|\?[^\s"'<>]+`)

// maxText is how much is shown of an error, in bytes: a server may answer with anything.
const maxText = 500

// shown is the error without credentials, and bounded.
func shown(err error) error {
	text := secret.ReplaceAllString(err.Error(), "$1")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return &said{text, err}
}

// explain adds what would mend the error. The service answers 404 to a write only when the bucket is missing.
func explain(err error) error {
	err = shown(err)
	switch statusOf(err) {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrNoBucket, err)
	}
	if errors.Is(err, storage.ErrBucketNotExist) {
		return fmt.Errorf("%w: %w", ErrNoBucket, err)
	}
	return err
}

// isChanged holds for the answer 412: the condition of the request no longer holds.
func isChanged(err error) bool { return statusOf(err) == http.StatusPreconditionFailed }

// isKept tells the refusal to replace an object that a retention policy or a hold keeps from a missing permission, which
// is answered with 403 too (docs.cloud.google.com/storage/docs/json_api/v1/status-codes). The reason documented for a
// hold is objectUnderActiveHold, but the service was seen to send forbidden instead, and only its message to say why.
func isKept(err error) bool {
	answer := answerOf(err)
	if answer == nil || answer.Code != http.StatusForbidden {
		return false
	}
	return strings.Contains(answer.Message, " is under active ") ||
		slices.ContainsFunc(answer.Errors, func(e googleapi.ErrorItem) bool {
			return e.Reason == "retentionPolicyNotMet" || e.Reason == "objectUnderActiveHold"
		})
}

// statusOf is the HTTP status of the service's answer, 0 where there was none.
func statusOf(err error) int {
	if answer := answerOf(err); answer != nil {
		return answer.Code
	}
	return 0
}

func answerOf(err error) *googleapi.Error {
	var source *sourceError
	var answer *googleapi.Error
	if errors.As(err, &source) || !errors.As(err, &answer) {
		return nil
	}
	return answer
}
