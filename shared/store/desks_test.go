package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/emulator/emulatortest"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/store"
)

// ring puts a call on the agent's desk.
func ring(t *testing.T, s *store.Store, tenant, agent, number string) {
	t.Helper()
	err := s.UpdateDesk(t.Context(), tenant, agent, func(d desk.Desk) (desk.Desk, error) {
		d, _ = d.Put(desk.Command{Kind: desk.Call, Number: number}, start)
		return d, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func numbers(d desk.Desk) (all []string) {
	for _, c := range d.Commands {
		all = append(all, c.Number)
	}
	return all
}

func TestDesksAreTheirTenantsAndAgentsOwn(t *testing.T) {
	t.Parallel()
	s := open(t, "desks")
	ring(t, s, "demo", "Ada@Example.com", "+1")
	for name, tt := range map[string]struct {
		tenant, agent string
		want          int
	}{
		"the agent, in other letters": {"demo", " ada@example.com", 1},
		"another agent":               {"demo", "bob@example.com", 0},
		"another tenant's":            {"other", "ada@example.com", 0},
	} {
		if got, err := s.Desk(t.Context(), tt.tenant, tt.agent); err != nil || len(got.Commands) != tt.want {
			t.Errorf("%s: %v, %v; want %d commands", name, numbers(got), err, tt.want)
		}
	}
}

func TestDesksUpdatedAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	s := open(t, "desks")
	const writers = 5
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { ring(t, s, "demo", "ada", fmt.Sprint("+", n)) })
	}
	all.Wait()
	got, err := s.Desk(t.Context(), "demo", "ada")
	if err != nil || len(got.Commands) != writers || got.Last != start.UnixMilli()+writers-1 {
		t.Errorf("%v, the last id %d, %v", numbers(got), got.Last, err)
	}
}

func TestARefusedUpdateWritesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, "desks")
	err := s.UpdateDesk(t.Context(), "demo", "ada", func(d desk.Desk) (desk.Desk, error) {
		d, _ = d.Put(desk.Command{Kind: desk.Call}, start)
		return d, desk.ErrTaken
	})
	if !errors.Is(err, desk.ErrTaken) {
		t.Errorf("UpdateDesk = %v", err)
	}
	if got, err := s.Desk(t.Context(), "demo", "ada"); err != nil || len(got.Commands) != 0 {
		t.Errorf("the desk has %v, %v", numbers(got), err)
	}
}

func TestWatchDeskTellsWhatThereIsAndEveryChange(t *testing.T) {
	t.Parallel()
	s := open(t, "desks")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stop := errors.New("seen enough")
	steps := []func(){
		func() { ring(t, s, "demo", "bob", "+9"); ring(t, s, "demo", "ada", "+1") },
		func() { ring(t, s, "demo", "ada", "+2") },
	}
	told := 0
	err := s.WatchDesk(ctx, "demo", "ada", func(d desk.Desk) error {
		if len(d.Commands) != told {
			return fmt.Errorf("after %d changes it tells %v", told, numbers(d))
		}
		if told == len(steps) {
			return stop
		}
		told++
		steps[told-1]()
		return nil
	})
	if !errors.Is(err, stop) {
		t.Errorf("WatchDesk = %v", err)
	}
}

func TestWatchDeskEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := open(t, "desks")
	ctx, cancel := context.WithCancel(t.Context())
	err := s.WatchDesk(ctx, "demo", "ada", func(desk.Desk) error { cancel(); return nil })
	if err == nil || ctx.Err() == nil {
		t.Errorf("WatchDesk = %v", err)
	}
}

// faulty is a store whose database fails as the plan says.
func faulty(t *testing.T, plan *fault.Plan) *store.Store {
	t.Helper()
	env := map[string]string{"GOOGLE_CLOUD_PROJECT": "p", "FIRESTORE_EMULATOR_HOST": emulatortest.Firestore(t, plan, time.Now)}
	s := store.Open(func(name string) string { return env[name] })
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Google's client sends a commit again whose answer was lost, and is told that the transaction is over.
func TestAnUpdateWhoseAnswerIsLostIsMadeOnce(t *testing.T) {
	t.Parallel()
	plan := new(fault.Plan)
	s := faulty(t, plan)
	emulatortest.Plan(t, plan, `{"firestore":[{"code":"UNAVAILABLE","after":true,"match":"Commit"}]}`)
	ring(t, s, "demo", "ada", "+1")
	if got, err := s.Desk(t.Context(), "demo", "ada"); err != nil || len(got.Commands) != 1 {
		t.Errorf("the desk has %v, %v", numbers(got), err)
	}
}

func TestAProjectWithoutADatabaseIsNamed(t *testing.T) {
	t.Parallel()
	plan := new(fault.Plan)
	s := faulty(t, plan)
	emulatortest.Plan(t, plan, `{"firestore":[{"code":"NOT_FOUND","times":10,"match":"BatchGet"}]}`)
	err := s.UpdateDesk(t.Context(), "demo", "ada", func(d desk.Desk) (desk.Desk, error) {
		d, _ = d.Put(desk.Command{Kind: desk.Call}, start)
		return d, nil
	})
	if err == nil || !strings.Contains(err.Error(), "no database projects/p/databases/(default)") || !strings.Contains(err.Error(), "GOOGLE_CLOUD_PROJECT") {
		t.Errorf("UpdateDesk = %v", err)
	}
}
