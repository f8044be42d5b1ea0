package gcs

import (
	"errors"
	"fmt"
	"net/http"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
)

// What a person has to mend, and ErrChanged, which passes by itself. Test with errors.Is.
var (
	ErrDenied   = errors.New("permission denied: grant the function's service account roles/storage.objectUser on the bucket")
	ErrNoBucket = errors.New("the bucket does not exist: create it or correct its name in the settings")
	ErrChanged  = errors.New("the object was changed by others again and again: try later")
)

// explain adds what would mend the error. The service answers 404 to a write only when the bucket is missing.
func explain(err error) error {
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

// statusOf is the HTTP status of the service's answer, 0 where there was none.
func statusOf(err error) int {
	var answer *googleapi.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}
