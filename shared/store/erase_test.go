package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// bury makes a session and erases it.
func bury(ctx context.Context, s *store.Store, id store.ID) error {
	_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		d.Session.Key = id.Key
		return store.Change{}, nil
	})
	if err == nil {
		err = s.ForgetElsewhere(ctx, id, new(store.Document))
	}
	if err == nil {
		_, err = s.Erase(ctx, id, allow)
	}
	return err
}

// allow has a session erased by ada.
func allow(*store.Document) (store.Erasure, error) {
	return store.Erasure{Source: "ccai", Began: start.Add(time.Minute), By: "ada@example.com", At: start, GaveUp: []string{"crm"}}, nil
}

const canary = "CANARY"

var marked = store.ID{Tenant: "demo", Source: "ccai", Key: "call-" + canary}

// scatter puts a session with the canary into every place that keeps anything of one, and beside each of these something that
// is another session's.
func scatter(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	for _, id := range []store.ID{marked, {Tenant: "demo", Source: "ccai", Key: "call-2"}} {
		e := event(session.Held, id.Key, "h-"+id.Key)
		e.Agent, e.Leg = &session.Agent{ID: "7", Email: "Kim@example.com"}, &session.Leg{ID: "l", Kind: session.MainLeg}
		e.Customer = &session.Customer{Phone: "+39021", Name: id.Key}
		said := e
		said.Kind, said.Message = session.MessageSent, &session.Message{Text: id.Key}
		_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
			d.Session = session.Apply(d.Session, e)
			return store.Change{Messages: []session.Event{said}, Overflow: []session.Event{e}, Deliveries: []store.Delivery{{Work: "crm", Number: 1, At: start, Request: id.Key}}}, nil
		})
		place := store.ID{Tenant: "demo", Source: "ccai", Key: e.Position()}
		_, placed := s.UpdatePosition(ctx, place, func(p session.Position) session.Position { return p.Note(e) })
		popped := s.UpdateDesk(ctx, "demo", "kim@example.com", func(d desk.Desk) (desk.Desk, error) {
			d, _ = d.Put(desk.Command{Kind: desk.Pop, Session: "ccai/" + id.Key, URL: "https://crm.example.com/" + id.Key}, start)
			return d, nil
		})
		text, marshalled := json.Marshal([]session.Event{e})
		attributes := map[string]string{"tenant": "demo", "source": "ccai"}
		upload := files.Upload{Tenant: "demo", Source: "ccai", Session: id.Key, Kind: session.Photo, ID: "1"}
		err = errors.Join(err, placed, popped, marshalled,
			s.SetAside(ctx, store.Poison{ID: "m-" + id.Key[:6], Attributes: attributes, Data: text}),
			s.SetAside(ctx, store.Poison{ID: "b-" + id.Key[:6], Attributes: attributes, Data: append([]byte("["), text...)}),
			s.SetAside(ctx, store.Poison{ID: "u-" + id.Key[:6], Attributes: map[string]string{"objectId": upload.Path()}}),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func event(kind session.Kind, key, id string) session.Event {
	return session.Event{ID: id, Tenant: "demo", Source: "ccai", Session: key, Kind: kind, At: start}
}

// dump is every document of the database, however deep, by its path; also those below documents that are not there.
func dump(t *testing.T, parents []*firestore.CollectionRef) (all []string) {
	t.Helper()
	for _, c := range parents {
		refs := c.DocumentRefs(t.Context())
		for {
			ref, err := refs.Next()
			if errors.Is(err, iterator.Done) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if snap, err := ref.Get(t.Context()); err == nil {
				all = append(all, fmt.Sprintf("%s %s", ref.Path, printed(snap.Data())))
			}
			below, err := ref.Collections(t.Context()).GetAll()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, dump(t, below)...)
		}
	}
	return all
}

func printed(data map[string]any) string {
	for name, value := range data {
		if b, ok := value.([]byte); ok {
			data[name] = string(b)
		}
	}
	return fmt.Sprint(data)
}

