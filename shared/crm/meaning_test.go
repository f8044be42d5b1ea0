package crm_test

import (
	"testing"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/settings"
)

// The bodies are those of Request Tracker 5 ("RT"), REST 2.0, which refuses with 200 and with 400 alike.
func TestMeaningOf(t *testing.T) {
	t.Parallel()
	answers := []settings.Meaning{
		{Contains: "isn't a valid status", Means: settings.MeansRefused},
		{Status: 400, Contains: "in use", Means: settings.MeansExists},
		{Status: 400, Contains: "Permission Denied", Means: settings.MeansRefused},
		{Status: 400, Means: settings.MeansRetry},
		{Status: 404, Means: settings.MeansNotFound},
	}
	tests := map[string]struct {
		from   string
		status int
		body   string
		want   string
	}{
		"RT, PUT /ticket: a refusal with 200":       {seenInRT, 200, `["Ticket 1: Status 'nope' isn't a valid status for this ticket."]`, settings.MeansRefused},
		"the same with escapes":                     {fromJSON, 200, `["Status 'nope' isn\u0027t a valid status"]`, settings.MeansRefused},
		"the same with escapes, cut off":            {fromJSON, 200, `{"messages":["isn\u0027t a valid status","and`, settings.MeansRefused},
		"RT, PUT /ticket: done":                     {seenInRT, 200, `["Ticket 1: Status changed from 'new' to 'open'"]`, ""},
		"RT, POST /user: the name is taken":         {seenInRT, 400, `{"message":"Name in use"}`, settings.MeansExists},
		"letter case aside":                         {oursMeaning, 400, `{"message":"EMAIL ADDRESS IN USE"}`, settings.MeansExists},
		"the same text with another status":         {oursMeaning, 500, `{"message":"Name in use"}`, ""},
		"RT, POST /comment: no right":               {seenInRT, 400, `{"message":"Permission Denied"}`, settings.MeansRefused},
		"the first that fits counts":                {oursMeaning, 400, `Permission Denied: in use`, settings.MeansExists},
		"any body":                                  {oursMeaning, 400, `{"message":"Message could not be recorded"}`, settings.MeansRetry},
		"a status alone, and no body":               {oursMeaning, 404, ``, settings.MeansNotFound},
		"nothing fits":                              {oursMeaning, 201, `{"id":1}`, ""},
		"a body that is not JSON, with a backslash": {oursMeaning, 200, `C:\ isn't a valid status`, settings.MeansRefused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			got := crm.MeaningOf(&settings.Endpoint{Answers: answers}, crm.Answer{Status: tt.status, Body: []byte(tt.body)})
			if got != tt.want {
				t.Errorf("MeaningOf = %q, want %q", got, tt.want)
			}
		})
	}
	if got := crm.MeaningOf(&settings.Endpoint{}, ok(`{}`)); got != "" {
		t.Errorf("without settings an answer means %q", got)
	}
}
