package presets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/shared/closing"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/presets"
	"sessionbridge.internal/shared/signin"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	location = "projects/p/locations/l"
	source   = "ccai"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// cloud is Firestore and Cloud Tasks, spoken to through Google's clients, for all offices: starting them is most of the work.
type cloud struct {
	store  *store.Store
	tasks  *schedule.Scheduler
	getenv func(string) string
	opened atomic.Int32 // offices so far
}

func openCloud(t *testing.T) *cloud {
	t.Helper()
	now := clock.Frozen(start)
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "TASKS_LOCATION": location}
	env["FIRESTORE_EMULATOR_HOST"] = emulatortest.Firestore(t, new(fault.Plan), now.Now)
	_, env["CLOUD_TASKS_EMULATOR_HOST"] = emulatortest.PausedTasks(t, new(fault.Plan), now, location, "crm-kustomer", "metadata", "files")
	c := &cloud{getenv: func(name string) string { return env[name] }}
	c.store, c.tasks = store.Open(c.getenv), schedule.Open(c.getenv)
	t.Cleanup(func() {
		if err := errors.Join(c.store.Close(), c.tasks.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// roles are those that the README asks for.
var roles = []string{
	"org.permission.customer.read", "org.permission.customer.create", "org.permission.conversation.read", "org.permission.conversation.create",
	"org.permission.conversation.update", "org.permission.message.create", "org.permission.note.create", "org.permission.user.read",
}

// office is a contact centre, a Kustomer and the preset between them, a tenant of the cloud. Its clock stands; what comes due
// is done at once.
type office struct {
	*testing.T
	*kustomer.Kustomer
	tenant string
	clock  *clock.Clock
	pace   time.Duration // between one event and the next
	faults *fault.Plan
	set    settings.Settings
	flow   *flow.Runner
	close  *closing.Runner
	media  string            // the address of the contact centre's files
	agents map[string]string // Kustomer's ids by the agents' names
}

func (c *cloud) openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, tenant: fmt.Sprintf("office-%d", c.opened.Add(1)), clock: clock.Frozen(start), pace: time.Minute, faults: new(fault.Plan), agents: map[string]string{}}
	o.Kustomer = kustomer.New(kustomer.Options{Clock: o.clock, APIKeys: map[string][]string{"the key": roles}})
	for _, name := range []string{"kim", "lee"} {
		id, err := o.AddUser(name, name+"@example.com")
		o.must(err)
		o.agents[name] = id
	}
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content := "ID3\x03\x00 what was said" // as an MP3 begins
		if strings.HasPrefix(r.URL.Path, "/photo") {
			content = "\xff\xd8\xff\xe0 what was shown" // as a JPEG does
		}
		_, _ = io.WriteString(w, content)
	}))
	t.Cleanup(files.Close)
	o.media = files.URL
	o.set = o.settings()
	o.connect(c)
	t.Cleanup(o.explain)
	return o
}

// explain says of a test that failed why the work waits.
func (o *office) explain() {
	if !o.Failed() {
		return
	}
	docs, err := o.flow.Store.List(context.WithoutCancel(o.Context()), o.tenant, time.Time{}, "", 10)
	if err != nil {
		o.Log(err)
	}
	for _, d := range docs {
		o.Logf("%s is %s (%s), files %+v", d.Session.Key, d.CRM.State, d.CRM.Problem, d.Files)
	}
}

// settings are the preset as a company would fill it in. Its rate is left out, which is one of real time.
func (o *office) settings() settings.Settings {
	o.Helper()
	srv := httptest.NewServer(fault.HTTP(o.faults, fault.Kustomer, o.Kustomer))
	o.Cleanup(srv.Close)
	doc, err := presets.Read("kustomer")
	o.must(err)
	set, err := settings.Parse(regexp.MustCompile(`https://example\.api\.kustomerapp\.com`).ReplaceAll(doc, []byte(srv.URL)))
	o.must(err)
	set.CRM.Rate = settings.Rate{}
	create := set.CRM.Endpoints.CreateRecord // the company maps what its app sends to a field of its own
	create.Parameters = append(create.Parameters, settings.Parameter{Key: "custom.orderIdStr", Value: "{CUSTOM_DATA_ORDER_ID}", Max: 1024})
	set.Sources = map[string]settings.Source{source: {Username: "u", Password: "secret://p", FileHosts: []string{strings.TrimPrefix(o.media, "http://")}}}
	return set
}

