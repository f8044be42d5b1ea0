package flow_test

import (
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// assigning has each conversation assigned to the agent who has the call (docs.cloud.google.com, CCAI Platform, "Kustomer":
// session events), who is found among Kustomer's users by their address.
const assigning = `{
	"queue": "crm", "retry": "safe", "skip_account_creation": true, "comment_on": [], "update_on": [],
	"headers": [{"name": "Authorization", "prefix": "Bearer ", "secret": "secret://canary-key"}],
	"endpoints": {
		"find_account": {"method": "GET", "url": "KUSTOMER/v1/customers/phone={PHONE_NUMBER}", "response_data_location": "data"},
		"find_agent": {"method": "GET", "url": "KUSTOMER/v1/users", "parameters": [{"key": "email", "value": "{AGENT_EMAIL}"}],
			"response_data_location": "data", "verify": [{"field": "attributes.email", "equals": "{AGENT_EMAIL}"}]},
		"create_record": {"method": "POST", "url": "KUSTOMER/v1/conversations", "response_data_location": "data",
			"parameters": [{"key": "customer", "value": "{ACCOUNT_ID}"}, {"key": "assignedUsers[0]", "value": "{CRM_AGENT_ID}"}]},
		"update_record": {"method": "PUT", "url": "KUSTOMER/v1/conversations/{RECORD_ID}", "parameters": [
			{"key": "name", "value": "{TICKET_SUBJECT}"}, {"key": "assignedUsers[0]", "value": "{CRM_AGENT_ID}"}]}
	}
}`

// answeredBy has agents come to the call, one after another.
func answeredBy(emails ...string) func(*session.Session) {
	return func(s *session.Session) {
		for _, email := range emails {
			s.ConnectedAt = nine
			s.Agents = append(s.Agents, session.Agent{ID: "a" + email[:1], Email: email, JoinedAt: nine})
		}
	}
}

// office is a Kustomer with two users, and a customer.
func office(t *testing.T, crm string) (w *connected, kim, lee string) {
	t.Helper()
	w = connect(t, crm)
	w.post(t, "/v1/customers", `{"name":"Kim Lee","phones":[{"phone":"+12223334444"}]}`)
	var ids [2]string
	for i, email := range []string{"kim@example.com", "lee@example.com"} {
		var err error
		if ids[i], err = w.AddUser(email[:3], email); err != nil {
			t.Fatal(err)
		}
	}
	return w, ids[0], ids[1]
}

// assigned is whom the one conversation is assigned to.
func (w *connected) assigned(t *testing.T) string {
	t.Helper()
	all := w.Snapshot().Conversations
	if len(all) != 1 {
		t.Fatalf("there are %d conversations, want one", len(all))
	}
	users, _ := all[0].Attributes["assignedUsers"].([]any)
	var ids []string
	for _, id := range users {
		ids = append(ids, id.(string))
	}
	return strings.Join(ids, " ")
}

// searches counts how often users were searched for.
func (w *connected) searches() (n int) {
	for _, r := range w.Snapshot().Requests {
		if r.Path == "/v1/users" {
			n++
		}
	}
	return n
}

func TestTheRecordIsAssignedToWhoeverHasTheCall(t *testing.T) {
	t.Parallel()
	w, kim, lee := office(t, assigning)
	steps := []struct {
		from     string
		what     string
		change   func(*session.Session)
		assigned string
		searches int
	}{
		{fromAssigning, "at arrival nobody has it", func(*session.Session) {}, "", 0},
		{fromAssigning, "kim answers", answeredBy("kim@example.com"), kim, 1},
		{fromAssigning, "it goes to lee", answeredBy("lee@example.com"), lee, 2},
		{fromAssigning, "and back to kim, who is known", answeredBy("kim@example.com"), kim, 2},
	}
	for _, step := range steps {
		cite(t, step.from)
		w.tell(t, step.change)
		if d := w.wake(t); d.CRM.State != session.CRMDone {
			t.Fatalf("%s: %s (%s)", step.what, d.CRM.State, d.CRM.Problem)
		}
		if got := w.assigned(t); got != step.assigned || w.searches() != step.searches {
			t.Errorf("%s: assigned to %q after %d searches, want %q after %d", step.what, got, w.searches(), step.assigned, step.searches)
		}
	}
}

// Whom the CRM does not know, or does not tell us of, keeps no session from its record.
func TestAnAgentWhoIsNotFoundHoldsUpNothing(t *testing.T) {
	t.Parallel()
	noRole := strings.Replace(assigning, "secret://canary-key", "secret://no-users", 1)
	tests := map[string]struct {
		from, crm, faults string
		agent             string
		waits             int // how many attempts end before it is let go
		verdict           store.Verdict
	}{
		"nobody has the address":            {oursStrangers, assigning, "{}", "eve@example.com", 0, store.Done},
		"the key may not see users":         {fromRoles, noRole, "{}", "kim@example.com", 0, store.Dead},
		"the search is refused":             {oursStrangers, assigning, `{"kustomer":[{"status":400,"match":"/v1/users"}]}`, "kim@example.com", 0, store.Dead},
		"the answer cannot be read":         {oursStrangers, assigning, `{"kustomer":[{"mode":"garbage","match":"/v1/users"}]}`, "kim@example.com", 0, store.Dead},
		"its limit is used up, and it ends": {fromLimits, assigning, `{"kustomer":[{"status":429,"match":"/v1/users"}]}`, "kim@example.com", 1, store.Done},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w, kim, _ := office(t, tt.crm)
			emulatortest.Plan(t, w.faults, tt.faults)
			w.tell(t, answeredBy(tt.agent))
			waited := 0
			d := w.wake(t)
			for ; d.CRM.State == session.CRMWaiting && waited < 3; waited++ {
				d = w.wake(t)
			}
			want := ""
			if tt.agent == "kim@example.com" && tt.verdict == store.Done {
				want = kim
			}
			made := w.delivered(t, "find_agent")
			last := made[len(made)-1]
			if d.CRM.State != session.CRMDone || w.assigned(t) != want || last.Verdict != tt.verdict || (last.Problem == "") != (tt.verdict == store.Done) {
				t.Errorf("%s (%s), assigned to %q, the last delivery %+v", d.CRM.State, d.CRM.Problem, w.assigned(t), last)
			}
			if waited != tt.waits {
				t.Errorf("it waited %d times, want %d", waited, tt.waits)
			}
			w.tell(t, func(s *session.Session) { s.EndedAt, s.Outcome = nine.Add(time.Minute), session.Completed })
			before := w.searches()
			if d = w.wake(t); d.CRM.State != session.CRMDone || w.searches() != before {
				t.Errorf("afterwards: %s, searched for again %d times", d.CRM.State, w.searches()-before)
			}
		})
	}
}

