package ccai_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/ccai"
)

// item is a payload of one notification with the given fields of its item.
func item(fields string) string {
	return fmt.Sprintf(`{"count":1,"events":[{"event_id":"e","timestamp":1767603600000,"item":{%s}}]}`, fields)
}

func TestFieldsOfANotification(t *testing.T) {
	t.Parallel()
	agent := func(fields string) string {
		return item(`"call_id":1,"participants":[{"type":"agent","state":"connected",` + fields + `}]`)
	}
	readAll(t, map[string]reading{
		"an id beyond float64 keeps its digits":     {item(`"call_id":9007199254740993`), key, "call-9007199254740993"},
		"an id may be a numeric string":             {item(`"call_id":"0103646"`), key, "call-0103646"},
		"null is absent":                            {item(`"call_id":null,"chat_id":7`), key, "chat-7"},
		"of two ids the type decides":               {item(`"call_id":1,"chat_id":7,"session_type":"MESSAGING (SMS)"`), key, "chat-7"},
		"of two ids the call is taken":              {item(`"call_id":1,"chat_id":7`), key, "call-1"},
		"of two equal keys the last counts":         {item(`"call_id":1,"call_id":2`), key, "call-2"},
		"keys are compared exactly":                 {item(`"CALL_ID":1,"call_id":2`), key, "call-2"},
		"the item goes before the root":             {`{"call_id":1,"item":{"call_id":2}}`, key, "call-2"},
		"a null in the item leaves it to the root":  {`{"call_id":1,"item":{"call_id":null}}`, key, "call-1"},
		"an array of events":                        {`[{"call_id":1}]`, key, "call-1"},
		"a queue as an array":                       {item(`"call_id":1,"queue_path_names":["Support","","Orders"]`), queuePath, "Support / Orders"},
		"a queue with spaced slashes":               {item(`"call_id":1,"queue_path_names":"Support / Orders"`), queuePath, "Support / Orders"},
		"a queue of another type is absent":         {item(`"call_id":1,"queue_path_names":{"a":1}`), queuePath, ""},
		"a participant of another type is passed":   {item(`"call_id":1,"participants":[7,{"type":"external","dn":"+15550123456"}]`), phone, "+15550123456"},
		"a third party is not the customer":         {item(`"call_id":1,"participants":[{"type":"external","dn":"+15550123456"},{"type":"external","dn":"+15550199999"}]`), phone, "+15550123456"},
		"an agent's id from agent_id":               {agent(`"agent_id":1,"id":206`), firstAgent, "1"},
		"an agent's id from user_id":                {agent(`"user_id":"1","id":206`), firstAgent, "1"},
		"an agent's id from dn":                     {agent(`"dn":"agent_1","id":206`), firstAgent, "1"},
		"an agent's id from id at last":             {agent(`"id":206`), firstAgent, "206"},
		"a virtual agent is no agent":               {item(`"call_id":1,"participants":[{"type":"virtual_agent","state":"connected","id":15}]`), firstAgent, ""},
		"the agent's own time of connection":        {agent(`"agent_id":1,"connected_at":"2026-01-05T08:59:50Z"`), connectedAt, clock("2026-01-05T08:59:50Z")},
		"an agent who only rang took no part":       {item(`"call_id":1,"state":"disconnected","participants":[{"type":"agent","agent_id":1,"state":"disconnected"}]`), outcome, session.Abandoned},
		"no reason is not a failure":                {item(`"call_id":1,"state":"disconnected","fail_reason":"nothing"`), outcome, session.Abandoned},
		"a reason is a failure":                     {item(`"call_id":1,"state":"failed","fail_reason":"eu_busy"`), outcome, session.Failed},
		"a voicemail":                               {item(`"call_id":1,"state":"finished","voicemail_reason":"after_hours"`), outcome, session.Voicemail},
		"the end's own time, zone and all":          {item(`"call_id":1,"ends_at":"2026-01-05T10:01:00.5+0100"`), endedAt, clock("2026-01-05T09:01:00.5Z")},
		"the notification's time without one":       {item(`"call_id":1,"state":"DISCONNECTED"`), endedAt, clock("2026-01-05T09:00:00Z")},
		"the receipt's time without any":            {`{"call_id":1,"state":"disconnected"}`, endedAt, receipt.At},
		"who disconnected":                          {item(`"call_id":1,"state":"disconnected","disconnected_by":"disconnected_by_agent","initiator":"end_user_1"`), endedBy, "agent"},
		"who disconnected, from the initiator":      {item(`"call_id":1,"state":"disconnected","initiator":"virtual_agent_15"`), endedBy, "system"},
		"the custom code of a disposition":          {item(`"call_id":1,"dispositions":[{"code":null,"custom_code_id":12}]`), code, "12"},
		"who disconnected, a virtual agent":         {item(`"call_id":1,"state":"disconnected","disconnected_by":"disconnected_by_virtual_agent"`), endedBy, "system"},
		"who disconnected, unknown":                 {item(`"call_id":1,"state":"disconnected","disconnected_by":"disconnected_by_unknown","initiator":"agent_1"`), endedBy, "agent"},
		"who disconnected, by number":               {item(`"call_id":1,"state":"disconnected","initiator":"+15550123456"`), endedBy, "end_user"},
		"an agent without any name":                 {item(`"call_id":1,"participants":[{"type":"agent","state":"connected"}]`), firstAgent, ""},
		"who disconnected, the system":              {item(`"call_id":1,"state":"disconnected","disconnected_by":"disconnected_by_system"`), endedBy, "system"},
		"who disconnected, the interface":           {item(`"call_id":1,"state":"disconnected","disconnected_by":"disconnected_by_api","initiator":"agent_1"`), endedBy, "system"},
		"who disconnected, another word":            {item(`"call_id":1,"state":"disconnected","disconnected_by":"disconnected_by_cat"`), endedBy, ""},
		"an agent by the dn alone":                  {item(`"call_id":1,"participants":[{"state":"connected","dn":"agent_1"}]`), firstAgent, "1"},
		"a virtual agent called an agent":           {item(`"call_id":1,"participants":[{"type":"agent","state":"connected","dn":"virtual_agent_15"}]`), parties, []string{"virtual_agent 15||"}},
		"a virtual agent by its own id":             {item(`"call_id":1,"participants":[{"type":"agent","state":"connected","virtual_agent_id":15}]`), parties, []string{"virtual_agent 15||"}},
		"an agent beside a virtual one's id":        {item(`"call_id":1,"participants":[{"type":"agent","state":"connected","virtual_agent_id":15,"user_id":1}]`), firstAgent, "1"},
		"a customer by the dn alone":                {item(`"call_id":1,"participants":[{"state":"connected","dn":"end_user_87"}]`), customerOf, session.Customer{ID: "87"}},
		"a supervisor by an agent's dn":             {item(`"call_id":1,"participants":[{"type":"manager","state":"connected","dn":"agent_3"}]`), parties, []string{"manager 3||"}},
		"a participant of an unknown type":          {item(`"call_id":1,"participants":[{"type":"cat","state":"connected","id":1}]`), parties, []string(nil)},
		"an agent while the customer's phone rings": {item(`"call_id":1,"participants":[{"type":"external","dn":"+15550123456","state":"dialing"},{"type":"agent","agent_id":1,"state":"connected"}]`), connectedAt, time.Time{}},
		"an agent once the customer answered":       {item(`"call_id":1,"participants":[{"type":"external","dn":"+15550123456","state":"connected"},{"type":"agent","agent_id":1,"state":"connected"}]`), connectedAt, clock("2026-01-05T09:00:00Z")},
		"bytes that are no UTF-8":                   {item("\"call_id\":1,\"session_type\":\"voice \xff\""), sessionType, "voice \uFFFD"},
	})
}

