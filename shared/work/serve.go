package work

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

// maxWake bounds a task's body.
const maxWake = 16 << 10

// Serve answers a task: it reads its Wake, runs it and answers 204. A run under way elsewhere is a 409, so that the task
// comes again soon without slowing its queue, as a 429 or 503 would.
func Serve(w http.ResponseWriter, r *http.Request, run func(context.Context, Wake) error) error {
	if r.Method != http.MethodPost {
		return fault.New(fault.MethodNotAllowed, "this is for Cloud Tasks").Allow(http.MethodPost)
	}
	body, err := inbound.JSON(r, maxWake)
	if err != nil {
		return err
	}
	var wake Wake
	if err := json.Unmarshal(body, &wake); err != nil || wake.Tenant == "" || wake.Key == "" {
		return fault.Wrap(fault.Malformed, err, "the body must name a session: tenant, source, key and task")
	}
	err = run(r.Context(), wake)
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrLost) {
		return fault.Wrap(fault.Busy, err, "this session's work is under way elsewhere")
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
