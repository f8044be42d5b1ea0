package flow

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

var errTest = errors.New("gone")

// full is a session in which everything happened that a comment is made of.
func full() session.Session {
	five := 5
	s := ended()
	s.CustomData = session.Data{Unsigned: json.RawMessage(`{"cart":"3 <items>"}`)}
	s.Transfers = []session.Transfer{{At: start.Add(time.Minute), Kind: session.Warm, From: session.End{AgentID: "1"}, To: session.End{QueuePath: "Returns"}}}
	s.Disposition = &session.Disposition{Code: "SALE", Note: "sold & sent"}
	s.Rating, s.Feedback = &five, "quick"
	s.Survey = []session.Answer{{Question: "Again?", Text: "yes"}}
	return s
}

// commentsOf are the texts of the comments on a session.
func commentsOf(t *testing.T, c *settings.CRM, s session.Session) (texts []string) {
	t.Helper()
	return commentsIn(t, drive(t, c, &store.Document{Session: s}, nil))
}

func commentsIn(t *testing.T, all []session.Sent) (texts []string) {
	t.Helper()
	for _, sent := range all {
		if strings.HasPrefix(sent.Step, commentPrefix) {
			var body struct{ Text string }
			if err := json.Unmarshal([]byte(sent.Body), &body); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, body.Text)
		}
	}
	return texts
}

// eventComments are what each event is commented with, in the order in which the record gets them all.
var eventComments = []struct{ from, event, want string }{
	{fromComment, settings.OnStart, "Call 1 started at 2026-01-05T09:00:00Z."},
	{fromComment, settings.OnCustomData, `Call 1: data of the page, not signed: {"cart":"3 <items>"}`},
	{fromComment, settings.OnTransfer, "Call 1: warm transfer at 2026-01-05T09:01:00Z from agent 1 to queue Returns."},
	{fromComment, settings.OnEnd, "Call 1 ended at 2026-01-05T09:05:00Z, outcome completed."},
	{fromComment, settings.OnDisposition, "Call 1: disposition SALE\nsold & sent"},
	{fromComment, settings.OnRating, "Call 1: rated 5\nquick"},
	{fromComment, settings.OnSurvey, "Call 1: survey\nAgain? yes"},
}

func TestEveryEventHasItsComment(t *testing.T) {
	t.Parallel()
	var all []string
	for _, tt := range eventComments {
		all = append(all, tt.want)
		t.Run(tt.event, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := fullCRM()
			c.CommentOn = []string{tt.event}
			if got := commentsOf(t, c, full()); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("comments are %q, want %q alone", got, tt.want)
			}
		})
	}
	if got := commentsOf(t, fullCRM(), full()); !slices.Equal(got, all) {
		t.Errorf("comments are\n%q, want\n%q", got, all)
	}
}

func TestOnlyWantedCommentsAreMade(t *testing.T) {
	t.Parallel()
	cite(t, fromComment)
	c := fullCRM()
	c.CommentOn, c.HTML = []string{settings.OnDisposition}, true
	d := &store.Document{Session: full()}
	var comments []session.Sent
	for _, sent := range drive(t, c, d, nil) {
		if strings.HasPrefix(sent.Step, commentPrefix) {
			comments = append(comments, sent)
		}
	}
	if len(comments) != 1 || !strings.Contains(comments[0].Body, `disposition SALE\u003cbr\u003esold \u0026amp; sent`) {
		t.Errorf("comments are %+v", comments)
	}
}

func TestAChangedRatingIsCommentedAgainAndNothingElseIs(t *testing.T) {
	t.Parallel()
	cite(t, fromComment)
	d := &store.Document{Session: full()}
	drive(t, fullCRM(), d, nil)
	three := 3
	d.Session.Rating = &three
	sent := stepsOf(drive(t, fullCRM(), d, nil))
	if len(sent) < 1 || !strings.HasPrefix(sent[0], "comment_rating_") || len(sent) > 2 {
		t.Errorf("sent %v", sent)
	}
}

