package console

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/phone"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// How many sessions one page of the list has, and how many are looked through for what the database cannot look for.
const (
	pageLength = 50
	lookAtMost = 1_000
)

// sessionsView is what the list's page shows.
type sessionsView struct {
	Wanted     wanted
	Statuses   []session.Status
	Troubles   []session.CRMState
	Channels   []session.Channel
	Directions []session.Direction
	Rows       []row
	Keyed      int       // how many of the rows, the first, are there for their key
	Known      bool      // the other rows' customer or record is known by the whole text
	Looked     int       // how many were looked through; 0: none had to be
	Back       time.Time // as far back as that went
	Next       string    // the address of the next page, where there may be more
}

// only is the one session that the text can mean: by its key, or by the number in its key if nobody is known by that.
func (v sessionsView) only() *row {
	if v.Keyed == 1 && (len(v.Rows) == 1 || v.Rows[0].Key == v.Wanted.Text) {
		return &v.Rows[0]
	}
	return nil
}

// look reads a page of the list. The database finds by key, by whom the customer is known, by status, trouble and time; for
// anything else sessions are read until a page is full, or enough was looked at.
func (c *console) look(ctx context.Context, tenant string, set settings.Settings, q wanted) (v sessionsView, err error) {
	v = sessionsView{Wanted: q, Statuses: statuses, Troubles: troubles, Channels: channels, Directions: directions}
	f, err := q.filter()
	if err != nil {
		return v, err
	}
	if q.Text == "" || q.Within || store.Known(q.Text) == "" {
		return v, c.sift(ctx, tenant, &v, f)
	}
	if err := c.lookByKey(ctx, tenant, &v); err != nil || v.only() != nil && v.Rows[0].Key == q.Text {
		return v, err
	}
	known := f
	known.Customer, known.Status, known.Trouble = spellings(set, q.Text), "", ""
	if err := c.sift(ctx, tenant, &v, known); err != nil || len(v.Rows) > 0 || q.After != "" {
		v.Known = len(v.Rows) > v.Keyed
		return v, err
	}
	v.Wanted.Within = true
	return v, c.sift(ctx, tenant, &v, f)
}

// lookByKey begins the first page with those whose key is the text, or has it for its number.
func (c *console) lookByKey(ctx context.Context, tenant string, v *sessionsView) error {
	if v.Wanted.After != "" {
		return nil
	}
	keyed, err := c.store.Keyed(ctx, tenant, keysOf(v.Wanted.Text))
	slices.SortFunc(keyed, func(a, b store.Listed) int { return b.ChangedAt.Compare(a.ChangedAt) })
	for _, one := range keyed {
		v.Rows = append(v.Rows, rowOf(one, c.clock()))
	}
	v.Keyed = len(keyed)
	return err
}

// keysOf are the keys that a person may mean: contact centres' own pages show the number alone.
func keysOf(text string) []string {
	if strings.Trim(text, "0123456789") != "" {
		return []string{text}
	}
	keys := []string{text}
	for _, channel := range channels {
		keys = append(keys, string(channel)+"-"+text)
	}
	return keys
}

// spellings are the text and, where it is a telephone number, that number with its country: one without is of the CRM's.
func spellings(set settings.Settings, text string) []string {
	region := ""
	if set.CRM != nil {
		region = set.CRM.Phone.Region
	}
	return []string{text, phone.Parse(text, region).E164()}
}

// sift fills the view with the sessions that pass the filter and are wanted.
func (c *console) sift(ctx context.Context, tenant string, v *sessionsView, f store.Filter) error {
	q, text := v.Wanted, ""
	if len(f.Customer) == 0 {
		text = strings.ToLower(q.Text)
	}
	v.Looked = 0
	for {
		page, err := c.store.Page(ctx, tenant, f, pageLength)
		if errors.Is(err, store.ErrCursor) {
			return fault.Wrap(fault.Malformed, err, "after must be from the link to the next page")
		}
		if err != nil {
			return err
		}
		for _, one := range page {
			f.After, v.Back = one.Cursor, one.ChangedAt
			v.Looked++
			if q.keeps(one, text) && !v.has(one) {
				v.Rows = append(v.Rows, rowOf(one, c.clock()))
			}
			if len(v.Rows) >= pageLength {
				break
			}
		}
		if len(page) < pageLength && len(v.Rows) < pageLength {
			break // these were the last
		}
		if len(v.Rows) >= pageLength || v.Looked >= lookAtMost {
			v.Next = tenantURL(tenant) + q.query(f.After)
			break
		}
	}
	if text == "" && q.Channel == "" && q.Direction == "" {
		v.Looked = 0 // the database did it
	}
	return nil
}

// has says whether a session is in the view by its key.
func (v *sessionsView) has(l store.Listed) bool {
	return slices.ContainsFunc(v.Rows[:v.Keyed], func(r row) bool { return r.Key == l.Session.Key && r.Source == l.Session.Source })
}

// speaksOf says whether the session's key, its customer, one of its agents, its queue or its record has the text, which is in
// lower case. A telephone number is found however it is written.
func speaksOf(d *store.Document, text string) bool {
	s := d.Session
	names := []string{
		s.Key, s.Customer.Name, s.Customer.Email, s.Customer.ID, s.Customer.PhoneRaw, s.Customer.Phone,
		s.Queue.Path, s.Queue.ID, d.CRM.AccountID, d.CRM.RecordID,
	}
	for _, a := range s.Agents {
		names = append(names, a.Name, a.Email, a.ID, a.CustomID)
	}
	if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), text) }) {
		return true
	}
	number, ok := digitsOf(text)
	return ok && (strings.Contains(onlyDigits(s.Customer.Phone), number) || strings.Contains(onlyDigits(s.Customer.PhoneRaw), number))
}

// digitsOf is a text that can be a part of a telephone number, without what numbers are divided by.
func digitsOf(text string) (string, bool) {
	number := onlyDigits(text)
	return number, len(number) >= 4 && strings.Trim(text, "+0123456789 ()-./") == ""
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}
