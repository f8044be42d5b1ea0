package flow_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// attaching takes recordings, first announced, then posted to where the answer says, then named by a note
// (https://developer.kustomer.com/docs/guides/attachments).
const attaching = `{
	"queue": "crm", "retry": "safe", "skip_account_creation": true, "comment_on": [],
	"headers": [{"name": "Authorization", "prefix": "Bearer ", "secret": "secret://canary-key"}],
	"endpoints": {
		"find_account": {"method": "GET", "url": "KUSTOMER/v1/customers/phone={PHONE_NUMBER}", "response_data_location": "data"},
		"create_record": {"method": "POST", "url": "KUSTOMER/v1/conversations", "response_data_location": "data",
			"parameters": [{"key": "customer", "value": "{ACCOUNT_ID}"}, {"key": "externalId", "value": "{SESSION_KEY}"}]},
		"comment": {"method": "POST", "url": "KUSTOMER/v1/conversations/{RECORD_ID}/notes", "parameters": [
			{"key": "body", "value": "{COMMENT_BODY}"},
			{"key": "attachments[0]._id", "value": "{ATTACHMENT_ID}"}, {"key": "attachments[0].name", "value": "{FILE_NAME}"},
			{"key": "attachments[0].contentType", "value": "{FILE_TYPE}"}, {"key": "attachments[0].contentLength", "value": "{FILE_SIZE}", "type": "number"}]},
		"upload": {"type": "presigned", "method": "POST", "url": "KUSTOMER/v1/attachments", "files": ["recordings"], "comment": true,
			"parameters": [{"key": "name", "value": "{FILE_NAME}"}, {"key": "contentType", "value": "{FILE_TYPE}"},
				{"key": "contentLength", "value": "{FILE_SIZE}", "type": "number"}],
			"attachment_id": "data.id", "presigned_url": "meta.upload.url", "presigned_fields": "meta.upload.fields"}
	}
}`

const oursRefused = "ours: a file that the CRM will not take holds up nothing else"

// recorded is an ended call with a recording, of a customer whom Kustomer knows.
func recorded(t *testing.T, change ...func(*kustomer.Options)) *connected {
	t.Helper()
	w := connect(t, attaching, change...)
	w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
	w.tell(t, func(s *session.Session) {
		s.EndedAt, s.Outcome = nine, session.Completed
		s.Announced = []session.File{{ID: "r1", Kind: session.Recording, URL: "https://media.example/r1.mp3"}}
	})
	return w
}

// wantAttached is the one note with the one file that arrived whole, however many were announced.
func (w *connected) wantAttached(t *testing.T, d *store.Document, announced int) {
	t.Helper()
	if d.CRM.State != session.CRMDone {
		t.Fatalf("it is %s: %s", d.CRM.State, d.CRM.Problem)
	}
	snapshot := w.Snapshot()
	if len(snapshot.Attachments) != announced {
		t.Errorf("%d files were announced, want %d", len(snapshot.Attachments), announced)
	}
	notes := snapshot.Conversations[0].Notes
	if len(notes) != 1 {
		t.Fatalf("there are %d notes, want one: %v", len(notes), w.asked())
	}
	named, _ := notes[0].Relationships["attachments"].Data.([]kustomer.Reference)
	sum := sha256.Sum256([]byte("ID3 canary audio"))
	arrived := slices.ContainsFunc(snapshot.Attachments, func(a kustomer.Attachment) bool {
		return len(named) == 1 && a.ID == named[0].ID && a.SHA256 == hex.EncodeToString(sum[:]) && a.Text("name") == "call-1-r1.mp3" && a.Text("contentType") == "audio/mpeg"
	})
	if !arrived {
		t.Errorf("the note names %v, the files are %+v", named, snapshot.Attachments)
	}
	w.wantNoCredentials(t)
}

// wantNoCredentials holds that nothing which is kept has the address of an upload or a field of its form.
func (w *connected) wantNoCredentials(t *testing.T) {
	t.Helper()
	all := w.everything(t)
	for _, secret := range []string{"X-Amz-", "AWS4-HMAC", "AKIA", "Policy", "/s3/", "canary-key", "canary audio"} {
		if strings.Contains(all, secret) {
			t.Errorf("what is kept has %q in it: %s", secret, all)
		}
	}
}

