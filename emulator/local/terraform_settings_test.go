package local_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	firestore "cloud.google.com/go/firestore/apiv1"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/encoding/protojson"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
	gcp "sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/terraform/applied"
)

// A tenant that Terraform has made, in the very shape of its resource, takes a call, and the console goes on with its settings.
func TestTerraformMakesATenantThatWorks(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(applied.DirEnv)
	if dir == "" {
		t.Skip("make terraform runs this, where Terraform is installed")
	}
	state, err := applied.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := state.All("google_firestore_document")
	if len(all) != 1 {
		t.Fatalf("Terraform makes %d documents, want the tenant acme's", len(all))
	}
	c := start(t, local.Options{})
	c.apply(all[0])
	client := demo.Client{URL: c.Client.URL, Tenant: "acme"}
	for _, p := range demo.Call(1, c.Now()).Posts {
		c.must(client.Send(patience(t), p))
	}
	c.must(c.Client.Drain(patience(t)))
	if b := c.crm(); len(b.Records) != 1 || b.Records[0].ExternalID != "call-1" || len(b.Comments) == 0 {
		t.Errorf("the CRM has the records %+v and %d comments", b.Records, len(b.Comments))
	}

	db := store.Open(c.getenv)
	defer db.Close()
	doc, version, err := db.SettingsVersion(patience(t), "acme")
	c.must(err)
	c.must(db.SaveSettings(patience(t), "acme", version, append(doc, ' '), "ada@acme.example", c.Now()))
	kept, err := db.SettingsHistory(patience(t), "acme")
	c.must(err)
	if len(kept) != 2 || kept[0].Number != 2 || kept[0].By != "ada@acme.example" || kept[1].By != "" {
		t.Errorf("after the first save the history is %+v, want Terraform's document and Ada's", kept)
	}
}

// apply does what the provider does for the resource, but with servers of this machine in the place of the company's.
func (c *cloud) apply(r applied.Resource) {
	c.Helper()
	fields := strings.NewReplacer("https://crm.acme.example", "http://"+c.Addresses()["crm"], `\"acme--crm\"`, `\"crm-demo\"`).Replace(r.Text("fields"))
	fields = strings.NewReplacer(`\"username\": \"acme\"`, `\"username\": \"demo\"`, `\"sessionbridge\"`, `\"demo\"`).Replace(fields)
	for _, secret := range []string{"acme--webhook", "acme--crm"} {
		c.must(os.WriteFile(filepath.Join(c.getenv("SECRETS_DIR"), secret), []byte("demo"), 0o600))
	}
	parent := fmt.Sprintf("projects/%s/databases/%s/documents", c.getenv("GOOGLE_CLOUD_PROJECT"), r.Text("database"))
	doc := &firestorepb.Document{}
	c.must(protojson.Unmarshal(fmt.Appendf(nil, `{"fields":%s}`, json.RawMessage(fields)), doc))
	db, err := firestore.NewClient(patience(c.T), gcp.Options(c.Firestore())...)
	c.must(err)
	defer db.Close()
	doc.Name = parent + "/" + r.Text("collection") + "/" + r.Text("document_id")
	_, err = db.Commit(patience(c.T), &firestorepb.CommitRequest{
		Database: strings.TrimSuffix(parent, "/documents"),
		Writes: []*firestorepb.Write{{
			Operation:       &firestorepb.Write_Update{Update: doc},
			CurrentDocument: &firestorepb.Precondition{ConditionType: &firestorepb.Precondition_Exists{Exists: false}},
		}},
	})
	c.must(err)
}
