package quality_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
)

const qmSamples = "../source/qm/testdata"

// samples are the payloads that the reader of QM events is tested with.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(qmSamples + "/*.json")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d samples, %v", len(paths), err)
	}
	out := map[string][]byte{}
	for _, p := range paths {
		if !strings.HasSuffix(p, ".golden.json") {
			out[strings.TrimSuffix(filepath.Base(p), ".json")] = read(t, p)
		}
	}
	return out
}

// exceptions are the samples that are not given back byte for byte, and what they become.
var exceptions = map[string]string{
	"agent-other-state":          "", // only logins and logouts are documented
	"undocumented-type":          "",
	"call-24-undocumented-state": "",
	"array-of-events":            "-",
	"call-23-odd-types": `{"type":"CallState","item":{"CallID":"90071992547409931234","State":"connected","Direction":"incoming",` +
		`"Initiator":"5","Queue_path_ids":"7","Queue_path_names":" support / orders ","Queue_uuid":"0f8fad5b-d9cb-469f-a165-70867728950e",` +
		`"Participants":[{"ParticipantID":"5","Type":"external","State":"connected"},{"ParticipantID":"1234","Type":"agent","State":"connected"}]}}`,
}

// TestEverySampleIsGivenBackByteForByte decodes, folds and exports each, the documentation's 20 among them.
func TestEverySampleIsGivenBackByteForByte(t *testing.T) {
	t.Parallel()
	for name, body := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := []string{compact(t, body)}
			switch other, is := exceptions[name]; {
			case other == "-":
				want = elements(t, body)
			case is && other == "":
				want = nil
			case is:
				want = []string{other}
			}
			var got []string
			for _, e := range decode(t, "qm", nine, body) {
				for _, p := range owed(t, []session.Event{e}) {
					got = append(got, string(p.Body))
					if err := valid(t, p.Body); err != nil {
						t.Error(err)
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func elements(t *testing.T, body []byte) (out []string) {
	t.Helper()
	var all []json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		out = append(out, compact(t, e))
	}
	return out
}

// TestASessionOfQMEventsComesRoundTheSame plays all samples of one call or chat as one course, exports it, reads the
// payloads again and compares the two sessions.
func TestASessionOfQMEventsComesRoundTheSame(t *testing.T) {
	t.Parallel()
	courses := map[string][]string{
		"inbound": {
			"call-16-waiting", "call-01-inbound-projected", "call-02-inbound-answered", "call-05-held", "call-06-unheld",
			"call-20-third-party-dialled", "call-19-third-party-without-number", "call-12-redacted", "call-13-unredacted",
			"call-08-warm-transfer", "call-10-muted", "call-11-unmuted", "call-09-agent-leaves", "call-22-custom-headers",
			"call-07-cold-transfer", "call-14-inbound-ended",
		},
		"outgoing":       {"call-03-outbound-ringing", "call-04-outbound-connected", "call-21-outbound-without-queue", "call-15-outbound-ended"},
		"deflected":      {"call-16-waiting", "call-17-redirected", "call-18-deflected", "call-25-virtual-agent-ended"},
		"chat":           {"chat-03-accepted", "chat-04-connected", "chat-06-held", "chat-08-conferenced", "chat-07-transferred", "chat-09-ended", "chat-10-disposition"},
		"virtual agent":  {"chat-02-waiting", "chat-05-virtual-agent-connected"},
		"chat's request": {"chat-01-started"},
	}
	for name, course := range courses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var events []session.Event
			for i, sample := range course {
				events = append(events, decode(t, "qm", at(i), read(t, qmSamples, sample+".json"))...)
			}
			s := fold(t, events)
			again := fold(t, received(t, owed(t, events)))
			if diff := cmp.Diff(withoutNames(s), withoutNames(again)); diff != "" {
				t.Errorf("(-first +again):\n%s", diff)
			}
			if len(s.Events) != len(course) {
				t.Errorf("%d events of %d samples", len(s.Events), len(course))
			}
		})
	}
}

