package flow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
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
	for _, name := range accountLeases(u.crm, doc.Session) {
		held, ok, err := u.Store.Lease(ctx, u.id.Tenant, name, u.holder, now, now.Add(work.LeaseFor(work.CRM)))
		if err != nil {
			return false, err
		}
		lapsed := slices.Contains(u.locked, name) && !held // another may have made the account since we looked
		if !slices.Contains(u.locked, name) {
			u.locked = append(u.locked, name) // more of them, when the customer became better known on the way
		}
		if !ok || lapsed && n.step.Name == CreateAccount {
			u.release(ctx)
			return false, nil
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

// putOff ends the run before its step was sent; a new task comes when the time is over. why is for people; empty: it is soon.
func (u *run) putOff(ctx context.Context, by time.Duration, why string) (*store.Document, error) {
	return u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		now := u.Clock()
		if err := work.Hold(d, work.CRM, u.holder, now); err != nil {
			return store.Change{}, err
		}
		if !d.CRM.Doubt {
			d.CRM.InFlight = nil
		}
		if why != "" {
			d.CRM.Problem, d.CRM.NextAttemptAt = why, now.Add(by)
		}
		work.EndUntil(d, u.id, work.CRM, now.Add(by))
		return store.Change{}, nil
	})
}

// accountLeases name the leases by all that accounts are looked up by, in one order for all, hashed, since the name is no
// place for personal data. A number or an address counts in one form, whatever variable has it.
func accountLeases(c *settings.CRM, s session.Session) (names []string) {
	v := crm.VarsOf(c, s, session.CRM{})
	number := func(raw string) string {
		n := phone.Parse(raw, c.Phone.Region)
		return cmp.Or(n.E164(), n.Digits())
	}
	known := []string{
		"phone " + number(cmp.Or(s.Customer.Phone, s.Customer.PhoneRaw)), "phone " + number(v["SDK_PHONE"]),
		"email " + strings.ToLower(v["EMAIL"]), "email " + strings.ToLower(v["SDK_EMAIL"]),
		"id " + v["UJET_ID"], "id " + v["CUID"], "id " + v["CUSTOM_USER_ID"], "id " + v["SDK_IDENTIFIER"],
		"account " + s.Customer.AccountID,
	}
	for _, key := range known {
		if strings.HasSuffix(key, " ") {
			continue
		}
		sum := sha256.Sum256([]byte(key))
		names = append(names, "account-"+hex.EncodeToString(sum[:16]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
