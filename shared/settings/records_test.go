package settings_test

import (
	"strings"
	"testing"
)

const (
	oursActions = ours + "what the customer does in the app is part of what happened"
	oursArrival = ours + "a CRM may want the app's sessions at once, and the telephone's once somebody answers"
	oursAlone   = ours + "a message that was left is to be seen to by itself"
	oursFollow  = ours + "who is called back is called about what was last"
	oursWords   = ours + "CRMs have their own words for what variables hold"
	oursAdd     = ours + "some records hold several calls and chats, and each of them once"
	oursPage    = ours + "a web page's data may be anybody's"
)

const (
	search = `{"method":"GET","url":"https://crm.example.com/api/records","parameters":[{"key":"account","value":"{ACCOUNT_ID}"}]`
	add    = `{"method":"POST","url":"https://crm.example.com/api/records/{RECORD_ID}/calls","parameters":[{"key":"id","value":"{SESSION_KEY}"}]`
)

// atAnswer has a policy of records that wait for an answer.
func atAnswer(more string) edits {
	return edits{"crm.records": `{"at":"answer","match":["menu"]` + more + `}`}
}

var recordOptions = map[string]variant{
	"the app's and the page's at arrival":   {oursArrival, atAnswer(`,"arrival_for":["mobile","web","sms","whatsapp","api"]`)},
	"a voicemail by itself":                 {oursAlone, atAnswer(`,"new_for_voicemail":true`)},
	"a match that is verified":              {oursMatch, edits{endpoints + "find_record": search + `,"verify":[{"field":"menu","equals":"{MENU_SELECTION}"}]}`}},
	"outbound calls by a search of theirs":  {oursFollow, edits{endpoints + "find_record_outbound": search + `}`}},
	"the latest, if it is open":             {oursFollow, edits{endpoints + "find_record_outbound": search + `,"choose":"updated","choose_by":"at","verify_chosen":[{"field":"status","equals":"open"}]}`}},
	"the CRM's own words":                   {oursWords, edits{"crm.words": `{"DIRECTION":{"inbound":"in","outbound":"out"},"CHANNEL":{"voice_call":"voice"}}`}},
	"a text at the start":                   {oursTexts, edits{"crm.start_comment": `"Phone: {PHONE_NUMBER}\nQueue: {QUEUE_NAME}"`}},
	"each session in its record":            {oursAdd, edits{endpoints + "add_session": add + `}`}},
	"a repeat that is known by the session": {oursAdd, edits{endpoints + "add_session": add + `,"answers":[{"status":409,"means":"exists"}]}`}},
	"a repeat that is known by a key":       {oursAdd, edits{endpoints + "comment.parameters[0].value": `"{IDEMPOTENCY_KEY}: {COMMENT_BODY}"`, endpoints + "comment.answers": `[{"status":409,"means":"exists"}]`}},
	"the company's own data":                {oursTypes, edits{endpoints + "create_record.parameters[0]": `{"key":"order","value":"{CUSTOM_DATA_ORDER_ID}"}`}},
}

func TestEveryOptionOfRecordsIsTaken(t *testing.T) {
	t.Parallel()
	whole, schema := full(t), compiled(t)
	for name, o := range recordOptions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, o.from)
			doc := edit(t, whole, o.edits)
			if got := problems(t, doc); got != nil {
				t.Errorf("Parse: %v", got)
			}
			if !validBySchema(schema, doc) {
				t.Error("not valid by the schema")
			}
		})
	}
}

