package tasks

import (
	"crypto/rand"
	"math/big"
	"regexp"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The formats of names:
// https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks#Task.FIELDS.name.
var (
	locationName = regexp.MustCompile(`^projects/[A-Za-z0-9:.-]{1,100}/locations/[a-z0-9-]{1,63}$`)
	queueID      = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
	taskID       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,500}$`)
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func checkLocation(field, name string) error {
	if !locationName.MatchString(name) {
		return invalid("%s: %q must be formatted projects/PROJECT_ID/locations/LOCATION_ID", field, clip(name))
	}
	return nil
}

func checkQueueName(field, name string) error {
	location, id, ok := strings.Cut(name, "/queues/")
	if !ok || !locationName.MatchString(location) || !queueID.MatchString(id) {
		return invalid("%s: %q must be formatted projects/PROJECT_ID/locations/LOCATION_ID/queues/QUEUE_ID, "+
			"with letters, digits and hyphens, at most 100, for QUEUE_ID", field, clip(name))
	}
	return nil
}

// splitTaskName returns the name of the queue and the id of the task.
func splitTaskName(field, name string) (queueName, id string, err error) {
	queueName, id, ok := strings.Cut(name, "/tasks/")
	if !ok {
		return "", "", invalid("%s: %q must be formatted "+
			"projects/PROJECT_ID/locations/LOCATION_ID/queues/QUEUE_ID/tasks/TASK_ID", field, clip(name))
	}
	if !taskID.MatchString(id) {
		return "", "", invalid("%s: task id %q must be 1 to 500 letters, digits, hyphens and underscores", field, clip(id))
	}
	return queueName, id, nil
}

// shortName is a name's last part.
func shortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// randomID is the id of a task whose creator gave none: digits, as the service makes them.
func randomID() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e18))
	if err != nil {
		panic(err) // never: crypto/rand ends the program itself where the system has no randomness
	}
	return n.Add(n, big.NewInt(1e18)).String()
}

// clip bounds what a message repeats of the caller's input.
func clip(s string) string {
	if len(s) <= 100 {
		return s
	}
	return s[:100] + "…"
}

// A name of a finished or deleted task stays taken for nameLife. The reference says "up to 24 hours"
// (https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#createtaskrequest), the quotas page about one
// hour (https://cloud.google.com/tasks/docs/quotas): one hour is what a caller may count on.
const nameLife = time.Hour

// tombstones are the names of tasks that are gone, oldest first. They are dropped as time passes.
type tombstones struct {
	free  map[string]time.Time // by id: when it is free again
	order []string
}

func (t *tombstones) add(id string, now time.Time) {
	if t.free == nil {
		t.free = map[string]time.Time{}
	}
	t.drop(now)
	t.free[id] = now.Add(nameLife)
	t.order = append(t.order, id)
}

func (t *tombstones) has(id string, now time.Time) bool {
	t.drop(now)
	_, ok := t.free[id]
	return ok
}

// drop forgets the names that are free. Time never goes back, so they are at the front.
func (t *tombstones) drop(now time.Time) {
	for len(t.order) > 0 && !t.free[t.order[0]].After(now) {
		delete(t.free, t.order[0])
		t.order = t.order[1:]
	}
}
