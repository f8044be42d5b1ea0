package store_test

import (
	"fmt"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// cutShort erases a session of each tenant, so that its messages are left.
func cutShort(t *testing.T, s *store.Store, plan *fault.Plan, tenants ...string) {
	t.Helper()
	for _, tenant := range tenants {
		id := store.ID{Tenant: tenant, Source: "ccai", Key: "chat-1"}
		_, err := s.Update(t.Context(), id, func(d *store.Document) (store.Change, error) {
			d.Session.Key = id.Key
			return store.Change{Messages: []session.Event{message("m", start)}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		emulatortest.Plan(t, plan, `{"firestore":[{"match":"Commit","delay":"1ms"},{"match":"Commit","code":"PERMISSION_DENIED"}]}`)
		if _, err := s.Erase(t.Context(), id, allow); err == nil {
			t.Fatal("nothing was cut short")
		}
	}
}

// left are the tenants with something left of an erasure.
func left(t *testing.T, s *store.Store, tenants ...string) (some []string) {
	t.Helper()
	for _, tenant := range tenants {
		is, err := s.ErasingLeft(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		said, err := s.Messages(t.Context(), store.ID{Tenant: tenant, Source: "ccai", Key: "chat-1"})
		if err != nil || is != (len(said) > 0) {
			t.Errorf("%s: left is %t, and there are %d messages, %v", tenant, is, len(said), err)
		}
		if is {
			some = append(some, tenant)
		}
	}
	return some
}

func TestErasingsOfAllTenantsAreBroughtToTheirEnd(t *testing.T) {
	t.Parallel()
	always, never := func() bool { return true }, func() bool { return false }
	for name, tt := range map[string]struct {
		script    string // of what fails then
		more      func() bool
		ended     int
		wantErr   bool
		remaining string
	}{
		"all of them":                            {`{}`, always, 3, false, "[]"},
		"none where there is no time":            {`{}`, never, 0, false, "[a b c]"},
		"one that fails keeps no other from it":  {`{"firestore":[{"match":"Commit","code":"PERMISSION_DENIED"}]}`, always, 2, true, "[a]"},
		"none where they cannot be asked for":    {`{"firestore":[{"match":"RunQuery","code":"PERMISSION_DENIED"}]}`, always, 0, true, "[a b c]"},
		"one whose messages cannot be asked for": {`{"firestore":[{"match":"RunQuery","delay":"1ms"},{"match":"RunQuery","code":"PERMISSION_DENIED"}]}`, always, 2, true, "[a]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := new(fault.Plan)
			s := openAt(t, "left", emulatortest.Firestore(t, plan, time.Now))
			cutShort(t, s, plan, "a", "b", "c")
			emulatortest.Plan(t, plan, tt.script)
			ended, err := s.FinishAllErasing(t.Context(), tt.more)
			if ended != tt.ended || (err != nil) != tt.wantErr {
				t.Errorf("%d came to their end, %v, want %d", ended, err, tt.ended)
			}
			if got := fmt.Sprint(left(t, s, "a", "b", "c")); got != tt.remaining {
				t.Errorf("left are %s, want %s", got, tt.remaining)
			}
		})
	}
}

func TestALongErasingComesToItsEndInOneGo(t *testing.T) {
	t.Parallel()
	s, ctx := open(t, "long-left"), t.Context()
	long := make([]session.Event, 2_100)
	for i := range long {
		long[i] = message(fmt.Sprint(i), start)
	}
	for _, part := range [][]session.Event{long[:700], long[700:1400], long[1400:]} {
		_, err := s.Update(ctx, id, func(d *store.Document) (store.Change, error) {
			d.Session.Key = id.Key
			return store.Change{Messages: part}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if e, err := s.Erase(ctx, id, allow); err != nil || !e.Left {
		t.Fatalf("%+v, %v: nothing is left", e, err)
	}
	if ended, err := s.FinishAllErasing(ctx, func() bool { return true }); ended != 1 || err != nil {
		t.Errorf("%d came to their end, %v", ended, err)
	}
	if said, err := s.Messages(ctx, id); len(said) != 0 || err != nil {
		t.Errorf("%d messages are left, %v", len(said), err)
	}
}
