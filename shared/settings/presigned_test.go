package settings_test

import (
	"strings"
	"testing"
)

const (
	fromKustomerFiles = "developer.kustomer.com/docs/guides/attachments: upload a file, the two requests"
	oursNamed         = ours + "a file that is only announced is in no record before a comment names it"
	fromAssigned      = "docs.cloud.google.com/contact-center/ccai-platform/docs/kustomer: session events, who is assigned"
	oursAgent         = ours + "a search for nobody finds everybody, and a variable that nothing fills is a mistake"
)

// presigned is an upload to an address that is asked for, one key of it changed.
func presigned(key, value string) edits {
	return with(edits{
		upload + "type": `"presigned"`, upload + "attachment_id": `"data.id"`, upload + "builder_url": ``, upload + "presigned_url": `"meta.upload.url"`,
		upload + "presigned_fields": `"meta.upload.fields"`, upload + "url": `"https://crm.example.com/v1/attachments"`,
		upload + "parameters":            `[{"key":"name","value":"{FILE_NAME}"},{"key":"type","value":"{FILE_TYPE}"},{"key":"size","value":"{FILE_SIZE}","type":"number"}]`,
		endpoints + "comment.parameters": `[{"key":"text","value":"{COMMENT_BODY}"},{"key":"file","value":"{ATTACHMENT_ID}"}]`,
	}, upload+key, value)
}

const findAgent = endpoints + "find_agent"

// assigned has records updated with the agent, whom a search finds; one key of the search is changed.
func assigned(key, value string) edits {
	return with(edits{
		findAgent:               `{"method":"GET","url":"https://crm.example.com/users","parameters":[{"key":"email","value":"{AGENT_EMAIL}"}],"verify":[{"field":"email","equals":"{AGENT_EMAIL}"}]}`,
		updating + "parameters": `[{"key":"owner","value":"{CRM_AGENT_ID}"}]`,
		updating + "body":       ``,
		updating + "url":        `"https://crm.example.com/records/{RECORD_ID}"`,
		updating + "format":     ``,
		updating + "container":  ``,
	}, findAgent+key, value)
}

// newMistakes are of uploads to addresses that are asked for, and of agents.
var newMistakes = map[string]mistake{
	"no place of the address":              {fromKustomerFiles, presigned("presigned_url", ``), upload + "presigned_url", "is required where", true},
	"no id to name the file by":            {oursNamed, presigned("attachment_id", ``), upload + "attachment_id", "is required where", true},
	"nothing that names the file":          {oursNamed, with(presigned("comment", `false`), upload+"url", `"https://crm.example.com/v1/records/{RECORD_ID}/attachments"`), upload + "comment", "in no record before", true},
	"a comment that does not name it":      {oursNamed, with(presigned("type", `"presigned"`), endpoints+"comment.parameters", `[{"key":"a","value":"{COMMENT_BODY}"}]`), endpoints + "comment", "must have {ATTACHMENT_ID}", true},
	"no place of the fields":               {fromKustomerFiles, presigned("presigned_fields", ``), upload + "presigned_fields", "is required where", true},
	"an address in a header":               {oursPaths, presigned("presigned_url", `"Location"`), upload + "presigned_url", "a path in the body", true},
	"a place that is no path":              {oursPaths, presigned("presigned_fields", `"a..b"`), upload + "presigned_fields", "items[0]", false},
	"the file in the announcement":         {oursFiles, presigned("parameters", `[{"key":"data","value":"{FILE_DATA}"}]`), upload + "parameters", "where the answer says", true},
	"an announcement by GET":               {fromGet, with(presigned("method", `"GET"`), upload+"parameters[2].type", ``), upload + "method", "POST, PUT or PATCH", true},
	"the place of no address":              {fromKustomerFiles, edits{upload + "presigned_url": `"url"`}, upload + "presigned_url", `only where type is "presigned"`, true},
	"the fields of no form":                {fromKustomerFiles, edits{upload + "presigned_fields": `"fields"`}, upload + "presigned_fields", `only where type is "presigned"`, true},
	"an agent whom nothing needs":          {oursAgent, with(assigned("", `{"method":"GET","url":"https://crm.example.com/users?email={AGENT_EMAIL}"}`), updating+"parameters", `[{"key":"a","value":"1"}]`), findAgent, "no other endpoint has", true},
	"an agent whom nothing finds":          {oursAgent, edits{endpoints + "comment.parameters[0].value": `"{CRM_AGENT_ID}"`}, endpoints + "comment", "requires crm.endpoints.find_agent", true},
	"a search for no agent":                {oursAgent, assigned("", `{"method":"GET","url":"https://crm.example.com/users?q={EMAIL}"}`), findAgent + ".url", "else no agent is meant", true},
	"a search for an agent by POST":        {fromAssigned, assigned(".method", `"POST"`), findAgent + ".method", "must be GET", true},
	"an agent whom a person chooses":       {oursAgent, assigned(".choose", `"agent"`), findAgent + ".choose", "nobody is asked", true},
	"an agent by the id that is asked for": {oursAgent, assigned(".url", `"https://crm.example.com/users/{CRM_AGENT_ID}"`), findAgent + ".url", "only after this call", true},
	"an agent who is there already":        {oursMeaning, assigned(".answers", `[{"status":409,"means":"exists"}]`), findAgent + ".answers[0].means", "for creates", true},
}

func TestMistakesInPresignedUploadsAndAgents(t *testing.T) {
	t.Parallel()
	good, schema := full(t), compiled(t)
	for name, m := range newMistakes {
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
