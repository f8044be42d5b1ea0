package local_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

// news is a notification of the contact centre about a session of the demo, at the given time, with what else it says.
func news(s demo.Scenario, at time.Time, more map[string]any) demo.Post {
	channel, number, _ := strings.Cut(s.Key, "-")
	item := map[string]any{channel + "_id": json.Number(number), "participants": []any{}}
	for k, v := range more {
		item[k] = v
	}
	body, err := json.Marshal(map[string]any{"count": 1, "events": []any{
		map[string]any{"event_id": fmt.Sprint(s.Key, "-", at.UnixNano()), "timestamp": at.UnixMilli(), "item": item},
	}})
	if err != nil {
		panic(err) // what is made here always has a JSON form
	}
	return demo.Post{Source: "ccai", Body: body}
}

// recordedAt is a call of which there is a recording at an address.
func (c *cloud) recordedAt(id int, address string) demo.Scenario {
	c.Helper()
	now := c.Now()
	call := demo.Call(id, now)
	call.Posts = append(call.Posts, news(call, now.Add(time.Minute), map[string]any{
		"session_type": "Voice Inbound (IVR)", "state": "disconnected", "ends_at": now.UTC().Format(time.RFC3339Nano), "recording_url": address,
	}))
	return call
}

// sum is the SHA-256 of what a source has at an address.
func (c *cloud) sum(address string) string {
	c.Helper()
	var content []byte
	c.must((demo.Client{URL: address}).Get(patience(c.T), "", &content))
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// set changes the tenant's settings on the console and lets every function take the change up.
func (c *cloud) set(change func(map[string]any)) {
	c.Helper()
	c.setAt("demo", change)
}

func (c *cloud) setAt(tenant string, change func(map[string]any)) {
	c.Helper()
	path := "/console/api/tenants/" + tenant + "/settings"
	var doc map[string]any
	c.must(c.Get(patience(c.T), path, &doc))
	change(doc)
	body, err := json.Marshal(doc)
	c.must(err)
	resp, answer := c.call(http.MethodPut, path, string(body), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
	if resp.StatusCode != http.StatusOK {
		c.Fatalf("putting the settings: %d %s", resp.StatusCode, answer)
	}
	c.advance(6 * time.Second) // settings.Fresh and one
}

// section is an object within settings.
func section(doc map[string]any, path ...string) map[string]any {
	for _, name := range path {
		doc = doc[name].(map[string]any)
	}
	return doc
}

func (c *cloud) replay(s demo.Scenario) {
	c.Helper()
	if resp, body := c.call(http.MethodPost, "/console/api/tenants/demo/sessions/"+s.Key+"/replay", "", nil); resp.StatusCode != http.StatusOK {
		c.Fatalf("replaying: %d %s", resp.StatusCode, body)
	}
}

// fileView is what the tests read of a file of a session.
type fileView struct{ ID, Path, URL, State, Problem string }

// file is the session's file whose id begins so.
func (c *cloud) file(s demo.Scenario, id string) (f fileView) {
	c.Helper()
	var v struct{ Files []fileView }
	c.must(c.Get(patience(c.T), "/console/api/tenants/demo/sessions/"+s.Key, &v))
	for _, f := range v.Files {
		if strings.HasPrefix(f.ID, id) {
			return f
		}
	}
	c.Fatalf("%s has no file %s: %+v", s.Key, id, v.Files)
	return f
}

// generations are the bucket's numbers of its contents, by path.
func (c *cloud) generations() map[string]string {
	c.Helper()
	var s struct {
		Objects []struct{ Path, Generation json.RawMessage }
	}
	c.must(c.Get(patience(c.T), "/emulator/storage", &s))
	all := map[string]string{}
	for _, o := range s.Objects {
		all[string(bytes.Trim(o.Path, `"`))] = string(o.Generation)
	}
	return all
}

// document is what the tests read of a metadata document.
type document struct {
	UpdatedAt   time.Time `json:"updated_at"`
	Rating      *int
	Feedback    string
	OutTicketID string `json:"out_ticket_id"`
	Photos      []struct{ URL string }
}

func (c *cloud) document(s demo.Scenario) (d document) {
	c.Helper()
	c.must(c.Get(patience(c.T), "/emulator/storage/ujet-metadata/"+s.Key+".json", &d))
	return d
}

// mails are those about a session.
func (c *cloud) mails(s demo.Scenario) (all []letter) {
	c.Helper()
	for _, m := range c.mail() {
		if strings.HasSuffix(m.Subject, s.Key) {
			all = append(all, m)
		}
	}
	return all
}

// commentsOf are the texts of the record's comments.
func (c *cloud) commentsOf(s demo.Scenario) (texts []string) {
	c.Helper()
	record := c.session(s.Key).CRM.RecordID
	for _, k := range c.crm().Comments {
		if fmt.Sprint(k.RecordID) == record {
			texts = append(texts, k.Text)
		}
	}
	return texts
}

// attached are the hashes of the record's attachments, by name.
func (c *cloud) attached(s demo.Scenario) map[string]string {
	c.Helper()
	record, all := c.session(s.Key).CRM.RecordID, map[string]string{}
	for _, a := range c.crm().Attachments {
		if fmt.Sprint(a.RecordID) == record {
			all[a.Name] = a.SHA256
		}
	}
	return all
}

func TestLateNewsIsWrittenAgain(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call, chat := c.aCall(1), c.aChat(2)
	end := c.Now()
	c.play(call)
	c.play(chat)
	c.advance(20 * time.Minute)
	c.arrivedOnce(call)
	c.arrivedOnce(chat)
	first := map[string]document{call.Key: c.document(call), chat.Key: c.document(chat)}
	before := c.generations()

	c.insist(news(call, end.Add(2*time.Minute), map[string]any{"session_type": "Voice Inbound (IVR)", "state": "disconnected", "rating": 4, "feedback": "quick"}))
	c.insist(demo.Post{Source: "ccai-adapter", Body: lateMessage(2, end.Add(-time.Minute), "Until then!")})
	c.advance(10 * time.Minute)

	now := c.document(call)
	if now.Rating == nil || *now.Rating != 4 || now.Feedback != "quick" || !now.UpdatedAt.After(first[call.Key].UpdatedAt) {
		t.Errorf("the call's document says %+v, which was %+v; want the rating, and later", now, first[call.Key])
	}
	for _, ending := range []string{"txt", "json"} {
		var transcript []byte
		c.must(c.Get(patience(t), "/emulator/storage/ujet-chat-transcripts/chat-2."+ending, &transcript))
		if !bytes.Contains(transcript, []byte("Until then!")) {
			t.Errorf("the transcript lacks what came late: %s", transcript)
		}
	}
	after := c.generations()
	for path := range before {
		again := strings.HasPrefix(path, "ujet-metadata/call-") || strings.HasPrefix(path, "ujet-chat-transcripts/")
		if (after[path] != before[path]) != again {
			t.Errorf("%s was written again: %v, want %v", path, after[path] != before[path], again)
		}
	}
	if len(after) != len(before) {
		t.Errorf("the bucket has %v, want the files it had: %v", after, before)
	}
	c.onTheServerToo(call)
	c.onTheServerToo(chat)
	for _, s := range []demo.Scenario{call, chat} {
		if m := c.mails(s); len(m) != 1 || m[0].Copies != 1 {
			t.Errorf("%s: the mails are %+v, want one, sent once", s.Key, m)
		}
	}

	c.play(call)
	c.play(chat)
	c.advance(time.Hour)
	for path, generation := range c.generations() {
		if generation != after[path] {
			t.Errorf("%s was written again although nothing is new", path)
		}
	}
}

// lateMessage is a chat's message that the browser reports late.
func lateMessage(chat int, at time.Time, text string) []byte {
	return fmt.Appendf(nil, `{"version":1,"delivery_id":"late-%d","sequence":99,"received_at":%q,"agent":{"id":"1","email":"kim@demo.example"},
		"data":{"type":"Chat_Inbound_Message","data":{"chat_id":%d,"session_type":"messaging inbound (web chat)","agent_id":1,"message":%q}}}`,
		chat, at.UTC().Format(time.RFC3339Nano), chat, text)
}

// onTheServerToo checks that the SFTP server has the session's files as the bucket has them, and no others.
func (c *cloud) onTheServerToo(s demo.Scenario) {
	c.Helper()
	bucket, sftp := map[string]string{}, map[string]string{}
	objects, files := c.files()
	for _, f := range objects {
		bucket[f.Path] = f.SHA256
	}
	for _, f := range files {
		sftp[f.Path] = f.SHA256
		if strings.Contains(f.Path, s.Key) && bucket[f.Path] != f.SHA256 {
			c.Errorf("%s on the SFTP server is not what is in the bucket, if anything", f.Path)
		}
	}
	for path := range bucket {
		if strings.Contains(path, s.Key) && sftp[path] == "" {
			c.Errorf("%s is not on the SFTP server", path)
		}
	}
}

func TestADispositionAndARecordThatComeLateAreWrittenAgain(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(1)
	disposition := call.Posts[5]
	call.Posts = append(call.Posts[:5:5], call.Posts[6])
	c.faults(`{"crm":[{"times":1000,"status":503,"match":"/api/records"}]}`)
	c.play(call)
	c.advance(20 * time.Minute)
	one := c.document(call)
	if one.OutTicketID != "" || len(c.mails(call)) != 1 {
		t.Fatalf("without a record the document is %+v, with the mails %+v", one, c.mails(call))
	}
	c.faults(`{}`)
	c.advance(time.Hour)
	two := c.document(call)
	if two.OutTicketID != c.session(call.Key).CRM.RecordID || !two.UpdatedAt.After(one.UpdatedAt) {
		t.Errorf("with a record the document is %+v, which was %+v", two, one)
	}
	before := c.generations()
	c.insist(disposition)
	c.advance(10 * time.Minute)
	three, path := c.document(call), "ujet-metadata/"+call.Key+".json"
	if c.generations()[path] == before[path] || !three.UpdatedAt.After(two.UpdatedAt) {
		t.Errorf("with a disposition the document is %+v, which was %+v", three, two)
	}
	c.arrivedOnce(call)
}

func TestTheCRMGetsLinks(t *testing.T) {
	t.Parallel()
	for name, signed := range map[string]bool{"signed ones": true, "lasting ones": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, local.Options{})
			c.set(func(doc map[string]any) {
				storage := section(doc, "storage")
				storage["to_crm"] = "links"
				if signed {
					storage["link_hours"] = 24 // which count as 12
				}
			})
			call := c.aCall(1)
			c.play(call)
			c.advance(20 * time.Minute)
			var link string
			for _, text := range c.commentsOf(call) {
				if i := strings.Index(text, "http"); i >= 0 && strings.Contains(text, call.Key+".mp3") {
					if link != "" {
						t.Errorf("a second comment has the address: %s", text)
					}
					link = text[i:]
				}
			}
			if len(c.attached(call)) != 0 {
				t.Errorf("the record has the attachments %v", c.attached(call))
			}
			if !signed {
				if want := "https://storage.cloud.google.com/demo-sessions/ujet-voice-recordings/call-1.mp3"; link != want {
					t.Errorf("the address is %q, want %q", link, want)
				}
				return
			}
			if link == "" || c.sum(link) != c.sum(c.media()+"/recordings/call.mp3") {
				t.Errorf("the address %q does not lead to the recording", link)
			}
			c.advance(13 * time.Hour)
			if resp, err := http.Get(link); err != nil || resp.StatusCode < 400 {
				t.Errorf("half a day later the address still opens the file: %v, %v", resp, err)
			} else {
				resp.Body.Close()
			}
		})
	}
}

