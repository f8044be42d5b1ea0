package quality_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sessionbridge.internal/shared/quality"
	"sessionbridge.internal/shared/session"
)

// pick is one of the choices by the next byte.
func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// random makes an event that any source might send, or none would.
func random(r *rand.Rand, i int, word string) session.Event {
	agent := pick(r, nil, kim, lee, &session.Agent{Email: "KIM@example.com"}, &session.Agent{ID: word}, &session.Agent{})
	e := session.Event{
		ID: fmt.Sprint("e", i), Tenant: "demo", Source: "ccai", Session: pick(r, "call-7", "call-7", "call-7", "chat-7"),
		At: at(r.IntN(20)), ReceivedAt: at(r.IntN(20)), Sequence: int64(r.IntN(3)), Agent: agent,
		Kind: pick(r, session.Started, session.Ringing, session.Connected, session.Held, session.Resumed, session.Muted,
			session.Unmuted, session.Redacted, session.Unredacted, session.Transferred, session.Conferenced,
			session.ParticipantJoined, session.ParticipantLeft, session.MenuSelected, session.Dispositioned, session.Ended,
			session.WrapUp, session.Finished, session.Unknown, session.Snapshot, session.AgentLogin, session.Kind(word)),
		Direction: pick(r, "", session.Inbound, session.Outbound), Language: pick(r, "", word), Type: word, Toggle: r.IntN(3) == 0,
		VendorType: pick(r, "", "", "", "", "", "", word, "CallState/held", "chat/waiting", "callstate/"+word),
		EndedBy:    pick(r, "", "agent", "end_user", word),
	}
	if r.IntN(3) == 0 {
		e.Customer = &session.Customer{Phone: pick(r, "", word), PhoneRaw: word, ID: pick(r, "", word)}
		e.Queue = &session.Queue{ID: pick(r, "", "3", word), Path: pick(r, "a / b", word), PathIDs: pick(r, "", "1/2", word)}
		e.CustomData = &session.Data{SIPHeaders: json.RawMessage(pick(r, `{"a":1}`, `[]`, `{`, word))}
	}
	if r.IntN(3) == 0 {
		p := session.Party{Type: pick(r, session.PartyAgent, session.PartyThird, session.PartyVirtualAgent, session.PartyManager), ID: word, Number: pick(r, "", word)}
		e.Party, e.Parties = &p, []session.Party{p, {Type: session.PartyEndUser, Presence: pick(r, "", session.OnHold, session.Presence(word))}}
	}
	if r.IntN(3) == 0 {
		e.Transfer = &session.Transfer{Kind: pick(r, "", session.Cold, session.Warm, session.Redirect), To: session.End{AgentID: pick(r, "", "5", word), Number: word}}
		e.Leg = &session.Leg{ID: pick(r, "l", word), Kind: pick(r, session.MainLeg, session.ConsultLeg)}
	}
	if r.IntN(4) == 0 {
		e.Raw = json.RawMessage(pick(r, `{"item":{"Initiator":5,"Participants":[{"State":"Muted","ParticipantID":""},{}],"MediaID":[1]}}`,
			`{"participants":{"a":1},"Recording_permitted":"yes","support_number":null}`, `[`, `null`, `{"item":{"Queue_uuid":1e99}}`, word))
	}
	return e
}

// FuzzPayloads holds for any session: valid payloads, each id once, the same in any order.
func FuzzPayloads(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed, pick(rand.New(rand.NewPCG(seed, 0)), "", "x", "1 / 2", "\x00\xff<&>", "+15550123456", "9007199254740993123"))
	}
	f.Fuzz(func(t *testing.T, seed uint64, word string) {
		r := rand.New(rand.NewPCG(seed, 1))
		var events []session.Event
		for i := range 1 + r.IntN(40) {
			events = append(events, random(r, i, word))
		}
		for _, key := range []string{"call-7", "chat-7"} {
			s := session.Session{Tenant: "demo", Source: "ccai", Key: key, Channel: session.Channel(key[:4])}
			one, _ := session.ApplyAll(s, events)
			two, _ := session.ApplyAll(s, shuffled(r, events))
			a, b := quality.Payloads(one), quality.Payloads(two)
			if fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatal("another order makes other payloads")
			}
			seen := map[string]bool{}
			for i, p := range a {
				if err := valid(t, p.Body); err != nil {
					t.Fatalf("%v in %s", err, p.Body)
				}
				if seen[p.ID] || len(p.ID) > 50 || strings.Trim(p.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
					t.Fatalf("id %s", p.ID)
				}
				if seen[p.ID] = true; i > 0 && p.At.Before(a[i-1].At) {
					t.Fatal("out of order")
				}
			}
		}
	})
}

// TestAHostileSessionIsBounded has an agent for each event: what is listed is not more than may be.
func TestAHostileSessionIsBounded(t *testing.T) {
	t.Parallel()
	var events []session.Event
	for i := range 400 {
		events = append(events, on(session.Connected, i, &session.Agent{ID: fmt.Sprint(i, strings.Repeat("x", 100))}))
	}
	s, _ := session.ApplyAll(session.Session{}, events)
	size := 0
	for _, p := range quality.Payloads(s) {
		size += len(p.Body)
	}
	if size == 0 || size > 10<<20 {
		t.Errorf("%d bytes", size)
	}
}