func TestAFileIsAnnouncedPostedAndNamed(t *testing.T) {
	t.Parallel()
	for name, sized := range map[string]bool{"its size is known": true, "its size is not known before its end": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := recorded(t)
			w.runner.Files = shelf{"ID3 canary audio", sized}
			w.wantAttached(t, w.wake(t), 1)
			for _, r := range w.Snapshot().Requests {
				if _, signed := r.Headers["Authorization"]; signed == strings.HasPrefix(r.Path, "/s3/") {
					t.Errorf("%s %s is signed: %v", r.Method, r.Path, signed)
				}
			}
		})
	}
}

// Whatever goes wrong, the upload begins anew with another announcement, and the file is in the record once.
func TestAnUploadToAnAddressBeginsAnew(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, faults string
		problem      string // of the first attempt
	}{
		"the announcement's answer is lost":      {oursAnew, `{"kustomer":[{"mode":"reset","after":true,"match":"POST /v1/attachments"}]}`, "the CRM did not answer"},
		"the announcement is refused for now":    {fromLimits, `{"kustomer":[{"status":429,"match":"POST /v1/attachments"}]}`, "429"},
		"the file's answer is lost":              {oursAnew, `{"kustomer":[{"mode":"reset","after":true,"match":"POST /s3/"}]}`, "did not get where"},
		"the file breaks off":                    {oursAnew, `{"kustomer":[{"mode":"reset","bytes":600,"match":"POST /s3/"}]}`, "did not get where"},
		"the file is refused":                    {fromRefusals, `{"kustomer":[{"status":403,"match":"POST /s3/"}]}`, "answered with 403"},
		"where the file goes is down":            {fromRefusals, `{"kustomer":[{"status":503,"match":"POST /s3/"}]}`, "answered with 503"},
		"the note's refusal has nothing with it": {oursAnew, `{"kustomer":[{"status":503,"match":"/notes"}]}`, "503"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := recorded(t)
			emulatortest.Plan(t, w.faults, tt.faults)
			before := w.wake(t)
			if before.CRM.State != session.CRMWaiting || !strings.Contains(before.CRM.Problem, tt.problem) || before.CRM.InFlight != nil {
				t.Fatalf("%s (%s), in flight %+v; want it to wait for %q", before.CRM.State, before.CRM.Problem, before.CRM.InFlight, tt.problem)
			}
			announced := len(w.Snapshot().Attachments) // in the first attempt
			if before.CRM.Done["upload_r1"] == "" {
				announced++
			}
			w.wantAttached(t, w.wake(t), announced)
		})
	}
}

// The form is good for half an hour; a run that was delayed for longer begins anew.
func TestAnAddressThatHasExpiredIsAskedForAnew(t *testing.T) {
	t.Parallel()
	w := recorded(t)
	w.runner.Files = slow{shelf{"ID3 canary audio", true}, func() {
		if len(w.Snapshot().Attachments) == 1 {
			w.clock.Advance(31 * time.Minute)
		}
	}}
	d := w.wake(t)
	if d.CRM.State != session.CRMWaiting || !strings.Contains(d.CRM.Problem, "403 Forbidden (AccessDenied)") {
		t.Fatalf("%s: %s", d.CRM.State, d.CRM.Problem)
	}
	w.wantAttached(t, w.wake(t), 2)
}

// What the settings and the CRM make of an announcement that cannot be followed.
func TestAnAnnouncementThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	const fields = `"fields":{"Policy":"p"}`
	tests := map[string]struct {
		from, answer, problem string
		state                 session.CRMState
	}{
		"no address where the settings say": {oursUnread, `{"data":{"id":"1"},"meta":{"upload":{` + fields + `}}}`, `presigned_url says: looked at "meta.upload.url", but at "meta.upload" is an object with the keys "fields"`, session.CRMDead},
		"no fields where the settings say":  {oursUnread, `{"data":{"id":"1"},"meta":{"upload":{"url":"https://s3.example/s3/"}}}`, "presigned_fields says", session.CRMDead},
		"an address within our network":     {oursAddresses, `{"data":{"id":"1"},"meta":{"upload":{"url":"http://169.254.169.254/s3/",` + fields + `}}}`, "may not be called", session.CRMWaiting},
		"an address that is no web page's":  {oursAddresses, `{"data":{"id":"1"},"meta":{"upload":{"url":"file:///s3/",` + fields + `}}}`, "must be an http or https URL", session.CRMDead},
		"an answer that is no JSON":         {oursUnread, `Policy`, "is not JSON", session.CRMDead},
		"an answer that is a web page":      {oursUnread, `<html>Policy</html>`, "with a web page", session.CRMWaiting},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := recorded(t)
			w.instead = func(rw http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/v1/attachments" {
					return false
				}
				_, _ = rw.Write([]byte(tt.answer))
				return true
			}
			if d := w.wake(t); d.CRM.State != tt.state || !strings.Contains(d.CRM.Problem, tt.problem) {
				t.Errorf("%s: %s; want %s: %s", d.CRM.State, d.CRM.Problem, tt.state, tt.problem)
			}
			w.wantNoCredentials(t)
		})
	}
}

