package settings_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

// variant is a change of the full document that leaves it right.
type variant struct {
	from string
	edits
}

// options has a row for every documented value of the connection and of the endpoints.
var options = map[string]variant{
	// the connection
	"sign in by Basic":                    {fromSignIn, edits{"crm.headers": ``, "crm.basic": `{"username":"u","password":"secret://p"}`}},
	"sign in by one header":               {fromSignIn, edits{"crm.headers": `[{"name":"X-Api-Key","secret":"secret://k"}]`}},
	"sign in by as many as are needed":    {fromSignIn, edits{"crm.headers": `[{"name":"X-Api-Key","secret":"secret://k"},{"name":"X-A","value":"1"},{"name":"X-B","value":"2"},{"name":"X-C","value":"3"}]`}},
	"sign in by OAuth, what is required":  {fromSignIn, person("", ``)},
	"sign in by OAuth, with a scope":      {fromSignIn, person("scope", `"crm.read crm.write"`)},
	"sign in by OAuth, an access type":    {fromSignIn, person("access_type", `"offline"`)},
	"numbers are written as automatic":    {fromFormat, edits{"crm.phone.format": `"automatic"`}},
	"numbers are written as E.164":        {fromFormat, edits{"crm.phone.format": `"e164"`}},
	"numbers are written as US local":     {fromFormat, edits{"crm.phone.format": `"us_local"`}},
	"numbers are written as its standard": {fromFormat, edits{"crm.phone.format": `"us_local_standard"`}},
	"numbers are written internationally": {fromFormat, edits{"crm.phone.format": `"international"`}},
	"a second for a request":              {fromTimeout, edits{"crm.timeout_seconds": `1`}},
	"ten seconds for a request":           {fromTimeout, edits{"crm.timeout_seconds": `10`}},
	"the page's address of an account":    {fromPages, edits{"crm.account_url": `"https://www.example.com/contact/{ACCOUNT_ID}"`}},
	"the page's address of a record":      {fromPages, edits{"crm.record_url": `"https://www.example.com/record/{RECORD_ID}"`}},
	"the CRM's own page, with the record": {fromDisplay, edits{"crm.page_url": `"https://www.example.com/#Case/view/{RECORD_ID}"`}},
	"a lookup link by number":             {fromLookup, edits{"crm.lookup_urls.phone": `"https://crm.example.com/?a={ANI}&b={CUSTOMER_PHONE_NUMBER}&c={SUPPORT_PHONE_NUMBER}&d={OUTBOUND_NUMBER}"`}},
	"a lookup link by id and email":       {fromLookup, edits{"crm.lookup_urls.web": `"https://crm.example.com/?a={CUID}&b={EMAIL}&c={CUSTOM_AGENT_ID}"`}},
	"a lookup link by the session":        {fromLookup, edits{"crm.lookup_urls.web": `"https://crm.example.com/?a={MENU_PATH}&b={MENU_ID}&c={CHANNEL}&d={TYPE}&e={SESSION_ID}"`}},
	"a page for an unknown contact":       {fromOpenURL, edits{"crm.lookup_urls.queue": `"https://crm.example.com/?a={ACCOUNT_ID}&b={PHONE_NUMBER}"`}},
	"400 alone is tried again":            {fromErrors, edits{"crm.retry": `"documented"`, "crm.retry_on": ``}},

	// which endpoints there are
	"accounts alone":           {fromAPI, with(with(only(""), endpoints+"find_account", `{"method":"GET","url":"https://crm.example.com/a"}`), endpoints+"create_account", `{"method":"POST","url":"https://crm.example.com/a"}`)},
	"accounts and records":     {fromAPI, edits{endpoints + "update_record": ``, endpoints + "comment": ``, endpoints + "upload": ``}},
	"an account by its id too": {fromByID, edits{endpoints + "find_account_by_id": `{"method":"GET","url":"https://crm.example.com/a/{ACCOUNT_ID}"}`}},
	"records are not reused":   {fromRecord, edits{"crm.reuse_records": ``, "crm.skip_record_creation": ``, "crm.records.match": ``}},
	"records are reused":       {fromRecord, edits{"crm.reuse_records": `true`}},
	"accounts are not created": {fromSkip, edits{"crm.skip_account_creation": `true`}},
	"records are not created":  {fromSkip, edits{"crm.skip_record_creation": `true`}},
	"records wait for agents":  {fromDelay, edits{"crm.records.at": `"answer"`}},

	// what one of them has
	"GET":                       {fromConfig, edits{account + "method": `"GET"`}},
	"POST":                      {fromConfig, edits{made + "method": `"POST"`}},
	"PUT":                       {fromConfig, edits{made + "method": `"PUT"`}},
	"PATCH":                     {fromConfig, edits{made + "method": `"PATCH"`}},
	"a URL with variables":      {fromConfig, edits{made + "url": `"https://crm.example.com/{QUEUE_ID}?lang={LANG}"`}},
	"no parameters":             {fromConfig, edits{made + "parameters": ``}},
	"properties":                {fromConfig, edits{made + "format": `"property"`, made + "container": ``}},
	"properties, untold":        {fromConfig, edits{made + "format": ``, made + "container": ``}},
	"a container, a map":        {fromConfig, edits{made + "format": `"map"`, made + "container": `"data"`}},
	"a container, an array":     {fromConfig, edits{made + "format": `"array"`, made + "container": `"data"`}},
	"a plain text":              {fromConfig, edits{made + "parameters[0].value": `"PHONE"`}},
	"a number":                  {fromConfig, edits{made + "parameters[0].value": `"5"`}},
	"variables":                 {fromConfig, edits{made + "parameters[0].value": `"{FIRST_NAME} {LAST_NAME}"`}},
	"in mixed letters":          {fromConfig, edits{made + "parameters[0].value": `"{Call_ID} {Chat_ID}"`}},
	"a default":                 {fromFunctions, edits{made + "parameters[0].value": `"=DEFAULT_VALUE({AGENT_EMAIL}, nobody@example.com)"`}},
	"joined by or":              {fromFunctions, edits{made + "parameters[0].value": `"=CONCAT_OR((Id:equals:{ACCOUNT_ID}), (Email:equals:{EMAIL}))"`}},
	"joined by and":             {fromFunctions, edits{made + "parameters[0].value": `"=CONCAT_AND({NAME}, {EMAIL})"`}},
	"where the object is":       {fromConfig, edits{made + "response_data_location": `"data.account"`}},
	"where the id is":           {fromSkip, edits{made + "custom_id_location": `"contact_id"`}},
	"comments, plain":           {fromComment, edits{"crm.html": `false`}},
	"comments, in HTML":         {fromComment, edits{"crm.html": `true`}},
	"comment on the start":      {fromComment, edits{"crm.comment_on": `["start"]`}},
	"comment on the end":        {fromComment, edits{"crm.comment_on": `["end"]`}},
	"comment on a rating":       {fromComment, edits{"crm.comment_on": `["rating"]`}},
	"comment on custom data":    {fromComment, edits{"crm.comment_on": `["custom_data"]`}},
	"comment on a transfer":     {fromComment, edits{"crm.comment_on": `["transfer"]`}},
	"comment on dispositions":   {fromComment, edits{"crm.comment_on": `["disposition"]`}},
	"comment on a survey":       {fromComment, edits{"crm.comment_on": `["survey"]`}},
	"comment on a smart action": {oursActions, edits{"crm.comment_on": `["smart_action"]`}},
	"update on a rating":        {fromUpdate, edits{"crm.update_on": `["rating"]`}},
	"update on the end":         {fromUpdate, edits{"crm.update_on": `["end"]`}},
	"update on a queue":         {fromUpdate, edits{"crm.update_on": `["queue"]`}},
	"update on verification":    {fromUpdate, edits{"crm.update_on": `["verified"]`}},

	// files
	"a Base64 encoded form":   {fromUpload, edits{upload + "type": `"base64"`}},
	"a multipart form":        {fromUpload, form("file_part", `"file"`)},
	"a file by its address":   {fromKustomerFiles, presigned("type", `"presigned"`)},
	"its part's own name":     {fromKustomerFiles, presigned("file_part", `"upload"`)},
	"an agent of the CRM":     {fromAssigned, assigned(".choose", `"first"`)},
	"a file as the body":      {oursRaw, edits{upload + "type": `"raw"`, upload + "parameters": ``}},
	"call recordings":         {fromUpload, edits{upload + "files": `["recordings"]`}},
	"chat transcripts":        {fromUpload, edits{upload + "files": `["transcripts"]`}},
	"voicemails":              {fromUpload, edits{upload + "files": `["voicemails"]`}},
	"photos":                  {fromUpload, edits{upload + "files": `["photos"]`}},
	"videos":                  {fromUpload, edits{upload + "files": `["videos"]`}},
	"session metadata":        {fromUpload, edits{upload + "files": `["metadata"]`}},
	"an attachment's id":      {fromUpload, edits{upload + "attachment_id": `"id"`, upload + "builder_url": `"https://www.example.com/Accounts/{RECORD_ID}/Attachments/{ATTACHMENT_ID}"`}},
	"an attachment's address": {fromUpload, edits{upload + "attachment_url": `"url"`, upload + "attachment_id": ``, upload + "builder_url": ``}},
	"a comment for each file": {fromUpload, edits{upload + "comment": `true`}},
	"no comment for a file":   {fromUpload, edits{upload + "comment": `false`}},
}

