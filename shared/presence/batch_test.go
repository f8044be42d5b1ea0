package presence_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/presence"
)

func TestBatchesAreGroupedByStatus(t *testing.T) {
	t.Parallel()
	write := func(login, state string) presence.Write {
		return presence.Write{Side: centre, Login: login, State: state}
	}
	writes := []presence.Write{
		write("11", "Meal"), write("12", "Break"), write("13", "Meal"), write("14", "Meal"),
		{Side: crm, Login: "ws1", State: "Meal"}, write("kim", "Break"),
	}
	batches, err := presence.Batches(writes, 2)
	if !errors.Is(err, presence.ErrAgentID) {
		t.Errorf("the agent id that is none is not reported: %v", err)
	}
	var got []string
	for _, b := range batches {
		body, err := b.Body()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(body))
	}
	want := []string{
		`{"status":"Break","agent_ids":[12],"team_ids":[]}`,
		`{"status":"Meal","agent_ids":[11,13],"team_ids":[]}`,
		`{"status":"Meal","agent_ids":[14],"team_ids":[]}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// The answer is the documentation's, with one agent more of each kind.
func TestEveryAgentOfABatchHasAResult(t *testing.T) {
	t.Parallel()
	answers, err := presence.ReadAnswers([]byte(`[
		{"agent_id":11,"name":"Darth Vader","email":"d@example.com","agent_number":"Agent No.111","previous_status":"lunch","current_status":"Available"},
		{"agent_id":12,"name":"Craig T","email":"c@example.com","agent_number":"Agent No.112","previous_status":"In-call","current_status":"In-call","message":"Agent can't be changed from system status 'In-call'"},
		{"agent_id":13,"previous_status":"Available","current_status":"available","message":"Agent already has the status"},
		{"agent_id":14,"previous_status":"Meal","current_status":"Meal","message":"Status not found"},
		{"agent_id":15,"previous_status":"Meal","current_status":"Verfügbar"},
		{"agent_id":99,"previous_status":"Meal","current_status":"Available"}]`))
	if err != nil {
		t.Fatal(err)
	}
	var writes []presence.Write
	for id := 11; id <= 16; id++ {
		writes = append(writes, presence.Write{Side: centre, Login: fmt.Sprint(id), State: "Available"})
	}
	batches, err := presence.Batches(writes, 100)
	if err != nil || len(batches) != 1 {
		t.Fatalf("%d batches, %v", len(batches), err)
	}
	var got []string
	for _, r := range batches[0].Results(presence.Policy{}, answers) {
		got = append(got, fmt.Sprintf("%s %s: %s→%s", r.Write.Login, r.Outcome, r.Previous, r.Became))
	}
	want := []string{
		"11 done: lunch→Available", "12 busy: In-call→In-call", "13 done: Available→available",
		"14 refused: Meal→Meal", "15 done: Meal→Verfügbar", "16 lost: →",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"nothing":          "",
		"null":             "null",
		"an object":        `{"agent_id":11}`,
		"a list cut off":   `[{"agent_id":11}`,
		"a list of words":  `["kim"]`,
		"too many entries": "[" + strings.Repeat("{},", 1000) + "{}]",
		"too many bytes":   "[" + strings.Repeat(" ", 1<<20) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := presence.ReadAnswers([]byte(body)); !errors.Is(err, presence.ErrAnswer) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	if got, err := presence.ReadAnswers([]byte(" [] ")); err != nil || len(got) != 0 {
		t.Errorf("an empty list is an answer about nobody: %v, %v", got, err)
	}
}
