package flow

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

const (
	fromTypes    = "docs.cloud.google.com/contact-center/ccai-platform/docs/session-type-terminology: the types of today and those before release 1.66"
	fromArrival  = "docs.cloud.google.com/contact-center/ccai-platform/docs/kustomer: rules and behaviours, creation of the ticket"
	fromFollowUp = "docs.cloud.google.com/contact-center/ccai-platform/docs/kustomer: rules and behaviours, updates of the ticket"
	oursAlone    = ours + "a voicemail is to be seen to by itself, whenever it is known to be one"
	oursMenu     = ours + "a record of the same menu cannot be looked for while the customer is in the menu"
	oursAdded    = ours + "some records hold several calls and chats, and each of them once"
)

func TestSomeSessionsHaveTheirRecordAtArrival(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, kind, way string
		want            bool
	}{
		"a call of the app":            {fromArrival, "Voice Inbound (Mobile)", "mobile", true},
		"by its older name":            {fromTypes, "Voice Inbound (App)", "mobile", true},
		"a chat of the app":            {fromArrival, "Messaging (Mobile)", "mobile", true},
		"a chat by its older name":     {fromTypes, "messaging inbound (app chat)", "mobile", true},
		"a chat of the page":           {fromArrival, "Messaging Inbound (Web Chat)", "web", true},
		"as quality management has it": {fromTypes, "In-web", "web", true},
		"SMS":                          {fromTypes, "Messaging Inbound (SMS)", "sms", true},
		"WhatsApp is no app":           {fromTypes, "Messaging (WhatsApp)", "mobile", false},
		"the page is not the app":      {fromTypes, "Messaging (Web)", "mobile", false},
		"the IVR":                      {fromArrival, "Voice Inbound (IVR)", "mobile", false},
		"the IVR, begun in the app":    {fromTypes, "Voice Inbound (IVR using Mobile)", "mobile", false},
		"an outbound call":             {fromArrival, "Voice Outbound", "mobile", false},
		"of no known type":             {fromArrival, "", "mobile", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := fullCRM()
			c.Records = settings.RecordPolicy{At: settings.AtAnswer, ArrivalFor: []string{tt.way}}
			s := running()
			s.Type = tt.kind
			if got := slices.Contains(names(Plan(c, s, session.CRM{})), CreateRecord); got != tt.want {
				t.Errorf("a record at arrival: %v, want %v", got, tt.want)
			}
		})
	}
}

// reuser reuses records, of the same menu.
func reuser(p settings.RecordPolicy) *settings.CRM {
	c := fullCRM()
	c.ReuseRecords, c.Records = true, p
	return c
}

func TestWhichRecordIsReused(t *testing.T) {
	t.Parallel()
	atAnswer := settings.RecordPolicy{At: settings.AtAnswer}
	alone := settings.RecordPolicy{NewForVoicemail: true}
	menu := settings.RecordPolicy{Match: []string{"menu"}}
	change := func(s session.Session, f func(*session.Session)) session.Session { f(&s); return s }
	outbound := change(running(), func(s *session.Session) { s.Direction = session.Outbound })
	voicemail := change(ended(), func(s *session.Session) { s.Outcome = session.Voicemail })
	chosen := change(running(), func(s *session.Session) { s.Queue.Path = "Orders" })
	queued := change(running(), func(s *session.Session) { s.Queue.ID = "7" })
	later := session.CRM{AccountID: "1", RecordSearch: session.FoundLater}
	taken := change(running(), func(s *session.Session) { s.ConnectedAt = start.Add(time.Minute) })
	known := session.CRM{AccountID: "1"}
	tests := map[string]struct {
		from   string
		policy settings.RecordPolicy
		s      session.Session
		k      session.CRM
		want   []string
		path   string // of the search
	}{
		"an inbound call looks for its own":         {fromRecord, atAnswer, taken, known, []string{FindRecord, CreateRecord}, "/records"},
		"an outbound call for the latest":           {fromFollowUp, settings.RecordPolicy{}, outbound, known, []string{FindRecord, CreateRecord}, "/latest"},
		"a voicemail for none":                      {fromArrival, alone, voicemail, known, []string{CreateRecord}, ""},
		"a voicemail like any, without that":        {oursAlone, settings.RecordPolicy{}, voicemail, known, []string{FindRecord, CreateRecord}, "/records"},
		"one was found, for a call nobody answered": {oursAlone, alone, running(), later, nil, ""},
		"it was answered then":                      {oursAlone, alone, taken, later, []string{FindRecord, CreateRecord}, "/records"},
		"its caller gave up":                        {oursAlone, alone, ended(), later, []string{FindRecord, CreateRecord}, "/records"},
		"it is a voicemail":                         {oursAlone, alone, voicemail, later, []string{CreateRecord}, ""},
		"not while the customer is in the menu":     {oursMenu, menu, running(), known, nil, ""},
		"a queue of which only the id is known":     {oursMenu, menu, queued, known, []string{FindRecord, CreateRecord}, "/records"},
		"once they have chosen":                     {oursMenu, menu, chosen, known, []string{FindRecord, CreateRecord}, "/records"},
		"or are answered without":                   {oursMenu, menu, taken, known, []string{FindRecord, CreateRecord}, "/records"},
		"or have given up":                          {oursMenu, menu, ended(), known, []string{FindRecord, CreateRecord}, "/records"},
		"an outbound call has no menu":              {oursMenu, menu, outbound, known, []string{FindRecord, CreateRecord}, "/latest"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := reuser(tt.policy)
			c.Endpoints.FindRecordOutbound = endpoint("GET", "/latest", "account", "{ACCOUNT_ID}")
			steps := recordSteps(c, tt.s, tt.k)
			if got := names(steps); !slices.Equal(got, tt.want) {
				t.Fatalf("the record's steps are %v, want %v", got, tt.want)
			}
			if tt.path != "" && steps[0].endpoint.URL != "https://crm.example.com"+tt.path {
				t.Errorf("it asks %s, want %s", steps[0].endpoint.URL, tt.path)
			}
		})
	}
}

