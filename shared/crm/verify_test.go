package crm_test

import (
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	same := func(field, template string) settings.Check { return settings.Check{Field: field, Equals: template} }
	tests := map[string]struct {
		from   string
		checks []settings.Check
		hit    string // without its id
		want   bool
	}{
		"nothing asked for":                           {oursVerify, nil, `"a":1`, true},
		"a mail address in other letters":             {oursVerify, []settings.Check{same("mail", "{EMAIL}")}, `"mail":" KIM@agents.co "`, true},
		"another mail address":                        {oursVerify, []settings.Check{same("mail", "{EMAIL}")}, `"mail":"kim@agents.com"`, false},
		"an address that only folds to the same":      {oursVerify, []settings.Check{same("mail", "{EMAIL}")}, `"mail":"\u212aim@agents.co"`, false},
		"a text in other letters":                     {oursVerify, []settings.Check{same("name", "{NAME}")}, `"name":"KIM"`, false},
		"a text with blanks around it":                {oursVerify, []settings.Check{same("name", " {NAME} ")}, `"name":"Kim "`, true},
		"a text that only begins so":                  {oursVerify, []settings.Check{same("name", "{NAME}")}, `"name":"Kim Lee"`, false},
		"a variable in other letters":                 {oursVerify, []settings.Check{same("name", "{name}")}, `"name":"Kim"`, true},
		"a constant":                                  {oursVerify, []settings.Check{same("status", "open")}, `"status":"open"`, true},
		"a number is its text":                        {oursVerify, []settings.Check{same("n", "12345678901234567890")}, `"n":12345678901234567890`, true},
		"a truth value is its text":                   {oursVerify, []settings.Check{same("active", "true")}, `"active":true`, true},
		"RT, Disabled is a text":                      {seenInRT, []settings.Check{same("Disabled", "0")}, `"Disabled":"1"`, false},
		"both hold":                                   {oursVerify, []settings.Check{same("a", "1"), same("b", "2")}, `"a":1,"b":2`, true},
		"one of two holds":                            {oursVerify, []settings.Check{same("a", "1"), same("b", "2")}, `"a":1,"b":3`, false},
		"a missing field":                             {oursVerify, []settings.Check{same("a", "1")}, `"b":1`, false},
		"null":                                        {oursVerify, []settings.Check{same("a", "null")}, `"a":null`, false},
		"an object":                                   {oursVerify, []settings.Check{same("a", "1")}, `"a":{"1":"1"}`, false},
		"an unknown variable holds for nobody":        {oursVerify, []settings.Check{same("a", "{ACCOUNT_ID}")}, `"a":""`, false},
		"not even beside a text":                      {oursVerify, []settings.Check{same("a", "tel:{ACCOUNT_ID}")}, `"a":"tel:"`, false},
		"an empty template holds for nobody":          {oursVerify, []settings.Check{same("a", " ")}, `"a":""`, false},
		"braces that are no variable stay":            {oursVerify, []settings.Check{same("a", "{x_y}")}, `"a":"{x_y}"`, true},
		"a function that has a value":                 {oursVerify, []settings.Check{same("a", "=DEFAULT_VALUE({ACCOUNT_ID},{NAME})")}, `"a":"Kim"`, true},
		"a function without any holds for nobody":     {oursVerify, []settings.Check{same("a", "=CONCAT_OR({ACCOUNT_ID})")}, `"a":""`, false},
		"one of a list":                               {oursVerify, []settings.Check{same("tags", "vip")}, `"tags":["new",["vip"]]`, true},
		"none of a list":                              {oursVerify, []settings.Check{same("tags", "vip")}, `"tags":["new",["old"],{}]`, false},
		"one object of a list":                        {oursVerify, []settings.Check{same("mails.value", "{EMAIL}")}, `"mails":[{"value":"x@y"},{},{"value":"kim@agents.co"}]`, true},
		"a place in a list":                           {oursVerify, []settings.Check{same("mails[0]", "{EMAIL}")}, `"mails":["x@y","kim@agents.co"]`, false},
		"RT, a custom field by its name":              {seenInRT, []settings.Check{same("CustomFields[name=ccai_user].values", "u1")}, `"CustomFields":[{"name":"x","values":["u2"]},{"name":"ccai_user","values":["u1"]}]`, true},
		"RT, another custom field":                    {seenInRT, []settings.Check{same("CustomFields[name=ccai_user].values", "u1")}, `"CustomFields":[{"name":"x","values":["u1"]},{"name":"ccai_user","values":[]}]`, false},
		"a custom field by its number":                {oursVerify, []settings.Check{same("custom_fields[id=360].value", "u1")}, `"custom_fields":[{"id":36,"value":"u1"},{"id":360,"value":"u1"}]`, true},
		"every object that the selector fits counts":  {oursVerify, []settings.Check{same("f[k=a].v", "2")}, `"f":[{"k":"a","v":1},{"k":"a","v":2}]`, true},
		"a selector that fits nothing but plain text": {oursVerify, []settings.Check{same("f[k=a]", "a")}, `"f":["a","k"]`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got, err := crm.ReadSearch(searcher("", verify(tt.checks...)), kim, ok(`{"id":1,`+tt.hit+`}`))
			if err != nil || (got.ID == "1") != tt.want || got.Unverified != 1-len(got.ID) {
				t.Errorf("ReadSearch = %+v, %v; want it verified: %v", got, err, tt.want)
			}
		})
	}
}

