package ccai_test

import (
	"fmt"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source/ccai"
)

// TestNumbersOfCustomers reads what may stand in a participant's dn.
func TestNumbersOfCustomers(t *testing.T) {
	t.Parallel()
	tests := map[string]session.Customer{ // dn: customer
		"+15550123456":             {Phone: "+15550123456", PhoneRaw: "+15550123456"},
		"+123456789":               {Phone: "+123456789", PhoneRaw: "+123456789"},
		"+39 02 1234.56-7":         {Phone: "+39021234567", PhoneRaw: "+39 02 1234.56-7"},
		"+1 (555) 012/3456":        {Phone: "+15550123456", PhoneRaw: "+1 (555) 012/3456"},
		"+44 (0)20 7946 0958":      {PhoneRaw: "+44 (0)20 7946 0958"},
		"3393669393":               {PhoneRaw: "3393669393"},
		"0039021234567":            {PhoneRaw: "0039021234567"},
		"+123456":                  {PhoneRaw: "+123456"},
		"+1234567890123456":        {PhoneRaw: "+1234567890123456"},
		"+0123456789":              {PhoneRaw: "+0123456789"},
		"+1555012345x6":            {PhoneRaw: "+1555012345x6"},
		"+١٥٥٥٠١٢٣٤٥٦":             {PhoneRaw: "+١٥٥٥٠١٢٣٤٥٦"},
		"+266696687":               {PhoneRaw: "+266696687"},
		"+7378742833":              {PhoneRaw: "+7378742833"},
		"anonymous":                {PhoneRaw: "anonymous"},
		"restricted":               {PhoneRaw: "restricted"},
		"customer":                 {PhoneRaw: "customer"},
		"80165@agents.example.com": {PhoneRaw: "80165@agents.example.com"},
		"end_user_5":               {ID: "5"},
		"":                         {},
	}
	for dn, want := range tests {
		t.Run(dn, func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(`{"call_id":1,"participants":[{"type":"external","dn":%q}]}`, dn)
			batch, err := ccai.DecodeWebhook(receipt, []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			if got := fold(batch.Events...).Customer; got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// TestSessionTypes reads all three vocabularies of docs.cloud.google.com/contact-center/ccai-platform/docs/session-type-terminology.
func TestSessionTypes(t *testing.T) {
	t.Parallel()
	directions := map[session.Direction][]string{
		session.Inbound: {
			"Voice Inbound (IVR)", "voice inbound (pstn)", "Voice Inbound (App)", "Voice Inbound (Mobile)", "Voice Inbound (API)",
			"Voice Inbound (IVR using Mobile)", "Voice Callback (Web)", "Voice Scheduled (Web)", "Voice Scheduled (Mobile)",
			"IVR Call", "Incoming Call (web)", "Scheduled Call (app)", "Messaging Inbound (Web Chat)",
			"messaging inbound (sms)", "Messaging Inbound (App Chat)", "Messaging (WhatsApp)", "Messaging (web)", "Messaging (mobile)",
		},
		session.Outbound: {
			"Voice Outbound", "VOICE OUTBOUND (API)", "Voice Campaign", "Voice Campaign (UJET)", "Messaging Outbound (SMS)",
			"messaging outbound (sms by api)",
		},
		"": {"Messaging (SMS)", "Voice Internal", "screen share", "of tomorrow", ""},
	}
	for want, types := range directions {
		for _, name := range types {
			e := decode(t, fmt.Sprintf(`{"type":"New_Call","data":{"call_id":1,"session_type":%q}}`, name))
			if e.Direction != want || e.Type != name {
				t.Errorf("%q: direction %q of type %q, want %q", name, e.Direction, e.Type, want)
			}
		}
	}
}
