package schedule_test

import (
	"testing"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
)

func TestATaskIsLookedFor(t *testing.T) {
	t.Parallel()
	name := aTask().Name
	tests := map[string]struct {
		queue, name string
		deleted     bool
		script      string
		want, fails bool
	}{
		"it is there":              {queueID, name, false, `{}`, true, false},
		"it was deleted":           {queueID, name, true, `{}`, false, false},
		"it never was":             {queueID, "other", false, `{}`, false, false},
		"its queue never was":      {"none", name, false, `{}`, false, false},
		"Cloud Tasks does not say": {queueID, name, false, `{"tasks":[{"match":"GetTask","code":"PERMISSION_DENIED"}]}`, false, true},
	}
	for label, tt := range tests {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", tt.script)
			if err := w.Ensure(t.Context(), aTask()); err != nil {
				t.Fatal(err)
			}
			if tt.deleted {
				if _, err := w.server.DeleteTask(t.Context(), &cloudtaskspb.DeleteTaskRequest{Name: location + "/queues/" + queueID + "/tasks/" + name}); err != nil {
					t.Fatal(err)
				}
			}
			got, err := w.Has(t.Context(), tt.queue, tt.name)
			if got != tt.want || (err != nil) != tt.fails {
				t.Errorf("Has = %t, %v, want %t", got, err, tt.want)
			}
		})
	}
}
