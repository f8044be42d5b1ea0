package flow_test

import (
	"testing"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

func TestEachKindOfWorkHasItsQueue(t *testing.T) {
	t.Parallel()
	to := flow.Targets{
		CRMURL: "u", Metadata: work.Target{Queue: "metadata"}, Files: work.Target{Queue: "files"}, Quality: work.Target{Queue: "quality"},
	}
	with := settings.Settings{CRM: &settings.CRM{Queue: "crm-demo"}}
	const ours = "ours: each kind of work has a queue of its own, so that none holds up another"
	for name, tt := range map[string]struct {
		set  settings.Settings
		kind string
		want string
		from string
	}{
		"a CRM's is in its settings":      {with, work.CRM, "crm-demo", ours},
		"without a CRM nothing is wanted": {settings.Settings{}, work.CRM, "", ours},
		"the metadata's":                  {with, work.Metadata, "metadata", ours},
		"quality management's":            {with, work.Quality, "quality", ours},
		"a file's":                        {with, work.File("rec-1"), "files", ours},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got, ok := to.Of(tt.set, tt.kind); got.Queue != tt.want || ok != (tt.want != "") {
				t.Errorf("Of = %+v, %t, want queue %q", got, ok, tt.want)
			}
		})
	}
}