// The course of a call whose customer has an open record, and who then leaves a message.
func TestACallThatMayBecomeAVoicemailReusesNothingYet(t *testing.T) {
	t.Parallel()
	cite(t, oursAlone)
	c := reuser(settings.RecordPolicy{NewForVoicemail: true})
	d := &store.Document{Session: running()}
	sent := stepsOf(drive(t, c, d, nil))
	if want := []string{FindAccount, FindRecord}; !slices.Equal(sent, want) || d.CRM.RecordID != "" || d.CRM.State != session.CRMDone {
		t.Fatalf("sent %v, want %v and to wait; then %+v", sent, want, d.CRM)
	}
	d.Session.EndedAt, d.Session.Outcome = start.Add(time.Minute), session.Voicemail
	Owe(settings.Settings{CRM: c}, d, id, start)
	if d.CRM.State != session.CRMPending {
		t.Fatalf("the message is %s", d.CRM.State)
	}
	sent = stepsOf(drive(t, c, d, nil))
	if slices.Contains(sent, FindRecord) || !slices.Contains(sent, CreateRecord) || d.CRM.Reused {
		t.Errorf("then sent %v", sent)
	}
}

func TestAVoicemailThatIsKnownLateLeavesTheReusedRecord(t *testing.T) {
	t.Parallel()
	cite(t, oursAlone)
	c := reuser(settings.RecordPolicy{NewForVoicemail: true})
	d := &store.Document{Session: ended()}
	drive(t, c, d, map[string]answer{FindRecord: said(200, `{"id":5}`)})
	if d.CRM.RecordID != "5" || !d.CRM.Reused {
		t.Fatalf("the record is %q, reused %v", d.CRM.RecordID, d.CRM.Reused)
	}
	d.Session.Outcome = session.Voicemail
	Owe(settings.Settings{CRM: c}, d, id, start)
	sent := stepsOf(drive(t, c, d, nil))
	want := []string{CreateRecord, CommentStart, CommentEnd, UpdateRecord}
	if !slices.Equal(sent, want) || d.CRM.RecordID != "7" || d.CRM.Reused || d.CRM.State != session.CRMDone {
		t.Errorf("sent %v, want %v; then %+v", sent, want, d.CRM)
	}
	if got := names(Plan(c, d.Session, d.CRM)); got != nil {
		t.Errorf("still owed: %v", got)
	}
}

// What a person chose stays, whatever it was before.
func TestAChosenRecordIsNotLeft(t *testing.T) {
	t.Parallel()
	cite(t, oursAlone)
	c := reuser(settings.RecordPolicy{NewForVoicemail: true})
	d := &store.Document{Session: ended()}
	drive(t, c, d, map[string]answer{FindRecord: said(200, `{"id":5}`)})
	Choose(c, d, "", "6")
	d.Session.Outcome = session.Voicemail
	if sent := stepsOf(drive(t, c, d, nil)); slices.Contains(sent, CreateRecord) || d.CRM.RecordID != "6" {
		t.Errorf("sent %v to the record %q", sent, d.CRM.RecordID)
	}
}

