package local_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	firestore "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/encoding/protojson"

	"sessionbridge.internal/emulator/demo"
	gcp "sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/schedule"
)

// legacy is what a release left behind in the middle of its work, as it stood in the cloud then. In the place of each address is
// a name, crm.golden:1.
type legacy struct {
	At        time.Time
	Documents []struct {
		Path   string
		Fields json.RawMessage // as Firestore's REST API has them
	}
	Tasks []struct {
		Queue, Name, URL string
		At               time.Time
		Body             json.RawMessage
	}
	CRM struct {
		Accounts, Records []map[string]any
		Comments          []struct {
			RecordID int64 `json:"record_id"`
			Text     string
		}
		Attachments []struct {
			RecordID   int64 `json:"record_id"`
			Name, Type string
		}
	}
	Objects []struct {
		Bucket, Path string
		ContentType  string `json:"content_type"`
		Generation   json.Number
	}
	SFTP []string
}

// inherit puts into the cloud what a release left, as if it had just been: every time is moved by as much.
func (c *cloud) inherit(path string) legacy {
	c.Helper()
	doc, err := os.ReadFile(path)
	c.must(err)
	var l legacy
	c.must(json.Unmarshal(doc, &l))
	text, moved := string(doc), c.Now().Sub(l.At)
	for name, address := range c.Addresses() {
		text = strings.ReplaceAll(text, name+".golden:1", address)
	}
	text = anyTime.ReplaceAllStringFunc(text, func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		c.must(err)
		return t.Add(moved).Format(time.RFC3339Nano)
	})
	for _, o := range l.Objects {
		text = strings.ReplaceAll(text, string(o.Generation), c.keep(o.Bucket, o.Path, o.ContentType))
	}
	c.must(json.Unmarshal([]byte(text), &l))
	for _, path := range l.SFTP {
		at := filepath.Join(c.SFTPDir(), path)
		c.must(os.MkdirAll(filepath.Dir(at), 0o700))
		c.must(os.WriteFile(at, c.content(path), 0o600))
	}
	c.book(l)
	c.write(l)
	tasks := schedule.Open(c.getenv)
	defer tasks.Close()
	for _, t := range l.Tasks {
		c.must(tasks.Ensure(patience(c.T), schedule.Task{Queue: t.Queue, Name: t.Name, URL: t.URL, At: t.At, Body: t.Body}))
	}
	return l
}

func (c *cloud) getenv(name string) string { return c.Environment()[name] }

// content is what a recorded file had: the contact centre still has it.
func (c *cloud) content(path string) (content []byte) {
	c.Helper()
	at := "/recordings/call.mp3"
	if strings.HasSuffix(path, ".jpg") {
		at = "/photos/parcel.jpg"
	}
	c.must((demo.Client{URL: c.media()}).Get(patience(c.T), at, &content))
	return content
}

// keep stores an object and returns its generation.
func (c *cloud) keep(bucket, path, contentType string) string {
	c.Helper()
	address := "http://" + c.Addresses()["storage"] + "/upload/storage/v1/b/" + bucket + "/o?uploadType=media&name=" + url.QueryEscape(path)
	var made struct{ Generation string }
	c.must(json.Unmarshal(c.post(address, contentType, bytes.NewReader(c.content(path))), &made))
	return made.Generation
}

func (c *cloud) post(address, contentType string, body io.Reader) []byte {
	c.Helper()
	req, err := http.NewRequestWithContext(patience(c.T), http.MethodPost, address, body)
	c.must(err)
	req.Header.Set("Content-Type", contentType)
	req.SetBasicAuth("demo", "demo")
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	c.must(err)
	if resp.StatusCode >= 300 {
		c.Fatalf("%s answered %s: %s", address, resp.Status, answer)
	}
	return answer
}

// book makes the CRM's books anew. Numbers are given in order, and so are the same.
func (c *cloud) book(l legacy) {
	c.Helper()
	api := "http://" + c.Addresses()["crm"] + "/api/"
	send := func(path string, v any) {
		body, err := json.Marshal(v)
		c.must(err)
		c.post(api+path, "application/json", bytes.NewReader(body))
	}
	for _, a := range l.CRM.Accounts {
		send("accounts", a)
	}
	for _, r := range l.CRM.Records {
		r["account_id"] = fmt.Sprint(r["account_id"])
		send("records", r)
	}
	for _, k := range l.CRM.Comments {
		send("records/"+strconv.FormatInt(k.RecordID, 10)+"/comments", map[string]string{"text": k.Text})
	}
	for _, a := range l.CRM.Attachments {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, a.Name)}, "Content-Type": {a.Type},
		})
		c.must(err)
		_, _ = part.Write(c.content(a.Name)) // to memory
		c.must(form.Close())
		c.post(api+"records/"+strconv.FormatInt(a.RecordID, 10)+"/attachments", form.FormDataContentType(), &body)
	}
}

// write puts the documents into Firestore. Of the tenant's settings, servers that have their ports apart are this cloud's.
func (c *cloud) write(l legacy) {
	c.Helper()
	var own map[string]any
	c.must(c.Get(patience(c.T), "/console/api/tenants/demo/settings", &own))
	db, err := firestore.NewClient(patience(c.T), gcp.Options(c.Firestore())...)
	c.must(err)
	defer db.Close()
	database := "projects/" + c.getenv("GOOGLE_CLOUD_PROJECT") + "/databases/(default)"
	commit := &firestorepb.CommitRequest{Database: database}
	for _, d := range l.Documents {
		var doc firestorepb.Document
		c.must(protojson.Unmarshal(fmt.Appendf(nil, `{"name":%q,"fields":%s}`, database+"/documents/"+d.Path, d.Fields), &doc))
		if text := doc.Fields["settings"]; text != nil {
			var set map[string]any
			c.must(json.Unmarshal([]byte(text.GetStringValue()), &set))
			section(set, "mail")["port"] = section(own, "mail")["port"]
			section(set, "storage")["sftp"] = section(own, "storage")["sftp"]
			out, err := json.Marshal(set)
			c.must(err)
			doc.Fields["settings"] = &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: string(out)}}
		}
		commit.Writes = append(commit.Writes, &firestorepb.Write{Operation: &firestorepb.Write_Update{Update: &doc}})
	}
	_, err = db.Commit(patience(c.T), commit)
	c.must(err)
	c.advance(6 * time.Second) // settings.Fresh and one
}
