package flow

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

func lookups() *settings.CRM {
	c := fullCRM()
	c.LookupURLs = settings.LookupURLs{
		Phone: "https://crm.example.com/find?ani={ANI}&queue={MENU_PATH}",
		Web:   "https://crm.example.com/find?uid={CUID}&mail={EMAIL}",
	}
	return c
}

func TestALookupURLHasWhatIsKnownAndOnlyWhileTheSessionGoesOn(t *testing.T) {
	t.Parallel()
	web := running()
	web.Type, web.Customer.Email = "Messaging Inbound (Web Chat)", "kim@example.com"
	tests := map[string]struct {
		from string
		s    session.Session
		want string
	}{
		"by number for a call":     {fromLookup, running(), "https://crm.example.com/find?ani=%2B12223334444"},
		"by address for a chat":    {fromLookup, web, "https://crm.example.com/find?mail=kim%40example.com"},
		"none once it is over":     {fromLookup, ended(), ""},
		"none of somebody unknown": {oursLink, session.Session{Key: "call-1", Channel: session.Call, StartedAt: start}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got, _ := url.QueryUnescape(LookupURL(lookups(), tt.s, session.CRM{}))
			if want, _ := url.QueryUnescape(tt.want); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// A record with a temporary account id is created, and the queue's link is opened.
func TestAnUnknownCustomerHasATemporaryAccountUntilAPersonChooses(t *testing.T) {
	t.Parallel()
	cite(t, fromOpenURL)
	c := lookups()
	c.LookupURLs.Queue = "https://crm.example.com/new?account={ACCOUNT_ID}&phone={PHONE_NUMBER}"
	d := &store.Document{Session: running()}
	sent := drive(t, c, d, map[string]answer{FindAccount: nobody})
	if got := stepsOf(sent); slices.Contains(got, CreateAccount) || !d.CRM.Temporary || !strings.Contains(sent[1].Body, "temporary-call-1") {
		t.Fatalf("sent %v, %+v", got, d.CRM)
	}
	link, err := url.Parse(LookupURL(c, d.Session, d.CRM))
	if err != nil || link.Query().Get("account") != "temporary-call-1" || link.Query().Get("phone") != "+12223334444" {
		t.Errorf("the link is %v, %v", link, err)
	}
	Choose(c, d, "77", "")
	if d.CRM.AccountID != "77" || d.CRM.Temporary {
		t.Errorf("after the choice: %+v", d.CRM)
	}
}
