package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

func TestMain(m *testing.M) {
	local.ServeFunction() // with Isolate the functions' processes are this program
	os.Exit(runAll(m))
}

// official are gcloud's emulators, which all tests share, where SESSIONBRIDGE_OFFICIAL asks for them.
var official *local.Official

func runAll(m *testing.M) int {
	if os.Getenv("SESSIONBRIDGE_OFFICIAL") != "" {
		var err error
		if official, err = local.StartOfficial(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer official.Close()
	}
	return m.Run()
}

// cloud is a local cloud of a test's own.
type cloud struct {
	*testing.T
	*local.Cloud
	demo.Client
}

func start(t *testing.T, o local.Options) *cloud {
	t.Helper()
	o.Official = official
	logs := &bytes.Buffer{}
	var mu sync.Mutex
	o.Logs = writer(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return logs.Write(b)
	})
	c, err := local.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		if t.Failed() {
			t.Logf("the functions' log:\n%s", logs)
		}
	})
	return &cloud{t, c, demo.Client{URL: c.URL}}
}

// in is the same cloud for a subtest.
func (c *cloud) in(t *testing.T) *cloud { return &cloud{t, c.Cloud, c.Client} }

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// patience bounds a test's wait for the cloud; a test that needs it has failed.
func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func (c *cloud) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// play sends all of a scenario.
func (c *cloud) play(s demo.Scenario) {
	c.Helper()
	for _, p := range s.Posts {
		c.insist(p)
	}
}

// insist sends as a contact centre does: again, while the doorway says that it cannot keep the events.
func (c *cloud) insist(p demo.Post) {
	c.Helper()
	ctx := patience(c.T)
	for {
		err := c.Send(ctx, p)
		var refusal *demo.Refusal
		switch {
		case err == nil:
			return
		case errors.As(err, &refusal) && refusal.Status >= 500 && ctx.Err() == nil:
		default:
			c.Fatal(err)
		}
	}
}

// advance moves the clock and waits.
func (c *cloud) advance(d time.Duration) {
	c.Helper()
	c.must(c.Cloud.Advance(patience(c.T), d))
}

func (c *cloud) faults(script string) {
	c.Helper()
	c.must(c.Faults(patience(c.T), script))
}

func TestTheDemoIsPlayedTwice(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	for range 2 {
		var told bytes.Buffer
		if err := demo.Play(patience(t), c.Client, &told); err != nil {
			t.Fatalf("%v\n%s", err, &told)
		}
	}
	calls := 0
	for _, a := range c.crm().Accounts {
		if a.Phone == demo.Phone {
			calls++
		}
	}
	if calls != 1 {
		t.Errorf("the caller has %d accounts after two calls, want 1", calls)
	}
}

