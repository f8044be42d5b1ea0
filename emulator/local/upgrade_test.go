package local_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
	"sessionbridge.internal/emulator/qm"
	gcp "sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/store"
)

// Sessions that the previous release began are finished by this one, and nothing that was done is done again: a call that rings,
// a call and a chat that are over and wait for their metadata, a call of which quality management knows the beginning, one whose
// recording is in one of two places, one that the CRM has refused and one for which it is down.
func TestWhatThePreviousReleaseBeganIsFinished(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	c.inherit(legacyFile)
	began := c.crm()
	if dead, waits := c.session("call-16").CRM.State, c.session("call-17").CRM.State; dead != "dead" || waits != "waiting" {
		t.Fatalf("what the CRM refused was left %s, and what it is down for %s", dead, waits)
	}
	if f := c.file(demo.Scenario{Key: "call-14"}, "recording-"); f.State != "waiting" {
		t.Fatalf("the recording in one of two places was left %s", f.State)
	}
	ringing := demo.Call(11, c.Now()).Recorded(11, c.Now(), c.media())
	for _, p := range ringing.Posts[3:] {
		c.insist(p)
	}
	c.replay(demo.Scenario{Key: "call-16"})
	c.advance(7 * time.Hour) // the longest wait between two attempts, and more
	for _, key := range []string{"call-11", "call-12", "chat-13", "call-14", "call-15", "call-16", "call-17"} {
		c.arrivedOnce(demo.Scenario{Key: key})
	}
	if made := c.crm(); len(made.Accounts) != len(began.Accounts) || len(made.Records) != len(began.Records)+2 {
		t.Errorf("there are %d accounts and %d records; there were %d and %d, and two records to be made",
			len(made.Accounts), len(made.Records), len(began.Accounts), len(began.Records))
	}
	c.toldOnce(map[string]int{"call-11": 2, "call-14": 3, "call-15": 1, "call-16": 3, "call-17": 3})
}

// A session that a later release has in hand, as after a rollback, waits: it is shown, nothing of it is lost, and it goes on once
// the release is there again that knows it.
func TestWhatALaterReleaseHasInHandWaitsForIt(t *testing.T) {
	t.Parallel()
	if official != nil {
		t.Skip("Google's broker holds the messages behind one that is refused, so nobody can tell when all is quiet")
	}
	c := start(t, local.Options{})
	call := c.aCall(1)
	for _, p := range call.Posts[:3] {
		c.insist(p)
	}
	c.must(c.Client.Drain(patience(t)))
	db := store.Open(c.getenv)
	defer db.Close()
	_, err := db.Update(patience(t), store.ID{Tenant: "demo", Source: "ccai", Key: call.Key}, func(d *store.Document) (store.Change, error) {
		d.Version = store.DocumentVersion + 1
		return store.Change{}, nil
	})
	c.must(err)
	for _, p := range call.Posts[3:] {
		c.insist(p)
	}
	c.advance(time.Hour)
	if v := c.session(call.Key); v.Status != "ringing" || len(c.mail()) != 0 {
		t.Errorf("it is %s, and %d mails were sent; want that nothing happens", v.Status, len(c.mail()))
	}
	raw, err := firestore.NewClient(patience(t), c.getenv("GOOGLE_CLOUD_PROJECT"), gcp.Options(c.Firestore())...)
	c.must(err)
	defer raw.Close()
	ref := raw.Doc("tenants/demo/sessions/ccai%3A" + call.Key)
	snap, err := ref.Get(patience(t))
	c.must(err)
	text := strings.Replace(snap.Data()["json"].(string), `"version":2,`, "", 1)
	_, err = ref.Update(patience(t), []firestore.Update{{Path: "json", Value: text}})
	c.must(err)
	c.advance(2 * time.Hour)
	c.arrivedOnce(call)
}

// toldOnce checks how many events of each session quality management was told.
func (c *cloud) toldOnce(want map[string]int) {
	c.Helper()
	s := c.told()
	if s.Rejected != 0 || s.Repeated != 0 {
		c.Errorf("quality management rejected %d requests and was told %d events twice", s.Rejected, s.Repeated)
	}
	if got := len(s.Calls) + len(s.Chats); got != len(want) {
		c.Errorf("quality management was told of %d sessions, want %d", got, len(want))
	}
	for _, thread := range slices.Concat(s.Calls, s.Chats) {
		key := strings.TrimPrefix(thread.Key, "demo/ccai/")
		if len(thread.Events) != want[key] {
			c.Errorf("quality management was told %d events of %s, want %d", len(thread.Events), key, want[key])
		}
		if !slices.IsSortedFunc(thread.Events, func(a, b qm.Event) int { return a.When().Compare(b.When()) }) {
			c.Errorf("of %s it was told in the wrong order", thread.Key)
		}
	}
}
