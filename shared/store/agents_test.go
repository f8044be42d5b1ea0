package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/shared/presence"
	"sessionbridge.internal/shared/store"
)

func seen(state string, at time.Time) func(presence.Agent) presence.Agent {
	return func(a presence.Agent) presence.Agent {
		a, _ = a.Observe(presence.Policy{}, presence.Observation{Side: presence.CRM, Login: "1", State: state, At: at, LearntAt: at})
		return a
	}
}

func TestAnAgentIsKnownByTheirAddress(t *testing.T) {
	t.Parallel()
	s := open(t, "agents")
	for i, email := range []string{"kim@example.com", " Kim@Example.com", "lee@example.com"} {
		if _, err := s.UpdateAgent(t.Context(), "demo", email, seen(fmt.Sprint("s", i), start.Add(time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Agents(t.Context(), "demo", 10)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d agents, %v", len(got), err)
	}
	kim := slices.IndexFunc(got, func(a presence.Agent) bool { return a.Email == "kim@example.com" })
	if kim < 0 || len(got[kim].CRM.Logins[0].Seen) != 2 {
		t.Errorf("the agents are %+v, want both of Kim's states in one", got)
	}
	if got, err := s.Agents(t.Context(), "other", 10); len(got) != 0 || err != nil {
		t.Errorf("another tenant has %d agents, %v", len(got), err)
	}
	if got, err := s.Agents(t.Context(), "demo", 1); len(got) != 1 || err != nil {
		t.Errorf("%d agents, %v, want the one that was asked for", len(got), err)
	}
	if _, err := s.UpdateAgent(t.Context(), "demo", "kim", seen("s", start)); !errors.Is(err, presence.ErrEmail) {
		t.Errorf("an agent without an address: %v", err)
	}
}

func TestAgentsUpdatedAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	s := open(t, "agents")
	const writers = 5
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			if _, err := s.UpdateAgent(t.Context(), "demo", "kim@example.com", seen(fmt.Sprint(n), start.Add(time.Duration(n)*time.Minute))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := s.Agents(t.Context(), "demo", 10)
	if err != nil || len(got) != 1 || len(got[0].CRM.Logins[0].Seen) != writers {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestTheAttendanceOfATenant(t *testing.T) {
	t.Parallel()
	s := open(t, "attendance")
	if got, err := s.Attendance(t.Context(), "demo"); err != nil || got != (store.Attendance{}) {
		t.Fatalf("before the first turn it is %+v, %v", got, err)
	}
	want := store.Attendance{Holder: "h", Until: start, CRM: store.Reach{Problem: "down", Since: start}}
	if _, err := s.UpdateAttendance(t.Context(), "demo", func(store.Attendance) store.Attendance { return want }); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Attendance(t.Context(), "demo"); err != nil || got != want {
		t.Errorf("it is %+v, %v, want %+v", got, err, want)
	}
}

func TestTenantsAreListed(t *testing.T) {
	t.Parallel()
	s := open(t, "tenants")
	long := string(make([]byte, 300))
	for _, tenant := range []string{"demo", "a/b é", long} {
		if err := s.PutSettings(t.Context(), tenant, []byte(`{"mail":`+fmt.Sprint(len(tenant))+`}`)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Tenants(t.Context(), 10)
	if err != nil || len(got) != 3 || !slices.Contains(got, "demo") || !slices.Contains(got, "a/b é") {
		t.Fatalf("the tenants are %q, %v", got, err)
	}
	for _, tenant := range got {
		if _, err := s.Settings(t.Context(), tenant); err != nil {
			t.Errorf("tenant %q: %v", tenant, err)
		}
	}
	if got, err := s.Tenants(t.Context(), 2); len(got) != 2 || err != nil {
		t.Errorf("%d tenants, %v, want the two that were asked for", len(got), err)
	}
}