// withoutNames is a session without what only tells how its events came: their ids and white space.
func withoutNames(s session.Session) session.Session {
	events := make([]session.Event, len(s.Events))
	for i, e := range s.Events {
		e.ID, e.Raw, e.ReceivedAt, e.Sequence = fmt.Sprint(i), nil, e.At, 0
		e.VendorType = strings.ToLower(e.VendorType)
		events[i] = e
	}
	s.Events = events
	return s
}

// TestAnEventWhoseJSONWasNotKeptIsToldFromTheModel drops what came, as a session does that is full.
func TestAnEventWhoseJSONWasNotKeptIsToldFromTheModel(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // sample
		"call-05-held": `{"type":"CallState","item":{"CallID":"846802bf90d1","State":"held","Direction":"incoming","Queue_path_ids":"1/2/3",` +
			`"Queue_path_names":"support/orders/status","Language":"en","Queue_uuid":3,"Participants":[` +
			`{"ParticipantID":"+123456789","Type":"external","State":"held"},{"ParticipantID":"1234","Type":"agent","State":"connected"}]}}`,
		"call-19-third-party-without-number": `{"type":"CallState","item":{"CallID":"846802bf90d1","State":"connected","Direction":"incoming","Queue_path_ids":"1/2/3",` +
			`"Queue_path_names":"support/orders/status","Language":"en","Queue_uuid":3,"Participants":[{"ParticipantID":null,"Type":"external","State":"connected"},` +
			`{"ParticipantID":"+123456789","Type":"external","State":"connected"},{"ParticipantID":"1234","Type":"agent","State":"connected"}]}}`,
		"chat-01-started": `{"queue_path_ids":"7/26","queue_path_names":"Test/calls","language":"en","support_number":null,"session_type_v2":"In-web","chat_id":138,` +
			`"state":"waiting","direction":"incoming","participants":[{"state":"connected","type":"external","dn":"end_user_5"}]}`,
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := decode(t, "qm", nine, read(t, qmSamples, name+".json"))
			events[0].Raw = nil
			got := owed(t, events)
			if len(got) != 1 || string(got[0].Body) != want {
				t.Errorf("got %s\nwant %s", got[0].Body, want)
			}
		})
	}
}

// TestNumbersOfTheSupportLineAreTold has the one event with a support_number, which no sample shows.
func TestNumbersOfTheSupportLineAreTold(t *testing.T) {
	t.Parallel()
	const want = `"support_number":"+15550199999"`
	sample := strings.Replace(string(read(t, qmSamples, "chat-01-started.json")), `"support_number": null`, want, 1)
	own := on(session.Started, 0, nil, aChat, func(e *session.Event) { e.CompanyNumber = "+15550199999" })
	for name, events := range map[string][]session.Event{"sent": decode(t, "qm", nine, []byte(sample)), "made": {own}} {
		if got := owed(t, events); len(got) != 1 || !strings.Contains(string(got[0].Body), want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestNoMoreParticipantsThanFit sends as many as a reader of these events takes, and one of an unknown state.
func TestNoMoreParticipantsThanFit(t *testing.T) {
	t.Parallel()
	one := `{"ParticipantID":"1","Type":"agent","State":"?"},`
	body := `{"type":"CallState","item":{"CallID":"1","State":"connected","Participants":[` + strings.Repeat(one, 29) + strings.TrimSuffix(one, ",") + `]}}`
	events := decode(t, "qm", nine, []byte(body))
	events[0].Parties = append(events[0].Parties, events[0].Parties[0])
	got := owed(t, events)
	if len(got) != 1 || valid(t, got[0].Body) != nil || strings.Count(string(got[0].Body), `"State":"connected"`) != 31 {
		t.Errorf("%s", got[0].Body)
	}
}