var recordMistakes = map[string]mistake{
	"an exception to no rule":           {oursArrival, edits{"crm.records": `{"arrival_for":["web"]}`}, "crm.records.arrival_for", `"answer"`, true},
	"an early one that may be none":     {oursArrival, atAnswer(`,"no_abandoned":true,"arrival_for":["web"]`), "crm.records.arrival_for", "no_abandoned", true},
	"a way nobody comes":                {oursArrival, atAnswer(`,"arrival_for":["letter"]`), "crm.records.arrival_for[0]", `"mobile"`, false},
	"an exception to no reuse":          {oursAlone, edits{"crm.reuse_records": ``, "crm.skip_record_creation": ``, "crm.records": `{"new_for_voicemail":true}`}, "crm.records.new_for_voicemail", "reuse_records", true},
	"its own record, and none":          {oursAlone, atAnswer(`,"no_voicemail":true,"new_for_voicemail":true`), "crm.records.new_for_voicemail", "contradicts", true},
	"a match nobody asks for":           {oursMatch, edits{endpoints + "find_record": search + `}`}, "crm.records.match[0]", "{MENU_SELECTION}", true},
	"a second search for no reuse":      {oursFollow, edits{"crm.reuse_records": ``, "crm.skip_record_creation": ``, "crm.records": ``, endpoints + "find_record_outbound": search + `}`}, endpoints + "find_record_outbound", "crm.reuse_records", true},
	"a condition on any that came":      {oursChoose, edits{endpoints + "find_record_outbound": search + `,"verify_chosen":[{"field":"status","equals":"open"}]}`}, endpoints + "find_record_outbound.verify_chosen", "choose", true},
	"a condition on no field":           {oursPaths, edits{endpoints + "find_record_outbound": search + `,"choose":"updated","choose_by":"at","verify_chosen":[{"equals":"open"}]}`}, endpoints + "find_record_outbound.verify_chosen[0].field", "must be a path", false},
	"a condition that does not end":     {oursTexts, edits{endpoints + "find_record_outbound": search + `,"choose":"updated","choose_by":"at","verify_chosen":[{"field":"a","equals":"=CONCAT_OR({NAME}"}]}`}, endpoints + "find_record_outbound.verify_chosen[0].equals", "cannot be read", true},
	"words for what is no variable":     {oursWords, edits{"crm.words": `{"Direction":{"inbound":"in"}}`}, "crm.words.Direction", "in capitals", true},
	"words for no value":                {oursWords, edits{"crm.words": `{"DIRECTION":{}}`}, "crm.words.DIRECTION", "at least one", true},
	"a start that does not end":         {oursTexts, edits{"crm.start_comment": `"=CONCAT_OR({NAME}"`}, "crm.start_comment", "cannot be read", true},
	"a session added to no record":      {oursLadder, with(only(""), endpoints+"add_session", add+`}`), endpoints + "add_session", "create_record", true},
	"a session added to any record":     {oursSendable, edits{endpoints + "add_session": `{"method":"POST","url":"https://crm.example.com/api/calls"}`}, endpoints + "add_session.url", "{RECORD_ID}", true},
	"a repeat known by nothing":         {oursMeaning, edits{endpoints + "comment.answers": `[{"status":409,"means":"exists"}]`}, endpoints + "comment.answers[0].means", "{IDEMPOTENCY_KEY}", true},
	"a comment known by the session":    {oursMeaning, edits{endpoints + "comment.parameters[0].value": `"{SESSION_KEY}: {COMMENT_BODY}"`, endpoints + "comment.answers": `[{"status":409,"means":"exists"}]`}, endpoints + "comment.answers[0].means", "{IDEMPOTENCY_KEY}", true},
	"a key where nothing is added":      {oursSendable, edits{endpoints + "update_record.parameters[0].value": `"{IDEMPOTENCY_KEY}"`}, endpoints + "update_record", "created or added", true},
	"an account by what a page sent":    {oursPage, edits{account + "url": `"https://crm.example.com/api/{Custom_Data_Email}"`}, endpoints + "find_account", "web page", true},
	"an account verified by it":         {oursPage, edits{account + "verify[0].equals": `"{PHONE_NUMBER}{CUSTOM_DATA_X}"`}, endpoints + "find_account", "web page", true},
	"an account searched by it, nested": {oursPage, edits{endpoints + "find_account_also[0].body": `"{\"all\":[{\"email\":\"{CUSTOM_DATA_EMAIL}\"}]}"`}, endpoints + "find_account_also[0]", "web page", true},
}

func TestMistakesInRecords(t *testing.T) {
	t.Parallel()
	whole, schema := full(t), compiled(t)
	for name, m := range recordMistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, m.from)
			doc := edit(t, whole, m.edits)
			got := problems(t, doc)
			if len(got) != 1 || got[0].Path != m.path || !strings.Contains(got[0].Detail, m.says) {
				t.Errorf("problems are %v, want one at %s that says %q", got, m.path, m.says)
			}
			if validBySchema(schema, doc) != m.lax {
				t.Errorf("by the schema it is valid: %v, want %v", !m.lax, m.lax)
			}
		})
	}
}
