package doctor_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/doctor"
)

func TestWhatIsInOrderIsFoundSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	found := w.examine()
	for name, r := range found {
		if r.Verdict != doctor.OK && r.Path != "sources.ccai.file_hosts[1]" {
			t.Errorf("%s: %+v", name, r)
		}
		if r.Found == "" {
			t.Errorf("%s says nothing", name)
		}
	}
	for _, name := range []string{
		"Secret crm.basic.password", "Queue crm-demo crm.queue", "Queue files ", "Mapping crm.endpoints", "Spelling of variables crm",
		"Clock of the CRM crm.endpoints.create_account.url", "Search find_account crm.endpoints.find_account", "Files are written to bucket storage.bucket",
		"Files are written to sftp storage.sftp", "Mail server mail.host", "Quality management, call quality.call.url",
		"Agents' states in the CRM presence.crm", "Agents' states in the contact centre presence.centre", "Files of ccai sources.ccai.file_hosts[0]",
		"How long sessions are kept retention",
	} {
		if _, ok := found[name]; !ok {
			t.Errorf("%s was not looked at", name)
		}
	}
}

// An examination leaves nothing behind.
func TestNothingStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.examine()
	if n := len(w.mails.Messages()); n > 0 {
		t.Errorf("%d mails were sent", n)
	}
	files, err := os.ReadDir(w.folder + "/drop")
	if err != nil || len(files) > 0 {
		t.Errorf("on the server are %v, %v", files, err)
	}
}

func TestEachFaultIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change  func(*world)
		at      string
		verdict doctor.Verdict
		says    string
	}{
		"a secret without a value":       {func(w *world) { w.set.Mail.Password = "secret://none" }, "Secret mail.password", doctor.Fault, "secret://none: not found"},
		"a queue that is not there":      {func(w *world) { w.set.CRM.Queue = "none" }, "Queue none crm.queue", doctor.Fault, "not there"},
		"a queue that is paused":         {pause, "Queue files ", doctor.Fault, "paused"},
		"queues that cannot be told of":  {script(`{"tasks":[{"times":9,"mode":"status","code":"PERMISSION_DENIED"}]}`), "Queue files ", doctor.Fault, "Denied"},
		"a wrong password of the CRM":    {func(w *world) { w.set.CRM.Basic.Password = "secret://wrong" }, "Search find_account crm.endpoints.find_account", doctor.Fault, "401"},
		"a CRM that is not there":        {func(w *world) { w.set.CRM.Endpoints.FindAccount.URL = "http://127.0.0.1:1/a" }, "Server http://127.0.0.1:1 crm.endpoints.find_account.url", doctor.Fault, "refused"},
		"an address within":              {func(w *world) { w.set.CRM.Endpoints.FindAccount.URL = "http://10.0.0.1/a" }, "Server http://10.0.0.1 crm.endpoints.find_account.url", doctor.Fault, "not public"},
		"a CRM whose answer is garbage":  {script(`{"crm":[{"times":9,"mode":"garbage"}]}`), "Search find_account crm.endpoints.find_account", doctor.Fault, ""},
		"a CRM that is a web page":       {script(`{"crm":[{"times":9,"mode":"page"}]}`), "Search find_account crm.endpoints.find_account", doctor.Fault, "the CRM answered with a web page, not JSON: it may be down for maintenance"},
		"a CRM that fails":               {script(`{"crm":[{"times":9,"mode":"status","status":503}]}`), "Search find_account crm.endpoints.find_account", doctor.Fault, "503"},
		"a variable that nobody fills":   {func(w *world) { w.set.CRM.Endpoints.CreateAccount.Parameters[0].Value = "{NAEM}" }, "Spelling of variables crm", doctor.Warning, "{NAEM}"},
		"an endpoint that is never made": {func(w *world) { w.set.CRM.Endpoints.CreateAccount.URL += "/{QUEUE_ID}" }, "Mapping crm.endpoints", doctor.Warning, "create_account"},
		"a clock that is off":            {func(w *world) { w.clock.Advance(time.Hour) }, "Clock of the CRM crm.endpoints.create_account.url", doctor.Warning, "1h0m"},
		"a bucket that is not there":     {func(w *world) { w.set.Storage.Bucket = "none" }, "Files are written to bucket storage.bucket", doctor.Fault, ""},
		"a key of another server":        {func(w *world) { w.set.Storage.SFTP.HostKeys = []string{"SHA256:" + strings.Repeat("A", 43)} }, "Files are written to sftp storage.sftp", doctor.Fault, "host_keys"},
		"a wrong password of SFTP":       {func(w *world) { w.set.Storage.SFTP.Password = "secret://wrong" }, "Files are written to sftp storage.sftp", doctor.Fault, "sign-in"},
		"a wrong password for mail":      {func(w *world) { w.set.Mail.Password = "secret://wrong" }, "Mail server mail.host", doctor.Fault, "sign-in is refused"},
		"a mail server that is not one":  {func(w *world) { w.set.Mail.Port = 1 }, "Mail server mail.host", doctor.Fault, "refused"},
		"a wrong password of quality": {func(w *world) {
			w.set.Quality.Call.URL, w.set.Quality.Call.Basic.Password = w.set.CRM.Endpoints.FindAccount.URL, "secret://wrong"
		}, "Quality management, call quality.call.url", doctor.Fault, "401"},
		"quality that fails":              {script(`{"qm":[{"times":9,"mode":"status","status":503}]}`), "Quality management, call quality.call.url", doctor.Warning, "503"},
		"a wrong key of the CRM's API":    {func(w *world) { w.set.Presence.CRM.Key = "secret://wrong" }, "Agents' states in the CRM presence.crm", doctor.Fault, "401"},
		"a wrong password of the centre":  {func(w *world) { w.set.Presence.Centre.Password = "secret://wrong" }, "Agents' states in the contact centre presence.centre", doctor.Fault, "let us in"},
		"sessions that are kept for good": {func(w *world) { w.set.Retention = nil }, "How long sessions are kept retention", doctor.Warning, "for good"},
		"a server of files that is away":  {func(w *world) { w.set.Sources["ccai"].FileHosts[0] = "127.0.0.1:1" }, "Files of ccai sources.ccai.file_hosts[0]", doctor.Fault, "refused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.change(w)
			all := w.examine()
			r, ok := all[tt.at]
			if !ok || r.Verdict != tt.verdict || !strings.Contains(r.Found, tt.says) || r.Mend == "" {
				t.Errorf("found is %+v, want %s that says %q", r, tt.verdict, tt.says)
			}
			for _, other := range all {
				if strings.Contains(other.Found, canary) {
					t.Errorf("it tells a secret: %+v", other)
				}
			}
		})
	}
}

func pause(w *world) {
	w.Helper()
	_, err := w.queues.PauseQueue(w.Context(), &cloudtaskspb.PauseQueueRequest{Name: location + "/queues/files"})
	w.must(err)
}

func script(text string) func(*world) {
	return func(w *world) { emulatortest.Plan(w, w.faults, text) }
}

// One that never answers holds up no other, and no longer than its time.
func TestASilentServerHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	emulatortest.Plan(t, w.faults, `{"centre":[{"times":1,"mode":"hang"}]}`)
	found := w.examine()
	if r := found["Agents' states in the contact centre presence.centre"]; r.Verdict != doctor.Fault || !strings.Contains(r.Found, "no answer in time") {
		t.Errorf("found is %+v", r)
	}
	if r := found["Mail server mail.host"]; r.Verdict != doctor.OK {
		t.Errorf("found is %+v", r)
	}
}