func TestARecordIsUpdatedWhileItsSessionGoesOn(t *testing.T) {
	t.Parallel()
	base := running()
	base.Queue = session.Queue{Path: "Orders"}
	tests := map[string]struct {
		from   string
		on     []string
		change func(*session.Session)
		want   bool
	}{
		"nothing changed":                  {oursChanges, nil, func(*session.Session) {}, false},
		"another queue":                    {fromUpdate, nil, func(s *session.Session) { s.Queue.Path = "Returns" }, true},
		"another queue, not wanted":        {fromUpdate, []string{settings.OnVerified}, func(s *session.Session) { s.Queue.Path = "Returns" }, false},
		"the customer proved who they are": {fromUpdate, nil, func(s *session.Session) { s.Verified = true }, true},
		"an agent took it":                 {oursAgent, []string{}, func(s *session.Session) { s.Agents = []session.Agent{{ID: "1"}} }, true},
		"the session's end":                {fromUpdate, nil, func(s *session.Session) { s.EndedAt = start.Add(time.Minute) }, true},
		"a score":                          {fromUpdate, nil, func(s *session.Session) { five := 5; s.Rating = &five }, true},
		"a rating, not wanted":             {fromUpdate, []string{settings.OnQueue}, func(s *session.Session) { s.Feedback = "good" }, false},
		"the customer, not wanted":         {fromUpdate, []string{settings.OnQueue}, func(s *session.Session) { s.Verified = true }, false},
		"a rating":                         {fromUpdate, nil, func(s *session.Session) { s.Feedback = "good" }, true},
		"what no update is made for":       {oursChanges, nil, func(s *session.Session) { s.Language = "it" }, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			c := fullCRM()
			c.UpdateOn = tt.on
			d := &store.Document{Session: base}
			drive(t, c, d, nil)
			tt.change(&d.Session)
			got := slices.Contains(names(Plan(c, d.Session, d.CRM)), UpdateRecord)
			if got != tt.want {
				t.Errorf("an update is owed: %v", got)
			}
			drive(t, c, d, nil)
			if slices.Contains(names(Plan(c, d.Session, d.CRM)), UpdateRecord) {
				t.Error("it is owed again after it was done")
			}
		})
	}
}

func TestReplayOfOneStep(t *testing.T) {
	t.Parallel()
	d := &store.Document{Session: ended()}
	drive(t, fullCRM(), d, nil)
	for _, wrong := range []string{CreateRecord, FindAccount, "comment_rating_1", ""} {
		if err := ReplayStep(fullCRM(), d, wrong); err == nil {
			t.Errorf("%q can be made again", wrong)
		}
	}
	for _, step := range []string{CommentEnd, UpdateRecord} {
		if err := ReplayStep(fullCRM(), d, step); err != nil {
			t.Fatal(err)
		}
		if got := stepsOf(drive(t, fullCRM(), d, nil)); !slices.Equal(got, []string{step}) {
			t.Errorf("sent %v, want %s alone", got, step)
		}
	}
}

func TestTrialsShowEveryRequestAndWhyOneIsLeftOut(t *testing.T) {
	t.Parallel()
	c := fullCRM()
	c.ReuseRecords = true
	s := ended()
	s.Customer = session.Customer{Name: "Kim"}
	trials := Trials(c, s)
	var got []string
	for _, x := range trials {
		mark := ""
		if x.Left != "" {
			mark = " (left out)"
		}
		got = append(got, x.Step+mark)
	}
	want := []string{"find_account (left out)", CreateAccount, FindRecord, CreateRecord, FindOwnRecord, CommentStart, CommentEnd, UpdateRecord}
	if !slices.Equal(got, want) {
		t.Errorf("trials are %q, want %q", got, want)
	}
	if x := trials[3]; x.Method != "POST" || x.Body != `{"account":"1111"}` {
		t.Errorf("the create is %+v", x)
	}
}
