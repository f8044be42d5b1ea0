package console_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// An agent opens what was sent to them, and nothing else that the console has.
func TestAnAgentOpensTheFilesOfTheirOwnSessions(t *testing.T) {
	t.Parallel()
	const kim, sam = "kim@demo.example", "sam@demo.example"
	a := newArchive(t, work.Bucket)
	a.set.People = map[string]string{kim: settings.Agent, sam: settings.Supervisor}
	doc, err := json.Marshal(a.set)
	must(t, err)
	a.settle(t, string(doc))
	for _, key := range []string{"mine", "left", "ended", "long-ended", "another's"} {
		a.keep(t, store.ID{Tenant: "demo", Source: "ccai", Key: key}, "photo-1", "ujet-media/"+key+".png", []byte("PNG"))
	}
	now := a.time.Now()
	in := func(key, email string, left, ended time.Time) {
		a.change(t, key, func(d *store.Document) {
			d.Session.Agents, d.Session.EndedAt = []session.Agent{{ID: "1", Email: email, LeftAt: left}}, ended
			f := d.AddFile(store.TranscriptFile, settings.Transcripts)
			f.Places = d.File("photo-1").Places
		})
	}
	in("mine", "Kim@demo.example", time.Time{}, time.Time{})
	in("left", kim, now, time.Time{})
	in("ended", kim, now, now)
	in("long-ended", kim, now.Add(-2*time.Hour), now.Add(-2*time.Hour))
	in("another's", "lee@demo.example", time.Time{}, time.Time{})
	for name, tt := range map[string]struct {
		who, key, file string
		want           int
	}{
		"a photo of a session they are in":              {kim, "mine", "photo-1", 302},
		"of one that has just ended with them":          {kim, "ended", "photo-1", 302},
		"not of one they have left":                     {kim, "left", "photo-1", 403},
		"not of one that ended long ago":                {kim, "long-ended", "photo-1", 403},
		"not of another's":                              {kim, "another's", "photo-1", 403},
		"not of one that is not there":                  {kim, "nowhere", "photo-1", 403},
		"not what was made here":                        {kim, "mine", store.TranscriptFile, 403},
		"nothing that is not there":                     {kim, "mine", "photo-2", 404},
		"a supervisor has all of all":                   {sam, "another's", store.TranscriptFile, 302},
		"a supervisor is told what is not there":        {sam, "nowhere", "photo-1", 404},
		"somebody without a role, nothing of their own": {"noa@demo.example", "mine", "photo-1", 403},
	} {
		at := sessions + "/" + url.PathEscape(tt.key) + "/files/" + tt.file + "?source=ccai"
		if got := a.send(t, httptest.NewRequest("GET", at, nil), tt.who, audience); got.Code != tt.want {
			t.Errorf("%s: answered %d %s, want %d", name, got.Code, got.Body, tt.want)
		}
	}
	if got := a.send(t, httptest.NewRequest("GET", sessions+"/mine?source=ccai", nil), kim, audience); got.Code != 403 {
		t.Errorf("the session itself is answered %d", got.Code)
	}
}
