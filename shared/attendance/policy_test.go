package attendance_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"sessionbridge.internal/shared/attendance"
	"sessionbridge.internal/shared/settings"
)

// Settings and policy have the same rules, each written where it is needed: what one takes, the other must take.
func TestWhatValidatesIsAPolicyAndTheReverse(t *testing.T) {
	t.Parallel()
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	taken := 0
	for range 5_000 {
		p := randomPresence(r)
		s := settings.Settings{Presence: &p}
		valid, checked := s.Validate(), attendance.PolicyOf(&p).Check()
		if (valid == nil) != (checked == nil) {
			doc, _ := json.Marshal(p)
			t.Fatalf("%s\nthe settings say %v, the policy %v", doc, valid, checked)
		}
		if valid == nil {
			taken++
		}
	}
	if taken < 250 || taken > 4_750 {
		t.Errorf("%d of 5000 are valid: the test proves little", taken)
	}
}

func randomPresence(r *rand.Rand) settings.Presence {
	crm := []string{"Available", "available", "Lunch", " Lunch", "Mail", "Busy", "Offline", "Nap"}
	centre := []string{"Available", "AVAILABLE ", "Meal", "Break", "In-call", "wrap-up", "Coaching"}
	if r.IntN(4) == 0 {
		crm, centre = append(crm, ""), append(centre, " ")
	}
	p := settings.Presence{
		ToCentre: randomMap(r, crm, centre), ToCRM: randomMap(r, centre, crm), TwoWay: r.IntN(2) == 0, WindowSeconds: r.IntN(30) * 10,
		CRM: settings.PresenceCRM{Type: settings.CRMKustomer, URL: "https://crm.example.com", Key: "secret://crm"},
	}
	if r.IntN(20) == 0 {
		p.WindowSeconds = r.IntN(10_000) - 5_000
	}
	if r.IntN(10) == 0 {
		p.Priority = []string{settings.PriorityLatest, settings.PriorityCRM, "centre"}[r.IntN(3)]
	}
	if r.IntN(5) == 0 {
		p.SystemStates = []string{centre[r.IntN(len(centre))]}
	}
	if r.IntN(5) == 0 {
		p.CRMSystemStates = []string{crm[r.IntN(len(crm))]}
	}
	return p
}

func randomMap(r *rand.Rand, from, to []string) map[string]string {
	m := map[string]string{}
	for range r.IntN(4) {
		m[from[r.IntN(len(from))]] = to[r.IntN(len(to))]
	}
	return m
}