func TestEverythingTenTimesAtOnce(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call, chat := c.aCall(1), c.aChat(2)
	var all sync.WaitGroup
	for range 10 {
		for _, s := range []demo.Scenario{call, chat} {
			all.Go(func() {
				for _, p := range s.Posts {
					if err := c.Send(patience(t), p); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	c.advance(20 * time.Minute)
	c.arrivedOnce(call)
	c.arrivedOnce(chat)
	if n := len(c.session(chat.Key).Messages); n != 3 {
		t.Errorf("%d messages, want 3", n)
	}
}

func TestManyCallsOfOneNewCustomerMakeOneAccount(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	c.faults(`{"crm":[{"times":1000,"delay":"20ms"}]}`) // wide enough for the calls to meet
	const calls = 8
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() { c.play(demo.Call(100+i, c.Now())) })
	}
	all.Wait()
	c.advance(20 * time.Minute)
	b := c.crm()
	if len(b.Accounts) != 1 || len(b.Records) != calls {
		t.Errorf("%d accounts and %d records, want 1 and %d", len(b.Accounts), len(b.Records), calls)
	}
}

func TestTheContentIsRight(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call, chat := c.aCall(1), c.aChat(2)
	c.play(call)
	c.play(chat)
	c.advance(15 * time.Minute)
	c.arrivedOnce(call)
	c.arrivedOnce(chat)
	for _, r := range c.crm().Records {
		if r.ExternalID == call.Key && (r.AgentEmail != "kim@demo.example" || !strings.Contains(r.Description, "A new parcel is on its way.") || !strings.Contains(r.Description, "Talked: 05:10")) {
			t.Errorf("the call's record is %+v", r)
		}
	}
	var metadata struct {
		ID          int64
		Status      string
		OutTicketID string `json:"out_ticket_id"`
		Duration    int    `json:"call_duration"`
	}
	c.must(c.Get(patience(t), "/emulator/storage/ujet-metadata/call-1.json", &metadata))
	if metadata.ID != 1 || metadata.Status != "finished" || metadata.Duration != 310 || metadata.OutTicketID != c.session(call.Key).CRM.RecordID {
		t.Errorf("the metadata file says %+v", metadata)
	}
	var transcript []byte
	c.must(c.Get(patience(t), "/emulator/storage/ujet-chat-transcripts/chat-2.txt", &transcript))
	for _, line := range []string{"end_user", "Where is my order?", "agent", "It is on its way and comes today.", "Thank you!"} {
		if !bytes.Contains(transcript, []byte(line)) {
			t.Errorf("the transcript lacks %q:\n%s", line, transcript)
		}
	}
	for _, m := range c.mail() {
		if strings.Contains(m.Subject, chat.Key) && (len(m.Attachments) != 1 || m.Attachments[0].Name != "chat-2.txt") {
			t.Errorf("the chat's mail has the attachments %+v", m.Attachments)
		}
		if !json.Valid([]byte(m.Text)) {
			t.Errorf("the mail's text is not the metadata: %s", m.Text)
		}
	}
}

// Every service fails in turn, before and after it did the work; in the end everything is there once.
func TestFaultsAreHarmless(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"the CRM is down for a while":                   `{"crm":[{"times":8,"status":503}]}`,
		"the CRM refuses with 400":                      `{"crm":[{"times":5,"status":400}]}`,
		"the CRM asks for time":                         `{"crm":[{"times":3,"status":429}]}`,
		"the CRM breaks connections":                    `{"crm":[{"times":4,"mode":"reset"}]}`,
		"the CRM does the work and loses the answers":   `{"crm":[{"times":9,"mode":"reset","after":true}]}`,
		"the CRM does the work and answers 502":         `{"crm":[{"times":9,"status":502,"after":true}]}`,
		"the CRM hangs on its creates":                  `{"crm":[{"times":1,"mode":"hang","match":"/comments"}]}`,
		"Cloud Storage answers 503":                     `{"storage":[{"times":3,"status":503}]}`,
		"Cloud Storage stores and loses the answer":     `{"storage":[{"times":2,"mode":"reset","after":true}]}`,
		"the mail server is busy":                       `{"smtp":[{"times":3,"status":451}]}`,
		"the mail server takes it and loses the answer": `{"smtp":[{"times":1,"mode":"reset","after":true}]}`,
		"Firestore is away":                             `{"firestore":[{"times":12,"code":"UNAVAILABLE"}]}`,
		"Firestore commits and loses the answers":       `{"firestore":[{"times":6,"code":"UNAVAILABLE","match":"Commit","after":true}]}`,
		"Firestore aborts":                              `{"firestore":[{"times":7,"code":"ABORTED","match":"Commit"}]}`,
		"Cloud Tasks is away":                           `{"tasks":[{"times":6,"code":"UNAVAILABLE"}]}`,
		"Cloud Tasks makes tasks and says it did not":   `{"tasks":[{"times":4,"code":"UNAVAILABLE","after":true}]}`,
	}
	for name, script := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, local.Options{})
			call, chat := c.aCall(1), c.aChat(2)
			c.faults(script)
			c.play(call)
			c.play(chat)
			c.advance(3 * time.Hour)
			c.faults(`{}`)
			c.arrivedOnce(call)
			c.arrivedOnce(chat)
		})
	}
}

func TestACRMThatIsDownIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(1)
	c.faults(`{"crm":[{"times":1000,"status":503}]}`)
	c.play(call)
	c.advance(time.Minute)
	v := c.session(call.Key)
	if v.CRM.State != "waiting" || !strings.Contains(v.CRM.Problem, "503") || !v.CRM.NextAttemptAt.After(c.Now()) || len(v.Plan) == 0 {
		t.Errorf("while the CRM is down: %+v", v)
	}
	c.faults(`{}`)
	c.advance(7 * time.Hour)
	c.arrivedOnce(call)
}

