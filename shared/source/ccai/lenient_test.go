package ccai_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/ccai"
)

func decoded(t *testing.T, body string) []session.Event {
	t.Helper()
	batch, err := ccai.DecodeWebhook(receipt, []byte(body))
	if err != nil || len(batch.Rejected) > 0 {
		t.Fatal(err, batch.Rejected)
	}
	return batch.Events
}

// TestWhatCannotBeReadIsNoted and taken for unknown; only the session's id and the notification's time are needed.
func TestWhatCannotBeReadIsNoted(t *testing.T) {
	t.Parallel()
	const noTime = "must be an ISO 8601 time, such as 2026-01-05T09:00:00Z"
	const noID = "must be an id: a whole number or a string of at most 128 bytes"
	tests := map[string]struct{ fields, note string }{
		"an end":                {`"ends_at":"soon"`, "ends_at: " + noTime},
		"a transfer's time":     {`"transfers":[{"created_at":"soon"}]`, "transfers[0].created_at: " + noTime},
		"an agent's id":         {`"participants":[{"type":"agent","agent_id":[]}]`, "participants[0].agent_id: " + noID},
		"an agent's time":       {`"participants":[{},{"type":"agent","connected_at":1}]`, "participants[1].connected_at: " + noTime},
		"a campaign's id":       {`"campaign_id":1.5`, "campaign_id: " + noID},
		"a customer's id":       {`"end_user":{"id":{}}`, "end_user.id: " + noID},
		"a time of its own":     {`"timestamp":"soon"`, ""},
		"all that can be read":  {`"ends_at":"2026-01-05T09:00:00Z","participants":[{"type":"agent","agent_id":"1"}]`, ""},
		"an empty time":         {`"ends_at":""`, ""},
		"the second key counts": {`"participants":[{"type":"agent","agent_id":[],"user_id":1}]`, "participants[0].agent_id: " + noID},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []string
			if tt.note != "" {
				want = []string{tt.note}
			}
			events := decoded(t, item(`"call_id":1,`+tt.fields))
			if diff := cmp.Diff(want, events[0].Notes); diff != "" || events[0].Kind != session.Snapshot {
				t.Errorf("a %s, notes (-want +got):\n%s", events[0].Kind, diff)
			}
			for _, e := range events[1:] {
				if len(e.Notes) > 0 {
					t.Errorf("%s has notes %q", e.ID, e.Notes)
				}
			}
		})
	}
	many := decoded(t, item(`"call_id":1,"transfers":[`+strings.Repeat(`{"created_at":"soon","name":"of some length"},`, 40)+`{}]`))
	if notes := many[0].Notes; len(notes) != 20 || notes[19] != "and more" {
		t.Errorf("%d notes, %q", len(notes), notes)
	}
}

// TestNoCredentialStaysInRaw: the addresses of files keep their queries only where the files are announced.
func TestNoCredentialStaysInRaw(t *testing.T) {
	t.Parallel()
	const fields = `"recording_url":"https://f.example/9?secret","recordings":[{"id":9,"url":"https:\/\/f.example\/9?secret"}],` +
		`"photos":[{"id":1,"url":"https://kim:secret@f.example/1"}],"videos":{"id":2,"url":"https://f.example/2?secret"},"note":"why?"`
	tests := map[string]struct {
		body  string
		files int
	}{
		"in the item":              {`{"call_id":1,"item":{` + fields + `}}`, 3},
		"in the event":             {`{"call_id":1,` + fields + `}`, 3},
		"of an entry without id":   {`[{"call_id":1},{` + fields + `}]`, 0},
		"of an entry in an array":  {`[{"call_id":1},[{` + fields + `}]]`, 0},
		"of an entry in a string":  {`[{"call_id":1},` + fmt.Sprintf("%q", `{`+fields+`}`) + `]`, 0},
		"of an address by itself":  {`[{"call_id":1},"https://f.example/9?secret"]`, 0},
		"of many, all but the few": {`{"call_id":1,"photos":[` + strings.Repeat(`{"url":"https://f.example/?secret"},`, 300) + `{}]}`, 50},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := ccai.DecodeWebhook(receipt, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			files := 0
			for _, e := range batch.Events {
				if bytes.Contains(e.Raw, []byte("secret")) || strings.Contains(e.ID, "secret") {
					t.Errorf("%s %s", e.ID, e.Raw)
				}
				if bytes.Contains(e.Raw, []byte("note")) && !bytes.Contains(e.Raw, []byte("why?")) {
					t.Errorf("more than a credential was cut: %s", e.Raw)
				}
				if e.File != nil {
					files++
				}
			}
			if files != tt.files {
				t.Errorf("%d files, want %d", files, tt.files)
			}
		})
	}
}

