package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

// A session may go on after it was erased: what its erasing left is not the new one's, and what is the new one's is not left.
func TestGoingOnWithAnErasingLeavesTheNewSessionAlone(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	for part := range 3 {
		var said []session.Event
		for i := range 450 {
			said = append(said, message(fmt.Sprintf("m-%d-%d", part, i), start))
		}
		a.put(id, store.Change{Messages: said}, finished)
	}
	e, err := a.Erase(a.Context(), id, allow)
	a.must(err)
	if !e.Left {
		t.Fatal("nothing is left to go on with")
	}
	born := make(map[string]bool)
	for _, name := range []string{"a-new", "z-new"} { // before and behind those that are left
		a.put(id, store.Change{Messages: []session.Event{message(name, start)}}, func(d *store.Document) { finished(d); born[d.Born] = true })
	}
	a.must(a.FinishErasing(a.Context(), "demo"))
	said, err := a.Messages(a.Context(), id)
	a.must(err)
	if len(said) != 2 || said[0].ID != "a-new" || said[1].ID != "z-new" {
		t.Errorf("the new session has %d messages, want its two", len(said))
	}
	if e, err := a.Erasure(a.Context(), id); err != nil || e.Left {
		t.Errorf("the erasure is %+v, %v", e, err)
	}
	if len(born) != 1 || born[""] {
		t.Errorf("the session was born as %v", born)
	}
}

// What begins a session is told when one of its name was erased, and has another word of its own than that one.
func TestADocumentBegunAnewKnowsOfTheErasure(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	var born []string
	for i := range 2 {
		a.put(id, store.Change{}, func(d *store.Document) {
			finished(d)
			born = append(born, d.Born)
			if d.ErasedAt.IsZero() != (i == 0) || i == 1 && !d.ErasedAt.Equal(start) {
				t.Errorf("round %d: an earlier one was erased at %v", i, d.ErasedAt)
			}
		})
		_, err := a.Erase(a.Context(), id, allow)
		a.must(err)
	}
	if born[0] == born[1] {
		t.Errorf("both are born as %s", born[0])
	}
}

func TestMessagesSetAsideAreFoundBehindManyOthers(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	const others = 520
	for i := range others + 1 {
		key := "call-other"
		if i == others {
			key = id.Key
		}
		text, err := json.Marshal([]session.Event{event(session.Started, key, "x")})
		a.must(err)
		a.must(a.SetAside(a.Context(), store.Poison{ID: fmt.Sprintf("%04d", i), At: start, Data: text, Attributes: map[string]string{"tenant": "demo", "source": "ccai"}}))
	}
	a.must(a.ForgetElsewhere(a.Context(), id, new(store.Document)))
	if _, err := a.AsideOne(a.Context(), "demo", fmt.Sprintf("%04d", others)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session's message is there: %v", err)
	}
	if _, err := a.AsideOne(a.Context(), "demo", fmt.Sprintf("%04d", others-1)); err != nil {
		t.Errorf("another's: %v", err)
	}
}

// An event for which the session had no room is noted on its position as any other is.
func TestAPositionForgetsWhatTheSessionHadNoRoomFor(t *testing.T) {
	t.Parallel()
	a := newAges(t)
	over := event(session.Held, id.Key, "over")
	over.Agent, over.Leg = &session.Agent{ID: "77", Email: "late@example.com"}, &session.Leg{ID: "l", Kind: session.MainLeg}
	many := make([]session.Event, session.MaxEvents)
	for i := range many {
		many[i] = event(session.Started, id.Key, fmt.Sprint("s", i))
	}
	_, err := a.Update(a.Context(), id, func(d *store.Document) (c store.Change, _ error) {
		d.Session, c.Overflow = session.ApplyAll(d.Session, append(many, over))
		return c, nil
	})
	a.must(err)
	place := store.ID{Tenant: id.Tenant, Source: id.Source, Key: over.Position()}
	_, err = a.UpdatePosition(a.Context(), place, func(p session.Position) session.Position { return p.Note(over) })
	a.must(err)
	d, err := a.Session(a.Context(), id)
	a.must(err)
	if d.Session.Overflow != 1 {
		t.Fatalf("%d events found no room", d.Session.Overflow)
	}
	a.must(a.ForgetElsewhere(a.Context(), id, d))
	all, err := a.Positions(a.Context(), "demo", 10)
	a.must(err)
	if len(all) != 1 || len(all[0].Events) != 0 {
		t.Errorf("the positions are %+v", all)
	}
}