// The forms of a number are those of the settings, and those people type.
func TestVerifyPhone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from          string
		known, stored string
		want          bool
	}{
		"E.164":                             {fromFormat, "+12223334444", "+12223334444", true},
		"automatic, create":                 {fromFormat, "+12223334444", "+1 222 333 4444", true},
		"automatic, search":                 {fromFormat, "*222*333*4444", "+1 222 333 4444", true},
		"US local":                          {fromFormat, "+12223334444", "2223334444", true},
		"US local standard":                 {fromFormat, "(222) 333-4444", "+12223334444", true},
		"a double zero for the plus":        {oursVerify, "+390612345678", "0039 06 12345678", true},
		"a trunk prefix":                    {fromE123, "+442079460958", "020 7946 0958", true},
		"only a subscriber's number":        {oursVerify, "+12223334444", "333-4444", true},
		"too few digits to tell":            {oursVerify, "+12223334444", "33-4444", false},
		"too few once the zeros are gone":   {oursVerify, "0000001", "0000001", false},
		"another subscriber":                {oursVerify, "+12223334444", "+12223334445", false},
		"another area":                      {oursVerify, "+12223334444", "+1 221 333 4444", false},
		"another country":                   {oursVerify, "+12223334444", "+39 222 333 4444", false},
		"an extension":                      {fromE123, "+12223334444", "+1 222 333 4444 ext. 5", false},
		"a trunk prefix between":            {fromE123, "+442079460958", "+44 (0)20 7946 0958", false},
		"more digits than a number has":     {oursVerify, "+12223334444", "99999 12223334444", false},
		"no digits":                         {oursVerify, "+12223334444", "unknown", false},
		"an anonymous caller finds nobody":  {oursVerify, "anonymous", "anonymous", false},
		"an unknown caller finds nobody":    {oursVerify, "", "", false},
		"digits of other scripts are not":   {oursVerify, "+12223334444", "+1 222 333 ٤٤٤٤", false},
		"a number that is no text":          {oursVerify, "+12223334444", "12223334444", true},
		"a short code is not told by phone": {oursVerify, "12345", "12345", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			e := searcher("", verify(settings.Check{Field: "phones", Equals: "{PHONE_NUMBER}", Phone: true}))
			got, err := crm.ReadSearch(e, crm.Vars{"PHONE_NUMBER": tt.known}, ok(`{"id":1,"phones":["","`+tt.stored+`"]}`))
			if err != nil || (got.ID == "1") != tt.want {
				t.Errorf("ReadSearch = %+v, %v; want it verified: %v", got, err, tt.want)
			}
		})
	}
}
