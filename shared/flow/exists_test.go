package flow_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// conflicting creates customers and conversations of whose values Kustomer takes none twice
// (https://developer.kustomer.com/api/core-resources/get-customer-by-phone-number: unique across the organisation), and
// searches again where it answers 409. ALSO stands for further searches.
const conflicting = `{
	"queue": "crm", "retry": "safe", "comment_on": [],
	"headers": [{"name": "Authorization", "prefix": "Bearer ", "secret": "secret://canary-key"}],
	"endpoints": {
		"find_account": {"method": "GET", "url": "KUSTOMER/v1/customers/phone={PHONE_NUMBER}", "response_data_location": "data"}, ALSO
		"create_account": {"method": "POST", "url": "KUSTOMER/v1/customers", "response_data_location": "data",
			"parameters": [{"key": "name", "value": "{NAME}"}, {"key": "phones[0].phone", "value": "{PHONE_NUMBER}"}, {"key": "emails[0].email", "value": "{EMAIL}"}],
			"answers": [{"status": 409, "means": "exists"}]},
		"find_own_record": {"method": "GET", "url": "KUSTOMER/v1/conversations/externalId={SESSION_KEY}", "response_data_location": "data"},
		"create_record": {"method": "POST", "url": "KUSTOMER/v1/conversations", "response_data_location": "data",
			"parameters": [{"key": "customer", "value": "{ACCOUNT_ID}"}, {"key": "externalId", "value": "{SESSION_KEY}"}],
			"answers": [{"status": 409, "means": "exists"}]}
	}
}`

const alsoByEmail = `"find_account_also": [{"method": "GET", "url": "KUSTOMER/v1/customers/email={EMAIL}", "response_data_location": "data"}],`

func TestWhatIsThereAlreadyIsLookedForAgain(t *testing.T) {
	t.Parallel()
	byPhone := `{"name":"By phone","phones":[{"phone":"+12223334444"}]}`
	byEmail := `{"name":"By email","emails":[{"email":"kim@example.com"}]}`
	tests := map[string]struct {
		from, also, faults string
		there              []string // customers, before
		meanwhile          []string // and what others make between the search and the create
		state              session.CRMState
		account            string // its name
	}{
		"the number is one customer's, the address another's: the number's": {oursInOrder, alsoByEmail, "{}", []string{byPhone, byEmail}, nil, session.CRMDone, "By phone"},
		"the address alone is known: the address's":                         {oursInOrder, alsoByEmail, "{}", []string{byEmail}, nil, session.CRMDone, "By email"},
		"another makes the customer in between: that one":                   {fromUnique, alsoByEmail, "{}", nil, []string{byPhone}, session.CRMDone, "By phone"},
		"others make both in between: the number's":                         {fromUnique, alsoByEmail, "{}", nil, []string{byEmail, byPhone}, session.CRMDone, "By phone"},
		"the address is another's, and no search asks for it: a person":     {oursNoGuess, "", "{}", []string{byEmail}, nil, session.CRMDead, ""},
		"the search's answer was lost before: that one":                     {oursInOrder, alsoByEmail, `{"kustomer":[{"mode":"reset","match":"GET /v1/customers"}]}`, []string{byPhone}, nil, session.CRMDone, "By phone"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			w := connect(t, strings.Replace(conflicting, "ALSO", tt.also, 1))
			for _, customer := range tt.there {
				w.post(t, "/v1/customers", customer)
			}
			emulatortest.Plan(t, w.faults, tt.faults)
			w.before("POST /v1/customers", func() {
				for _, customer := range tt.meanwhile {
					w.post(t, "/v1/customers", customer)
				}
			})
			w.tell(t, func(s *session.Session) { s.Customer.Email = "kim@example.com" })
			d := w.wake(t)
			if d.CRM.State == session.CRMWaiting {
				d = w.wake(t)
			}
			account := ""
			for _, c := range w.Snapshot().Customers {
				if c.ID == d.CRM.AccountID {
					account = c.Text("name")
				}
			}
			if d.CRM.State != tt.state || account != tt.account {
				t.Errorf("%s (%s) with the account %q, want %s with %q", d.CRM.State, d.CRM.Problem, account, tt.state, tt.account)
			}
			if n := len(w.Snapshot().Customers); n != len(tt.there)+len(tt.meanwhile) {
				t.Errorf("there are %d customers: %v", n, w.asked())
			}
		})
	}
}

// Nobody is guessed: the session waits for a person, who chooses, and goes on with whom they chose.
func TestAConflictThatNoSearchFindsIsForAPerson(t *testing.T) {
	t.Parallel()
	w := connect(t, strings.Replace(conflicting, "ALSO", "", 1))
	w.post(t, "/v1/customers", `{"name":"By email","emails":[{"email":"kim@example.com"}]}`)
	w.tell(t, func(s *session.Session) { s.Customer.Email = "kim@example.com" })
	d := w.wake(t)
	if d.CRM.State != session.CRMDead || !strings.Contains(d.CRM.Problem, "there already") || !strings.Contains(d.CRM.Problem, "each value that the create sends") {
		t.Fatalf("%s: %s", d.CRM.State, d.CRM.Problem)
	}
	if made := w.delivered(t, flow.CreateAccount); len(made) != 1 || made[0].Status != 409 {
		t.Errorf("created %+v, want once, and answered with 409", made)
	}
	there := w.Snapshot().Customers[0].ID
	_, err := w.runner.Store.Update(t.Context(), callID, func(d *store.Document) (store.Change, error) {
		flow.Choose(w.set.CRM, d, there, "")
		flow.Owe(w.set, d, callID, w.clock.Now())
		return store.Change{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d = w.wake(t); d.CRM.State != session.CRMDone || d.CRM.AccountID != there || d.CRM.RecordID == "" {
		t.Errorf("%s (%s) with %q", d.CRM.State, d.CRM.Problem, d.CRM.AccountID)
	}
}

// A conversation that was made by a request whose answer was lost is found by the id it was given.
func TestARecordThatIsThereAlreadyIsOurs(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"its answer was lost":              `{"kustomer":[{"mode":"reset","after":true,"match":"POST /v1/conversations"}]}`,
		"and so was the search's after it": `{"kustomer":[{"mode":"reset","after":true,"match":"POST /v1/conversations"},{"status":404,"match":"GET /v1/conversations/"}]}`,
	}
	for name, faults := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := connect(t, strings.Replace(conflicting, "ALSO", "", 1))
			emulatortest.Plan(t, w.faults, faults)
			w.tell(t, func(*session.Session) {})
			if d := w.wake(t); d.CRM.State != session.CRMWaiting || !d.CRM.Doubt && d.CRM.InFlight == nil {
				t.Fatalf("%s (%s)", d.CRM.State, d.CRM.Problem)
			}
			d := w.wake(t)
			all := w.Snapshot().Conversations
			if d.CRM.State != session.CRMDone || len(all) != 1 || d.CRM.RecordID != all[0].ID {
				t.Errorf("%s (%s) with %q of %d: %v", d.CRM.State, d.CRM.Problem, d.CRM.RecordID, len(all), w.asked())
			}
		})
	}
}