// TestFactsNameNobodyByMail: an event's id is written to logs.
func TestFactsNameNobodyByMail(t *testing.T) {
	t.Parallel()
	body := func(mail string) string {
		return item(`"call_id":1,"state":"disconnected","dispositions":[{"code":"a"}],"participants":[{"type":"agent","state":"dispositionSubmitted","email":"` + mail + `"}]`)
	}
	lower, upper := decoded(t, body("kim@example.com")), decoded(t, body("Kim@Example.COM"))
	for i, e := range lower {
		if strings.ContainsAny(e.ID, "@") || strings.Contains(strings.ToLower(e.ID), "kim") || i > 0 && e.ID != upper[i].ID {
			t.Errorf("%s and %s", e.ID, upper[i].ID)
		}
	}
}

// TestAnAgentWhoComesBackIsInTwice where the platform gives the times; without, all comings are one.
func TestAnAgentWhoComesBackIsInTwice(t *testing.T) {
	t.Parallel()
	snapshot := func(state, times string) []session.Event {
		return decoded(t, item(`"call_id":1,"participants":[{"type":"external","dn":"+15550123456","state":"connected"},{"type":"agent","agent_id":1,"state":"`+state+`"`+times+`}]`))
	}
	from := func(came string) string { return `,"connected_at":"2026-01-05T` + came + `Z"` }
	to := func(went string) string { return `,"ended_at":"2026-01-05T` + went + `Z"` }
	var events []session.Event
	events = append(events, snapshot("connected", from("09:00:00"))...)
	events = append(events, snapshot("disconnected", from("09:00:00")+to("09:01:00"))...)
	events = append(events, snapshot("connected", from("09:05:00"))...)
	s := fold(events...)
	var got []session.Interval
	for _, p := range s.Participants {
		if p.Type == session.PartyAgent {
			got = append(got, p.Intervals...)
		}
	}
	want := []session.Interval{{From: clock("2026-01-05T09:00:00Z"), To: clock("2026-01-05T09:01:00Z")}, {From: clock("2026-01-05T09:05:00Z")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTwoAgentsOfOneCodeJudgeTwice, and one who repeats it once.
func TestTwoAgentsOfOneCodeJudgeTwice(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, agent := range []string{"1", "2", "1"} {
		for _, e := range decoded(t, item(`"call_id":1,"dispositions":[{"code":"a"}],"participants":[{"type":"agent","state":"dispositionSubmitted","agent_id":`+agent+`}]`)) {
			ids[e.ID] = ids[e.ID] || e.Kind == session.Dispositioned
		}
	}
	count := 0
	for _, is := range ids {
		if is {
			count++
		}
	}
	if count != 2 {
		t.Errorf("%d dispositions in %v", count, ids)
	}
}

// TestEventsOfOneNotificationAreBounded, however many its arrays hold.
func TestEventsOfOneNotificationAreBounded(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"participants": `"participants":[` + strings.Repeat(`{"type":"agent","agent_id":1,"state":"connected"},`, 2_000) + `{}]`,
		"dispositions": `"dispositions":[` + strings.Repeat(`{"code":1},`, 9_000) + `{}]`,
		"transfers":    `"transfers":[` + strings.Repeat(`{"id":1},`, 9_000) + `{}]`,
	}
	for name, fields := range tests {
		if n := len(decoded(t, item(`"call_id":1,`+fields))); n > 2+2*50 {
			t.Errorf("%s: %d events", name, n)
		}
	}
}
