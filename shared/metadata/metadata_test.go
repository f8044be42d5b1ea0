package metadata_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got), -update if that is right:\n%s", name, d)
	}
}

func at(clock string) time.Time {
	t, err := time.Parse(time.RFC3339, "2026-01-05T"+clock+"Z")
	if err != nil {
		panic(err)
	}
	return t
}

var record = metadata.CRM{RecordID: "456", RecordURL: "https://crm.example.com/record?id=456&tab=1", AccountID: "123"}

func document(t *testing.T, s session.Session, crm metadata.CRM) []byte {
	t.Helper()
	doc, err := metadata.Document(s, crm)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDocumentIsTheDocumentedRecord(t *testing.T) {
	t.Parallel()
	golden(t, "call.json", document(t, aCall(), record))
	golden(t, "chat.json", document(t, aChat(), record))
	golden(t, "call-everyone.json", document(t, everyoneCall(), record))
	golden(t, "chat-virtual.json", document(t, virtualChat(), metadata.CRM{}))
	golden(t, "call-unknown.json", document(t, session.Session{Key: "call-0a7", Channel: session.Call}, metadata.CRM{}))
	golden(t, "chat-unknown.json", document(t, session.Session{Key: "chat-1", Channel: session.Chat}, metadata.CRM{}))
}

func TestDocumentIsTheSameBytesForTheSameSession(t *testing.T) {
	t.Parallel()
	inRome := aCall()
	inRome.StartedAt = inRome.StartedAt.In(time.FixedZone("CET", 3600))
	if !bytes.Equal(document(t, aCall(), record), document(t, inRome, record)) {
		t.Error("the same instant in another zone gave another document")
	}
}

func TestDocumentRefusesASessionWithoutAProperKey(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]session.Session{
		"no channel":      {Key: "call-1"},
		"another channel": {Key: "mail-1", Channel: "mail"},
		"key of a chat":   {Key: "chat-1", Channel: session.Call},
		"key without id":  {Key: "call-", Channel: session.Call},
	} {
		if doc, err := metadata.Document(s, record); err == nil || !strings.Contains(err.Error(), s.Key) {
			t.Errorf("%s: document %q, error %v; want an error that names the key", name, doc, err)
		}
	}
}

func TestOnlyASuccessfulSessionIsCompleted(t *testing.T) {
	t.Parallel()
	outcomes := []session.Outcome{"", session.Completed, session.Abandoned, session.Missed, session.Failed, session.Voicemail, session.Deflected}
	statuses := []session.Status{"", session.StatusScheduled, session.StatusQueued, session.StatusRinging,
		session.StatusConnected, session.StatusHeld, session.StatusEnded, session.StatusWrapUp, session.StatusFinished}
	for _, o := range outcomes {
		for i, status := range statuses {
			for _, reason := range []string{"", "nothing", "ag_canceled"} {
				want := o == session.Completed && i >= slices.Index(statuses, session.StatusEnded) && reason != "ag_canceled"
				s := session.Session{Status: status, Outcome: o, FailReason: reason}
				if got := metadata.Completed(s); got != want {
					t.Errorf("status %q, outcome %q, fail reason %q: completed is %t, want %t", status, o, reason, got, want)
				}
			}
		}
	}
}
