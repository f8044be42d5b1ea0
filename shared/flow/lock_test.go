package flow

import (
	"slices"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// Two sessions of one customer must meet at a lease, by whatever each of them knows the customer.
func TestSessionsOfOneCustomerMeetAtALease(t *testing.T) {
	t.Parallel()
	italy := &settings.CRM{Phone: settings.Phone{Region: "IT"}}
	tests := map[string]struct {
		from string
		a, b session.Customer
		meet bool
	}{
		"one number in two forms":          {oursLeases, session.Customer{Phone: "+393393669393"}, session.Customer{PhoneRaw: "339 366 9393"}, true},
		"one address in two cases":         {oursLeases, session.Customer{Email: "Kim@example.com"}, session.Customer{Email: "kim@example.com"}, true},
		"one of several they are known by": {oursLeases, session.Customer{Phone: "+393393669393", Email: "kim@example.com"}, session.Customer{Email: "kim@example.com", ID: "5"}, true},
		"two customers":                    {oursLeases, session.Customer{Phone: "+393393669393"}, session.Customer{Phone: "+393393669394"}, false},
		"nobody is known":                  {oursLeases, session.Customer{PhoneRaw: "anonymous"}, session.Customer{PhoneRaw: "anonymous"}, false},
		"an account's id is no customer's": {oursLeases, session.Customer{ID: "5"}, session.Customer{AccountID: "5"}, false},
		"one account":                      {oursLeases, session.Customer{AccountID: "5"}, session.Customer{AccountID: "5", Email: "kim@example.com"}, true},
		"an id is no number":               {oursLeases, session.Customer{ID: "393393669393"}, session.Customer{Phone: "+393393669393"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			a, b := accountLeases(italy, session.Session{Customer: tt.a}), accountLeases(italy, session.Session{Customer: tt.b})
			if got := slices.ContainsFunc(a, func(n string) bool { return slices.Contains(b, n) }); got != tt.meet {
				t.Errorf("they meet: %v (%v and %v)", got, a, b)
			}
			if !slices.IsSorted(a) {
				t.Errorf("not in one order: %v", a)
			}
		})
	}
}