func whole(t *testing.T, c *firestore.Client) []string {
	t.Helper()
	top, err := c.Collections(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	return dump(t, top)
}

func TestNothingOfAnErasedSessionIsInTheDatabase(t *testing.T) {
	t.Parallel()
	s, client := openBoth(t)
	scatter(t, s)
	has := func(all []string, text string) (n int) {
		for _, one := range all {
			if strings.Contains(one, text) {
				n++
			}
		}
		return n
	}
	before := whole(t, client)
	doc, err := s.Session(t.Context(), marked)
	if err != nil || has(before, canary) < 9 {
		t.Fatalf("%d documents have it: %v\n%s", has(before, canary), err, strings.Join(before, "\n"))
	}
	if err := s.ForgetElsewhere(t.Context(), marked, doc); err != nil {
		t.Fatal(err)
	}
	e, err := s.Erase(t.Context(), marked, allow)
	if err != nil || e.Left {
		t.Fatalf("%+v %v", e, err)
	}
	after := whole(t, client)
	for _, one := range after {
		if strings.Contains(one, canary) {
			t.Errorf("there still is %s", one)
		}
	}
	if was, is := has(before, "call-2"), has(after, "call-2"); was != is {
		t.Errorf("of the other session's %d documents %d are left", was, is)
	}
	kept, err := s.Erasure(t.Context(), marked)
	if err != nil || kept.By != "ada@example.com" || kept.Left || !kept.Began.Equal(start) || !kept.ExpiresAt.Equal(start.Add(store.ErasureKept)) {
		t.Errorf("the erasure is %+v, %v", kept, err)
	}
	if n, err := s.CountErased(t.Context(), "demo", start, start.Add(time.Minute)); n != 1 || err != nil {
		t.Errorf("%d were erased of that day, %v", n, err)
	}
}

func TestErasingIsRefusedRepeatedAndGoesOn(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "erase"), t.Context()
	never := store.ID{Tenant: "demo", Source: "ccai", Key: "call-0"}
	if _, err := s.Erase(ctx, never, allow); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of a session that never was: %v", err)
	}
	many := make([]session.Event, 260)
	for i := range many {
		many[i] = event(session.MessageSent, id.Key, fmt.Sprint(i))
	}
	fill := func(messages []session.Event) {
		t.Helper()
		_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
			d.Session.Key = id.Key
			return store.Change{Messages: messages}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fill(many)
	no := errors.New("no")
	if _, err := s.Erase(ctx, id, func(*store.Document) (store.Erasure, error) { return store.Erasure{}, no }); !errors.Is(err, no) {
		t.Errorf("refused: %v", err)
	}
	if kept, err := s.Messages(ctx, id); len(kept) != len(many) || err != nil {
		t.Errorf("a refusal left %d messages, %v", len(kept), err)
	}
	first, err := s.Erase(ctx, id, allow)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Erase(ctx, id, func(*store.Document) (store.Erasure, error) { return store.Erasure{By: "eve"}, nil })
	if err != nil || !reflect.DeepEqual(first, again) {
		t.Errorf("the second time it is %+v, %v; the first %+v", again, err, first)
	}
	fill(nil) // a late event
	if kept, err := s.Messages(ctx, id); len(kept) != 0 || err != nil {
		t.Errorf("a session that begins anew has %d messages, %v", len(kept), err)
	}
	if _, err := s.Erase(ctx, id, allow); err != nil {
		t.Errorf("erasing what began anew: %v", err)
	}
	all, err := s.Erasures(ctx, "demo", 10)
	if err != nil || len(all) != 1 {
		t.Errorf("%d erasures, %v", len(all), err)
	}
}

