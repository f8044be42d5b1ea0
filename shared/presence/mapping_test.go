package presence_test

import (
	"errors"
	"strings"
	"testing"

	"sessionbridge.internal/shared/presence"
)

// guide is the guide's own example: four states of the CRM, three of the contact centre.
func guide() presence.Mapping {
	return presence.Mapping{ToCentre: map[string]string{"State 1": "A", "State 2": "A", "State 3": "B", "State 4": "D"}}
}

func TestCounterpart(t *testing.T) {
	t.Parallel()
	chosen := guide()
	chosen.ToCRM = map[string]string{"a": "State 2", "Meal": "Lunch"}
	astray := guide()
	astray.ToCRM = map[string]string{"A": "State 3"}
	for name, c := range map[string]struct {
		m     presence.Mapping
		side  presence.Side
		state string
		want  string // empty: none
	}{
		"the first of two leads to A":                      {guide(), presence.CRM, "State 1", "A"},
		"and so does the second":                           {guide(), presence.CRM, "State 2", "A"},
		"the third leads to B":                             {guide(), presence.CRM, "State 3", "B"},
		"letter case and spaces around do not count":       {guide(), presence.CRM, "  state 3 ", "B"},
		"an unmapped state leads nowhere":                  {guide(), presence.CRM, "State 5", ""},
		"the way back is the first by the alphabet":        {guide(), presence.Centre, "A", "State 1"},
		"nothing leads back from an unmapped state":        {guide(), presence.Centre, "C", ""},
		"the way back can be chosen":                       {chosen, presence.Centre, "A", "State 2"},
		"a state may have only a way back":                 {chosen, presence.Centre, "meal", "Lunch"},
		"a way back that would lead elsewhere is not gone": {astray, presence.Centre, "A", "State 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := c.m.Counterpart(c.side, c.state)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("%s %q leads to %q (%v), want %q", c.side, c.state, got, ok, c.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		p    presence.Policy
		want []string // parts of the error; none: no error
	}{
		"the guide's example is right":         {presence.Policy{Mapping: guide()}, nil},
		"nothing at all is right":              {presence.Policy{}, nil},
		"an unknown priority":                  {presence.Policy{Priority: "mine"}, []string{"priority", `"mine"`, "latest"}},
		"a window of a day":                    {presence.Policy{WindowSeconds: 86400}, []string{"window_seconds"}},
		"a system state as counterpart":        {mapped("Busy", "In-Call"), []string{"to_centre.Busy", "alone"}},
		"one of the tenant's own":              {presence.Policy{Mapping: guide(), SystemStates: []string{"b"}}, []string{"to_centre.State 3"}},
		"a state without a name":               {mapped(" ", "Meal"), []string{"no name"}},
		"two that read the same":               {presence.Policy{Mapping: presence.Mapping{ToCentre: map[string]string{"Lunch": "Meal", "lunch": "Break"}}}, []string{"to_centre.lunch", `"Lunch" reads the same`}},
		"a way back that leads elsewhere":      {back("A", "State 3"), []string{"to_crm.A", `"State 3" is "B"`}},
		"a way back to the CRM's system state": {back("Z", "Offline"), []string{"to_crm.Z", "CRM alone"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.p.Check()
			if (err != nil) != (c.want != nil) || err != nil && !errors.Is(err, presence.ErrPolicy) {
				t.Fatalf("got %v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func mapped(from, to string) presence.Policy {
	return presence.Policy{Mapping: presence.Mapping{ToCentre: map[string]string{from: to}}}
}

func back(from, to string) presence.Policy {
	m := guide()
	m.ToCRM = map[string]string{from: to}
	return presence.Policy{Mapping: m, CRMSystemStates: []string{"Offline"}}
}
