package settings_test

import (
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	record   = "crm.endpoints.create_record."
	updating = "crm.endpoints.update_record."
	comment  = "crm.endpoints.comment."

	oursSendable = ours + "what is taken can be sent: settings that always fail would show a week after a call"
	oursReplay   = ours + "net/http sends a GET again by itself where a kept connection breaks"
	oursFragment = ours + "what stands behind a # is never sent, so a filter there finds everybody"
	oursRequest  = "RFC 9110: sections 7.6.1, 8.3, 8.4, 10.1.1 and 12.5.3, the headers of a message"
	oursClimbs   = "RFC 3986: section 5.2.4, dot segments"
)

// keys are parameters of a body with the keys.
func keys(names ...string) string {
	var list []string
	for _, name := range names {
		list = append(list, `{"key":"`+name+`","value":"1"}`)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// unsendable are documents that could be read, and whose requests could not be made, or not mean what they say.
var unsendable = map[string]mistake{
	// methods and URLs
	"an account made by GET":              {oursReplay, edits{made + "method": `"GET"`, made + "format": ``, made + "container": ``}, made + "method", "POST, PUT or PATCH", true},
	"a record made by GET":                {oursReplay, edits{record + "method": `"GET"`, record + "parameters[0].type": ``}, record + "method", "sent again", true},
	"a record updated by GET":             {oursReplay, edits{updating + "method": `"GET"`}, updating + "method", "sent again", true},
	"a comment by GET":                    {oursReplay, edits{comment + "method": `"GET"`}, comment + "method", "sent again", true},
	"a filter behind a hash":              {oursFragment, edits{account + "url": `"https://crm.example.com/api/accounts#?phone={PHONE_NUMBER}"`}, account + "url", `"#"`, true},
	"a path that climbs":                  {oursClimbs, edits{account + "url": `"https://crm.example.com/api/../accounts"`}, account + "url", `".."`, true},
	"a path that climbs by escapes":       {oursClimbs, edits{account + "url": `"https://crm.example.com/api/%2E%2e/accounts"`}, account + "url", `".."`, true},
	"a path that climbs behind a slash":   {oursClimbs, edits{account + "url": `"https://crm.example.com/api/..%2Faccounts"`}, account + "url", `".."`, true},
	"a path with a dot alone":             {oursClimbs, edits{account + "url": `"https://crm.example.com/./accounts"`}, account + "url", `".."`, true},
	"a page that climbs":                  {oursClimbs, edits{"crm.page_url": `"https://crm.example.com/a/../b"`}, "crm.page_url", `".."`, true},
	"a port without a host":               {oursURL, edits{account + "url": `"https://:443/x"`}, account + "url", "whole URL", true},
	"a port there is not":                 {oursURL, edits{account + "url": `"https://crm.example.com:99999/x"`}, account + "url", "whole URL", true},
	"port 0":                              {oursURL, edits{account + "url": `"https://crm.example.com:0/x"`}, account + "url", "whole URL", true},
	"a record's id before there is one":   {oursSendable, edits{record + "url": `"https://crm.example.com/api/{RECORD_ID}"`}, record + "url", "only after", true},
	"a record found by its id":            {oursSendable, edits{endpoints + "find_record.url": `"https://crm.example.com/api/{record_id}"`}, endpoints + "find_record.url", "only after", true},
	"an own record found by its id":       {oursSendable, edits{endpoints + "find_own_record.url": `"https://crm.example.com/api?id={RECORD_ID}"`}, endpoints + "find_own_record.url", "only after", true},
	"an account's id before there is one": {oursSendable, edits{made + "url": `"https://crm.example.com/api/{ACCOUNT_ID}"`}, made + "url", "only after", true},
	"an update of no certain record":      {oursSendable, edits{updating + "url": `"https://crm.example.com/api"`}, updating + "url", "{RECORD_ID}", true},
	"a comment on no certain record":      {oursSendable, edits{comment + "url": `"https://crm.example.com/api"`}, comment + "url", "{RECORD_ID}", true},
	"a file of no certain record":         {oursSendable, edits{upload + "url": `"https://crm.example.com/api"`, upload + "comment": ``}, upload + "url", "{RECORD_ID}", true},

	// bodies
	"a body that ends twice":             {oursSendable, edits{endpoints + "find_account_also[0].body": `"{\"a\":1}}"`}, endpoints + "find_account_also[0].body", "must be JSON", true},
	"an object and a list":               {oursKeys, edits{made + "parameters": keys("a.b", "a[0]")}, made + "parameters[1].key", `"a.b"`, true},
	"an object and a list that grows":    {oursKeys, edits{made + "parameters": keys("a.b", "a[]")}, made + "parameters[1].key", `"a.b"`, true},
	"a value and a list that grows":      {oursKeys, edits{made + "parameters": keys("a", "a[]")}, made + "parameters[1].key", `"a"`, true},
	"one place written in two ways":      {oursKeys, edits{made + "parameters": keys("a[0]", "a[00]")}, made + "parameters[1].key", `"a[0]"`, true},
	"a place that is taken by then":      {oursKeys, edits{made + "parameters": keys("a[]", "a[0]")}, made + "parameters[1].key", `"a[]"`, true},
	"a place that may be taken by then":  {oursKeys, edits{made + "parameters": keys("a[5]", "a[]", "a[0]")}, made + "parameters[2].key", "behind the last", true},
	"a list that grows, then an object":  {oursKeys, edits{made + "parameters": keys("a[]", "a.b")}, made + "parameters[1].key", `"a[]"`, true},
	"a value below one of a list":        {oursKeys, edits{made + "parameters": keys("a[0]", "a[0].b")}, made + "parameters[1].key", `"a[0]"`, true},
	"a word for a number":                {oursSendable, edits{record + "parameters[0].value": `"abc"`}, record + "parameters[0].value", "cannot be a number", true},
	"a word before a number":             {oursSendable, edits{record + "parameters[0].value": `"A-{ACCOUNT_ID}"`}, record + "parameters[0].value", "cannot be a number", true},
	"a word where no number is known":    {oursSendable, edits{record + "parameters[0].value": `"=DEFAULT_VALUE({ACCOUNT_ID}, none)"`}, record + "parameters[0].value", "cannot be a number", true},
	"a name that is no variable":         {oursSendable, edits{record + "parameters[0].value": `"{account}"`}, record + "parameters[0].value", "cannot be a number", true},
	"a word for a boolean":               {oursSendable, edits{record + "parameters[0].value": `"abc"`, record + "parameters[0].type": `"boolean"`}, record + "parameters[0].value", "cannot be a boolean", true},
	"a word for JSON":                    {oursSendable, edits{record + "parameters[0].value": `"abc"`, record + "parameters[0].type": `"json"`}, record + "parameters[0].value", "must be JSON", true},
	"a value beside another, in JSON":    {oursSendable, edits{record + "parameters[0].value": `"[{ACCOUNT_ID}{NAME}]"`, record + "parameters[0].type": `"json"`}, record + "parameters[0].value", "must be JSON", true},
	"no variable, bare in JSON":          {oursSendable, edits{record + "parameters[0].value": `"[{account}]"`, record + "parameters[0].type": `"json"`}, record + "parameters[0].value", "must be JSON", true},
	"a list by a function":               {oursSendable, edits{record + "parameters[0].value": `"=DEFAULT_VALUE({ACCOUNT_ID}, [])"`, record + "parameters[0].type": `"json"`}, record + "parameters[0].value", "no list", true},
	"no room for a value":                {oursTypes, edits{made + "parameters[0].value": `"Name: {NAME}"`, made + "parameters[0].max": `6`}, made + "parameters[0].max", "no room", true},
	"no room for what is typed":          {oursTypes, edits{made + "parameters[0].value": `"=DEFAULT_VALUE({NAME}, somebody)"`, made + "parameters[0].max": `6`}, made + "parameters[0].max", "no room", true},
	"a text beyond all bounds":           {oursTexts, edits{"crm.ticket_subject": `"` + strings.Repeat("a", 64<<10+1) + `"`}, "crm.ticket_subject", "beyond 65536 bytes", true},
	"a text beyond all bounds in a body": {oursTexts, edits{endpoints + "find_account_also[0].body": `"[\"{EMAIL}\",\"` + strings.Repeat("a", 64<<10+1) + `\"]"`}, endpoints + "find_account_also[0].body", "beyond 65536 bytes", true},

	// files
	"a file for a number":    {oursFiles, edits{upload + "parameters[1].type": `"number"`}, upload + "parameters[1].type", "base64", true},
	"a file for a boolean":   {oursFiles, edits{upload + "parameters[1].type": `"boolean"`, upload + "parameters[1].value": `"{FILE_DATA}"`}, upload + "parameters[1].type", "base64", true},
	"a file in a function":   {oursFiles, edits{upload + "parameters[1].value": `"=DEFAULT_VALUE({FILE_DATA}, none)"`}, upload + "parameters[1].value", "function", true},
	"a file in a key":        {oursFiles, edits{upload + "parameters": ``, upload + "body": `"{\"{FILE_DATA}\":1}"`}, upload + "parameters", "need one", true},
	"a function in a body":   {oursFiles, edits{upload + "parameters": ``, upload + "body": `"{\"a\":\"=CONCAT_OR({FILE_DATA})\"}"`}, upload + "body", "function", true},
	"a file twice in a body": {oursFiles, edits{upload + "parameters": ``, upload + "body": `"[\"{FILE_DATA}\",\"{FILE_DATA}\"]"`}, upload + "parameters", "more than once", true},

	// locations
	"a place nobody counts to":     {oursPaths, edits{account + "response_data_location": `"items[99999999999]"`}, account + "response_data_location", "items[0]", false},
	"a selector without a name":    {oursPaths, edits{account + "response_data_location": `"items[ =x]"`}, account + "response_data_location", "items[0]", false},
	"a selector of a tab":          {oursPaths, edits{account + "verify[0].field": `"items[\t=x].a"`}, account + "verify[0].field", "items[0]", false},
	"a later selector of no name":  {oursPaths, edits{account + "choose_by": `"a.b[ =x]"`}, account + "choose_by", "items[0]", false},
	"a second place beyond bounds": {oursPaths, edits{account + "choose_by": `"a[0][4294967296]"`}, account + "choose_by", "items[0]", false},

	// whom to believe
	"a search with asterisks":            {oursBelief, edits{"crm.phone.lookup": `["automatic"]`, account + "verify": ``}, account + "verify", `"automatic"`, true},
	"a search without the country":       {oursBelief, edits{"crm.phone.lookup": `["e164","national_digits"]`, account + "verify": ``}, account + "verify", `"national_digits"`, true},
	"a format with asterisks":            {oursBelief, edits{"crm.phone.lookup": ``, "crm.phone.format": `"automatic"`, account + "verify": ``}, account + "verify", `"automatic"`, true},
	"a check of the number by another's": {oursBelief, edits{account + "verify[0].equals": `"{EMAIL}"`}, account + "verify[0].equals", "{PHONE_NUMBER}", true},
	"a check of the number by none":      {oursBelief, edits{account + "verify[0].equals": `"+12223334444"`}, account + "verify[0].equals", "{PHONE_NUMBER}", true},

	// headers
	"the type of the body":                {oursRequest, edits{"crm.headers[1].name": `"Content-Type"`}, "crm.headers[1].name", "cannot be set", true},
	"the coding of the body":              {oursRequest, edits{"crm.headers[1].name": `"Content-Encoding"`}, "crm.headers[1].name", "cannot be set", true},
	"the coding of answers":               {oursRequest, edits{"crm.headers[1].name": `"accept-encoding"`}, "crm.headers[1].name", "cannot be set", true},
	"an expectation":                      {oursRequest, edits{"crm.headers[1].name": `"Expect"`}, "crm.headers[1].name", "cannot be set", true},
	"the sign-in for repeats":             {oursRequest, edits{"crm.headers": ``, "crm.idempotency_header": `"Authorization"`}, "crm.idempotency_header", "another meaning", true},
	"the type of the answer for repeats":  {oursRequest, edits{"crm.idempotency_header": `"Accept"`}, "crm.idempotency_header", "another meaning", true},
	"the type of the body for repeats":    {oursRequest, edits{"crm.idempotency_header": `"content-type"`}, "crm.idempotency_header", "another meaning", true},
	"another name of a token written out": {oursSecrets, edits{"crm.headers[1].name": `"X-Auth-Token"`}, "crm.headers[1].value", "must be a secret", true},
	"a key written out":                   {oursSecrets, edits{"crm.headers[1].name": `"Api-Key"`}, "crm.headers[1].value", "must be a secret", true},
	"a subscription written out":          {oursSecrets, edits{"crm.headers[1].name": `"Ocp-Apim-Subscription-Key"`}, "crm.headers[1].value", "must be a secret", true},

	// the top level
	"a source that has no door": {oursSource, edits{"sources.cccai": `{"username":"u","password":"secret://p"}`}, "sources.cccai", `"ccai", "ccai-adapter"`, false},
	"a key that is the root":    {oursNoKey, edits{"$": `1`}, "$", "is no setting", false},
}

func TestWhatCannotBeSentIsFoundAtItsPlace(t *testing.T) {
	t.Parallel()
	good, schema := full(t), compiled(t)
	for name, m := range unsendable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, m.from)
			doc := edit(t, good, m.edits)
			found := problems(t, doc)
			if len(found) != 1 || found[0].Path != m.path || !strings.Contains(found[0].Detail, m.says) {
				t.Errorf("found %v, want one problem at %s that says %q", found, m.path, m.says)
			}
			if validBySchema(schema, doc) != m.lax {
				t.Errorf("valid by the schema: %v, want %v", !m.lax, m.lax)
			}
		})
	}
}

