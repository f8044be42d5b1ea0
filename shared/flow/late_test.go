package flow

import (
	"slices"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

const oursLate = ours + "another session may have gone on in the record since"

// What is known only once the record was told of the end has an update of its own, which a person can have made again.
func TestWhatComesLateIsToldByItself(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.Endpoints.UpdateLate = endpoint("PUT", "/records/{RECORD_ID}", "rating", "{RATING}")
	four := 4
	d := &store.Document{Session: ended(), CRM: session.CRM{AccountID: "1", RecordID: "2"}}
	owed := func() (steps []string) {
		for _, s := range Plan(c, d.Session, d.CRM) {
			if s.Name == UpdateRecord || s.Name == UpdateLate {
				steps = append(steps, s.Name)
			}
		}
		return steps
	}
	take := func() {
		p := progress{crm: c}
		step, _ := updateStep(c, d.Session, d.CRM)
		p.take(d, p.ready(d, step), answer{})
	}
	for _, moment := range []struct {
		from   string
		what   string
		happen func() error
		want   []string
	}{
		{oursLate, "it is over", func() error { return nil }, []string{UpdateRecord}},
		{oursLate, "that was told", func() error { take(); return nil }, nil},
		{oursLate, "a rating comes", func() error { d.Session.Rating = &four; return nil }, []string{UpdateLate}},
		{oursLate, "that was told", func() error { take(); return nil }, nil},
		{oursLate, "another agent had it, as is told late", func() error { d.Session.Agents = []session.Agent{{ID: "3"}}; return nil }, nil},
		{oursLate, "a person has the late one made again", func() error { return ReplayStep(c, d, UpdateLate) }, []string{UpdateLate}},
		{oursLate, "or all of it", func() error { return ReplayStep(c, d, UpdateRecord) }, []string{UpdateRecord}},
	} {
		cite(t, moment.from)
		if err := moment.happen(); err != nil {
			t.Fatalf("%s: %v", moment.what, err)
		}
		if got := owed(); !slices.Equal(got, moment.want) {
			t.Fatalf("%s: %v is owed, want %v", moment.what, got, moment.want)
		}
	}
}