// TestWhatEnrichesANotification reads what the session metadata documents and an item may have.
func TestWhatEnrichesANotification(t *testing.T) {
	t.Parallel()
	third := func(fields string) string {
		return item(`"call_id":1,"participants":[{"type":"external","dn":"+15550123456"},{"state":"connected",` + fields + `}]`)
	}
	readAll(t, map[string]reading{
		"the number the customer called":          {item(`"call_id":1,"session_type":"Voice Inbound (IVR)","support_number":"+1 555 019 9999","outbound_number":"+15550188888"`), companyNumber, "+15550199999"},
		"the number shown to the customer":        {item(`"call_id":1,"session_type":"Voice Outbound","support_number":"+15550199999","outbound_number":"0800 1"`), companyNumber, "0800 1"},
		"a language":                              {item(`"call_id":1,"lang":"it"`), language, "it"},
		"a queue and its ids from the menu path":  {item(`"call_id":1,"menu_path":{"name":"Orders/Status","materialized_path":"/7/26/"}`), queue, session.Queue{Path: "Orders / Status", PathIDs: "7/26"}},
		"a menu path of another type is absent":   {item(`"call_id":1,"menu_path":"Orders/Status"`), queue, session.Queue{}},
		"a queue as an array of other things":     {item(`"call_id":1,"queue_path_names":[1]`), queuePath, ""},
		"a customer's id from end_user":           {item(`"call_id":1,"end_user":{"id":87},"participants":[{"type":"external","dn":"anonymous"}]`), customerOf, session.Customer{ID: "87", PhoneRaw: "anonymous"}},
		"a customer's id from end_user_id":        {item(`"call_id":1,"participants":[{"type":"end_user","end_user_id":87}]`), customerOf, session.Customer{ID: "87"}},
		"the participant with a number is theirs": {item(`"call_id":1,"participants":[{"type":"end_user","end_user_id":87},{"type":"external","dn":"+15550123456"}]`), phone, "+15550123456"},
		"a virtual agent by its dn":               {item(`"call_id":1,"participants":[{"type":"virtual_agent","dn":"virtual_agent_15","name":"Greeter"}]`), virtualAgent, session.Bot{ID: "15", Name: "Greeter"}},
		"a virtual agent by the session":          {item(`"call_id":1,"virtual_agent_id":16,"participants":[{"type":"virtual_agent","id":15}]`), virtualAgent, session.Bot{ID: "16"}},
		"a virtual agent by the initiator":        {item(`"call_id":1,"state":"connected","initiator":"virtual_agent_15"`), virtualAgent, session.Bot{ID: "15"}},
		"a third party by number":                 {third(`"type":"external","dn":"+1 555 019 9999"`), parties, []string{"third_party ||+15550199999"}},
		"a third party by a national number":      {third(`"type":"third_party","dn":"0800 123"`), parties, []string{"third_party ||0800 123"}},
		"a third party by a word":                 {third(`"type":"external_agent","dn":"sip:desk@example.com"`), parties, []string{"third_party |sip:desk@example.com|"}},
		"a third party by id":                     {third(`"type":"end_user","dn":"end_user_9"`), parties, []string{"third_party 9||"}},
		"a third party of no name":                {third(`"type":"external"`), parties, []string(nil)},
		"the customer once more":                  {third(`"type":"external","dn":"+15550123456"`), parties, []string(nil)},
		"a virtual agent of no name":              {third(`"type":"virtual_agent"`), parties, []string(nil)},
		"a supervisor":                            {third(`"type":"manager","user_id":3,"name":"Sam"`), parties, []string{"manager 3|Sam|"}},
		"a rating of zero":                        {item(`"call_id":1,"rating":0`), rating, "0"},
		"a rating in a string":                    {item(`"call_id":1,"rating":"5"`), rating, "5"},
		"a rating that is no number":              {item(`"call_id":1,"rating":"good"`), rating, ""},
		"deflected":                               {item(`"call_id":1,"state":"finished","deflection":"over_capacity_email"`), outcome, session.Deflected},
		"not deflected":                           {item(`"call_id":1,"state":"finished","deflection":"no_deflection"`), outcome, session.Abandoned},
		"deflected and answered":                  {item(`"call_id":1,"state":"finished","deflection":"over_capacity_phone","participants":[{"type":"agent","id":1,"state":"dispositionSubmitted"}]`), outcome, session.Completed},
		"a deflected session that goes on":        {item(`"call_id":1,"state":"connected","deflection":"over_capacity_phone"`), outcome, session.Outcome("")},
		"a file of no web address":                {item(`"call_id":1,"recording_url":"file:///etc/passwd","photos":[{"id":1}]`), files, []string(nil)},
		"a recording of two credentials is one":   {`[{"call_id":1,"recording_url":"https://a.example/9?x=1"},{"call_id":1,"recordings":[{"id":9}],"recording_url":"https://a.example/9?x=2"}]`, files, []string{"recording-6e05b8dc58d23a56"}},
		"a recording once, of two addresses":      {item(`"call_id":1,"recordings":[{"id":9,"url":"https://a.example/9"}],"recording_url":"https://a.example/9"`), files, []string{"recording-9"}},
		"a recording that is a voicemail":         {item(`"call_id":1,"recordings":[{"id":9,"url":"https://a.example/9","recording_type":"Voicemail"}]`), files, []string{"voicemail-9"}},
		"files of one id":                         {item(`"call_id":1,"photos":[{"id":9,"url":"https://a.example/9"}],"videos":[{"id":9,"url":"https://a.example/9"}]`), files, []string{"photo-9", "video-9"}},
		"a transfer without an id":                {item(`"call_id":1,"transfers":[{"to_agent":{"id":5}}]`), transferred, []string{"5"}},
	})
}