func TestWhatCanBeSentIsTaken(t *testing.T) {
	t.Parallel()
	whole, schema := full(t), compiled(t)
	for name, e := range map[string]edits{
		"a link with a hash":                    {"crm.page_url": `"https://crm.example.com/#/a/../b"`},
		"names with dots":                       {account + "url": `"https://crm.example.com/v1.0/.../a..b"`},
		"a port":                                {account + "url": `"https://crm.example.com:65535/x"`},
		"a file that a comment attaches":        {upload + "url": `"https://crm.example.com/api/uploads"`},
		"a record's id in a parameter":          {updating + "url": `"https://crm.example.com/api"`, updating + "parameters[0].value": `"{RECORD_ID}"`},
		"places by number, then as they come":   {made + "parameters": keys("a[0]", "a[1]", "a[]", "b[].c", "b[].c")},
		"a negative number":                     {record + "parameters[0].value": `"-{ACCOUNT_ID}"`},
		"a number or another":                   {record + "parameters[0].value": `"=DEFAULT_VALUE({ACCOUNT_ID}, 0)"`},
		"a name for a value of JSON":            {record + "parameters[0].value": `"{\"a\":{NAME},\"{x}\":[\"{NAME}\"]}"`, record + "parameters[0].type": `"json"`},
		"null where nothing is known":           {record + "parameters[0].value": `"=DEFAULT_VALUE({NAME}, null)"`, record + "parameters[0].type": `"json"`},
		"a file within JSON":                    {upload + "parameters[1].value": `"{\"data\":\"{FILE_DATA}\"}"`, upload + "parameters[1].type": `"json"`},
		"just room for a value":                 {made + "parameters[0].value": `"Name: {NAME}"`, made + "parameters[0].max": `7`},
		"a whole number is searched unverified": {"crm.phone.lookup": `["e164","international","raw","digits"]`, account + "verify": ``},
		"a header in which answers are wanted":  {"crm.headers[1].name": `"Accept"`},
		"a secret in any header":                {"crm.headers[1]": `{"name":"X-Auth-Token","secret":"secret://t"}`},
		"a place far behind":                    {account + "response_data_location": `"items[999999999]"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := edit(t, whole, e)
			if got := problems(t, doc); got != nil {
				t.Errorf("Parse: %v", got)
			}
			if !validBySchema(schema, doc) {
				t.Error("not valid by the schema")
			}
		})
	}
}

// A key that names no setting says nothing of those that are.
func TestNoKeyHidesOtherMistakes(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"$", "crm.queue", "crm.endpoints"} {
		var got []string
		for _, p := range problems(t, `{"`+key+`": 1, "crm": {"queue": "q q", "retry": "always"}}`) {
			got = append(got, p.Path)
		}
		slices.Sort(got)
		want := []string{"crm.queue", "crm.retry", key}
		if key == "crm.endpoints" {
			want = []string{"crm.endpoints", "crm.queue", "crm.retry"}
		}
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("beside the key %s mistakes are found at %q, want %q", key, got, want)
		}
	}
}

// A body may be longer than one text of it, and its keys are no templates.
func TestMentionsLooksAtTheTextsOfABody(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("a", 40<<10) + `"`
	for body, want := range map[string]bool{
		`[` + long + `,` + long + `,"{phone_number}"]`: true,
		`{"a":"\u007bPHONE_NUMBER}"}`:                  true,
		`{"{PHONE_NUMBER}":1}`:                         false,
	} {
		if got := (&settings.Endpoint{Body: body}).Mentions("PHONE_NUMBER"); got != want {
			t.Errorf("a body of %d bytes mentions it: %v, want %v", len(body), got, want)
		}
	}
}

func TestClimbs(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"https://crm/a/b": false, "https://crm/a..b/...": false, "https://crm/a?x=/../#/../": false, "https://crm/a%2Fb": false,
		"https://crm/..": true, "https://crm/./a": true, "https://crm/..%2F..%2Fadmin": true, "https://crm/a%2f%2E%2e": true,
		`https://crm/..%5Cadmin`: true, `https://crm/a\..\b`: true, "https://crm/%zz/../a": true,
	} {
		if got := settings.Climbs(raw); got != want {
			t.Errorf("%s climbs: %v, want %v", raw, got, want)
		}
	}
}
