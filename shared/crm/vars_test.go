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

// variableRow is what one variable holds in one session.
type variableRow struct {
	from    string
	session session.Session
	name    string
	want    string
}

// variableRows has a row for every variable of the page, and one for every rule of ours.
func variableRows() map[string]variableRow {
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
	vouched := with(func(s *session.Session) { s.CustomData.Signed = json.RawMessage(`{"email":"kim@example.com"}`) })
	oneName := with(func(s *session.Session) { s.Customer.Name = "Kim" })
	annOnly := with(func(s *session.Session) { s.Agents = s.Agents[:1] })
	bare := session.Session{Key: "call-<1>", Type: "Voice", Queue: session.Queue{Path: "Orders"}}
	noted := with(func(s *session.Session) {
		s.Disposition = &session.Disposition{Code: "7", Name: "sold {NAME}", Note: "a <b>\n{EMAIL}"}
		s.Customer.Email = "kim@example.com"
	})
	rated := with(func(s *session.Session) {
		s.Rating, s.Feedback, s.HoldSeconds, s.Language = seconds(5), "good", seconds(61), "en"
	})
	return map[string]variableRow{
		"the session's id is the vendor's":        {fromVariables, call(), "SESSION_ID", "103646"},
		"the key is unique over channels":         {oursOwn, call(), "SESSION_KEY", "call-103646"},
		"whose session it is":                     {oursOwn, with(func(s *session.Session) { s.Source = "ccai" }), "SOURCE", "ccai"},
		"a call has a call id":                    {fromVariables, call(), "CALL_ID", "103646"},
		"a call has no chat id":                   {fromVariables, call(), "CHAT_ID", ""},
		"a chat has a chat id":                    {fromVariables, chat, "CHAT_ID", "7"},
		"the channel of a call":                   {fromLookup, call(), "CHANNEL", "voice_call"},
		"the channel of a chat":                   {fromLookup, chat, "CHANNEL", "chat"},
		"without a name the phone stands for it":  {oursNames, call(), "NAME", "+12223334444"},
		"nobody is never nameless":                {oursNames, session.Session{}, "NAME", "Unknown customer"},
		"first name":                              {fromVariables, named, "FIRST_NAME", "Kim"},
		"last name":                               {fromVariables, named, "LAST_NAME", "van Dyke"},
		"a missing last name is two dashes":       {fromVariables, call(), "LAST_NAME", "--"},
		"the last agent counts":                   {oursLast, call(), "AGENT_EMAIL", "kim@example.com"},
		"the agent's internal id":                 {fromVariables, call(), "AGENT_ID", "2"},
		"the agent's own id":                      {fromVariables, call(), "AGENT_CUSTOM_ID", "007"},
		"no agent has come yet":                   {fromVariables, session.Session{}, "AGENT_EMAIL", ""},
		"durations are mm:ss":                     {fromVariables, call(), "CALL_DURATION", "05:05"},
		"waiting too":                             {fromVariables, call(), "WAIT_TIME", "00:55"},
		"holds too":                               {fromVariables, rated, "HOLD_TIME", "01:01"},
		"over an hour the minutes go on":          {oursOver, with(func(s *session.Session) { s.TalkSeconds = seconds(4000) }), "CALL_DURATION", "66:40"},
		"an unknown duration is empty":            {oursUnknown, session.Session{}, "CALL_DURATION", ""},
		"the queue's name is its path's last":     {fromVariables, call(), "QUEUE_NAME", "Status"},
		"the queue's id":                          {fromVariables, call(), "QUEUE_ID", "8469"},
		"the menu's path":                         {oursMenu, call(), "MENU_PATH", "Orders / Status"},
		"the ids of the menu's path":              {oursOwn, with(func(s *session.Session) { s.Queue.PathIDs = "7/26" }), "QUEUE_PATH_IDS", "7/26"},
		"the account's id from the CRM":           {fromVariables, call(), "ACCOUNT_ID", "12"},
		"the record's id from the CRM":            {fromVariables, call(), "RECORD_ID", "34"},
		"the default title names the session":     {oursTexts, call(), "TICKET_SUBJECT", "Voice Inbound (IVR) call-103646"},
		"today's session type":                    {fromTypes, call(), "SESSION_TYPE_V2", "Voice Inbound (IVR)"},
		"the end user's id at the contact centre": {fromVariables, call(), "UJET_ID", "87"},
		"who ended it":                            {fromVariables, call(), "DISCONNECTED_BY", "end_user"},
		"the language":                            {fromVariables, rated, "LANG", "en"},
		"the score":                               {fromVariables, rated, "RATING", "5"},
		"no score was given":                      {fromVariables, call(), "RATING", ""},
		"the feedback":                            {fromVariables, rated, "FEEDBACK", "good"},
		"the company's number of an outbound":     {fromVariables, outbound, "OUTBOUND_PHONE_NUMBER", "+15550001111"},
		"an inbound has none":                     {fromVariables, inbound, "OUTBOUND_PHONE_NUMBER", ""},
		"an identifier the company signed":        {fromVariables, signed, "SDK_IDENTIFIER", "cust-9"},
		"a signed value with its label":           {fromVariables, signed, "SDK_NAME", "Kim"},
		"a signed number":                         {fromVariables, signed, "SDK_PHONE", "12223334444"},
		"what is unsigned is not believed":        {oursBelieve, signed, "SDK_EMAIL", ""},
		"the custom id is the identifier":         {oursCustomID, signed, "CUSTOM_USER_ID", "cust-9"},
		"on mobile it is the email's beginning":   {fromVariables, mobile, "CUSTOM_USER_ID", "test.user3"},
		"else there is none":                      {oursCustomID, call(), "CUSTOM_USER_ID", ""},
		"ours: the direction":                     {oursOwn, call(), "DIRECTION", "inbound"},
		"ours: the outcome":                       {oursOwn, call(), "OUTCOME", "completed"},
		"ours: the number as received":            {oursOwn, call(), "PHONE_RAW", "+1 222 333 4444"},
		"ours: the number's digits":               {oursOwn, call(), "PHONE_DIGITS", "12223334444"},
		"ours: the disposition is no template":    {oursOwn, noted, "DISPOSITION", "7 sold {NAME}"},
		"ours: the note":                          {oursOwn, noted, "DISPOSITION_NOTE", "a <b>\n{EMAIL}"},
		"nobody has disposed of it":               {oursOwn, call(), "DISPOSITION", ""},

		"lookup: the number":                 {fromLookup, call(), "ANI", "+12223334444"},
		"lookup: the number by its new name": {fromLookup, call(), "CUSTOMER_PHONE_NUMBER", "+12223334444"},
		"lookup: the custom id":              {fromLookup, mobile, "CUID", "test.user3"},
		"lookup: the menu":                   {fromLookup, call(), "MENU_ID", "8469"},
		"lookup: the number dialled":         {fromLookup, inbound, "SUPPORT_PHONE_NUMBER", "+15550001111"},
		"lookup: an outbound dialled none":   {fromLookup, outbound, "SUPPORT_PHONE_NUMBER", ""},
		"lookup: the outbound number":        {fromLookup, outbound, "OUTBOUND_NUMBER", "+15550001111"},
		"lookup: the agent's own id":         {fromLookup, call(), "CUSTOM_AGENT_ID", "007"},

		"the email":                           {fromVariables, mobile, "EMAIL", "test.user3@test.co"},
		"the session's type":                  {fromVariables, call(), "SESSION_TYPE", "Voice Inbound (IVR)"},
		"the number, in the format":           {fromVariables, call(), "PHONE_NUMBER", "+12223334444"},
		"a signed address":                    {fromVariables, vouched, "SDK_EMAIL", "kim@example.com"},
		"no source tells the device":          {oursUntold, call(), "DEVICE_TYPE", ""},
		"no source tells the smart action":    {oursUntold, call(), "SMART_ACTION_SESSION_ID", ""},
		"no feedback was left":                {fromVariables, call(), "FEEDBACK", ""},
		"one name is the first":               {fromVariables, oneName, "FIRST_NAME", "Kim"},
		"and the last is missing then":        {fromVariables, oneName, "LAST_NAME", "--"},
		"the name as it is":                   {fromVariables, named, "NAME", "Kim van Dyke"},
		"an agent without an id of their own": {fromVariables, annOnly, "AGENT_CUSTOM_ID", ""},
		"a call that nobody held":             {oursUnknown, call(), "HOLD_TIME", ""},
		"the description":                     {oursTexts, bare, "TICKET_DESCRIPTION", "Session call-<1>, Voice\nQueue: Orders"},
		"the description in HTML":             {fromVariables, bare, "TICKET_DESCRIPTION_HTML", "Session call-&lt;1&gt;, Voice<br>Queue: Orders"},
		"a comment only while it is made":     {fromVariables, call(), "COMMENT_BODY", ""},
		"a file only while it is uploaded":    {fromVariables, call(), "FILE_DATA", ""},
		"an attachment once it is made":       {fromUpload, call(), "ATTACHMENT_ID", ""},
		"lookup: the email":                   {fromLookup, mobile, "EMAIL", "test.user3@test.co"},
		"lookup: a call":                      {fromLookup, call(), "CHANNEL", "voice_call"},
		"lookup: a chat":                      {fromLookup, chat, "CHANNEL", "chat"},
		"lookup: the type":                    {fromLookup, call(), "TYPE", "IVR_Call"},
		"lookup: a call's id":                 {fromLookup, call(), "SESSION_ID", "103646"},
		"lookup: a chat's id":                 {fromLookup, chat, "SESSION_ID", "7"},
		"lookup: nobody has come yet":         {fromLookup, session.Session{}, "CUSTOM_AGENT_ID", ""},
	}
}

