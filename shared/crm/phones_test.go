package crm_test

import (
	"slices"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// The lookup link has the numbers in the same format, by names of its own.
func TestPhoneNumberIsWrittenAsSet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from      string
		phone     settings.Phone
		customer  session.Customer
		want, out string // the customer's number, the company's
	}{
		"E.164 unless told":                  {oursDefault, settings.Phone{}, session.Customer{Phone: "+12223334444"}, "+12223334444", "+15550001111"},
		"automatic creates with all of it":   {fromFormat, settings.Phone{Format: "automatic"}, session.Customer{Phone: "+12223334444"}, "+1 222 333 4444", "+1 555 000 1111"},
		"E.164":                              {fromFormat, settings.Phone{Format: "e164"}, session.Customer{Phone: "+12223334444"}, "+12223334444", "+15550001111"},
		"US local":                           {fromFormat, settings.Phone{Format: "us_local"}, session.Customer{Phone: "+12223334444"}, "2223334444", "5550001111"},
		"US local standard":                  {fromFormat, settings.Phone{Format: "us_local_standard"}, session.Customer{Phone: "+12223334444"}, "(222) 333-4444", "(555) 000-1111"},
		"international":                      {fromFormat, settings.Phone{Format: "international"}, session.Customer{Phone: "+12223334444"}, "+1 222 333 4444", "+1 555 000 1111"},
		"other countries have no US form":    {oursUSAbroad, settings.Phone{Format: "us_local"}, session.Customer{Phone: "+821012345678"}, "+821012345678", "5550001111"},
		"a national number gets its country": {oursRegion, settings.Phone{Region: "IT"}, session.Customer{PhoneRaw: "06 698 12345"}, "+390669812345", "+15550001111"},
		"without a region it stays":          {oursRegion, settings.Phone{Format: "international"}, session.Customer{PhoneRaw: "06 698 12345"}, "06 698 12345", "+1 555 000 1111"},
		"an anonymous caller has none":       {oursNobody, settings.Phone{Region: "US"}, session.Customer{PhoneRaw: "anonymous"}, "", "+15550001111"},
		"a short code is none":               {oursNobody, settings.Phone{Region: "US"}, session.Customer{PhoneRaw: "12345"}, "", "+15550001111"},
		"a SIP address is none":              {oursNobody, settings.Phone{Region: "US"}, session.Customer{PhoneRaw: "sip:12223334444@pbx"}, "", "+15550001111"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s := session.Session{Direction: session.Outbound, CompanyNumber: "+15550001111", Customer: tt.customer}
			v := crm.VarsOf(&settings.CRM{Phone: tt.phone}, s, session.CRM{})
			if v["PHONE_NUMBER"] != tt.want || v["OUTBOUND_PHONE_NUMBER"] != tt.out {
				t.Errorf("numbers %q and %q, want %q and %q", v["PHONE_NUMBER"], v["OUTBOUND_PHONE_NUMBER"], tt.want, tt.out)
			}
			if v["CUSTOMER_PHONE_NUMBER"] != tt.want || v["ANI"] != tt.want || v["OUTBOUND_NUMBER"] != tt.out {
				t.Errorf("in a lookup link %q, %q and %q, want %q and %q", v["CUSTOMER_PHONE_NUMBER"], v["ANI"], v["OUTBOUND_NUMBER"], tt.want, tt.out)
			}
		})
	}
}

func TestPhoneForms(t *testing.T) {
	t.Parallel()
	all := []string{"automatic", "e164", "us_local", "us_local_standard", "international", "raw", "digits", "national_digits", "last:7"}
	us := session.Customer{Phone: "+12223334444", PhoneRaw: "1-222-333-4444"}
	tests := map[string]struct {
		from     string
		phone    settings.Phone
		customer session.Customer
		want     []string
	}{
		"the format alone":           {fromFormat, settings.Phone{}, us, []string{"+12223334444"}},
		"automatic asks with groups": {fromFormat, settings.Phone{Format: "automatic"}, us, []string{"*222*333*4444"}},
		"every form in turn": {oursForms, settings.Phone{Lookup: all}, us, []string{"*222*333*4444", "+12223334444", "2223334444", "(222) 333-4444",
			"+1 222 333 4444", "1-222-333-4444", "12223334444", "3334444"}}, // national_digits is us_local's again
		"Italian digits keep the zero": {oursForms, settings.Phone{Region: "IT", Lookup: []string{"national_digits", "last:9"}},
			session.Customer{PhoneRaw: "06 698 12345"}, []string{"0669812345", "669812345"}},
		"a number of no country is asked for once": {oursForms, settings.Phone{Lookup: []string{"e164", "international", "raw"}},
			session.Customer{PhoneRaw: "06 698 12345"}, []string{"06 698 12345"}},
		"no number": {oursNobody, settings.Phone{Lookup: all}, session.Customer{}, nil},
		"a word":    {oursNobody, settings.Phone{Lookup: all, Region: "US"}, session.Customer{PhoneRaw: "anonymous"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.PhoneForms(tt.phone, tt.customer); !slices.Equal(got, tt.want) {
				t.Errorf("forms %q, want %q", got, tt.want)
			}
		})
	}
}