// Amazon S3 repeats the signature, and what it signs, in some of its refusals: of them only the code is kept.
func TestOfARefusedFileOnlyTheCodeIsKept(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, refusal, problem string }{
		"a signature that does not match": {fromRefusals, `<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>X-Amz-</SignatureProvided></Error>`, "400 Bad Request (SignatureDoesNotMatch)"},
		"a code that is a text":           {oursAddresses, `<Error><Code>see X-Amz-Signature</Code></Error>`, "400 Bad Request"},
		"a code without an end":           {oursAddresses, `<Error><Code>` + strings.Repeat("a", 65), "400 Bad Request"},
		"no code at all":                  {oursAddresses, `Policy`, "400 Bad Request"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := recorded(t)
			w.instead = func(rw http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, "/s3/") {
					return false
				}
				rw.WriteHeader(http.StatusBadRequest)
				_, _ = rw.Write([]byte(tt.refusal))
				return true
			}
			d := w.wake(t)
			if f := d.File("r1"); d.CRM.State != session.CRMDone || !f.Dead || !strings.HasSuffix(f.Problem, tt.problem) {
				t.Errorf("%s: %+v; want the file to be let go: %s", d.CRM.State, f, tt.problem)
			}
			w.wantNoCredentials(t)
		})
	}
}

// A file that the CRM or its storage will not take is let go, at once or in a day, and the session goes on.
func TestARefusedFileHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, path string
		status     int
		within     time.Duration
	}{
		"the key has no role for files":      {fromRoles, "/v1/attachments", 403, time.Minute},
		"it is refused, and again for a day": {oursRefused, "/v1/attachments", 400, 36 * time.Hour},
		"the storage takes none so large":    {fromRefusals, "/s3/", 400, time.Minute},
		"the storage is elsewhere":           {oursAddresses, "/s3/", 307, time.Minute},
		"the storage is down for longer":     {fromRefusals, "/s3/", 503, 36 * time.Hour},
		"each address has expired at once":   {fromRefusals, "/s3/", 403, 36 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := connect(t, strings.Replace(attaching, `"comment_on": []`, `"comment_on": ["rating"]`, 1))
			w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
			w.tell(t, func(s *session.Session) {
				s.EndedAt, s.Outcome = nine, session.Completed
				s.Announced = []session.File{{ID: "r1", Kind: session.Recording, URL: "https://media.example/r1.mp3"}}
			})
			w.instead = func(rw http.ResponseWriter, r *http.Request) bool {
				refused := strings.HasPrefix(r.URL.Path, tt.path)
				if refused {
					rw.WriteHeader(tt.status)
				}
				return refused
			}
			d := w.wake(t)
			for d.CRM.State == session.CRMWaiting {
				d = w.wake(t)
			}
			if f := d.File("r1"); d.CRM.State != session.CRMDone || !f.Dead || f.Problem == "" || w.clock.Now().Sub(nine) > tt.within {
				t.Fatalf("after %v it is %s (%s), the file %+v", w.clock.Now().Sub(nine), d.CRM.State, d.CRM.Problem, f)
			}
			four := 4
			w.tell(t, func(s *session.Session) { s.Rating = &four })
			w.wake(t)
			if n := len(w.Snapshot().Conversations[0].Notes); n != 1 {
				t.Errorf("there are %d notes, want the one on the rating", n)
			}
		})
	}
}