// What is cut short between the document and what is below it is known, and goes on.
func TestAnErasingThatWasCutShortGoesOn(t *testing.T) {
	t.Parallel()
	plan := new(fault.Plan)
	addr := emulatortest.Firestore(t, plan, time.Now)
	s, ctx := openAt(t, "cut", addr), t.Context()
	_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		d.Session.Key = id.Key
		return store.Change{Messages: []session.Event{event(session.MessageSent, id.Key, "m")}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	emulatortest.Plan(t, plan, `{"firestore":[{"match":"Commit","delay":"1ms"},{"match":"Commit","code":"PERMISSION_DENIED"}]}`)
	if _, err := s.Erase(ctx, id, allow); err == nil {
		t.Fatal("nothing was cut short")
	}
	if e, err := s.Erasure(ctx, id); err != nil || !e.Left {
		t.Errorf("the erasure is %+v, %v: it does not say that something is left", e, err)
	}
	if _, err := s.Session(ctx, id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session is there: %v", err)
	}
	if left, err := s.ErasingLeft(ctx, "demo"); err != nil || !left {
		t.Errorf("something is left: %t, %v", left, err)
	}
	if err := s.FinishErasing(ctx, "demo"); err != nil {
		t.Fatal(err)
	}
	if left, err := s.ErasingLeft(ctx, "demo"); err != nil || left {
		t.Errorf("at its end something is left: %t, %v", left, err)
	}
	if e, err := s.Erasure(ctx, id); err != nil || e.Left || e.Session != "" {
		t.Errorf("at its end it is %+v, %v", e, err)
	}
	if kept, err := s.Messages(ctx, id); len(kept) != 0 || err != nil {
		t.Errorf("%d messages are left, %v", len(kept), err)
	}
}

func TestWhoeverComesTooLateMakesNoSessionAnew(t *testing.T) {
	t.Parallel()
	s, client := openBoth(t)
	if err := bury(t.Context(), s, id); err != nil {
		t.Fatal(err)
	}
	before := whole(t, client)
	for name, f := range map[string]func(*store.Document) (store.Change, error){
		"one that notes nothing": func(*store.Document) (store.Change, error) { return store.Change{}, nil },
		"one that would note a state": func(d *store.Document) (store.Change, error) {
			d.CRM.State = session.CRMDone
			return store.Change{}, nil
		},
		"one with an attempt": func(*store.Document) (store.Change, error) {
			return store.Change{Deliveries: []store.Delivery{{Work: "crm", Number: 1, At: start}}}, nil
		},
	} {
		if _, err := s.Update(t.Context(), id, f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := whole(t, client); !slices.Equal(before, after) {
		t.Errorf("there is more now:\n%s", strings.Join(after, "\n"))
	}
}

func TestACustomerIsFoundByAllThatIsKnownOfThem(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "customer"), t.Context()
	first := event(session.Started, id.Key, "1")
	first.Customer = &session.Customer{PhoneRaw: "anonymous", Email: "Ada@Example.com", ID: "4711"}
	later := event(session.Snapshot, id.Key, "2")
	later.At = start.Add(time.Minute)
	later.Customer = &session.Customer{Phone: "+390212345678", PhoneRaw: "02 1234 5678"}
	other := store.ID{Tenant: "demo", Source: "udesk", Key: "call-2"}
	for id, events := range map[store.ID][]session.Event{id: {first, later}, other: {{ID: "3", Tenant: "demo", Source: "udesk", Session: "call-2", Kind: session.Started, At: start}}} {
		_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
			d.Session, _ = session.ApplyAll(d.Session, events)
			d.CRM.AccountID, d.CRM.RecordID = "acc-"+id.Key, "rec-"+id.Key
			return store.Change{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for who, want := range map[string]int{
		"+390212345678": 1, "0039 02 / 1234 (5678)": 1, "02-12345678": 1, " ADA@example.COM ": 1, "4711": 1, "acc-call-1": 1, "rec-call-2": 1,
		"": 0, "anonymous": 0, "ada": 0, "471": 0, "+39021234567": 0, strings.Repeat("9", 300): 0,
	} {
		found, err := s.OfCustomer(ctx, "demo", []string{who}, 10)
		if err != nil || len(found) != want {
			t.Errorf("by %q %d are found, %v; want %d", who, len(found), err, want)
		}
	}
	if found, err := s.OfCustomer(ctx, "another", []string{"4711"}, 10); len(found) != 0 || err != nil {
		t.Errorf("another tenant finds %d, %v", len(found), err)
	}
}

// A long chat has more messages than are deleted at once.
func TestWhatIsLongIsErasedInParts(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "long"), t.Context()
	long := make([]session.Event, 1_001)
	for i := range long {
		long[i] = event(session.MessageSent, id.Key, fmt.Sprint(i))
	}
	_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
		d.Session.Key = id.Key
		return store.Change{Messages: long}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range []bool{true, false} {
		if e, err := s.Erase(ctx, id, allow); err != nil || e.Left != left {
			t.Fatalf("%+v, %v; something is left: want %v", e, err, left)
		}
	}
	if kept, err := s.Messages(ctx, id); len(kept) != 0 || err != nil {
		t.Errorf("%d messages are left, %v", len(kept), err)
	}
}