func TestTheMetadataHasTheCRMsAddresses(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	c.set(func(doc map[string]any) { section(doc, "storage")["link_source"] = "crm" })
	chat := c.aChat(2)
	c.play(chat)
	c.advance(20 * time.Minute)
	c.arrivedOnce(chat)
	want := "/api/records/" + c.session(chat.Key).CRM.RecordID + "/attachments/"
	if d := c.document(chat); len(d.Photos) != 1 || !strings.Contains(d.Photos[0].URL, want) || d.Photos[0].URL != c.file(chat, "photo").URL {
		t.Errorf("the photos are %+v, want the CRM's address, %s…", d.Photos, want)
	}
}

// Queues inherit where their mail goes, have an address of their own, or opt out with an empty one.
func TestQueuesHaveTheirOwnMail(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	everywhere := "crm-updates@demo.example"
	inherits, own, none := "7678", "7679", "7680"
	tests := []struct {
		name, all string
		want      map[string]string
	}{
		{"on for all", everywhere, map[string]string{inherits: everywhere, own: "orders@demo.example", none: ""}},
		{"off for all but one queue", "", map[string]string{inherits: "", own: "orders@demo.example", none: ""}},
	}
	for i, tt := range tests {
		c.set(func(doc map[string]any) {
			section(doc, "mail")["to"] = tt.all
			doc["queues"] = map[string]any{
				own: map[string]any{"mail": map[string]any{"to": "orders@demo.example"}}, none: map[string]any{"mail": map[string]any{}},
			}
		})
		chats := map[string]demo.Scenario{}
		for j, queue := range []string{inherits, own, none} {
			chat := c.aChat(10*i + j + 1)
			for k := range chat.Posts {
				chat.Posts[k].Body = bytes.ReplaceAll(chat.Posts[k].Body, []byte(inherits), []byte(queue))
			}
			chats[queue] = chat
			c.play(chat)
		}
		c.advance(20 * time.Minute)
		for queue, chat := range chats {
			var m struct {
				Messages []struct {
					Subject string
					To      []string
				}
			}
			c.must(c.Get(patience(t), "/emulator/mail", &m))
			to := ""
			for _, one := range m.Messages {
				if strings.HasSuffix(one.Subject, chat.Key) {
					to += strings.Join(one.To, " ")
				}
			}
			if to != tt.want[queue] || c.session(chat.Key).Metadata.DoneAt.IsZero() {
				t.Errorf("%s: the mail of queue %s went to %q, want %q", tt.name, queue, to, tt.want[queue])
			}
		}
	}
}
