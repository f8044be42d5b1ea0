package doctor_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/ccai"
	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/crm"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/emulator/mail"
	"sessionbridge.internal/emulator/qm"
	"sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/doctor"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
)

const (
	location = "projects/p/locations/l"
	canary   = "a wrong canary" // the value of secret://wrong
)

// world is all that a tenant's settings can name, in good order, and a doctor.
type world struct {
	*testing.T
	doctor *doctor.Doctor
	set    settings.Settings
	faults *fault.Plan
	queues *tasks.Server
	clock  *clock.Clock
	mails  *mail.Sink
	folder string // the SFTP server's
	bucket *storage.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, faults: new(fault.Plan), clock: clock.New(), folder: filepath.Join(t.TempDir(), "company")}
	env := map[string]string{"TASKS_LOCATION": location}
	dir := t.TempDir()
	for name, value := range map[string]string{"right": "right", "wrong": canary} {
		w.must(os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600))
	}
	w.startTasks(env)
	w.set = w.settings(w.startStores(env), w.startMail())
	client, err := outbound.New(outbound.Options{Allow: []string{"127.0.0.0/8"}, Now: w.clock.Now})
	w.must(err)
	getenv := func(name string) string { return env[name] }
	resolver := secrets.NewResolver(dir, w.clock.Now)
	keeper, err := places.New(getenv, client, resolver, w.clock.Now)
	w.must(err)
	scheduler := schedule.Open(getenv)
	t.Cleanup(func() { _, _ = keeper.Close(), scheduler.Close() })
	signer := &signin.Signer{Secrets: resolver, Client: client, Clock: w.clock.Now}
	w.doctor = &doctor.Doctor{
		Client: client, Signer: signer, Places: keeper, Tasks: scheduler, Clock: w.clock.Now, Queues: []string{"files"}, DeskURL: "https://desk.example.com",
		Runner: &flow.Runner{Client: client, Clock: w.clock.Now, Signer: signer},
	}
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) startTasks(env map[string]string) {
	w.Helper()
	w.queues = tasks.New(tasks.Options{Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	w.Cleanup(func() { _ = w.queues.Close(context.WithoutCancel(w.Context())) })
	for _, queue := range []string{"crm-demo", "files"} {
		_, err := w.queues.CreateQueue(w.Context(), &cloudtaskspb.CreateQueueRequest{
			Parent: location, Queue: &cloudtaskspb.Queue{Name: location + "/queues/" + queue},
		})
		w.must(err)
	}
	env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.Serve(w, w.faults, fault.Tasks, func(r grpc.ServiceRegistrar) { cloudtaskspb.RegisterCloudTasksServer(r, w.queues) })
}

func (w *world) listen() net.Listener {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	return l
}

// startStores are a bucket and an SFTP server.
func (w *world) startStores(env map[string]string) *settings.Storage {
	w.Helper()
	log, at := slog.New(slog.DiscardHandler), w.listen()
	var err error
	w.bucket, err = storage.Start(at, storage.Options{Dir: w.TempDir(), Buckets: []string{"company"}, Now: w.clock.Now, Log: log, Faults: w.faults})
	w.must(err)
	env[gcs.EmulatorEnv] = at.Addr().String()
	l := w.listen()
	server, err := sftp.Start(l, sftp.Options{Dir: w.folder, User: "bridge", Password: "right", Log: log, Faults: w.faults})
	w.must(err)
	w.Cleanup(func() { _, _ = w.bucket.Close(), server.Close() })
	return &settings.Storage{Bucket: "company", Folder: "calls/{YEAR}", SFTP: &settings.SFTP{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Username: "bridge", Password: "secret://right", HostKeys: []string{server.HostKey()}, Folder: "drop",
	}}
}

func (w *world) startMail() *settings.Mail {
	w.Helper()
	l := w.listen()
	w.mails = mail.Start(l, mail.Options{User: "mailer", Password: "right", Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)})
	w.Cleanup(func() { _ = w.mails.Close() })
	return &settings.Mail{To: "a@b.example", From: "a@b.example", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Username: "mailer", Password: "secret://right"}
}

// serve is the address of a partner's server.
func (w *world) serve(target fault.Target, h http.Handler) string {
	w.Helper()
	srv := httptest.NewServer(fault.HTTP(w.faults, target, h))
	w.Cleanup(srv.Close)
	return srv.URL
}

func (w *world) settings(st *settings.Storage, m *settings.Mail) settings.Settings {
	w.Helper()
	customers := w.serve(fault.CRM, crm.New(crm.Options{User: "demo", Password: "right", Now: w.clock.Now}))
	quality, err := qm.New(qm.Options{User: "qm", Password: "right", Now: w.clock.Now})
	w.must(err)
	told := w.serve(fault.QM, quality)
	org := w.serve(fault.Kustomer, kustomer.New(kustomer.Options{APIKeys: map[string][]string{"right": {"org"}}, Clock: w.clock}))
	centre := w.serve(fault.Centre, ccai.New(ccai.Options{Username: "demo", Password: "right", Clock: w.clock}))
	media := strings.TrimPrefix(w.serve(fault.Media, http.NotFoundHandler()), "http://")
	set, err := settings.Parse(fmt.Appendf(nil, `{"retention": {"days": 90},
		"sources": {"ccai": {"username": "u", "password": "secret://right", "file_hosts": [%q, "*.example.com"]}},
		"crm": {"queue": "crm-demo", "basic": {"username": "demo", "password": "secret://right"}, "endpoints": {
			"find_account": {"method": "GET", "url": "%s/api/accounts", "parameters": [{"key": "phone", "value": "{PHONE_NUMBER}"}], "response_data_location": "accounts"},
			"create_account": {"method": "POST", "url": "%[2]s/api/accounts", "parameters": [{"key": "name", "value": "{NAME}"}]}}},
		"quality": {"call": {"url": "%s/events/call", "basic": {"username": "qm", "password": "secret://right"}}},
		"presence": {"crm": {"type": "kustomer", "url": "%s", "key": "secret://right"},
			"centre": {"type": "ccai", "url": "%s", "username": "demo", "password": "secret://right"}}}`,
		media, customers, told, org, centre))
	w.must(err)
	set.Storage, set.Mail = st, m
	return set
}

// examine is what the doctor finds, by the check's name and the setting's path.
func (w *world) examine() map[string]doctor.Result {
	w.Helper()
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	all := map[string]doctor.Result{}
	for _, r := range w.doctor.Examine(w.Context(), "demo", w.set, session.Session{
		Key: "call-1", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound, StartedAt: start, EndedAt: start,
		Customer: session.Customer{Name: "Nobody", Phone: "+12015550100", PhoneRaw: "+12015550100"},
	}) {
		all[r.Name+" "+r.Path] = r
	}
	return all
}
