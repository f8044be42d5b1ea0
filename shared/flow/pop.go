package flow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// pop is something of the session that an agent's desk is to show ("Custom CRM", screen pop).
type pop struct {
	agent   string // mail address: whose desk
	mark    string // in session.CRM.Done once it is there,
	what    string // with this
	command desk.Command
}

// popsOwed are those that are not on the agents' desks yet: for each agent who is in the session now, while it goes on, the
// record once there is one, and the lookup link where the CRM does not know the customer; and what was received (media). It is
// computed from what is, never from what happened: so whoever takes over sees the record too, no lost or late event hides
// it, and another record is shown in its turn. It is pure.
func popsOwed(set settings.Settings, d *store.Document, id store.ID, now time.Time) (owed []pop) {
	if set.Desk == nil || set.CRM == nil {
		return nil
	}
	var shown []desk.Command
	if d.Session.EndedAt.IsZero() {
		shown = shows(set.CRM, d, id)
	}
	for _, a := range d.Session.Agents {
		if !Attends(d.Session, a.Email, now) {
			continue
		}
		for _, c := range shown {
			if p := (pop{a.Email, markFor(c.Kind, a.Email), hash(c.URL), c}); d.CRM.Done[p.mark] != p.what {
				owed = append(owed, p)
			}
		}
		owed = append(owed, mediaOwed(set.Storage, d, id, a.Email)...)
	}
	return owed
}

// shows are what every agent of the session is to see.
func shows(c *settings.CRM, d *store.Document, id store.ID) (all []desk.Command) {
	of := id.Source + "/" + id.Key
	if d.CRM.RecordURL != "" {
		all = append(all, desk.Command{Kind: desk.Pop, Session: of, Name: whom(d.Session.Customer), URL: d.CRM.RecordURL, Frame: framed(c, d)})
	}
	if link := LookupURL(c, d.Session, d.CRM); link != "" && unknown(c, d.Session, d.CRM) {
		all = append(all, desk.Command{Kind: desk.Lookup, Session: of, Name: whom(d.Session.Customer), URL: link})
	}
	return all
}

// longestName bounds what a desk shows of a customer, in characters.
const longestName = 100

// whom is what agents know a customer by: the name, else the number, as the session has it.
func whom(c session.Customer) string {
	name := []rune(strings.Join(strings.Fields(cmp.Or(c.Name, c.Phone, c.PhoneRaw)), " "))
	return string(name[:min(len(name), longestName)])
}

// framed is what the CRM's frame in the desk is to show, where the settings have one: its page of the record, or the record's
// own.
func framed(c *settings.CRM, d *store.Document) string {
	switch {
	case c.PageURL == "":
		return ""
	case strings.Contains(strings.ToUpper(c.PageURL), "{RECORD_ID}"):
		return crm.Link(c.PageURL, crm.VarsOf(c, d.Session, d.CRM))
	}
	return d.CRM.RecordURL
}

// unknown says whether the CRM does not know the customer, and will not by itself.
func unknown(c *settings.CRM, s session.Session, k session.CRM) bool {
	return k.Temporary || k.AccountID == "" && begun(s) && len(accountSteps(c, s, k)) == 0
}

// marked are the kinds of commands that have marks: one for each agent and kind, however much is shown.
var marked = []desk.Kind{desk.Pop, desk.Lookup, desk.Media}

// markFor has a hash of the address: it is no place for personal data. So is what it holds of a link.
func markFor(kind desk.Kind, email string) string {
	return string(kind) + "_" + hash(strings.ToLower(email))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// forget drops the marks of who is in the session no more, so that they do not grow with everybody who ever was. Who comes back
// is shown it all again, unless it is on the desk still.
func forget(d *store.Document, now time.Time) {
	stays := map[string]bool{}
	for _, a := range d.Session.Agents {
		for _, kind := range marked {
			stays[markFor(kind, a.Email)] = Attends(d.Session, a.Email, now)
		}
	}
	maps.DeleteFunc(d.CRM.Done, func(mark, _ string) bool {
		return !stays[mark] && slices.ContainsFunc(marked, func(k desk.Kind) bool { return strings.HasPrefix(mark, string(k)+"_") })
	})
}

// pop puts what is owed on the agents' desks, and notes that it is there. A run that ends between the two finds it on the desk
// when it comes again (desk.Put).
func (u *run) pop(ctx context.Context, doc *store.Document) (*store.Document, error) {
	owed := popsOwed(u.set, doc, u.id, u.Clock())
	if len(owed) == 0 {
		return doc, nil
	}
	all := map[string][]desk.Command{} // by agent: of a desk, as of any document, the database bears about one write a second
	for _, p := range owed {
		all[p.agent] = append(all[p.agent], p.command)
	}
	for agent, commands := range all {
		if err := u.putOn(ctx, agent, commands); err != nil {
			return nil, err
		}
	}
	return u.Store.Update(ctx, u.id, func(d *store.Document) (store.Change, error) {
		if d.Session.Key == "" {
			return store.Change{}, work.ErrGone
		}
		for _, p := range owed {
			note(&d.CRM, p.mark, p.what)
		}
		forget(d, u.Clock())
		return store.Change{}, nil
	})
}

// putOn puts the commands on the agent's desk.
func (u *run) putOn(ctx context.Context, agent string, commands []desk.Command) error {
	return u.Store.UpdateDesk(ctx, u.id.Tenant, agent, func(on desk.Desk) (desk.Desk, error) {
		for _, c := range commands {
			on, _ = on.Put(c, u.Clock())
		}
		return on, nil
	})
}
