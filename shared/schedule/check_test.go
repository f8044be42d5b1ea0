package schedule_test

import (
	"errors"
	"testing"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	"sessionbridge.internal/shared/schedule"
)

func TestAQueueIsChecked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		queue  string
		paused bool
		want   error
	}{
		"it runs":      {queueID, false, nil},
		"it is paused": {queueID, true, schedule.ErrPaused},
		"it is none":   {"none", false, schedule.ErrNoQueue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", `{}`)
			if tt.paused {
				if _, err := w.server.PauseQueue(t.Context(), &cloudtaskspb.PauseQueueRequest{Name: location + "/queues/" + queueID}); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Check(t.Context(), tt.queue); !errors.Is(err, tt.want) {
				t.Errorf("Check = %v, want %v", err, tt.want)
			}
		})
	}
}
