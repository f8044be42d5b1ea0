package desk_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	gcp "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/pubsub"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/session"
)

func (w *world) startPubSub() (addr string) {
	w.Helper()
	var err error
	w.broker, err = pubsub.New("127.0.0.1:0", pubsub.Options{Clock: clock.New()}, grpc.UnaryInterceptor(fault.Unary(w.faults, fault.PubSub)))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(w.broker.Close)
	admin, err := gcp.NewClient(w.Context(), "p", cloud.Options(w.broker.Addr)...)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	if _, err := admin.TopicAdminClient.CreateTopic(w.Context(), &pubsubpb.Topic{Name: "projects/p/topics/session-events"}); err != nil {
		w.Fatal(err)
	}
	return w.broker.Addr
}

// published are the events that are durable.
func (w *world) published() (all []session.Event) {
	w.Helper()
	for _, m := range w.broker.Pusher.Topics()[0].Messages {
		var events []session.Event
		if err := json.Unmarshal([]byte(m.Data), &events); err != nil {
			w.Fatalf("%v: %s", err, m.Data)
		}
		all = append(all, events...)
	}
	return all
}

// newCall is what the adapter tells of a call, in the page's envelope. More is the end of the envelope.
func newCall(id, email, more string) string {
	return fmt.Sprintf(`{"version":1,"delivery_id":%q,"sequence":1,"received_at":"2026-01-05T09:00:00Z","data":`+
		`{"type":"New_Call","data":{"agent_id":1,"agent_email":%q,"call_id":5,"session_type":"Inbound Call"}}%s}`, id, email, more)
}

const toAdapter = "/desk/demo/events/ccai-adapter"

func TestAnAgentsEventsArePublishedUnderTheirOwnName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	body := "[" + newCall("d1", "Bob@example.com", `,"agent":{"id":"1","email":"BOB@example.com","name":"Bob"}`) + "," + newCall("d2", "", `,"agent":null`) + "]"
	if resp, answer := w.ask(bob, http.MethodPost, toAdapter, body, "Content-Type: application/json"); resp.StatusCode != http.StatusOK || answer != `{"events":2}`+"\n" {
		t.Fatalf("answered %d %s", resp.StatusCode, answer)
	}
	events := w.published()
	if len(events) != 2 {
		t.Fatalf("published are %+v", events)
	}
	for i, id := range []string{"d1", "d2"} {
		e := events[i]
		if e.ID != id || e.Source != "ccai" || e.Session != "call-5" || e.Kind != session.Connected || !strings.EqualFold(e.Agent.Email, bob) {
			t.Errorf("event %d is %+v of %+v", i, e, e.Agent)
		}
	}
}

func TestWhatAPageMayNotForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	held := `{"version":1,"delivery_id":"d","data":{"event":"HELD","uuid":"u1"}%s}`
	good := "[" + newCall("d", bob, "") + "]"
	tests := map[string]struct {
		who, path, body string
		want            int
		says            string
	}{
		"another agent's envelope":       {bob, toAdapter, "[" + newCall("d", "", `,"agent":{"email":"ada@example.com"}`) + "]", 403, `"path":"[0].agent.email"`},
		"another agent's second event":   {bob, toAdapter, "[" + newCall("d", bob, "") + "," + newCall("e", ada, "") + "]", 403, `"path":"data.agent_email"`},
		"another agent's desktop":        {bob, "/desk/demo/events/agentdesktop", "[" + fmt.Sprintf(held, `,"agent":{"email":"ada@example.com"}`) + "]", 403, `another agent's`},
		"an address that is no text":     {bob, toAdapter, "[" + newCall("d", "", `,"agent":{"email":7}`) + "]", 403, `"path":"[0].agent.email"`},
		"an agent who is no object":      {bob, toAdapter, "[" + newCall("d", "", `,"agent":"Bob"`) + "]", 400, `"path":"[0].agent"`},
		"a source nobody knows":          {bob, "/desk/demo/events/fax", good, 404, "no such source"},
		"a source that servers post":     {bob, "/desk/demo/events/ccai", good, 404, "no such source"},
		"a tenant without a desk":        {ada, "/desk/bare/events/ccai-adapter", good, 404, "no desk"},
		"nobody":                         {"", toAdapter, good, 401, "sign in"},
		"one who has no desk there":      {bob, "/desk/bare/events/ccai-adapter", good, 403, ""},
		"another site's page":            {"cross-site", toAdapter, good, 403, ""},
		"a bare event":                   {bob, toAdapter, `[{"type":"New_Call","data":{"call_id":5}}]`, 400, `"path":"[0].delivery_id"`},
		"no array":                       {bob, toAdapter, newCall("d", bob, ""), 400, "an array of 1 to 50"},
		"an empty array":                 {bob, toAdapter, `[]`, 400, "an array of 1 to 50"},
		"a null among them":              {bob, toAdapter, `[null]`, 400, `"path":"[0].delivery_id"`},
		"too many":                       {bob, toAdapter, "[" + strings.Repeat(newCall("d", bob, "")+",", 50) + newCall("d", bob, "") + "]", 400, "an array of 1 to 50"},
		"too much":                       {bob, toAdapter, "[" + newCall("d", bob, `,"x":"`+strings.Repeat("x", 256<<10)+`"`) + "]", 413, "longer than"},
		"an event that cannot be read":   {bob, toAdapter, `[{"version":1,"delivery_id":"d","data":{"type":"New_Call","data":{}}}]`, 400, `call_id`},
		"a version nobody knows":         {bob, toAdapter, `[{"version":2,"delivery_id":"d","data":{}}]`, 400, `version`},
		"AgentDesktop's without contact": {bob, "/desk/demo/events/agentdesktop", `[{"version":1,"delivery_id":"d","data":{"event":"HELD"}}]`, 400, `uuid`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{T: t, url: w.url, issuer: w.issuer}
			headers := []string{"Content-Type: application/json"}
			if tt.who == "cross-site" {
				tt.who, headers = bob, append(headers, "Sec-Fetch-Site: cross-site")
			}
			resp, answer := w.ask(tt.who, http.MethodPost, tt.path, tt.body, headers...)
			if resp.StatusCode != tt.want || !strings.Contains(answer, tt.says) {
				t.Errorf("answered %d %s, want %d and %q", resp.StatusCode, answer, tt.want, tt.says)
			}
		})
	}
	t.Cleanup(func() { // once all have tried
		if got := w.published(); len(got) != 0 {
			t.Errorf("published are %+v", got)
		}
	})
}