func TestASessionIsAddedToItsRecordOnce(t *testing.T) {
	t.Parallel()
	lost := said(http.StatusBadGateway, "")
	taken := said(http.StatusConflict, "")
	again := settings.Meaning{Status: http.StatusConflict, Means: settings.MeansExists}
	tests := map[string]struct {
		from    string
		answers []settings.Meaning
		first   answer // to the first request
		then    answer // to its repeat
		sent    int    // how often
		mark    string
	}{
		"it is recorded":                     {oursAdded, nil, said(201, `{"id":9}`), nobody, 1, sent},
		"its answer is lost, and stays so":   {oursTwice, nil, lost, nobody, 1, perhaps},
		"a repeat is known, and was there":   {oursTwice, []settings.Meaning{again}, lost, taken, 2, sent},
		"a repeat is known, and was not":     {oursTwice, []settings.Meaning{again}, lost, said(201, `{"id":9}`), 2, sent},
		"another run had recorded it before": {oursAdded, []settings.Meaning{again}, taken, nobody, 1, sent},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := fullCRM()
			c.IdempotencyHeader = ""
			c.Endpoints.AddSession = endpoint("POST", "/records/{RECORD_ID}/calls", "id", "{SESSION_KEY}", "key", "{IDEMPOTENCY_KEY}")
			c.Endpoints.AddSession.Answers = tt.answers
			d := &store.Document{Session: running()}
			var all []session.Sent
			for _, a := range []answer{tt.first, tt.then, nobody} {
				all = append(all, drive(t, c, d, map[string]answer{AddSession: a})...)
			}
			added := slices.DeleteFunc(all, func(s session.Sent) bool { return s.Step != AddSession })
			if len(added) != tt.sent || d.CRM.Done[AddSession] != tt.mark || d.CRM.State != session.CRMDone {
				t.Fatalf("sent %d times, want %d; marked %q, want %q; then %s: %s", len(added), tt.sent, d.CRM.Done[AddSession], tt.mark, d.CRM.State, d.CRM.Problem)
			}
			if tt.sent == 2 && added[0].Body != added[1].Body {
				t.Errorf("the repeat is another: %s, then %s", added[0].Body, added[1].Body)
			}
		})
	}
}

// A key of its own for each request, by which a CRM knows a repeat, is the same in the body as in the header.
func TestTheKeyMayStandInTheBody(t *testing.T) {
	t.Parallel()
	cite(t, fromKey)
	c := fullCRM()
	c.Endpoints.Comment = endpoint("POST", "/records/{RECORD_ID}/comments", "key", "{IDEMPOTENCY_KEY}")
	d := &store.Document{Session: ended()}
	seen := map[string]bool{}
	for _, s := range drive(t, c, d, nil) {
		if s.Step != CommentStart && s.Step != CommentEnd {
			continue
		}
		if seen[s.Key] = true; s.Body != `{"key":"`+s.Key+`"}` {
			t.Errorf("the body of %s is %s, want the key %s", s.Step, s.Body, s.Key)
		}
	}
	if len(seen) != 2 {
		t.Errorf("two comments have %d keys", len(seen))
	}
}

func TestTheStartMayBeToldInOnesOwnWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, text, want string }{
		"what is known":     {fromComment, "Number: {PHONE_NUMBER}\nLanguage: {LANG}\nName: {NAME}", "Number: +12223334444\nName: +12223334444"},
		"nothing is known":  {fromComment, "Language: {LANG}", "Call 1 started at 2026-01-05T09:00:00Z."},
		"nothing is wanted": {fromComment, "", "Call 1 started at 2026-01-05T09:00:00Z."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := fullCRM()
			c.CommentOn, c.StartComment = []string{settings.OnStart}, tt.text
			if got := commentsOf(t, c, running()); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("comments are %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSmartActionsAreCommentedOnceTheyAreDone(t *testing.T) {
	t.Parallel()
	cite(t, fromFollowUp)
	c := fullCRM()
	c.CommentOn = []string{settings.OnSmartAction}
	s := running()
	s.Actions = []session.Action{
		{ID: "1", Name: "text", State: session.ActionCompleted, Text: "4711"},
		{ID: "2", Name: "verification", State: session.ActionFailed},
		{ID: "3", Name: "photo"},
	}
	want := []string{"Call 1: smart action text completed:\n4711", "Call 1: smart action verification failed"}
	if got := commentsOf(t, c, s); !slices.Equal(got, want) {
		t.Errorf("comments are %q, want %q", got, want)
	}
}
