package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// recorded is an ended call of whose recording the CRM is to have a copy.
func recorded(dead bool) (*settings.CRM, *store.Document) {
	c := uploading()
	c.Endpoints.Upload.Files = []string{"recordings"}
	d := &store.Document{Session: ended(), Files: []store.File{{ID: "1", Kind: "recordings", Dead: dead, Problem: "gone"}}}
	d.CRM.Ready = []session.Ready{{File: "1", Kind: "recordings", Name: "call-1.mp3"}}
	return c, d
}

var notThere = answer{err: fmt.Errorf("fetching: %w", files.ErrNotToBeHad), refused: true}

// A file that is not to be had holds up nothing: the rest goes first, and after a day the CRM's work is done without it.
func TestAFileThatIsNotToBeHadHoldsUpNothing(t *testing.T) {
	t.Parallel()
	cite(t, ours+"a recording that is not there a day later will not be")
	c, d := recorded(false)
	gone := map[string]answer{"upload_1": notThere}
	if got := stepsOf(drive(t, c, d, gone)); got[len(got)-1] != "upload_1" || !slices.Contains(got, UpdateRecord) || d.CRM.State != session.CRMWaiting {
		t.Fatalf("sent %v, then %s", got, d.CRM.State)
	}
	p := progress{id, c, start.Add(patience)}
	n := p.begin(d)
	_, made := p.apply(d, n, notThere)
	if f := d.File("1"); d.CRM.State != session.CRMDone || !f.Dead || !strings.Contains(f.Problem, "not to be had") || made.Verdict != store.Dead {
		t.Errorf("%s, the file is %+v, the delivery %+v", d.CRM.State, f, made)
	}
	Replay(c, d)
	if got := stepsOf(drive(t, c, d, map[string]answer{"upload_1": fileTaken})); !slices.Contains(got, "upload_1") || d.CRM.State != session.CRMDone {
		t.Errorf("after a replay: sent %v, %s", got, d.CRM.State)
	}
}

func TestAFileThatWasGivenUpIsNotWaitedForAgain(t *testing.T) {
	t.Parallel()
	cite(t, ours+"the export has waited for it already")
	c, d := recorded(true)
	drive(t, c, d, map[string]answer{"upload_1": notThere})
	if d.CRM.State != session.CRMDone || d.CRM.Done["upload_1"] != noContent {
		t.Errorf("%s, done %v", d.CRM.State, d.CRM.Done)
	}
}

// Troubles of a server pass; they say nothing about the file.
func TestAStorageThatIsAwayIsWaitedFor(t *testing.T) {
	t.Parallel()
	cite(t, oursMending)
	c, d := recorded(true)
	drive(t, c, d, map[string]answer{"upload_1": {err: fmt.Errorf("sftp: the connection was cut"), refused: true}})
	if d.CRM.State != session.CRMWaiting {
		t.Errorf("%s, done %v", d.CRM.State, d.CRM.Done)
	}
}

// Storage may be added once the CRM has the file: it is the same file.
func TestAVersionThatBecomesKnownIsNoNewFile(t *testing.T) {
	t.Parallel()
	cite(t, oursTwice)
	c, d := recorded(false)
	drive(t, c, d, map[string]answer{"upload_1": fileTaken})
	d.CRM.Ready[0].Version = "v1"
	if got := names(Plan(c, d.Session, d.CRM)); got != nil {
		t.Errorf("owed %v", got)
	}
}

func TestSignaturesAreNotShown(t *testing.T) {
	t.Parallel()
	cite(t, ours+"a signed address opens the file to whoever sees it")
	c := uploading()
	d := chatOver()
	d.CRM.Ready = []session.Ready{{File: "1", Kind: "recordings", Name: "a.mp3", Link: "https://b.example.com/a.mp3?X-Goog-Expires=9&X-Goog-Signature=abc", LinkOnly: true}}
	p := progress{id, c, start}
	for n := p.begin(d); n != nil; {
		echo := said(200, `{"id":7}`)
		echo.Body = []byte(`{"id":7,"echo":` + n.sent.Body + `}`)
		if n.sent.Body == "" {
			echo.Body = []byte(`{"id":7}`)
		}
		if n.step.Name == "comment_link_1" && !strings.Contains(n.sent.Body, "abc") {
			t.Errorf("the CRM itself does not get the address: %s", n.sent.Body)
		}
		var made store.Delivery
		n, made = p.apply(d, n, answer{Answer: crm.Answer{Status: 200, Body: echo.Body}})
		if strings.Contains(made.Request+made.Response, "abc") {
			t.Errorf("shown: %s and %s", made.Request, made.Response)
		}
	}
	if d.CRM.Done["comment_link_1"] == "" {
		t.Errorf("done are %v", d.CRM.Done)
	}
}