// reading is a payload and one field of the session it makes.
type reading struct {
	body string
	read func(session.Session) any
	want any
}

func readAll(t *testing.T, tests map[string]reading) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := ccai.DecodeWebhook(receipt, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tt.read(fold(batch.Events...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// parties are the participants who are neither an agent nor the customer.
func parties(s session.Session) any {
	var out []string
	for _, p := range s.Participants {
		if p.Type != session.PartyAgent && p.Type != session.PartyEndUser {
			out = append(out, fmt.Sprintf("%s %s", p.Type, strings.Join([]string{p.ID, p.Name, p.Number}, "|")))
		}
	}
	return out
}

func files(s session.Session) any {
	var out []string
	for _, f := range s.Announced {
		out = append(out, f.ID)
	}
	return out
}

func transferred(s session.Session) any {
	var out []string
	for _, t := range s.Transfers {
		out = append(out, t.To.AgentID)
	}
	return out
}

func rating(s session.Session) any {
	if s.Rating == nil {
		return ""
	}
	return strconv.Itoa(*s.Rating)
}

func companyNumber(s session.Session) any { return s.CompanyNumber }
func language(s session.Session) any      { return s.Language }
func queue(s session.Session) any         { return s.Queue }
func customerOf(s session.Session) any    { return s.Customer }
func virtualAgent(s session.Session) any  { return *s.VirtualAgent }
func key(s session.Session) any           { return s.Key }
func queuePath(s session.Session) any     { return s.Queue.Path }
func phone(s session.Session) any         { return s.Customer.Phone }
func connectedAt(s session.Session) any   { return s.ConnectedAt }
func endedAt(s session.Session) any       { return s.EndedAt }
func endedBy(s session.Session) any       { return s.EndedBy }
func outcome(s session.Session) any       { return s.Outcome }
func sessionType(s session.Session) any   { return s.Type }
func code(s session.Session) any          { return s.Disposition.Code }
func firstAgent(s session.Session) any {
	if len(s.Agents) == 0 {
		return ""
	}
	return s.Agents[0].ID
}
