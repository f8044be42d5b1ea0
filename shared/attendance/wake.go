package attendance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/work"
)

// Wake is the body of a task: whose agents are to be looked after. Without a tenant it asks for all of them.
type Wake struct {
	Tenant string `json:"tenant,omitempty"`
}

// ErrNoTurn says that a turn's task could not be made. What was noted before stands, and the next poll sees to it.
var ErrNoTurn = errors.New("attendance: no turn could be asked for")

// Waker has turns come.
type Waker struct {
	Tasks  *schedule.Scheduler
	Target work.Target
}

// eventEvery is how often, at most, events have a turn come for a tenant: each reads both sides whole.
const eventEvery = 10 * time.Second

// WakeForEvent has a turn come for the tenant for the sake of an event: within ten seconds, in one with all others of that time.
func (w Waker) WakeForEvent(ctx context.Context, tenant string, now time.Time) error {
	return w.at(ctx, tenant, now.Truncate(eventEvery).Add(eventEvery))
}

// Wake has a turn come for the tenant in the whole second that follows at. All that ask for one second get one turn: its task is
// named by it. Should a turn be missed, the next poll makes up for it.
func (w Waker) Wake(ctx context.Context, tenant string, at time.Time) error {
	return w.at(ctx, tenant, at.Truncate(time.Second).Add(time.Second))
}

func (w Waker) at(ctx context.Context, tenant string, second time.Time) error {
	body, err := json.Marshal(Wake{Tenant: tenant})
	if err != nil {
		return fmt.Errorf("attendance: %w", err)
	}
	err = w.Tasks.Ensure(ctx, schedule.Task{
		Queue: w.Target.Queue, URL: w.Target.URL, Name: taskName(tenant, second), At: second, Body: body,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoTurn, err)
	}
	return nil
}

// taskName begins with a hash, since Cloud Tasks is slow to take names in sequence.
func taskName(tenant string, at time.Time) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(tenant, "/", at.Unix())))
	return fmt.Sprintf("%s-presence-%d", hex.EncodeToString(sum[:12]), at.Unix())
}

// TargetFrom is where the turns' tasks go, as a function's environment names it; need looks a variable up.
func TargetFrom(need func(string) string) work.Target {
	return work.Target{Queue: need("PRESENCE_QUEUE"), URL: need("PRESENCE_URL")}
}
