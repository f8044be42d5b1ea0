package crm_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// with is the call, changed.
func with(change func(s *session.Session)) session.Session {
	s := call()
	change(&s)
	return s
}

// The names and formats are those of docs.cloud.google.com, CCAI Platform, "Custom CRM", request variables; those of the
// last block are of its custom lookup URL.
func TestVarsOf(t *testing.T) {
	t.Parallel()
	named := with(func(s *session.Session) { s.Customer.Name = "Kim van Dyke" })
	chat := with(func(s *session.Session) { s.Key, s.Channel = "chat-7", session.Chat })
	outbound := with(func(s *session.Session) { s.Direction, s.CompanyNumber = session.Outbound, "+15550001111" })
	inbound := with(func(s *session.Session) { s.CompanyNumber = "+15550001111" })
	signed := with(func(s *session.Session) {
		s.CustomData.Signed = json.RawMessage(`{"identifier":"cust-9","name":{"label":"Name","value":"Kim"},"email":["x"],"phone":12223334444}`)
		s.CustomData.Unsigned = json.RawMessage(`{"identifier":"somebody-else","email":"eve@example.com"}`)
	})
	mobile := with(func(s *session.Session) {
		s.Type, s.Customer.Email = "Voice Inbound (Mobile)", "test.user3@test.co"
	})
	noted := with(func(s *session.Session) {
		s.Disposition = &session.Disposition{Code: "7", Name: "sold {NAME}", Note: "a <b>\n{EMAIL}"}
		s.Customer.Email = "kim@example.com"
	})
	rated := with(func(s *session.Session) {
		s.Rating, s.Feedback, s.HoldSeconds, s.Language = seconds(5), "good", seconds(61), "en"
	})
	tests := map[string]struct {
		session session.Session
		name    string
		want    string
	}{
		"the session's id is the vendor's":        {call(), "SESSION_ID", "103646"},
		"the key is unique over channels":         {call(), "SESSION_KEY", "call-103646"},
		"a call has a call id":                    {call(), "CALL_ID", "103646"},
		"a call has no chat id":                   {call(), "CHAT_ID", ""},
		"a chat has a chat id":                    {chat, "CHAT_ID", "7"},
		"the channel of a call":                   {call(), "CHANNEL", "voice_call"},
		"the channel of a chat":                   {chat, "CHANNEL", "chat"},
		"without a name the phone stands for it":  {call(), "NAME", "+12223334444"},
		"nobody is never nameless":                {session.Session{}, "NAME", "Unknown customer"},
		"first name":                              {named, "FIRST_NAME", "Kim"},
		"last name":                               {named, "LAST_NAME", "van Dyke"},
		"a missing last name is two dashes":       {call(), "LAST_NAME", "--"},
		"the last agent counts":                   {call(), "AGENT_EMAIL", "kim@example.com"},
		"the agent's internal id":                 {call(), "AGENT_ID", "2"},
		"the agent's own id":                      {call(), "AGENT_CUSTOM_ID", "007"},
		"no agent has come yet":                   {session.Session{}, "AGENT_EMAIL", ""},
		"durations are mm:ss":                     {call(), "CALL_DURATION", "05:05"},
		"waiting too":                             {call(), "WAIT_TIME", "00:55"},
		"holds too":                               {rated, "HOLD_TIME", "01:01"},
		"over an hour the minutes go on":          {with(func(s *session.Session) { s.TalkSeconds = seconds(4000) }), "CALL_DURATION", "66:40"},
		"an unknown duration is empty":            {session.Session{}, "CALL_DURATION", ""},
		"the queue's name is its path's last":     {call(), "QUEUE_NAME", "Status"},
		"the queue's id":                          {call(), "QUEUE_ID", "8469"},
		"the menu's path":                         {call(), "MENU_PATH", "Orders / Status"},
		"the ids of the menu's path":              {with(func(s *session.Session) { s.Queue.PathIDs = "7/26" }), "QUEUE_PATH_IDS", "7/26"},
		"the account's id from the CRM":           {call(), "ACCOUNT_ID", "12"},
		"the record's id from the CRM":            {call(), "RECORD_ID", "34"},
		"the default title names the session":     {call(), "TICKET_SUBJECT", "Voice Inbound (IVR) call-103646"},
		"today's session type":                    {call(), "SESSION_TYPE_V2", "Voice Inbound (IVR)"},
		"the end user's id at the contact centre": {call(), "UJET_ID", "87"},
		"who ended it":                            {call(), "DISCONNECTED_BY", "end_user"},
		"the language":                            {rated, "LANG", "en"},
		"the score":                               {rated, "RATING", "5"},
		"no score was given":                      {call(), "RATING", ""},
		"the feedback":                            {rated, "FEEDBACK", "good"},
		"the company's number of an outbound":     {outbound, "OUTBOUND_PHONE_NUMBER", "+15550001111"},
		"an inbound has none":                     {inbound, "OUTBOUND_PHONE_NUMBER", ""},
		"an identifier the company signed":        {signed, "SDK_IDENTIFIER", "cust-9"},
		"a signed value with its label":           {signed, "SDK_NAME", "Kim"},
		"a signed number":                         {signed, "SDK_PHONE", "12223334444"},
		"what is unsigned is not believed":        {signed, "SDK_EMAIL", ""},
		"the custom id is the identifier":         {signed, "CUSTOM_USER_ID", "cust-9"},
		"on mobile it is the email's beginning":   {mobile, "CUSTOM_USER_ID", "test.user3"},
		"else there is none":                      {call(), "CUSTOM_USER_ID", ""},
		"ours: the direction":                     {call(), "DIRECTION", "inbound"},
		"ours: the outcome":                       {call(), "OUTCOME", "completed"},
		"ours: the number as received":            {call(), "PHONE_RAW", "+1 222 333 4444"},
		"ours: the number's digits":               {call(), "PHONE_DIGITS", "12223334444"},
		"ours: the disposition is no template":    {noted, "DISPOSITION", "7 sold {NAME}"},
		"ours: the note":                          {noted, "DISPOSITION_NOTE", "a <b>\n{EMAIL}"},
		"nobody has disposed of it":               {call(), "DISPOSITION", ""},

		"lookup: the number":                 {call(), "ANI", "+12223334444"},
		"lookup: the number by its new name": {call(), "CUSTOMER_PHONE_NUMBER", "+12223334444"},
		"lookup: the custom id":              {mobile, "CUID", "test.user3"},
		"lookup: the menu":                   {call(), "MENU_ID", "8469"},
		"lookup: the number dialled":         {inbound, "SUPPORT_PHONE_NUMBER", "+15550001111"},
		"lookup: an outbound dialled none":   {outbound, "SUPPORT_PHONE_NUMBER", ""},
		"lookup: the outbound number":        {outbound, "OUTBOUND_NUMBER", "+15550001111"},
		"lookup: the agent's own id":         {call(), "CUSTOM_AGENT_ID", "007"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := session.CRM{AccountID: "12", RecordID: "34"}
			if got := crm.VarsOf(&settings.CRM{}, tt.session, known)[tt.name]; got != tt.want {
				t.Errorf("{%s} is %q, want %q", tt.name, got, tt.want)
			}
			if !crm.Known(tt.name) {
				t.Errorf("{%s} is not known", tt.name)
			}
		})
	}
}

