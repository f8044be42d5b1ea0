package flow_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// popping has records with a page, and nothing to tell a CRM when the agent changes.
const popping = `{
	"queue": "crm", "retry": "safe", "comment_on": [], "skip_account_creation": true, "record_url": "https://crm.example.com/records/{RECORD_ID}", MORE
	"headers": [{"name": "Authorization", "prefix": "Bearer ", "secret": "secret://canary-key"}],
	"endpoints": {
		"find_account": {"method": "GET", "url": "KUSTOMER/v1/customers/phone={PHONE_NUMBER}", "response_data_location": "data"},
		"create_record": {"method": "POST", "url": "KUSTOMER/v1/conversations", "response_data_location": "data",
			"parameters": [{"key": "customer", "value": "{ACCOUNT_ID}"}]}
	}
}`

const (
	kim = "Kim@example.com"
	lee = "lee@example.com"
)

// withDesk is connect with a desk beside the CRM, whose settings have more. The customer is known unless they are a stranger.
func withDesk(t *testing.T, more string, stranger bool) *connected {
	t.Helper()
	w := connect(t, strings.Replace(popping, "MORE", more, 1))
	doc := []byte(`{"desk":{"adapters":{"call":"https://cc.example.com/agent/"}},"crm":` +
		strings.NewReplacer("MORE", more, "KUSTOMER", w.url).Replace(popping) + `}`)
	var err error
	if w.set, err = settings.Parse(doc); err != nil {
		t.Fatal(err)
	}
	if err := w.runner.Store.PutSettings(t.Context(), "demo", doc); err != nil {
		t.Fatal(err)
	}
	if !stranger {
		w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
	}
	return w
}

// popped are what is on an agent's desk, each as its kind and address.
func (w *connected) popped(t *testing.T, agent string) (all []string) {
	t.Helper()
	on, err := w.runner.Store.Desk(t.Context(), "demo", agent)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range on.After(0, w.clock.Now()) {
		if c.Session != "ccai/call-1" {
			t.Errorf("it is of the session %q", c.Session)
		}
		all = append(all, string(c.Kind)+" "+c.URL)
	}
	return all
}

// recordPop is how the record of the session pops.
func (w *connected) recordPop(t *testing.T) string {
	t.Helper()
	id := w.document(t).CRM.RecordID
	if id == "" {
		t.Fatal("there is no record")
	}
	return "pop https://crm.example.com/records/" + id
}

func TestARecordPopsOnceForEachAgent(t *testing.T) {
	t.Parallel()
	w := withDesk(t, "", false)
	w.tell(t, answeredBy(kim))
	w.wake(t)
	want := []string{w.recordPop(t)}
	if diff := cmp.Diff(want, w.popped(t, "kim@example.com")); diff != "" {
		t.Errorf("Kim's desk (-want +got):\n%s", diff)
	}
	w.clock.AdvanceTo(nine.Add(time.Hour)) // the desk has forgotten
	w.tell(t, func(s *session.Session) {   // a transfer, of which the CRM is told nothing
		s.Agents[0].LeftAt = nine.Add(time.Hour)
		answeredBy(lee)(s)
	})
	w.wake(t)
	if diff := cmp.Diff(want, w.popped(t, lee)); diff != "" {
		t.Errorf("Lee's desk (-want +got):\n%s", diff)
	}
	w.tell(t, func(s *session.Session) { s.Agents[0].LeftAt = time.Time{} }) // Kim comes back
	w.finish(t)
	if diff := cmp.Diff(want, w.popped(t, kim)); diff != "" {
		t.Errorf("Kim's desk, which had forgotten (-want +got):\n%s", diff)
	}
	w.clock.AdvanceTo(nine.Add(2 * time.Hour))
	w.tell(t, func(*session.Session) {})
	if d := w.document(t); d.Work[work.CRM].Task != "" {
		t.Error("there is work for those who have seen the record")
	}
	for _, agent := range []string{kim, lee} {
		if got := w.popped(t, agent); got != nil {
			t.Errorf("it pops again: %v", got)
		}
	}
}

