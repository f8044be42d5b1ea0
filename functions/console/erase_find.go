package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// maxErased bounds how many sessions of a customer are found, and erased, at once.
const maxErased = 50

// foundSession is a session of a customer who is to be erased.
type foundSession struct {
	Key       string         `json:"key"`
	Source    string         `json:"source"`
	Status    session.Status `json:"status"`
	StartedAt time.Time      `json:"started_at,omitzero"`
	Customer  string         `json:"customer,omitempty"`
	Owed      []owed         `json:"owed"`  // what would be given up
	Stays     []stay         `json:"stays"` // what erasing it does not take away
	over      bool
}

// findCustomer answers the sessions of the customer whom the body names: {"who": "+390212345678"}. It is no query, since those
// stand in logs.
func (c *console) findCustomer(w http.ResponseWriter, r *http.Request) error {
	var ask struct {
		Who string `json:"who"`
	}
	if err := asked(r, maxAsked, &ask, `{"who": "+390212345678"}`); err != nil {
		return err
	}
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	found, more, err := c.customer(r.Context(), set, r.PathValue("tenant"), ask.Who)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"sessions": found, "more": more})
}

// customer are the sessions of whom a whole telephone number, mail address or id names; more says that there are more than are
// found at once. A session's key finds that session.
func (c *console) customer(ctx context.Context, set settings.Settings, tenant, who string) (found []foundSession, more bool, err error) {
	who = strings.TrimSpace(who)
	if store.Known(who) == "" {
		return nil, false, fault.New(fault.Unprocessable, "who must be a whole telephone number, mail address, account, record or session, at most 200 bytes long")
	}
	docs, err := c.store.OfCustomer(ctx, tenant, spellings(set, who), maxErased+1)
	if err != nil {
		return nil, false, err
	}
	named, err := c.store.Find(ctx, tenant, "", who)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, false, err
	}
	found = []foundSession{}
	seen := map[string]bool{}
	for _, d := range append(named, docs...) {
		name := d.Session.Source + "/" + d.Session.Key
		if !seen[name] && len(found) < maxErased {
			found = append(found, foundOf(set, d, c.clock()))
		}
		seen[name] = true
	}
	return found, len(seen) > maxErased, nil
}

func foundOf(set settings.Settings, d *store.Document, now time.Time) foundSession {
	s := d.Session
	return foundSession{s.Key, s.Source, s.Status, s.StartedAt, whoIs(s.Customer), owedBy(d, now), staysOf(set, d, false), over(s)}
}

// maxErasures bounds the list of what was erased.
const maxErasures = 100

// erasures answers who erased what and when, the latest first.
func (c *console) erasures(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.tenant(r); err != nil {
		return err
	}
	all, err := c.store.Erasures(r.Context(), r.PathValue("tenant"), maxErasures)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"erased": append([]store.Erasure{}, all...)})
}