func (o *office) connect(c *cloud) {
	o.Helper()
	dir := o.TempDir()
	o.must(os.WriteFile(filepath.Join(dir, "kustomer-api-key"), []byte("the key"), 0o600))
	client, err := outbound.New(outbound.Options{Allow: []string{"127.0.0.0/8"}, Now: o.clock.Now})
	o.must(err)
	resolver := secrets.NewResolver(dir, o.clock.Now)
	keeper, err := places.New(c.getenv, client, resolver, o.clock.Now)
	o.must(err)
	o.Cleanup(func() { o.must(keeper.Close()) })
	doc, err := json.Marshal(o.set)
	o.must(err)
	db, tasks, log := c.store, c.tasks, slog.New(slog.DiscardHandler)
	o.must(db.PutSettings(o.Context(), o.tenant, doc))
	cache := &settings.Cache{Load: db.Settings, Clock: o.clock.Now}
	target := func(queue string) work.Target { return work.Target{Queue: queue, URL: "http://127.0.0.1:1/" + queue} }
	o.flow = &flow.Runner{
		Store: db, Tasks: tasks, Settings: cache, Client: client, Files: keeper, Clock: o.clock.Now, Log: log,
		Signer:  &signin.Signer{Secrets: resolver, Client: client, Store: db, Clock: o.clock.Now},
		Targets: flow.Targets{CRMURL: "http://127.0.0.1:1/crm", Metadata: target("metadata"), Files: target("files")},
	}
	o.close = &closing.Runner{Store: db, Tasks: tasks, Places: keeper, Dial: client.Dial, Clock: o.clock.Now, Settings: cache, Secrets: resolver, Log: log, Target: target("metadata")}
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// play has a session's events happen one after another, and does after each what is due then.
func (o *office) play(key string, events ...session.Event) {
	o.Helper()
	for _, e := range events {
		o.clock.Advance(o.pace)
		e.ID, e.Tenant, e.Source, e.Session = fmt.Sprintf("%s-%d", key, o.clock.Now().Unix()), o.tenant, source, key
		e.At, e.ReceivedAt = o.clock.Now(), o.clock.Now()
		o.take(key, e)
	}
}

// take folds an event as functions/session does, and does what is due then.
func (o *office) take(key string, e session.Event) {
	o.Helper()
	id := store.ID{Tenant: o.tenant, Source: source, Key: key}
	doc, err := o.flow.Store.Update(o.Context(), id, func(d *store.Document) (c store.Change, _ error) {
		d.Session, c.Overflow = session.ApplyAll(d.Session, []session.Event{e})
		if e.Kind == session.MessageSent {
			c.Messages = append(c.Messages, e)
		}
		flow.Owe(o.set, d, id, o.clock.Now())
		return c, nil
	})
	o.must(err)
	o.must(flow.Ensure(o.Context(), o.flow.Tasks, o.set, doc, id, o.flow.Targets))
	o.work(id)
}

// work runs what is due, as Cloud Tasks would.
func (o *office) work(id store.ID) {
	o.Helper()
	for range 20 {
		doc, err := o.flow.Store.Session(o.Context(), id)
		o.must(err)
		kind, task := "", ""
		for k, w := range doc.Work {
			if w.Task != "" && !w.TaskAt.After(o.clock.Now()) && (k == work.CRM || k == work.Metadata) {
				kind, task = k, w.Task
			}
		}
		switch kind {
		case "":
			return
		case work.CRM:
			err = o.flow.Run(o.Context(), work.Wake{ID: id, Kind: kind, Task: task})
		case work.Metadata:
			o.must(o.close.Run(o.Context(), work.Wake{ID: id, Kind: kind, Task: task}))
			err = flow.Stored(o.Context(), o.flow.Store, o.flow.Tasks, o.flow.Settings, id, o.flow.Targets, o.clock.Now)
		}
		o.must(err)
	}
	o.Fatalf("the work on %s does not end", id.Key)
}

// settle lets time go by for what is put off, such as the work after a session's end.
func (o *office) settle(key string) {
	o.Helper()
	o.clock.Advance(20 * time.Minute)
	o.work(store.ID{Tenant: o.tenant, Source: source, Key: key})
}

// fail has Kustomer fail as the script says.
func (o *office) fail(script string) {
	o.Helper()
	emulatortest.Plan(o, o.faults, script)
}

// send makes a request to Kustomer as somebody else, such as a person at its page.
func (o *office) send(method, path, body string) {
	o.Helper()
	ctx, cancel := context.WithTimeout(o.Context(), 20*time.Second)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer the key")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	o.ServeHTTP(w, r)
	if w.Code >= 300 {
		o.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
}

// conversations are all there are, oldest first.
func (o *office) conversations() []kustomer.Conversation { return o.Snapshot().Conversations }

// wantConversations says in which conversations the sessions' messages are, oldest first: {"call-1 call-2"} is one with two.
func (o *office) wantConversations(want ...string) {
	o.Helper()
	var got []string
	for _, c := range o.conversations() {
		got = append(got, sessionsIn(c))
	}
	if !slices.Equal(got, want) {
		o.Fatalf("the conversations hold %q, want %q", got, want)
	}
}

func sessionsIn(c kustomer.Conversation) string {
	var keys []string
	for _, m := range c.Messages {
		keys = append(keys, strings.TrimPrefix(m.Text("externalId"), source+"-"))
	}
	return strings.Join(keys, " ")
}

// only is the one conversation.
func (o *office) only() kustomer.Conversation {
	o.Helper()
	all := o.conversations()
	if len(all) != 1 {
		o.Fatalf("there are %d conversations, want one", len(all))
	}
	return all[0]
}

// wantNotes wants so many in the one conversation.
func (o *office) wantNotes(want int) {
	o.Helper()
	if got := len(o.only().Notes); got != want {
		o.Errorf("there are %d notes, want %d", got, want)
	}
}

// wantNote wants a note that has the text, and as many files.
func (o *office) wantNote(c kustomer.Conversation, text string, files int) {
	o.Helper()
	var all []string
	for _, n := range c.Notes {
		refs, _ := n.Relationships["attachments"].Data.([]kustomer.Reference)
		if strings.Contains(n.Text("body"), text) && len(refs) == files {
			return
		}
		all = append(all, fmt.Sprintf("%q with %d files", n.Text("body"), len(refs)))
	}
	o.Errorf("no note has %q and %d files; there are %s", text, files, strings.Join(all, ", "))
}

// wantCustom wants the conversation's custom field to be so.
func (o *office) wantCustom(c kustomer.Conversation, name string, want any) {
	o.Helper()
	custom, _ := c.Attributes["custom"].(map[string]any)
	if custom[name] != want {
		o.Errorf("%s is %v, want %v", name, custom[name], want)
	}
}

func (o *office) wantAssigned(c kustomer.Conversation, agent string) {
	o.Helper()
	if got := fmt.Sprint(c.Attributes["assignedUsers"]); got != "["+o.agents[agent]+"]" {
		o.Errorf("the conversation is assigned to %s, want %s (%s)", got, agent, o.agents[agent])
	}
}