// Once more of an agent is known, such as their address, they are searched for again, also where the call is over.
func TestAnAgentOfWhomMoreIsKnownIsSearchedForAgain(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]bool{"while the call goes on": false, "after it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, kim, _ := office(t, assigning)
			w.tell(t, func(s *session.Session) {
				s.ConnectedAt, s.Agents = nine, []session.Agent{{ID: "1"}}
				if ended {
					s.EndedAt, s.Outcome = nine, session.Completed
				}
			})
			if d := w.wake(t); d.CRM.State != session.CRMDone || w.searches() != 0 || w.assigned(t) != "" {
				t.Fatalf("without an address: %s, %d searches", d.CRM.State, w.searches())
			}
			w.tell(t, func(s *session.Session) { s.Agents[0].Email = "kim@example.com" })
			d := w.wake(t)
			if d.CRM.State != session.CRMDone || w.assigned(t) != kim || len(d.CRM.Agents) != 2 {
				t.Errorf("with one: %s, assigned to %q, remembered %v", d.CRM.State, w.assigned(t), d.CRM.Agents)
			}
			for key := range d.CRM.Agents {
				if strings.Contains(key, "kim") {
					t.Errorf("the key %q has personal data in it", key)
				}
			}
		})
	}
}

// A key that may see users at last is given in time: a person's replay assigns the record.
func TestAReplayFindsAnAgentWhoWasLetGo(t *testing.T) {
	t.Parallel()
	w, kim, _ := office(t, assigning)
	emulatortest.Plan(t, w.faults, `{"kustomer":[{"status":403,"match":"/v1/users"}]}`)
	w.tell(t, func(s *session.Session) {
		answeredBy("kim@example.com")(s)
		s.EndedAt, s.Outcome = nine, session.Completed
	})
	if d := w.wake(t); d.CRM.State != session.CRMDone || w.assigned(t) != "" {
		t.Fatalf("before: %s, assigned to %q", d.CRM.State, w.assigned(t))
	}
	_, err := w.runner.Store.Update(t.Context(), callID, func(d *store.Document) (store.Change, error) {
		flow.Replay(w.set.CRM, d)
		flow.Owe(w.set, d, callID, w.clock.Now())
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := w.wake(t); d.CRM.State != session.CRMDone || w.assigned(t) != kim {
		t.Errorf("after: %s, assigned to %q", d.CRM.State, w.assigned(t))
	}
}
