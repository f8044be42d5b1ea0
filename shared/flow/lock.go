package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// putOffFor is how long a session waits for another that looks for the same account.
const putOffFor = 2 * time.Second

// lockAccount takes the lease on the customer whose account the step finds or makes: two sessions of one new customer at
// the same moment must not make two accounts. It returns false while another session holds it.
func (u *run) lockAccount(ctx context.Context, doc *store.Document, n *next) (bool, error) {
	name := accountLease(doc.Session.Customer)
	if !n.step.ofAccount() || name == "" {
		return true, nil // nobody else can be looking for a customer of whom nothing is known
	}
	now := u.Clock()
	ok, err := u.Store.Lease(ctx, u.id.Tenant, name, u.holder, now, now.Add(work.LeaseFor(work.CRM)))
	if ok && !slices.Contains(u.locked, name) {
		u.locked = append(u.locked, name) // a second one, when the customer became better known on the way
	}
	return ok, err
}

// unlockAccount gives the lease back once the account is settled. While it is not known whether an account was made, the
// lease is left to run out: the CRM may still be at it.
func (u *run) unlockAccount(ctx context.Context, doc *store.Document, following *next) {
	if following != nil && following.step.ofAccount() || doc.CRM.InFlight != nil && doc.CRM.InFlight.Step == CreateAccount {
		return
	}
	for _, name := range u.locked {
		if err := u.Store.Release(ctx, u.id.Tenant, name, u.holder); err != nil {
			u.Log.WarnContext(ctx, "an account's lease is left to run out", "error", err)
		}
	}
	u.locked = nil
}

// putOff ends the run before its step was sent; a new task comes soon.
func (u *run) putOff(ctx context.Context) (*store.Document, error) {
	return u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock()
		if err := work.Hold(d, work.CRM, u.holder, now); err != nil {
			return store.Change{}, err
		}
		if !d.CRM.Doubt {
			d.CRM.InFlight = nil
		}
		work.EndUntil(d, u.id, work.CRM, now.Add(putOffFor))
		return store.Change{}, nil
	})
}

// accountLease names the lease by what accounts are looked up by, hashed, since the name is no place for personal data.
func accountLease(c session.Customer) string {
	for _, key := range []string{c.Phone, c.Email, c.ID} {
		if key != "" {
			sum := sha256.Sum256([]byte(key))
			return "account-" + hex.EncodeToString(sum[:16])
		}
	}
	return ""
}