func TestVarsOf(t *testing.T) {
	t.Parallel()
	for name, tt := range variableRows() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
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

// lookupTypeRow is what {TYPE} is of one session.
type lookupTypeRow struct {
	from    string
	channel session.Channel
	typed   string
	outcome session.Outcome
	want    string
}

// lookupTypeRows go from today's names of the types to the values of {TYPE}.
func lookupTypeRows() map[string]lookupTypeRow {
	return map[string]lookupTypeRow{
		"a telephone call":            {fromLookup, session.Call, "Voice Inbound (IVR)", "", "IVR_Call"},
		"in any letter case":          {fromTypes, session.Call, "voice inbound (PSTN)", "", "IVR_Call"},
		"the app's way to a call":     {fromLookup, session.Call, "Voice Inbound (IVR using Mobile)", "", "IVR_Call_(app)"},
		"a call in the app":           {fromLookup, session.Call, "Voice Inbound (App)", "", "Incoming_Call_(app)"},
		"a scheduled call":            {fromLookup, session.Call, "Voice Scheduled (Web)", "", "Scheduled_Call_(web)"},
		"a call back":                 {fromTypes, session.Call, "Voice Callback (Web)", "", "Incoming_Call_(web)"},
		"an outbound call":            {fromLookup, session.Call, "Voice Outbound", "", "Outbound_Call"},
		"one by the API":              {fromLookup, session.Call, "Voice Outbound (API)", "", "Outbound_Call_(api)"},
		"a scheduled call in the app": {fromLookup, session.Call, "Voice Scheduled (Mobile)", "", "Scheduled_Call_(app)"},
		"an inbound call by the API":  {fromLookup, session.Call, "Voice Inbound (API)", "", "Incoming_Call_(api)"},
		"a voicemail":                 {fromLookup, session.Call, "Voice Inbound (IVR)", session.Voicemail, "Voicemail"},
		"a type without a name":       {oursType, session.Call, "Voice Campaign (UJET)", "", "Voice Campaign (UJET)"},
		"a chat on the web":           {fromLookup, session.Chat, "messaging inbound (web chat)", "", "Web"},
		"a chat in the app":           {fromLookup, session.Chat, "Messaging Inbound (App Chat)", "", "Mobile"},
		"text messages":               {fromLookup, session.Chat, "Messaging (SMS)", "", "SMS"},
		"WhatsApp is not an app":      {oursType, session.Chat, "Messaging (WhatsApp)", "", "Messaging (WhatsApp)"},
	}
}

func TestLookupTypes(t *testing.T) {
	t.Parallel()
	for name, tt := range lookupTypeRows() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
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