// A person may choose another record, while the agents have the first one before them.
func TestAnotherRecordPopsToo(t *testing.T) {
	t.Parallel()
	w := withDesk(t, "", false)
	w.tell(t, answeredBy(kim))
	w.wake(t)
	want := []string{w.recordPop(t), "pop https://crm.example.com/records/the-right-one"}
	_, err := w.runner.Store.Update(t.Context(), callID, func(d *store.Document) (store.Change, error) {
		flow.Choose(w.set.CRM, d, "", "the-right-one")
		flow.Owe(w.set, d, callID, w.clock.Now())
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.finish(t)
	if diff := cmp.Diff(want, w.popped(t, kim)); diff != "" {
		t.Errorf("Kim's desk (-want +got):\n%s", diff)
	}
}

// A document bears 1 MiB, of which most is for events.
func TestMarksOfWhatWasShownStayFew(t *testing.T) {
	t.Parallel()
	w := withArchive(t)
	const agents, files = 40, 100
	w.tell(t, func(s *session.Session) {
		for i := range agents {
			s.Agents = append(s.Agents, session.Agent{ID: fmt.Sprint(i), Email: fmt.Sprintf("agent%d@example.com", i)})
		}
	})
	for i := range files {
		w.keep(t, fmt.Sprint("photo-", i), settings.Photos, work.Bucket)
	}
	w.finish(t)
	bytes := 0
	for mark, what := range w.document(t).CRM.Done {
		bytes += len(mark) + len(what)
	}
	if limit := 150 * agents; bytes > limit {
		t.Errorf("marks have %d bytes, more than %d", bytes, limit)
	}
	w.tell(t, func(s *session.Session) {
		for i := range s.Agents {
			s.Agents[i].LeftAt = nine
		}
		answeredBy(lee)(s)
	})
	w.finish(t)
	marks := slices.DeleteFunc(slices.Collect(maps.Keys(w.document(t).CRM.Done)), func(m string) bool { return !strings.Contains(m, "_") })
	if len(w.popped(t, lee)) != desk.Most+1 || len(marks) > 6 {
		t.Errorf("Lee's desk has %d, and there are marks %q", len(w.popped(t, lee)), marks)
	}
}

// A run that ended before it could note the pop comes again.
func TestARepeatedRunPopsNothingTwice(t *testing.T) {
	t.Parallel()
	w := withDesk(t, "", false)
	w.tell(t, answeredBy(kim))
	w.wake(t)
	_, err := w.runner.Store.Update(t.Context(), callID, func(d *store.Document) (store.Change, error) {
		before := len(d.CRM.Done)
		maps.DeleteFunc(d.CRM.Done, func(mark, _ string) bool { return strings.HasPrefix(mark, "pop_") })
		if len(d.CRM.Done) != before-1 || strings.Contains(strings.ToLower(fmt.Sprint(d.CRM.Done)), "kim") {
			t.Errorf("done are %v, of %d before", d.CRM.Done, before)
		}
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.tell(t, func(*session.Session) {})
	w.wake(t)
	if got := w.popped(t, kim); !slices.Equal(got, []string{w.recordPop(t)}) {
		t.Errorf("the desk has %v", got)
	}
}

func TestWhatPops(t *testing.T) {
	t.Parallel()
	const strange = `"lookup_urls": {"phone": "https://crm.example.com/find?ani={ANI}", "queue": "https://crm.example.com/new?phone={PHONE_NUMBER}"},`
	const phone = `"lookup_urls": {"phone": "https://crm.example.com/find?ani={ANI}"},`
	nameless := func(s *session.Session) { s.Agents = []session.Agent{{ID: "1", JoinedAt: nine}} }
	over := func(s *session.Session) {
		answeredBy(kim)(s)
		s.EndedAt, s.Outcome = nine, session.Completed
	}
	const (
		pops    = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: open custom URL"
		lookup  = "docs.cloud.google.com/contact-center/ccai-platform/docs/custom-crm: custom lookup URL"
		nowhere = "ours: a page opens for an agent who is in, and known by an address"
	)
	tests := map[string]struct {
		from     string
		more     string
		stranger bool
		change   func(*session.Session)
		want     []string // RECORD stands for its page
	}{
		"the record, for who is in":                          {pops, "", false, answeredBy(kim), []string{"pop RECORD"}},
		"the record, for one of two":                         {pops, "", false, answeredBy(kim, lee), []string{"pop RECORD"}},
		"nothing before an agent is in":                      {nowhere, "", false, func(*session.Session) {}, nil},
		"nothing for one of whom no address is known":        {nowhere, "", false, nameless, nil},
		"nothing once the session is over":                   {nowhere, "", false, over, nil},
		"the queue's own link, for a stranger":               {pops, strange, true, answeredBy(kim), []string{"lookup https://crm.example.com/new?phone=%2B12223334444"}},
		"no link for a customer whom the CRM knows":          {lookup, strange, false, answeredBy(kim), []string{"pop RECORD"}},
		"the session's kind's link, where there is no other": {lookup, phone, true, answeredBy(kim), []string{"lookup https://crm.example.com/find?ani=%2B12223334444"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := withDesk(t, tt.more, tt.stranger)
			w.tell(t, tt.change)
			w.wake(t)
			got := w.popped(t, kim)
			for i := range got {
				if id := w.document(t).CRM.RecordID; id != "" {
					got[i] = strings.Replace(got[i], "https://crm.example.com/records/"+id, "RECORD", 1)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%+v", diff, w.document(t).CRM)
			}
		})
	}
}

func TestTheCRMsFrameShowsThePageOfTheSettings(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]string{
		"": "",
		`"page_url": "https://crm.example.com/app",`:               "https://crm.example.com/records/ID",
		`"page_url": "https://crm.example.com/app#r={Record_ID}",`: "https://crm.example.com/app#r=ID",
	} {
		w := withDesk(t, more, false)
		w.tell(t, answeredBy(kim))
		id := w.wake(t).CRM.RecordID
		on, err := w.runner.Store.Desk(t.Context(), "demo", kim)
		if err != nil || len(on.Commands) != 1 || on.Commands[0].Kind != desk.Pop || on.Commands[0].Frame != strings.Replace(want, "ID", id, 1) {
			t.Errorf("%s: the desk has %+v, %v; want %s", more, on.Commands, err, want)
		}
		if c := w.document(t).Session.Customer; err == nil && len(on.Commands) == 1 && (on.Commands[0].Name == "" || on.Commands[0].Name != c.Name && on.Commands[0].Name != c.Phone) {
			t.Errorf("the desk calls the customer %q, want the name or the number of %+v", on.Commands[0].Name, c)
		}
	}
}
