package desk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/settings"
)

// What an agent may search the CRM for.
const (
	account = "account"
	record  = "record"
)

// hit is an account or record that the CRM has.
type hit struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"`
	URL   string `json:"url,omitempty"`   // the page for people (crm.account_url, crm.record_url)
	Frame string `json:"frame,omitempty"` // what the CRM's frame in the desk shows, where there is one
}

// found is the answer to a search.
type found struct {
	What string `json:"what"`
	By   string `json:"by,omitempty"` // as what q was read by the search that found them, in words
	Hits []hit  `json:"hits"`
	More bool   `json:"more,omitempty"` // the CRM has more than these
}

// search is POST {"what": "account", "q": "+39 02 1234 5678"}: who or what the CRM has by a telephone number, a mail address, an
// id or a name, asked by the endpoints that sessions are. It is no GET, whose address, with the customer's number in it, would
// stand in the platform's log. 422 says by what can be searched.
func (s *server) search(w http.ResponseWriter, r *http.Request, who agent) error {
	set, err := s.tenant(r)
	if err != nil {
		return err
	}
	what, q, err := sought(r)
	if err != nil {
		return err
	}
	of, err := endpointsOf(set.CRM, what)
	if err != nil {
		return err
	}
	if wait := s.searches.wait(r.PathValue("tenant"), who, s.clock()); wait > 0 {
		return fault.New(fault.TooMany, "the CRM is asked too often: wait a moment").RetryAfter(wait)
	}
	ctx, stop := context.WithTimeout(r.Context(), searchTime)
	defer stop()
	f := &finder{asker: s.asker, tenant: r.PathValue("tenant"), crm: set.CRM}
	all, err := f.find(ctx, what, of, readings(set.CRM, q))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, all)
}

const (
	searchTime = 20 * time.Second // that the agent waits at most
	maxQuery   = 200              // bytes of what is searched by
)

// sought is what a request asks for.
func sought(r *http.Request) (what, q string, err error) {
	var ask struct {
		What string `json:"what"`
		Q    string `json:"q"`
	}
	const example = `{"what": "account", "q": "+390212345678"}`
	if err := read(r, &ask, example); err != nil {
		return "", "", err
	}
	if ask.What != account && ask.What != record {
		return "", "", fault.New(fault.Malformed, "the body must be "+example).At("what", `must be "account" or "record"`)
	}
	q = nameOf(ask.Q) // one line, of what can be seen
	if q == "" || len(ask.Q) > maxQuery {
		return "", "", fault.New(fault.Unprocessable, "there is nothing to search by, or too much: write a telephone number, a mail address, an id or a name").
			At("q", "must be a text of 1 to 200 bytes")
	}
	return ask.What, q, nil
}

// endpointsOf are those by which the tenant's CRM is searched, in their order.
func endpointsOf(c *settings.CRM, what string) ([]*settings.Endpoint, error) {
	if all := searchable(c, what); len(all) > 0 {
		return all, nil
	}
	return nil, fault.New(fault.Unprocessable, "the settings have no search for this: crm.endpoints needs a find_"+what)
}

func searchable(c *settings.CRM, what string) (all []*settings.Endpoint) {
	if c == nil {
		return nil
	}
	e := &c.Endpoints
	if what == account {
		all = append([]*settings.Endpoint{e.FindAccountByID, e.FindAccount}, e.FindAccountAlso...)
	} else {
		all = []*settings.Endpoint{e.FindOwnRecord, e.FindRecord, e.FindRecordOutbound}
	}
	return slices.DeleteFunc(all, func(one *settings.Endpoint) bool { return one == nil })
}

// hits are what was found, with their pages for people.
func hits(c *settings.CRM, what string, list []crm.Candidate, known crm.Vars) []hit {
	all := []hit{}
	for _, one := range list {
		h := hit{ID: one.ID, Name: one.Label}
		if what == account {
			h.URL = crm.Link(c.AccountURL, crm.Vars{"ACCOUNT_ID": one.ID})
			h.Frame = h.URL
		} else {
			v := crm.Vars{"RECORD_ID": one.ID, "ACCOUNT_ID": known["ACCOUNT_ID"]}
			h.URL, h.Frame = crm.Link(c.RecordURL, v), recordFrame(c, v)
		}
		if c.PageURL == "" {
			h.Frame = ""
		}
		all = append(all, h)
	}
	return all
}

// recordFrame is what the CRM's frame shows of a record: the page that the settings have for one, or the record's own.
func recordFrame(c *settings.CRM, v crm.Vars) string {
	if strings.Contains(strings.ToUpper(c.PageURL), "{RECORD_ID}") {
		return crm.Link(c.PageURL, v)
	}
	return crm.Link(c.RecordURL, v)
}

// searchView is what the page has of the search; nil where the settings have none.
type searchView struct{ Accounts, Records bool }

func searchOf(c *settings.CRM) *searchView {
	v := searchView{len(searchable(c, account)) > 0, len(searchable(c, record)) > 0}
	if v == (searchView{}) {
		return nil
	}
	return &v
}
