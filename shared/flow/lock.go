package flow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/phone"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// putOffFor is how long a session waits for another that looks for the same account.
const putOffFor = 2 * time.Second

// lockAccount takes the leases on the customer whose account the step finds or makes: two sessions of one new customer at
// the same moment must not make two accounts, by whatever each knows the customer. It returns false while another session
// holds one of them; then it holds none, so that nobody waits in a circle.
func (u *run) lockAccount(ctx context.Context, doc *store.Document, n *next) (bool, error) {
	if !n.step.ofAccount() {
		return true, nil
	}
	now := u.Clock()
	for _, name := range accountLeases(u.crm.Phone, doc.Session.Customer) {
		ok, err := u.Store.Lease(ctx, u.id.Tenant, name, u.holder, now, now.Add(work.LeaseFor(work.CRM)))
		if err != nil {
			return false, err
		}
		if !ok {
			u.release(ctx)
			return false, nil
		}
		if !slices.Contains(u.locked, name) {
			u.locked = append(u.locked, name) // more of them, when the customer became better known on the way
		}
	}
	return true, nil
}

// unlockAccount gives the lease back once the account is settled. While it is not known whether an account was made, the
// lease is left to run out: the CRM may still be at it.
func (u *run) unlockAccount(ctx context.Context, doc *store.Document, following *next) {
	if following != nil && following.step.ofAccount() || doc.CRM.InFlight != nil && doc.CRM.InFlight.Step == CreateAccount {
		return
	}
	u.release(ctx)
}

func (u *run) release(ctx context.Context) {
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

// accountLeases name the leases by all that accounts are looked up by, in one order for all, hashed, since the name is no
// place for personal data. A number counts in one form, however it came.
func accountLeases(p settings.Phone, c session.Customer) (names []string) {
	number := phone.Parse(cmp.Or(c.Phone, c.PhoneRaw), p.Region)
	for kind, key := range map[string]string{"phone": cmp.Or(number.E164(), number.Digits()), "email": strings.ToLower(c.Email), "id": c.ID} {
		if key != "" {
			sum := sha256.Sum256([]byte(kind + "\x00" + key))
			names = append(names, "account-"+hex.EncodeToString(sum[:16]))
		}
	}
	slices.Sort(names)
	return names
}
