package store

import (
	"context"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
)

// maxKnown and maxKnownBytes bound by what one session's customer is found; what is beyond is left out.
const (
	maxKnown      = 20
	maxKnownBytes = 200
)

// Known is the form in which a telephone number, mail address or id is looked for: without regard to letter case and, of a
// number, to what its digits are divided by and to whether + or 00 is before its country. It is empty for what nobody is found
// by.
func Known(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) > maxKnownBytes {
		return ""
	}
	if strings.Trim(text, "+0123456789 ()-./") != "" || !strings.ContainsAny(text, "0123456789") {
		return text
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	return strings.TrimPrefix(digits, "00")
}

// known is all that the session's customer is found by: their numbers, addresses and ids in the contact centre, the account
// and the record in the CRM.
func (d *Document) known() (all []string) {
	add := func(texts ...string) {
		for _, text := range texts {
			if k := Known(text); k != "" && len(all) < maxKnown && !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	of := func(c session.Customer) {
		add(c.Phone, c.Email, c.AccountID, c.ID)
		if strings.ContainsAny(c.PhoneRaw, "0123456789") { // not a word such as anonymous
			add(c.PhoneRaw)
		}
	}
	of(d.Session.Customer)
	if !d.CRM.Temporary {
		add(d.CRM.AccountID)
	}
	add(d.CRM.RecordID)
	for i := range d.Session.Events { // who was first taken for the customer may be another
		if c := d.Session.Events[i].Customer; c != nil {
			of(*c)
		}
	}
	return all
}

// OfCustomer returns the tenant's sessions whose customer or record is known by one of the texts, in any of their forms (see
// Known), at most limit. A session that was last written by a release that did not keep by what its customer is known is not
// found.
func (s *Store) OfCustomer(ctx context.Context, tenant string, texts []string, limit int) ([]*Document, error) {
	t, err := s.tenant(tenant)
	if err != nil {
		return nil, err
	}
	known := knownAll(texts)
	if len(known) == 0 {
		return nil, nil
	}
	return documents(t.Collection("sessions").Where("customer", "array-contains-any", known).Limit(limit).Documents(ctx))
}

// knownAll are the forms in which the texts are looked for, each once.
func knownAll(texts []string) (known []string) {
	for _, text := range texts {
		if k := Known(text); k != "" && !slices.Contains(known, k) {
			known = append(known, k)
		}
	}
	return known
}
