package rt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/rt"
)

// phoneField is by which callers are known.
const phoneField = "CustomField.{ccai_phone}"

// Whole sessions, by the preset, into one Request Tracker. Each has customers and sessions of its own.
func TestSessionsArriveInRequestTracker(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, test := range map[string]func(*testing.T, *rt.Server){
		"a call":                        aCall,
		"a chat":                        aChat,
		"a returning caller":            aReturningCaller,
		"a customer whose name is code": aHostileCustomer,
		"a customer known by mail":      aCustomerKnownByMail,
		"a wrong field in the settings finds no strangers": aWrongField,
		"answers that are lost double nothing":             lostAnswers,
		"a dead session is replayed":                       aReplay,
		"a refusal within 200 needs a person":              aRefusalWithin200,
		"an account that is hidden needs a person":         aHiddenAccount,
		"the files of a chat are attached":                 func(t *testing.T, s *rt.Server) { attachedFiles(t, s, 1014) },
		"the files of a chat are attached as base64":       func(t *testing.T, s *rt.Server) { attachedFiles(t, s, 1015, asBase64) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

func aCall(t *testing.T, s *rt.Server) {
	const phone = "+15550100001"
	w := connect(t, s, s.URL)
	call := w.call(1001, phone)
	w.send(call.Posts...)
	a := w.arrivedOnce(call.Key)
	user := w.users(1, phoneField, phone)[0]
	if fmt.Sprint(user.ID) != a.CRM.AccountID || user.Phone != phone || user.Name != phone || user.RealName != phone {
		t.Errorf("the account %s is %+v", a.CRM.AccountID, user)
	}
	for name, want := range map[string]string{"ccai_channel": "voice_call", "ccai_agent": "kim@demo.example", "ccai_duration": "05:10"} {
		if got := a.ticket.Field(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(a.ticket.Subject, call.Key) || a.ticket.Status != "new" {
		t.Errorf("the ticket is %+v", a.ticket)
	}
	w.says(a, "started at", "A new parcel is on its way.")
	if n := a.steps("comment_"); n != len(a.comments) {
		t.Errorf("%d comments were sent, and the ticket has %d", n, len(a.comments))
	}
	description, err := w.rt.Description(patience(t), a.ticket.ID)
	if err != nil || !strings.Contains(description, call.Key) {
		t.Errorf("the description is %q, %v", description, err)
	}
	for what, page := range map[string]string{"account": a.CRM.AccountURL, "record": a.CRM.RecordURL} {
		if !strings.HasPrefix(page, s.URL+"/") {
			t.Errorf("the %s's page is %q", what, page)
		}
	}
}

// The contact centre knows who chats by an id of its own alone.
func aChat(t *testing.T, s *rt.Server) {
	w := connect(t, s, s.URL)
	chat := demo.Chat(1002, w.cloud.Now())
	w.send(chat.Posts...)
	a := w.arrivedOnce(chat.Key)
	if user := w.users(1, "Name", "ccai-1002")[0]; fmt.Sprint(user.ID) != a.CRM.AccountID || user.Phone != "" {
		t.Errorf("the account %s is %+v", a.CRM.AccountID, user)
	}
	if got := a.ticket.Field("ccai_channel"); got != "chat" {
		t.Errorf("ccai_channel is %q", got)
	}
	w.says(a, "started at")
}

func aReturningCaller(t *testing.T, s *rt.Server) {
	const phone = "+15550100003"
	w := connect(t, s, s.URL)
	createUser(t, s.Client(), "somebody-else", "+15550100999")
	first, second := w.call(1003, phone), w.call(1004, phone)
	w.send(first.Posts...)
	w.send(second.Posts...)
	a, b := w.arrivedOnce(first.Key), w.arrivedOnce(second.Key)
	w.users(1, phoneField, phone)
	if a.CRM.AccountID != b.CRM.AccountID || a.ticket.ID == b.ticket.ID {
		t.Errorf("the calls have the accounts %s and %s, and the tickets %d and %d", a.CRM.AccountID, b.CRM.AccountID, a.ticket.ID, b.ticket.ID)
	}
	if b.steps("create_account") != 0 {
		t.Errorf("the second call made an account: %+v", b.Deliveries)
	}
	// The preset makes a ticket for each session; with reuse_records the open one goes on.
	w.configure(s.URL, func(crm object) { crm["reuse_records"] = true })
	third := w.call(1005, phone)
	w.send(third.Posts...)
	if c := w.session(third.Key); c.CRM.State != "done" || c.CRM.RecordID != fmt.Sprint(b.ticket.ID) || c.steps("create_record") != 0 {
		t.Errorf("with reuse_records the third call has %+v, want ticket %d", c, b.ticket.ID)
	}
}

// Names are code in two languages here: JSON within a query, and the JSON of a body.
func aHostileCustomer(t *testing.T, s *rt.Server) {
	const name = `Kim "K" \ {EMAIL} O'Brien <b>\" {"a":1}`
	const id = `7"},{"field":"Name","value":"root`
	w := connect(t, s, s.URL)
	for _, session := range []int{1006, 1007} {
		w.send(chatOf(session, w.cloud.Now(), object{"customer_name": name, "customer_id": id})...)
	}
	a, b := w.arrivedOnce("chat-1006"), w.arrivedOnce("chat-1007")
	user := w.users(1, "Name", "ccai-"+id)[0]
	if user.RealName != name || fmt.Sprint(user.ID) != a.CRM.AccountID || a.CRM.AccountID != b.CRM.AccountID {
		t.Errorf("the chats are those of %s and %s; the customer is %+v", a.CRM.AccountID, b.CRM.AccountID, user)
	}
}

// Letter case does not matter in addresses, and one search follows the other.
func aCustomerKnownByMail(t *testing.T, s *rt.Server) {
	id := create(t, s.Client(), "/user", object{"Name": "kim", "EmailAddress": "Kim.Park@rt.test"})
	w := connect(t, s, s.URL)
	w.send(chatOf(1013, w.cloud.Now(), object{"customer_id": "70", "customer_cell_phone": "+15550100099", "customer_email": "kim.park@rt.test"})...)
	if a := w.arrivedOnce("chat-1013"); a.CRM.AccountID != id || a.steps("find_account") != 2 || a.steps("create_account") != 0 {
		t.Errorf("the chat is that of %s, not of %s: %+v", a.CRM.AccountID, id, a.Deliveries)
	}
}

// chatOf is a chat of any customer, whose keys are those of Udesk's chats.
func chatOf(id int, at time.Time, customer object) (posts []demo.Post) {
	for _, action := range []string{"ImSubSession_create", "ImSubSession_close"} {
		log := object{"session_id": id, "sub_session_id": id, "platform": "web",
			"agent_id": 1, "agent_email": "kim@demo.example", "created_at": at.Add(-time.Minute).Format(time.RFC3339)}
		maps.Copy(log, customer)
		if action == "ImSubSession_close" {
			log["closed_at"] = at.Format(time.RFC3339)
		}
		body, err := json.Marshal(object{"action": action, "message": object{"im_sub_session_log": log}})
		if err != nil {
			panic(err) // what is made here always has a JSON form
		}
		posts = append(posts, demo.Post{What: action, Source: "udesk-chat", Body: body})
	}
	return posts
}

// Request Tracker answers a search by a field it does not know with everybody. A slip in the settings must not give the
// call to a stranger.
func aWrongField(t *testing.T, s *rt.Server) {
	const phone = "+15550100008"
	createUser(t, s.Client(), "stranger-8", "+15550100888")
	w := connect(t, s, s.URL, func(crm object) {
		search := crm["endpoints"].(object)["find_account"].(object)["parameters"].([]any)[0].(object)
		search["value"] = strings.ReplaceAll(search["value"].(string), "ccai_phone", "ccai_phon")
	})
	call := w.call(1008, phone)
	w.send(call.Posts...)
	if a, user := w.arrivedOnce(call.Key), w.users(1, phoneField, phone)[0]; a.CRM.AccountID != fmt.Sprint(user.ID) {
		t.Errorf("the call is that of the user %s, not of %d", a.CRM.AccountID, user.ID)
	}
}

// The server does what it is told, and the answers to the first creates are lost on the way.
func lostAnswers(t *testing.T, s *rt.Server) {
	const phone = "+15550100009"
	to, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Int32
	way := httputil.NewSingleHostReverseProxy(to)
	way.ModifyResponse = func(resp *http.Response) error {
		creates := slices.Contains([]string{"/REST/2.0/user", "/REST/2.0/ticket"}, resp.Request.URL.Path)
		if creates && resp.StatusCode == http.StatusCreated && lost.Add(1) <= 2 {
			panic(http.ErrAbortHandler)
		}
		return nil
	}
	proxy := httptest.NewServer(way)
	t.Cleanup(proxy.Close)
	w := connect(t, s, proxy.URL)
	call := w.call(1009, phone)
	w.send(call.Posts...)
	w.advance(6 * time.Hour)
	a := w.arrivedOnce(call.Key)
	if user := w.users(1, phoneField, phone)[0]; fmt.Sprint(user.ID) != a.CRM.AccountID {
		t.Errorf("the account %s is %+v", a.CRM.AccountID, user)
	}
	if lost.Load() != 2 || a.steps("find_own_record") != 1 {
		t.Errorf("%d answers were lost, and the deliveries are %+v", lost.Load(), a.Deliveries)
	}
}

func aReplay(t *testing.T, s *rt.Server) {
	w := connect(t, s, s.URL, func(crm object) {
		queue := crm["endpoints"].(object)["create_record"].(object)["parameters"].([]any)[0].(object)
		queue["value"] = "Nowhere"
	})
	call := w.call(1010, "+15550100010")
	w.send(call.Posts...)
	if v := w.session(call.Key); v.CRM.State != "dead" || !strings.Contains(v.CRM.Problem, "403") || !slices.Contains(v.Plan, "create_record") {
		t.Fatalf("with a queue that is not there: %+v", v)
	}
	w.configure(s.URL)
	w.console(http.MethodPost, "/console/api/tenants/demo/sessions/"+call.Key+"/replay", "", nil)
	w.must(w.Drain(patience(t)))
	w.says(w.arrivedOnce(call.Key), "started at", "A new parcel is on its way.")
}

// Request Tracker answers 200 although it did not change the fields that the user may not change.
func aRefusalWithin200(t *testing.T, s *rt.Server) {
	w := connect(t, s, s.URL)
	call := w.call(1011, "+15550100011")
	w.send(call.Posts[:2]...)
	w.configure(s.URL, func(crm object) {
		delete(crm, "headers")
		crm["basic"] = object{"username": "clerk", "password": "secret://rt-clerk"}
	})
	w.send(call.Posts[2:]...)
	if v := w.session(call.Key); v.CRM.State != "dead" || !strings.HasPrefix(v.CRM.Problem, "update_record") {
		t.Errorf("who may not change fields gets %+v", v.CRM)
	}
}

// A disabled user is found by no search, and its name is taken.
func aHiddenAccount(t *testing.T, s *rt.Server) {
	const phone = "+15550100012"
	id := createUser(t, s.Client(), phone, phone)
	if answer := send(t, s.Client(), "DELETE", "/user/"+id, nil); answer.Status != http.StatusNoContent {
		t.Fatalf("disabling: %d %s", answer.Status, answer.Body)
	}
	w := connect(t, s, s.URL)
	call := w.call(1012, phone)
	w.send(call.Posts...)
	w.advance(8 * 24 * time.Hour)
	v := w.session(call.Key)
	if v.CRM.State != "dead" || !strings.Contains(v.CRM.Problem, "already") || len(v.Deliveries) > 20 {
		t.Errorf("a name that is taken by nobody who can be found: %+v", v)
	}
}

// What is written once a session is over becomes attachments of the ticket.
func attachedFiles(t *testing.T, s *rt.Server, session int, changes ...func(crm object)) {
	w := connect(t, s, s.URL, changes...)
	chat := demo.Chat(session, w.cloud.Now())
	w.send(chat.Posts...)
	w.advance(20 * time.Minute)
	a := w.arrivedOnce(chat.Key)
	files := map[string]rt.File{}
	for _, c := range a.comments {
		for _, f := range c.Files {
			if _, twice := files[f.Name]; twice || c.Text != f.Name || len(c.Files) != 1 {
				t.Errorf("the comment %q has the files %v", c.Text, c.Files)
			}
			files[f.Name] = f
		}
	}
	transcript, metadata := files[chat.Key+".txt"], files[chat.Key+".json"]
	if len(files) != 2 || !strings.HasPrefix(transcript.Type, "text/plain") || !bytes.Contains(transcript.Content, []byte("Where is my order?")) ||
		metadata.Type != "application/json" || !json.Valid(metadata.Content) {
		t.Errorf("the ticket has the files %v", files)
	}
	page := a.CRM.RecordID + "#txn-"
	for _, f := range a.CRM.Files {
		if !strings.HasPrefix(f.URL, s.URL+"/Ticket/History.html?id="+page) || strings.HasSuffix(f.URL, page) {
			t.Errorf("%s is at %q", f.Name, f.URL)
		}
	}
	if len(a.CRM.Files) != 2 {
		t.Errorf("the session knows the files %v", a.CRM.Files)
	}
}

// asBase64 is the other form of an upload, as README.md has it.
func asBase64(crm object) {
	upload := crm["endpoints"].(object)["upload"].(object)
	delete(upload, "file_part")
	upload["type"] = "base64"
	upload["parameters"] = []object{
		{"key": "Content", "value": "{FILE_NAME}"},
		{"key": "ContentType", "value": "text/plain"},
		{"key": "Attachments[0].FileName", "value": "{FILE_NAME}"},
		{"key": "Attachments[0].FileType", "value": "{FILE_TYPE}"},
		{"key": "Attachments[0].FileContent", "value": "{FILE_DATA}"},
	}
}

// The server is away while a call and a chat go on, and all of it arrives later.
func TestAnOutageIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := start(t)
	w := connect(t, s, s.URL)
	call, chat := w.call(1, "+15550100013"), demo.Chat(2, w.cloud.Now())
	w.send(call.Posts[:2]...)
	before := w.session(call.Key).CRM
	if before.RecordID == "" {
		t.Fatalf("the call has no ticket yet: %+v", before)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	w.send(call.Posts[2:]...)
	w.send(chat.Posts...)
	for _, key := range []string{call.Key, chat.Key} {
		if v := w.session(key); v.CRM.State != "waiting" || v.CRM.Problem == "" || len(v.Plan) == 0 {
			t.Errorf("while the server is away %s is %+v", key, v)
		}
	}
	if err := s.Start(patience(t)); err != nil {
		t.Fatal(err)
	}
	w.advance(6 * time.Hour)
	a := w.arrivedOnce(call.Key)
	if a.CRM.RecordID != before.RecordID {
		t.Errorf("the call has the ticket %s, and had %s", a.CRM.RecordID, before.RecordID)
	}
	w.says(a, "started at", "A new parcel is on its way.")
	w.says(w.arrivedOnce(chat.Key), "started at")
	w.users(1, phoneField, "+15550100013")
	w.users(1, "Name", "ccai-2")
}
