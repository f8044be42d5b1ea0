package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

func TestPositionsUpdatedAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	s := open(t, "positions")
	id := store.ID{Tenant: "demo", Source: "agentdesktop", Key: "7"}
	note := func(n int) {
		e := session.Event{ID: fmt.Sprint(n), Tenant: "demo", Source: "agentdesktop", Kind: session.AgentState, State: "s", At: start.Add(time.Duration(n) * time.Second), Agent: &session.Agent{ID: "7"}}
		if _, err := s.UpdatePosition(t.Context(), id, func(p session.Position) session.Position { return p.Note(e) }); err != nil {
			t.Error(err)
		}
	}
	const writers = 5
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { note(n); note(n) })
	}
	all.Wait()
	got, err := s.Positions(t.Context(), "demo", 10)
	if err != nil || len(got) != 1 || len(got[0].Events) != writers {
		t.Errorf("%d positions, %v: %+v", len(got), err, got)
	}
	if got, err := s.Positions(t.Context(), "other", 10); len(got) != 0 || err != nil {
		t.Errorf("another tenant has %d positions, %v", len(got), err)
	}
}
