package local_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	firestore "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/iterator"
	"google.golang.org/protobuf/encoding/protojson"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
	gcp "sessionbridge.internal/shared/cloud"
)

var release = flag.Bool("release", false, "write down what this release leaves in the middle of its work: the next one is held to it")

const legacyFile = "testdata/upgrade/previous.json"

// TestReleaseLeaves writes the file that TestWhatThePreviousReleaseBeganIsFinished reads, at a release and with -args -release:
// what the next release then finds is by this one's own code.
func TestReleaseLeaves(t *testing.T) {
	if !*release {
		t.Skip("-args -release writes " + legacyFile)
	}
	c := start(t, local.Options{})
	c.begin()
	l := map[string]any{"at": c.Now().UTC(), "documents": c.documents(), "tasks": c.tasks()}
	var crm, storage map[string]any
	c.must(c.Get(patience(t), "/emulator/crm", &crm))
	delete(crm, "requests")
	c.must(c.Get(patience(t), "/emulator/storage", &storage))
	var sftp []any
	for _, file := range storage["sftp"].([]any) {
		sftp = append(sftp, file.(map[string]any)["path"])
	}
	l["crm"], l["objects"], l["sftp"] = crm, storage["objects"], sftp
	doc, err := json.MarshalIndent(l, "", " ")
	c.must(err)
	text := string(doc)
	for name, address := range c.Addresses() {
		text = strings.ReplaceAll(text, address, name+".golden:1")
	}
	c.must(os.WriteFile(legacyFile, []byte(text+"\n"), 0o644))
}

// begin has one session come to each place at which a release may find it.
func (c *cloud) begin() {
	c.Helper()
	play := func(faults string, s demo.Scenario, from, to int) {
		c.faults(faults)
		for _, p := range s.Posts[from:to] {
			c.insist(p)
		}
		c.must(c.Client.Drain(patience(c.T)))
	}
	const qm, sftp = `"qm":[{"times":1000,"status":503}]`, `"sftp":[{"times":1000,"mode":"reset"}]`
	for id := 11; id <= 12; id++ { // one rings, one is over
		call := c.aCall(id)
		play(`{}`, call, 0, map[int]int{11: 3, 12: len(call.Posts)}[id])
	}
	chat, told := c.aChat(13), c.aCall(15)
	play(`{}`, chat, 0, len(chat.Posts))
	play(`{}`, told, 0, 4)
	c.advance(time.Minute)
	play(`{`+qm+`}`, told, 4, len(told.Posts))
	for _, row := range []struct {
		id     int
		faults string
	}{{14, sftp}, {16, `"crm":[{"times":1,"status":403}]`}, {17, sftp + `,"crm":[{"times":1000,"status":503}]`}} {
		call := c.aCall(row.id)
		play(`{`+qm+`,`+row.faults+`}`, call, 0, len(call.Posts))
	}
	c.advance(30 * time.Second) // so that each has been tried twice
}

// documents are the tenant's, without the deliveries, of which nothing is read to go on.
func (c *cloud) documents() (all []any) {
	c.Helper()
	db, err := firestore.NewClient(patience(c.T), gcp.Options(c.Firestore())...)
	c.must(err)
	defer db.Close()
	root := "projects/" + c.getenv("GOOGLE_CLOUD_PROJECT") + "/databases/(default)/documents"
	keep := func(d *firestorepb.Document) {
		fields, err := protojson.Marshal(&firestorepb.Document{Fields: d.Fields})
		c.must(err)
		var doc map[string]any
		c.must(json.Unmarshal(fields, &doc))
		doc["path"] = strings.TrimPrefix(d.Name, root+"/")
		all = append(all, doc)
	}
	var below func(parent string)
	below = func(parent string) {
		collections := db.ListCollectionIds(patience(c.T), &firestorepb.ListCollectionIdsRequest{Parent: parent})
		each(c, collections.Next, func(id string) {
			if id == "deliveries" {
				return
			}
			list := db.ListDocuments(patience(c.T), &firestorepb.ListDocumentsRequest{Parent: parent, CollectionId: id})
			each(c, list.Next, func(d *firestorepb.Document) { keep(d); below(d.Name) })
		})
	}
	tenant, err := db.GetDocument(patience(c.T), &firestorepb.GetDocumentRequest{Name: root + "/tenants/demo"})
	c.must(err)
	keep(tenant)
	below(tenant.Name)
	return all
}

func each[T any](c *cloud, next func() (T, error), do func(T)) {
	c.Helper()
	for {
		one, err := next()
		if errors.Is(err, iterator.Done) {
			return
		}
		c.must(err)
		do(one)
	}
}

// tasks are those that are still to be done.
func (c *cloud) tasks() (all []any) {
	c.Helper()
	client, err := cloudtasks.NewClient(patience(c.T), gcp.Options(c.getenv("CLOUD_TASKS_EMULATOR_HOST"))...)
	c.must(err)
	defer client.Close()
	each(c, client.ListQueues(patience(c.T), &cloudtaskspb.ListQueuesRequest{Parent: c.getenv("TASKS_LOCATION")}).Next, func(q *cloudtaskspb.Queue) {
		list := client.ListTasks(patience(c.T), &cloudtaskspb.ListTasksRequest{Parent: q.Name, ResponseView: cloudtaskspb.Task_FULL})
		each(c, list.Next, func(t *cloudtaskspb.Task) {
			last := func(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
			all = append(all, map[string]any{"queue": last(q.Name), "name": last(t.Name), "url": t.GetHttpRequest().GetUrl(),
				"at": t.ScheduleTime.AsTime(), "body": json.RawMessage(t.GetHttpRequest().GetBody())})
		})
	})
	return all
}