// The values of {TYPE}: "Custom CRM", custom lookup URL; today's names of the types: "Session type terminology".
func TestLookupTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		channel session.Channel
		typed   string
		outcome session.Outcome
		want    string
	}{
		"a telephone call":        {session.Call, "Voice Inbound (IVR)", "", "IVR_Call"},
		"in any letter case":      {session.Call, "voice inbound (PSTN)", "", "IVR_Call"},
		"the app's way to a call": {session.Call, "Voice Inbound (IVR using Mobile)", "", "IVR_Call_(app)"},
		"a call in the app":       {session.Call, "Voice Inbound (App)", "", "Incoming_Call_(app)"},
		"a scheduled call":        {session.Call, "Voice Scheduled (Web)", "", "Scheduled_Call_(web)"},
		"a call back":             {session.Call, "Voice Callback (Web)", "", "Incoming_Call_(web)"},
		"an outbound call":        {session.Call, "Voice Outbound", "", "Outbound_Call"},
		"one by the API":          {session.Call, "Voice Outbound (API)", "", "Outbound_Call_(api)"},
		"a voicemail":             {session.Call, "Voice Inbound (IVR)", session.Voicemail, "Voicemail"},
		"a type without a name":   {session.Call, "Voice Campaign (UJET)", "", "Voice Campaign (UJET)"},
		"a chat on the web":       {session.Chat, "messaging inbound (web chat)", "", "Web"},
		"a chat in the app":       {session.Chat, "Messaging Inbound (App Chat)", "", "Mobile"},
		"text messages":           {session.Chat, "Messaging (SMS)", "", "SMS"},
		"WhatsApp is not an app":  {session.Chat, "Messaging (WhatsApp)", "", "Messaging (WhatsApp)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := session.Session{Channel: tt.channel, Type: tt.typed, Outcome: tt.outcome}
			if got := crm.VarsOf(&settings.CRM{}, s, session.CRM{})["TYPE"]; got != tt.want {
				t.Errorf("{TYPE} is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDescription(t *testing.T) {
	t.Parallel()
	s := call()
	s.Customer.Email = "kim@example.com"
	s.Disposition = &session.Disposition{Code: "7", Note: "wants <b>\n{EMAIL}"}
	v := crm.VarsOf(&settings.CRM{}, s, session.CRM{})
	want := "Session call-103646, Voice Inbound (IVR)\nQueue: Orders / Status\nStarted: 2026-01-05T09:00:00Z\n" +
		"Ended: 2026-01-05T09:06:00Z\nOutcome: completed\nWaited: 00:55\nTalked: 05:05\nDisposition: 7\nNote: wants <b>\n{EMAIL}"
	if got := v["TICKET_DESCRIPTION"]; got != want {
		t.Errorf("description:\n%s\nwant:\n%s", got, want)
	}
	if got, want := v["TICKET_DESCRIPTION_HTML"], strings.NewReplacer("\n", "<br>", "<b>", "&lt;b&gt;").Replace(want); got != want {
		t.Errorf("description in HTML:\n%s\nwant:\n%s", got, want)
	}
	c := &settings.CRM{TicketSubject: "{Channel}: {NAME}", TicketDescription: "=CONCAT_OR({EMAIL}"}
	v = crm.VarsOf(c, s, session.CRM{})
	if v["TICKET_SUBJECT"] != "voice_call: kim@example.com" || v["TICKET_DESCRIPTION"] != c.TicketDescription {
		t.Errorf("own texts: %q, %q", v["TICKET_SUBJECT"], v["TICKET_DESCRIPTION"])
	}
}
