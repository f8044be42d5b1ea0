package store_test

import (
	"fmt"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

func TestACustomersPagesFollowEachOther(t *testing.T) {
	t.Parallel()
	s := open(t, "customerpages")
	for i, c := range []session.Customer{
		{Phone: "+15550000001"}, {PhoneRaw: "0015550000001"}, {Phone: "+15550000002"}, {Email: "Pia@Example.com"}, {Phone: "+15550000001", ID: "7"},
	} {
		id := store.ID{Tenant: "demo", Source: "ccai", Key: fmt.Sprintf("call-%d", i+1)}
		_, err := s.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
			d.Session.Key, d.Session.Source, d.Session.Customer = id.Key, id.Source, c
			return store.Change{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	page := func(f store.Filter) []store.Listed {
		t.Helper()
		got, err := s.Page(t.Context(), "demo", f, 2)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := page(store.Filter{Customer: []string{"+1 555 000-0001"}})
	if got := keysOf(first); got != "call-5 call-2" {
		t.Fatalf("the first page has %s", got)
	}
	for name, tt := range map[string]struct {
		filter store.Filter
		want   string
	}{
		"the next page":            {store.Filter{Customer: []string{"15550000001"}, After: first[1].Cursor}, "call-1"},
		"an address in any case":   {store.Filter{Customer: []string{"pia@example.COM"}}, "call-4"},
		"either of two":            {store.Filter{Customer: []string{"pia@example.com", "+15550000002"}}, "call-4 call-3"},
		"nobody":                   {store.Filter{Customer: []string{"+15550000009"}}, ""},
		"a part of a number":       {store.Filter{Customer: []string{"555000000"}}, ""},
		"what nobody is found by":  {store.Filter{Customer: []string{" "}}, ""},
		"all, if it is left empty": {store.Filter{}, "call-5 call-4"},
	} {
		if got := keysOf(page(tt.filter)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestKeyed(t *testing.T) {
	t.Parallel()
	s := open(t, "keyed")
	keep(t, s, "call-7", start, session.StatusEnded, session.CRMDone)
	keep(t, s, "chat-7", start, session.StatusEnded, session.CRMDone)
	keep(t, s, "call-8", start, session.StatusEnded, session.CRMDone)
	all, err := s.Keyed(t.Context(), "demo", []string{"7", "call-7", "chat-7"})
	if err != nil || len(all) != 2 || all[0].ChangedAt.IsZero() {
		t.Errorf("found are %q, %v; want call-7 and chat-7", keysOf(all), err)
	}
	if all, err = s.Keyed(t.Context(), "demo", []string{"9"}); err != nil || len(all) != 0 {
		t.Errorf("found are %q, %v; want none", keysOf(all), err)
	}
}
