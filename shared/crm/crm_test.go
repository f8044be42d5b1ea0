package crm_test

import (
	"time"

	"sessionbridge.internal/shared/session"
)

func seconds(n int) *int { return &n }

// call is a session with most of what a call can have.
func call() session.Session {
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	return session.Session{
		Key: "call-103646", Tenant: "demo", Source: "ccai", Channel: session.Call, Direction: session.Inbound,
		Type: "Voice Inbound (IVR)", StartedAt: start, EndedAt: start.Add(6 * time.Minute), Outcome: session.Completed,
		WaitSeconds: seconds(55), TalkSeconds: seconds(305), EndedBy: "end_user",
		Customer: session.Customer{Phone: "+12223334444", PhoneRaw: "+1 222 333 4444", ID: "87"},
		Agents:   []session.Agent{{ID: "1", Email: "ann@example.com"}, {ID: "2", CustomID: "007", Email: "kim@example.com"}},
		Queue:    session.Queue{ID: "8469", Path: "Orders / Status"},
	}
}
