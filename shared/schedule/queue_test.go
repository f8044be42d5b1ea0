package schedule_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"sessionbridge.internal/shared/schedule"
)

// A CRM's queue is held to what the CRM bears; what is not named stays, and a queue that is missing is made.
func TestAQueueIsHeldToItsRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", `{}`)
	for _, queue := range []string{queueID, "crm-new"} {
		if err := w.Hold(t.Context(), queue, 3, 0); err != nil {
			t.Fatal(err)
		}
		if err := w.Hold(t.Context(), queue, 0, 2); err != nil {
			t.Fatal(err)
		}
		if err := w.Hold(t.Context(), queue, 0, 0); err != nil {
			t.Fatal(err)
		}
		q, err := w.server.GetQueue(t.Context(), &cloudtaskspb.GetQueueRequest{Name: location + "/queues/" + queue})
		if err != nil {
			t.Fatal(err)
		}
		if l := q.RateLimits; l.MaxDispatchesPerSecond != 3 || l.MaxConcurrentDispatches != 2 {
			t.Errorf("%s is held to %v", queue, l)
		}
	}
	if err := w.Hold(t.Context(), "not a queue's name", 3, 0); err == nil || !strings.Contains(err.Error(), "not a queue's name") {
		t.Errorf("Hold = %v", err)
	}
}

// A queue that the console makes gives up no task: it is like those that were made before anybody worked.
func TestAMissingQueueIsMadeLikeAllOthers(t *testing.T) {
	t.Parallel()
	name := location + "/queues/crm-new"
	for label, script := range map[string]string{
		"made here":                              `{}`,
		"made by somebody else at the same time": `{"tasks":[{"match":"CreateQueue","code":"ALREADY_EXISTS","after":true}]}`,
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", script)
			if err := w.Hold(t.Context(), "crm-new", 3, 0); err != nil {
				t.Fatal(err)
			}
			got, err := w.server.GetQueue(t.Context(), &cloudtaskspb.GetQueueRequest{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			want := schedule.NewQueue(name)
			want.RateLimits.MaxDispatchesPerSecond = 3
			want.RateLimits.MaxBurstSize = got.RateLimits.GetMaxBurstSize() // Cloud Tasks chooses it
			want.State = cloudtaskspb.Queue_RUNNING
			if !proto.Equal(got, want) {
				t.Errorf("it is\n%v, want\n%v", got, want)
			}
		})
	}
}

func TestAQueueThatCannotBeMadeIsNamed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GetQueue", "CreateQueue", "UpdateQueue"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", `{"tasks":[{"match":"`+method+`","code":"PERMISSION_DENIED"}]}`)
			err := w.Hold(t.Context(), "crm-new", 3, 0)
			if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "crm-new") {
				t.Errorf("Hold = %v, want PermissionDenied and the queue's name", err)
			}
		})
	}
}
