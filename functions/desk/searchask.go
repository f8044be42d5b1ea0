package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/signin"
)

// asker makes requests to tenants' CRMs.
type asker struct {
	client *outbound.Client
	signer *signin.Signer
	clock  clock.Clock
}

// finder is one search in one tenant's CRM.
type finder struct {
	asker
	tenant string
	crm    *settings.CRM
	made   int // requests
}

const (
	maxRequests = 8 // of one search
	maxAccounts = 3 // whose records are searched for
	maxAnswer   = 1 << 20
)

// find is what the first request finds that finds anything. Where records are searched for by their account, as in most CRMs, and
// what is known is the customer's, that is searched for first.
func (f *finder) find(ctx context.Context, what string, of []*settings.Endpoint, all []reading) (found, error) {
	list, err := asks(of, all)
	if err != nil {
		return found{}, err
	}
	owners := f.ownersOf(what, of)
	accounts, err := asks(owners, all)
	if err != nil {
		return found{}, err
	}
	if len(list)+len(accounts) == 0 {
		return found{}, notAsked(slices.Concat(of, owners))
	}
	got, err := f.first(ctx, what, list)
	if err != nil || len(got.Hits) > 0 || len(accounts) == 0 {
		return got, err
	}
	return f.ofAccounts(ctx, of, accounts)
}

// ownersOf are the searches for accounts whose records the endpoints can be asked for.
func (f *finder) ownersOf(what string, of []*settings.Endpoint) []*settings.Endpoint {
	list, err := asks(of, []reading{ofAccount("1")})
	if what != record || err != nil || len(list) == 0 {
		return nil
	}
	return searchable(f.crm, account)
}

func ofAccount(id string) reading { return reading{byAccount, crm.Vars{"ACCOUNT_ID": id}} }

// ofAccounts are the records of the first accounts that the requests find.
func (f *finder) ofAccounts(ctx context.Context, of []*settings.Endpoint, accounts []ask) (found, error) {
	owners, err := f.first(ctx, account, accounts)
	if err != nil {
		return found{}, err
	}
	all := found{What: record, By: owners.By, Hits: []hit{}, More: owners.More || len(owners.Hits) > maxAccounts}
	for _, one := range owners.Hits[:min(len(owners.Hits), maxAccounts)] {
		list, err := asks(of, []reading{ofAccount(one.ID)})
		if err != nil {
			return found{}, err
		}
		part, err := f.first(ctx, record, list)
		if err != nil {
			return found{}, err
		}
		all.Hits, all.More = append(all.Hits, part.Hits...), all.More || part.More
	}
	return all, nil
}

// first makes one request after another until one finds anything.
func (f *finder) first(ctx context.Context, what string, list []ask) (found, error) {
	for _, one := range list {
		if f.made++; f.made > maxRequests {
			break
		}
		got, more, err := f.ask(ctx, one)
		if err != nil {
			return found{}, err
		}
		if len(got) > 0 || more {
			return found{What: what, By: one.by, Hits: hits(f.crm, what, got, one.vars), More: more}, nil
		}
	}
	return found{What: what, Hits: []hit{}}, nil
}

// ask makes one request, and once more with a new token where the CRM refused one that it gave us itself.
func (f *finder) ask(ctx context.Context, one ask) (list []crm.Candidate, more bool, err error) {
	resp, req, err := f.send(ctx, one)
	if err == nil && resp.Status == http.StatusUnauthorized && f.crm.OAuth != nil && f.signer.Drop(f.tenant, req) {
		resp, _, err = f.send(ctx, one)
	}
	if err != nil {
		return nil, false, err
	}
	a := crm.Answer{Status: resp.Status, Header: resp.Header, Body: resp.Body, Truncated: resp.Truncated, Sent: one.request}
	switch meaning := crm.MeaningOf(one.endpoint, a); {
	case meaning == settings.MeansNotFound, meaning == "" && a.Status == http.StatusNotFound && crm.ByID(one.endpoint):
		return nil, false, nil
	case meaning == settings.MeansDone, meaning == "" && a.Status >= 200 && a.Status < 300:
		if list, more, err = crm.ReadHits(one.endpoint, one.vars, a); err != nil {
			err = fault.Wrap(fault.Unavailable, err, "the CRM's answer cannot be read: an administrator has to look at the settings of this search")
		}
		return list, more, err
	}
	again, _ := outbound.Waits(resp.Status, resp.Header, f.clock())
	return nil, false, fault.New(fault.Unavailable, refusal(resp.Status)).RetryAfter(again)
}

// refusal is what an agent can make of the CRM's status.
func refusal(status int) string {
	said := fmt.Sprintf("the CRM answered %d %s", status, http.StatusText(status))
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status >= 300 && status < 400:
		return said + ": an administrator has to look at its sign-in"
	case status == http.StatusTooManyRequests, status >= 500:
		return said + ": try again in a moment"
	}
	return said + ": an administrator has to look at the settings of this search"
}

// send signs and sends the request, in the CRM's rate.
func (f *finder) send(ctx context.Context, one ask) (*outbound.Response, *http.Request, error) {
	if err := cloud.Pause(ctx, f.crm.Rate.Spacing()); err != nil {
		return nil, nil, fault.Wrap(fault.Timeout, err, "the search takes too long")
	}
	req, err := one.request.HTTP(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := f.signer.Sign(ctx, f.tenant, f.crm, req); err != nil {
		if errors.Is(err, signin.ErrUnavailable) {
			return nil, nil, fault.Wrap(fault.Unavailable, err, "the CRM's sign-in does not answer: try again in a moment")
		}
		return nil, nil, fault.Wrap(fault.Unavailable, err, "the sign-in at the CRM is not in order: an administrator has to mend it")
	}
	resp, err := f.client.Do(ctx, req, outbound.Limits{Timeout: f.crm.Timeout(), MaxBody: maxAnswer})
	if err != nil {
		return nil, nil, unanswered(err)
	}
	return resp, req, nil
}

func unanswered(err error) error {
	if failure := (*outbound.Error)(nil); errors.As(err, &failure) && failure.Timeout {
		return fault.Wrap(fault.Timeout, err, "the CRM did not answer in time")
	}
	return fault.Wrap(fault.Unavailable, err, "the CRM cannot be reached")
}
