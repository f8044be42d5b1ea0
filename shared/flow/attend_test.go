package flow_test

import (
	"testing"
	"time"

	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/session"
)

// An agent's page may tell what it likes, and dates it as it likes. When it came is our own clock's.
func TestWhoIsBelievedToAttend(t *testing.T) {
	t.Parallel()
	const ours = "ours: an agent's page proves nothing of a session that is over, or of which nobody else has told for a day"
	const minute, day = time.Minute, 24 * time.Hour
	serve := func(kind session.Kind, at time.Duration, email string) session.Event {
		e := session.Event{ID: string(kind) + email, Tenant: "demo", Source: "ccai", Session: "call-1", Kind: kind, At: nine.Add(at), ReceivedAt: nine.Add(at)}
		if email != "" {
			e.Agent = &session.Agent{Email: email}
		}
		return e
	}
	page := func(kind session.Kind, at, received time.Duration, email string) session.Event {
		e := serve(kind, at, email)
		e.ID, e.ToldBy, e.ReceivedAt = e.ID+"/page", email, nine.Add(received)
		return e
	}
	started, over := serve(session.Started, 0, ""), serve(session.Ended, 10*minute, "")
	leesOwn := []session.Event{page(session.Connected, 0, 0, lee), page(session.Ended, 5*minute, 5*minute, lee)}
	tests := map[string]struct {
		from   string
		events []session.Event
		now    time.Duration
		want   bool
	}{
		"a page, while it goes on":                  {ours, []session.Event{started, page(session.Connected, minute, minute, kim)}, 2 * minute, true},
		"a page, before any server":                 {ours, []session.Event{serve(session.Started, minute, ""), page(session.Connected, 0, 0, kim)}, 2 * minute, true},
		"a page that was in time, after the end":    {ours, []session.Event{started, page(session.Connected, minute, minute, kim), over}, 20 * minute, true},
		"a page that comes after the end":           {ours, []session.Event{started, over, page(session.Connected, 11*minute, 11*minute, kim)}, 12 * minute, false},
		"one that dates itself before it":           {ours, []session.Event{started, over, page(session.Connected, minute, 11*minute, kim)}, 12 * minute, false},
		"one that ends it anew":                     {ours, []session.Event{started, over, page(session.Connected, 2*day, 2*day, kim), page(session.Ended, 2*day+1, 2*day+1, kim)}, 2*day + minute, false},
		"a server names them, whenever the page":    {ours, []session.Event{started, serve(session.ParticipantJoined, minute, kim), over, page(session.Held, 2*minute, 11*minute, kim)}, 12 * minute, true},
		"pages alone: whoever began it":             {ours, []session.Event{page(session.Connected, 0, 0, kim)}, day, true},
		"pages alone: the next one":                 {ours, append(leesOwn, page(session.Connected, 6*minute, 6*minute, kim)), 7 * minute, true},
		"pages alone: not one of an old session":    {ours, append(leesOwn, page(session.Connected, 2*day, 2*day, kim)), 2 * day, false},
		"nor where they end it again":               {ours, append(leesOwn, page(session.Connected, 2*day, 2*day, kim), page(session.Ended, 2*day+minute, 2*day+minute, kim)), 2*day + minute, false},
		"nor one that never ended, by its number":   {ours, []session.Event{started, page(session.Connected, 2*day, 2*day, kim)}, 2 * day, false},
		"what the CRM tells is no news of a call":   {ours, []session.Event{started, serve(session.RecordChanged, 2*day, ""), page(session.Connected, 2*day, 2*day, kim)}, 2 * day, false},
		"news of a long chat, and then the page":    {ours, []session.Event{started, serve(session.Snapshot, 2*day, ""), page(session.Connected, 2*day, 2*day, kim)}, 2 * day, true},
		"a page of a colleague tells of who joined": {ours, append(leesOwn[:1:1], joined(page(session.ParticipantJoined, minute, minute, kim))), 2 * minute, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s, _ := session.ApplyAll(session.Session{}, tt.events)
			if got := flow.Attends(s, kim, nine.Add(tt.now)); got != tt.want {
				t.Errorf("Attends = %v, of %+v, ended %v", got, s.Agents, s.EndedAt)
			}
		})
	}
}

func joined(e session.Event) session.Event {
	e.ToldBy = lee
	return e
}
