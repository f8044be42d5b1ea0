package local_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/emulator/demo"
)

// view is what the tests read of a session.
type view struct {
	Status, Outcome string
	CRM             struct {
		State, Problem string
		AccountID      string    `json:"account_id"`
		RecordID       string    `json:"record_id"`
		NextAttemptAt  time.Time `json:"next_attempt_at"`
	}
	Metadata struct {
		Problem string
		DoneAt  time.Time `json:"done_at"`
	}
	Plan       []string
	Deliveries []struct{ Work, Step, Verdict string }
	Files      []struct{ Path string }
	Messages   []json.RawMessage
}

// deliveries is how many attempts one kind of work made.
func (v view) deliveries(work string) (n int) {
	for _, d := range v.Deliveries {
		if d.Work == work {
			n++
		}
	}
	return n
}

func (c *cloud) session(key string) (v view) {
	c.Helper()
	c.must(c.Get(patience(c.T), "/console/api/tenants/demo/sessions/"+key, &v))
	return v
}

// books is what the tests read of the CRM.
type books struct {
	Accounts []struct {
		ID         int64
		Phone      string
		ExternalID string `json:"external_id"`
	}
	Records []struct {
		ID          int64
		AccountID   int64  `json:"account_id"`
		ExternalID  string `json:"external_id"`
		Subject     string
		Description string
		AgentEmail  string `json:"agent_email"`
	}
	Comments []struct {
		RecordID int64 `json:"record_id"`
		Text     string
	}
	Attachments []struct {
		RecordID     int64 `json:"record_id"`
		Name, SHA256 string
	}
	Requests []struct{ Method, Path string }
}

func (c *cloud) crm() (b books) {
	c.Helper()
	c.must(c.Get(patience(c.T), "/emulator/crm", &b))
	return b
}

type letter struct {
	Subject     string
	MessageID   string `json:"message_id"`
	Text        string
	Copies      int
	Attachments []struct{ Name, Preview string }
}

func (c *cloud) mail() (letters []letter) {
	c.Helper()
	var m struct{ Messages []letter }
	c.must(c.Get(patience(c.T), "/emulator/mail", &m))
	return m.Messages
}

// stored is a file in the bucket or on the SFTP server.
type stored struct{ Path, SHA256 string }

// files are those in the bucket, and on the SFTP server.
func (c *cloud) files() (bucket, sftp []stored) {
	c.Helper()
	var s struct{ Objects, SFTP []stored }
	c.must(c.Get(patience(c.T), "/emulator/storage", &s))
	return s.Objects, s.SFTP
}

// paths are those in the bucket.
func (c *cloud) paths() (paths []string) {
	c.Helper()
	bucket, _ := c.files()
	for _, o := range bucket {
		paths = append(paths, o.Path)
	}
	return paths
}

// aCall is a call of which there is a recording, aChat a chat with a photo.
func (c *cloud) aCall(id int) demo.Scenario {
	c.Helper()
	return demo.Call(id, c.Now()).Recorded(id, c.Now(), c.media())
}

func (c *cloud) aChat(id int) demo.Scenario {
	c.Helper()
	return demo.Chat(id, c.Now()).Photographed(id, c.Now(), c.media())
}

func (c *cloud) media() string {
	c.Helper()
	var health struct{ Media string }
	c.must(c.Get(patience(c.T), "/emulator/healthz", &health))
	return health.Media
}

// arrivedOnce checks that a session is done everywhere and nothing of it is there twice.
func (c *cloud) arrivedOnce(s demo.Scenario) {
	c.Helper()
	v := c.session(s.Key)
	if v.CRM.State != "done" || len(v.Plan) > 0 || v.Outcome != "completed" || v.Metadata.DoneAt.IsZero() {
		c.Errorf("%s is not done: %+v", s.Key, v)
	}
	records, comments, mails, files := 0, 0, 0, 0
	b := c.crm()
	for _, r := range b.Records {
		if r.ExternalID == s.Key {
			records++
		}
	}
	for _, k := range b.Comments {
		if strconv.FormatInt(k.RecordID, 10) == v.CRM.RecordID {
			comments++
		}
	}
	for _, m := range c.mail() {
		if strings.Contains(m.Subject, s.Key) {
			mails++
		}
	}
	bucket, sftp := c.files()
	for _, f := range bucket {
		if !strings.Contains(f.Path, s.Key) {
			continue
		}
		files++
		if !slices.Contains(sftp, f) {
			c.Errorf("%s is not the same on the SFTP server, which has %v", f.Path, sftp)
		}
	}
	for _, f := range sftp {
		if strings.Contains(f.Path, s.Key) && !slices.Contains(bucket, f) {
			c.Errorf("%s is on the SFTP server, and not the same in the bucket", f.Path)
		}
	}
	attached := map[string]int{}
	for _, a := range b.Attachments {
		if strconv.FormatInt(a.RecordID, 10) == v.CRM.RecordID {
			attached[a.Name]++
		}
	}
	wantFiles, wantComments, wantAttached := 2, 3, map[string]int{s.Key + ".mp3": 1} // metadata, recording; start, end, disposition
	if strings.HasPrefix(s.Key, "chat") {
		// the transcript in two forms too; no disposition
		wantFiles, wantComments, wantAttached = 4, 2, map[string]int{s.Key + "-photo-1.jpg": 1, s.Key + ".txt": 1}
	}
	if !maps.Equal(attached, wantAttached) {
		c.Errorf("%s: the record has the attachments %v, want %v", s.Key, attached, wantAttached)
	}
	if records != 1 || comments != wantComments || mails != 1 || files != wantFiles {
		c.Errorf("%s: %d records, %d comments, %d mails, %d files; want 1, %d, 1, %d", s.Key, records, comments, mails, files, wantComments, wantFiles)
	}
}