// person signs in by OAuth as the page has it, with one more key.
func person(key, value string) edits {
	e := edits{"crm.headers": ``, "crm.oauth": `{"grant":"authorization_code","authorization_url":"https://crm.example.com/auth","token_url":"https://crm.example.com/token","client_id":"i","client_secret":"secret://s"}`}
	if key != "" {
		e["crm.oauth."+key] = value
	}
	return e
}

func TestEveryDocumentedOptionIsTaken(t *testing.T) {
	t.Parallel()
	whole, schema := full(t), compiled(t)
	for name, o := range options {
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

func TestEveryWordOfAnOptionHasARow(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"Phone.format", "Endpoint.method", "Endpoint.format", "CRM.comment_on", "CRM.update_on", "Upload.type", "Upload.files"} {
		words := settings.RuleWords(field)
		if len(words) == 0 {
			t.Errorf("%s has no words", field)
		}
		_, key, _ := strings.Cut(field, ".")
		for _, word := range words {
			if !hasRow(key, word) {
				t.Errorf("no row has %s be %q", field, word)
			}
		}
	}
}

// hasRow says whether a row puts the word at the key.
func hasRow(key, word string) bool {
	for _, o := range options {
		for path, value := range o.edits {
			if strings.HasSuffix(path, "."+key) && strings.Contains(value, `"`+word+`"`) {
				return true
			}
		}
	}
	return false
}
