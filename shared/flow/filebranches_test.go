package flow

import (
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// fileBranches has a row for every branch of the flow "file upload": its session has a record, and one file is ready.
var fileBranches = map[string]branch{
	"a call recording is selected":              {fromUpload, attaching(settings.Recordings), nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"a chat transcript is selected":             {fromUpload, attaching(settings.Transcripts), nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"a voicemail is selected":                   {fromUpload, attaching(settings.Voicemails), nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"a photo is selected":                       {fromUpload, attaching(settings.Photos), nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"a video is selected":                       {fromUpload, attaching(settings.Videos), nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"the session metadata are selected":         {fromUpload, attaching(settings.Metadata), nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"its kind is not selected":                  {fromUpload, notSelected, nil, nil, session.CRMDone, "5", "6"},
	"no upload is configured":                   {fromUpload, noUpload, nil, nil, session.CRMDone, "5", "6"},
	"with a comment for each file":              {fromUpload, announced, nil, []string{uploadF, commentPrefix + uploadF}, session.CRMDone, "5", "6"},
	"with a comment, and no endpoint for it":    {fromComment, toldNowhere, nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"the storage keeps it, the CRM gets a link": {fromStored, linked, nil, []string{commentPrefix + linkPrefix + "f"}, session.CRMDone, "5", "6"},
	"it was taken":                              {oursKnown, uploadedBefore("v1"), nil, nil, session.CRMDone, "5", "6"},
	"it was taken, and written again":           {oursVersion, uploadedBefore("v0"), nil, []string{uploadF}, session.CRMDone, "5", "6"},
	"there is no record yet: first the record":  {fromOrder, beforeItsRecord, nil, []string{FindAccount, CreateRecord, uploadF}, session.CRMDone, "7", "7"},
	"there will be no record":                   {fromOrder, withoutItsRecord, map[string]answer{FindRecord: nobody}, []string{FindAccount, FindRecord}, session.CRMDone, "7", ""},
	"refused with 400: tried again":             {fromAccount, attaching(settings.Photos), map[string]answer{uploadF: said(400, "")}, []string{uploadF}, session.CRMWaiting, "5", "6"},
	"refused with 413: it is let go":            {oursLetGo, attaching(settings.Photos), map[string]answer{uploadF: said(413, "")}, []string{uploadF}, session.CRMDone, "5", "6"},
	"refused with 401: not tried again":         {fromAccount, attaching(settings.Photos), map[string]answer{uploadF: said(401, "")}, []string{uploadF}, session.CRMDead, "5", "6"},
	"refused with 500: perhaps it was taken":    {fromAccount, attaching(settings.Photos), map[string]answer{uploadF: said(500, "")}, []string{uploadF}, session.CRMDead, "5", "6"},
	"of its answer no id is wanted to go on":    {fromMissingID, attaching(settings.Photos), map[string]answer{uploadF: said(201, `{}`)}, []string{uploadF}, session.CRMDone, "5", "6"},
	"its answer tells the address":              {fromUpload, announced, map[string]answer{uploadF: said(201, `{"id":123,"url":"https://some-hosted-url.com"}`)}, []string{uploadF, commentPrefix + uploadF}, session.CRMDone, "5", "6"},
}

const oursLetGo = ours + "a file that the CRM will not take holds up nothing else"

// uploadF is the step that uploads the file.
const uploadF = uploadPrefix + "f"

func TestFlowOfAFile(t *testing.T) {
	t.Parallel()
	for name, b := range fileBranches {
		t.Run(name, func(t *testing.T) { walk(t, b) })
	}
}

// attaching has a file of a kind be ready, and the upload take that kind alone.
func attaching(kind string) func(*settings.CRM, *store.Document) {
	return func(c *settings.CRM, d *store.Document) {
		c.Endpoints.Upload = &settings.Upload{
			Endpoint: *endpoint("POST", "/records/{RECORD_ID}/files", "name", "{FILE_NAME}", "data", "{FILE_DATA}"),
			Type:     "base64", Files: []string{kind}, AttachmentURL: "url",
		}
		c.Endpoints.UpdateRecord, c.CommentOn = nil, []string{}
		over(c, d)
		d.CRM = session.CRM{AccountID: "5", RecordID: "6", Ready: []session.Ready{{File: "f", Kind: kind, Name: "call-1.mp3", Version: "v1"}}}
	}
}

func notSelected(c *settings.CRM, d *store.Document) {
	attaching(settings.Recordings)(c, d)
	c.Endpoints.Upload.Files = []string{settings.Photos}
}

func noUpload(c *settings.CRM, d *store.Document) {
	attaching(settings.Recordings)(c, d)
	c.Endpoints.Upload = nil
}

func announced(c *settings.CRM, d *store.Document) {
	attaching(settings.Recordings)(c, d)
	c.Endpoints.Upload.Comment = true
}

func toldNowhere(c *settings.CRM, d *store.Document) {
	announced(c, d)
	c.Endpoints.Comment = nil
}

func linked(c *settings.CRM, d *store.Document) {
	attaching(settings.Recordings)(c, d)
	d.CRM.Ready[0].Link, d.CRM.Ready[0].LinkOnly = "https://files.example.com/call-1.mp3", true
}

// uploadedBefore has the CRM have a version of the file.
func uploadedBefore(version string) func(*settings.CRM, *store.Document) {
	return func(c *settings.CRM, d *store.Document) {
		attaching(settings.Recordings)(c, d)
		d.CRM.Done = map[string]string{uploadF: version}
	}
}

func beforeItsRecord(c *settings.CRM, d *store.Document) {
	attaching(settings.Recordings)(c, d)
	d.CRM.AccountID, d.CRM.RecordID = "", ""
}

func withoutItsRecord(c *settings.CRM, d *store.Document) {
	beforeItsRecord(c, d)
	withoutRecords(c, d)
}