// What one of several holds must not keep the others from coming.
func TestAnEventThatCannotBeReadCostsOnlyItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	body := "[" + newCall("d1", bob, "") + `,{"version":1,"delivery_id":"d2","data":{"type":"New_Call","data":{}}}]`
	resp, answer := w.ask(bob, http.MethodPost, toAdapter, body, "Content-Type: application/json")
	if resp.StatusCode != http.StatusOK || !strings.Contains(answer, `"events":2,"rejected":["[1].data`) {
		t.Errorf("answered %d %s", resp.StatusCode, answer)
	}
}

// That a colleague has come into a chat is told by whoever was in it.
func TestAColleagueWhoJoinsIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	body := `[{"version":1,"delivery_id":"d","data":{"type":"Agent_Joined_Chat","data":{"chat_id":5,"agent_id":2,"agent_email":"ada@example.com"}}}]`
	if resp, answer := w.ask(bob, http.MethodPost, toAdapter, body, "Content-Type: application/json"); resp.StatusCode != http.StatusOK {
		t.Fatalf("answered %d %s", resp.StatusCode, answer)
	}
	if got := w.published(); len(got) != 1 || got[0].Kind != session.ParticipantJoined || got[0].Agent.Email != ada {
		t.Errorf("published are %+v", got)
	}
}

// An id is no secret, and the adapter gives no address with some events: whatever id a page names, it speaks for its own agent.
func TestAColleaguesIDEndsNoCallOfTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	lees := session.Event{ID: "l", Tenant: "demo", Source: "ccai", Session: "call-5", Kind: session.Connected, Agent: &session.Agent{ID: "9", Email: "lee@example.com"},
		At: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), ToldBy: "lee@example.com"}
	const event = `{"version":1,"delivery_id":%q,"received_at":"2026-01-05T09:00:00Z"%s,"data":{"type":%q,"data":{"agent_id":9,"call_id":5}}}`
	body := "[" + fmt.Sprintf(event, "d1", `,"agent":{"id":"1"}`, "End_Call") + "," + fmt.Sprintf(event, "d2", "", "End_Call") + "," +
		fmt.Sprintf(event, "d3", "", "Agent_Joined_Call") + "]"
	if resp, answer := w.ask(bob, http.MethodPost, toAdapter, body, "Content-Type: application/json"); resp.StatusCode != http.StatusOK {
		t.Fatalf("answered %d %s", resp.StatusCode, answer)
	}
	events := w.published()
	for _, e := range events {
		if e.ToldBy != bob || e.Agent.Email != bob {
			t.Errorf("%s is told by %q, of %+v", e.ID, e.ToldBy, e.Agent)
		}
	}
	s, _ := session.ApplyAll(session.Session{}, append(events, lees))
	if len(events) != 3 || !s.EndedAt.IsZero() || s.Agents[0].Email != "lee@example.com" || !s.Agents[0].LeftAt.IsZero() {
		t.Errorf("of %d events: it ended %v, with %+v", len(events), s.EndedAt, s.Agents)
	}
}

func TestEventsThatAreNotDurableAreSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	emulatortest.Plan(t, w.faults, `{"pubsub":[{"code":"PERMISSION_DENIED"}]}`)
	body := "[" + newCall("d", bob, "") + "]"
	resp, answer := w.ask(bob, http.MethodPost, toAdapter, body, "Content-Type: application/json")
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "5" {
		t.Errorf("answered %d %s", resp.StatusCode, answer)
	}
	if resp, answer := w.ask(bob, http.MethodPost, toAdapter, body, "Content-Type: application/json"); resp.StatusCode != http.StatusOK {
		t.Errorf("then answered %d %s", resp.StatusCode, answer)
	}
}

// Metrics count what comes by the desk as what comes by the webhook.
func TestALineTellsOfTheEventsThatAreDurable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, usual)
	strange := strings.Replace(newCall("d2", "", ""), "New_Call", "Tea_Break", 1)
	w.ask(bob, http.MethodPost, toAdapter, "["+newCall("d1", "", "")+","+strange+"]", "Content-Type: application/json")
	const want = `"tenant":"demo","source":"ccai-adapter","events":2,"unknown":1,"rejected":`
	if log := w.logged(); strings.Count(log, want) != 1 {
		t.Errorf("the log is %s, want in it once %s", log, want)
	}
}
