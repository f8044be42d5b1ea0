package crm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

const (
	oursSignedFirst = ours + "what the company signed under a name, the page does not say"
	fromCustomData  = ccaip + "kustomer: custom data, and the rule on custom field mapping"
	fromDataForm    = ccaip + "mobile-sdk-custom-data: a value with its label and type"
	oursSigned      = ours + "what the company signed is known to be its own, and what a page sent is not"
	oursBounds      = ours + "a page may send anything"
	oursWords       = ours + "CRMs have their own words for what variables hold"
	oursLines       = ours + "a label without its value tells nobody anything"
	oursSelection   = ours + "a transfer to another queue is no choice of the customer's"
)

func TestCustomDataBecomesVariables(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, `"k%d":"v",`, i)
	}
	tests := map[string]struct {
		from, signed, unsigned, name, want string
	}{
		"a text":                             {fromCustomData, ``, `{"order":"4711"}`, "CUSTOM_DATA_ORDER", "4711"},
		"a value with its label":             {fromDataForm, ``, `{"order":{"label":"Order","type":"string","value":"4711"}}`, "CUSTOM_DATA_ORDER", "4711"},
		"a number, to the digit":             {fromDataForm, ``, `{"n":{"value":12345678901234567890}}`, "CUSTOM_DATA_N", "12345678901234567890"},
		"a truth":                            {fromDataForm, ``, `{"vip":{"type":"boolean","value":true}}`, "CUSTOM_DATA_VIP", "true"},
		"punctuation aside":                  {oursOwn, ``, `{"order-id.nr 2":"x"}`, "CUSTOM_DATA_ORDER_ID_NR_2", "x"},
		"a name that is signed empty":        {oursSignedFirst, `{"tier":""}`, `{"tier":"gold"}`, "CUSTOM_DATA_TIER", ""},
		"or null":                            {oursSignedFirst, `{"tier":{"label":"Tier","value":null}}`, `{"tier":"gold"}`, "CUSTOM_DATA_TIER", ""},
		"or a list":                          {oursSignedFirst, `{"tier":["none"]}`, `{"tier":"gold"}`, "CUSTOM_DATA_TIER", ""},
		"or too long":                        {oursSignedFirst, `{"tier":"` + strings.Repeat("x", 5000) + `"}`, `{"tier":"gold"}`, "CUSTOM_DATA_TIER", ""},
		"or past what is read":               {oursSignedFirst, `{` + strings.Repeat(`"a":"b",`, 100) + `"tier":"none"}`, `{"tier":"gold"}`, "CUSTOM_DATA_TIER", ""},
		"nothing signed takes nothing":       {oursSignedFirst, `null`, `{"tier":"gold"}`, "CUSTOM_DATA_TIER", "gold"},
		"signed data":                        {fromCustomData, `{"order":"4711"}`, ``, "CUSTOM_DATA_ORDER", "4711"},
		"signed goes first":                  {oursSigned, `{"order":"ours"}`, `{"order":"theirs"}`, "CUSTOM_DATA_ORDER", "ours"},
		"the first of two that are one":      {oursBounds, ``, `{"a-b":"1","a_b":"2"}`, "CUSTOM_DATA_A_B", "1"},
		"an object has no text":              {oursBounds, ``, `{"order":{"deep":{"value":"x"}}}`, "CUSTOM_DATA_ORDER", ""},
		"a list neither":                     {oursBounds, ``, `{"order":["x"]}`, "CUSTOM_DATA_ORDER", ""},
		"no object":                          {oursBounds, ``, `["order"]`, "CUSTOM_DATA_ORDER", ""},
		"no JSON":                            {oursBounds, ``, `{"order":`, "CUSTOM_DATA_ORDER", ""},
		"what comes before what is no JSON":  {oursBounds, ``, `{"order":"1","x":`, "CUSTOM_DATA_ORDER", "1"},
		"an empty key":                       {oursBounds, ``, `{"":"x"}`, "CUSTOM_DATA_", ""},
		"a value without end":                {oursBounds, ``, `{"order":"` + strings.Repeat("x", 5000) + `"}`, "CUSTOM_DATA_ORDER", ""},
		"a key without end":                  {oursBounds, ``, `{"` + strings.Repeat("k", 101) + `":"x"}`, "CUSTOM_DATA_" + strings.Repeat("K", 101), ""},
		"more keys than there is room for":   {oursBounds, ``, `{` + many.String() + `"last":"x"}`, "CUSTOM_DATA_LAST", ""},
		"a variable of another kind is safe": {oursBounds, ``, `{"../ACCOUNT_ID":"x"}`, "ACCOUNT_ID", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s := session.Session{CustomData: session.Data{Signed: json.RawMessage(tt.signed), Unsigned: json.RawMessage(tt.unsigned)}}
			if got := crm.VarsOf(&settings.CRM{}, s, session.CRM{})[tt.name]; got != tt.want {
				t.Errorf("{%s} is %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

func TestWordsOfTheCRM(t *testing.T) {
	t.Parallel()
	c := &settings.CRM{
		Words:         map[string]map[string]string{"CHANNEL": {"voice_call": "voice"}, "DIRECTION": {"inbound": "in", "outbound": "out"}},
		TicketSubject: "{CHANNEL} {DIRECTION}",
	}
	chat := with(func(s *session.Session) { s.Channel, s.Direction = session.Chat, "" })
	tests := map[string]struct {
		from    string
		session session.Session
		name    string
		want    string
	}{
		"a value that has one":      {oursWords, call(), "CHANNEL", "voice"},
		"another":                   {oursWords, call(), "DIRECTION", "in"},
		"a value that has none":     {oursWords, chat, "CHANNEL", "chat"},
		"what is not known":         {oursUnknown, chat, "DIRECTION", ""},
		"the settings' texts too":   {oursTexts, call(), "TICKET_SUBJECT", "voice in"},
		"what the customer chose":   {oursSelection, call(), "MENU_SELECTION", "Orders / Status"},
		"nothing, where none chose": {oursUnknown, with(func(s *session.Session) { s.Queue = session.Queue{} }), "MENU_SELECTION", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.VarsOf(c, tt.session, session.CRM{})[tt.name]; got != tt.want {
				t.Errorf("{%s} is %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

func TestLinesWithoutTheirValueAreLeftOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, text, want string }{
		"all are known":     {oursLines, "Phone: {PHONE_NUMBER}\nName: {NAME}", "Phone: +1 222 333 4444\nName: Kim"},
		"one is not":        {oursLines, "Phone: {PHONE_NUMBER}\nLanguage: {LANG}\nName: {NAME}", "Phone: +1 222 333 4444\nName: Kim"},
		"none is":           {oursLines, "Language: {LANG}", ""},
		"a line of its own": {oursLines, "A call\r\n\r\nName: {NAME}\n", "A call\n\nName: Kim"},
		"half of a line":    {oursLines, "{NAME} in {LANG}", ""},
		"no variable":       {oursLines, "Name: {NOBODY}", "Name: {NOBODY}"},
		"unreadable":        {oursMistakes, "=CONCAT_OR({NAME}\nName: {NAME}", "Name: Kim"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.Lines(tt.text, kim); got != tt.want {
				t.Errorf("the lines are %q, want %q", got, tt.want)
			}
		})
	}
}