func TestACRMThatRefusesForGoodNeedsAPerson(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(1)
	c.faults(`{"crm":[{"times":1,"status":403}]}`)
	c.play(call)
	c.advance(8 * 24 * time.Hour)
	if v := c.session(call.Key); v.CRM.State != "dead" || !strings.Contains(v.CRM.Problem, "403") || v.deliveries("crm") != 1 {
		t.Errorf("after a 403: %+v", v)
	}
	if resp, body := c.call("POST", "/console/api/tenants/demo/sessions/"+call.Key+"/replay", "", nil); resp.StatusCode != http.StatusOK {
		t.Fatalf("replaying: %d %s", resp.StatusCode, body)
	}
	c.advance(2 * time.Minute) // the metadata tells of the record now
	c.arrivedOnce(call)
}

// A first agent's end is not the session's when a second agent takes over, even if nobody knew for a while.
func TestATransferredCallIsClosedAtItsEnd(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	send := func(number int, kind, agent string) {
		body := fmt.Sprintf(`{"version":1,"delivery_id":"d%d","sequence":%d,"received_at":%q,"agent":{"id":%q},"data":{"type":%q,"data":{"call_id":77,"agent_id":%s,"session_type":"Voice Inbound (IVR)"}}}`,
			number, number, c.Now().UTC().Format(time.RFC3339Nano), agent, kind, agent)
		c.insist(demo.Post{Source: "ccai-adapter", Body: []byte(body)})
	}
	send(1, "New_Call", "1")
	c.advance(time.Minute)
	send(2, "End_Call", "1")
	c.advance(30 * time.Second)
	send(3, "New_Call", "2")
	c.advance(20 * time.Minute) // past the time at which the first end would have been closed
	if len(c.mail()) != 0 || len(c.paths()) != 0 {
		t.Errorf("while the call goes on there are %d mails and the files %v", len(c.mail()), c.paths())
	}
	send(4, "End_Call", "2")
	ended := c.Now()
	c.advance(14 * time.Minute)
	if len(c.mail()) != 0 && c.Now().Before(ended.Add(15*time.Minute)) { // which are over by themselves where the machine is slow
		t.Error("a mail came before 15 minutes were over")
	}
	c.advance(2 * time.Minute)
	v := c.session("call-77")
	if len(c.mail()) != 1 || len(c.paths()) != 1 || v.Outcome != "completed" || v.CRM.State != "done" {
		t.Errorf("in the end %d mails, files %v, %+v", len(c.mail()), c.paths(), v)
	}
	var metadata struct {
		EndsAt time.Time `json:"ends_at"`
	}
	c.must(c.Get(patience(t), "/emulator/storage/ujet-metadata/call-77.json", &metadata))
	if d := metadata.EndsAt.Sub(ended).Abs(); d > time.Minute {
		t.Errorf("the file says that it ended at %v, not %v", metadata.EndsAt, ended)
	}
}

func TestAVendorWhoseClockIsAheadStopsNothing(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	ahead := c.Now().AddDate(0, 0, 40)
	call := demo.Call(1, ahead).Recorded(1, ahead, c.media())
	c.play(call)
	c.advance(20 * time.Minute)
	c.arrivedOnce(call)
}

func TestAMailServerThatIsSlowGetsOneMail(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(1)
	c.faults(`{"smtp":[{"mode":"delay","delay":"3s","after":true}]}`)
	c.play(call)
	c.advance(14 * time.Minute)
	var all sync.WaitGroup
	all.Go(func() { c.advance(2 * time.Minute) })
	all.Go(func() { // an event that comes meanwhile names another task
		c.insist(demo.Post{Source: "ccai-adapter", Body: []byte(`{"type":"Agent_Dance","data":{"agent_id":1,"call_id":1}}`)})
	})
	all.Wait()
	c.advance(time.Hour)
	if mails := c.mail(); len(mails) != 1 || mails[0].Copies != 1 {
		t.Errorf("mails: %+v, want one, delivered once", mails)
	}
}

func TestPubSubThatIsDownIsAnAnswerOf503(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	call := c.aCall(1)
	c.faults(`{"pubsub":[{"times":1000,"code":"UNAVAILABLE","match":"Publish"}]}`)
	err := c.Send(patience(t), call.Posts[0])
	var refusal *demo.Refusal
	if !errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable || !strings.Contains(refusal.Body, "send them again") {
		t.Fatalf("the answer is %v, want 503", err)
	}
	c.faults(`{}`)
	c.play(call)
	c.advance(20 * time.Minute)
	c.arrivedOnce(call)
}

func TestPortsThatAreTakenAreNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = local.Start(t.Context(), local.Options{BasePort: port})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("127.0.0.1:%d is taken", port)) || !strings.Contains(err.Error(), "-base-port") {
		t.Errorf("error is %v", err)
	}
}
