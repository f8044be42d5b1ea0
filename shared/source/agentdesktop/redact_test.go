package agentdesktop_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sessionbridge.internal/shared/source/agentdesktop"
)

// TestCredentialsInCallDataAreNotKept reads what Raw and the custom data hold of a CallData.
func TestCredentialsInCallDataAreNotKept(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ callData, raw, data string }{
		"what is no credential stays to the letter": {
			`[ {"name":"ECID", "value":9007199254740993.10},{"name":"B","value":"<1>"} ]`, `=`, `{"B":"\u003c1\u003e","ECID":9007199254740993.10}`},
		"a credential goes": {
			`[{"name":"PASSWORD","value":"s3cret"},{"name":"ECID","value":1}]`,
			`[{"name":"PASSWORD","value":"[redacted]"},{"name":"ECID","value":1}]`, `{"ECID":1}`},
		"one that is a number, an object, a list, null": {
			`[{"name":"pin","value":12.50},{"name":"key","value":{"a":"s3cret"}},{"name":"cred","value":["s3cret"]},{"name":"auth","value":null}]`,
			`[{"name":"pin","value":"[redacted]"},{"name":"key","value":"[redacted]"},{"name":"cred","value":"[redacted]"},{"name":"auth","value":"[redacted]"}]`, ``},
		"the value before the name":           {`[{"value":"s3cret","name":"x-Token"}]`, `[{"value":"[redacted]","name":"x-Token"}]`, ``},
		"what stands beside the name":         {`[{"name":"login","Value":"s3cret"}]`, `[{"name":"login","Value":"[redacted]"}]`, ``},
		"a name and nothing":                  {`[{"name":"login"},{"name":"A","value":1}]`, `=`, `{"A":1}`},
		"a name and two things":               {`[{"name":"login","value":"s3cret","Value":"s3cret"}]`, `"[redacted]"`, ``},
		"a name written with escapes":         {`[{"name":"p\u0061ss","value":"s3cret"}]`, `[{"name":"p\u0061ss","value":"[redacted]"}]`, ``},
		"a key written with escapes":          {`[{"n\u0061me":"pass","value":"s3cret"}]`, `[{"n\u0061me":"pass","value":"[redacted]"}]`, ``},
		"two names":                           {`[{"name":"pass","name":"a","value":"s3cret"}]`, `"[redacted]"`, ``},
		"what is empty says nothing":          {`[{"name":"A","value":""},{"name":"B","value":null},{"name":"","value":1},{"value":1}]`, `=`, ``},
		"of equal names the last":             {`[{"name":"A","value":"1"},{"name":"A","value":"2"}]`, `=`, `{"A":"2"}`},
		"other shapes without a credential":   {`[7,"A=1",["x"],{"a":1}]`, `=`, ``},
		"other shapes with one go as a whole": {`[{"name":"A","value":"1"},"B=1;PWD=s3cret"]`, `"[redacted]"`, ``},
		"a credential in a list of anything":  {`[7,{"name":"pin","value":"s3cret"}]`, `"[redacted]"`, ``},
		"a name that is no text":              {`[{"name":1,"value":"key=s3cret"}]`, `"[redacted]"`, ``},
		"a pair that is not in a list":        {`{"name":"secret","value":"s3cret"}`, `"[redacted]"`, ``},
		"an object of names":                  {`{"usr":"s3cret","A":1}`, `"[redacted]"`, ``},
		"a text of pairs":                     {`"A=1;usr=s3cret"`, `"[redacted]"`, ``},
		"a text that spells one":              {`"p\u0061ss=s3cret"`, `"[redacted]"`, ``},
		"a harmless text":                     {`"A=1;B=2"`, `=`, ``},
		"nothing":                             {`[]`, `=`, ``},
		"credentials of other languages":      {`[{"name":"Utente","value":"s3cret"},{"name":"PSW","value":"s3cret"},{"name":"parola","value":"s3cret"},{"name":"Senha","value":"s3cret"},{"name":"clave","value":"s3cret"}]`, `[{"name":"Utente","value":"[redacted]"},{"name":"PSW","value":"[redacted]"},{"name":"parola","value":"[redacted]"},{"name":"Senha","value":"[redacted]"},{"name":"clave","value":"[redacted]"}]`, ``},
		"of many pairs the first hundred":     {`[{"name":"A","value":1},` + strings.Repeat(`{"name":"B","value":2},`, 99) + `{"name":"C","value":3}]`, `=`, `{"A":1,"B":2}`},
		"more pairs than anybody attaches":    {`[` + strings.Repeat(`{"name":"A"},`, 1_000) + `1]`, `=`, ``},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := ` { "event" : "HELD","uuid":"m", "CallData": %s ,"n":9007199254740993.10}`
			want := fmt.Sprintf(strings.TrimSpace(body), strings.Replace(tt.raw, "=", tt.callData, 1))
			if tt.raw != "=" {
				want = fmt.Sprintf(strings.TrimSpace(body), tt.raw)
			}
			e := decode(t, fmt.Sprintf(body, tt.callData))
			if diff := cmp.Diff(want, string(e.Raw)); diff != "" {
				t.Errorf("Raw (-want +got):\n%s", diff)
			}
			var got string
			if e.CustomData != nil {
				got = string(e.CustomData.Unsigned)
			}
			if got != tt.data {
				t.Errorf("custom data %s, want %s", got, tt.data)
			}
		})
	}
}

// TestCredentialsAreFoundWhereverTheyTravel looks for a secret in everything that is made of a payload.
func TestCredentialsAreFoundWhereverTheyTravel(t *testing.T) {
	t.Parallel()
	contact := `{` + mainCall + `,"CallData":[{"name":"PASSWORD","value":"s3cret"},{"name":"ECID","value":9007199254740993.10}]}`
	whole := `{"event":"HELD",` + contact[1:]
	twice := `{"event":"HELD","uuid":"m","CallData":[{"name":"pin","value":"s3cret"}],"CallData":[{"name":"A","value":9007199254740993.10}]}`
	quoted := fmt.Sprintf("%q", whole)
	pair := `{"jQuery_eventType":"x","data":` + quoted + `}`
	payloads := map[string]string{
		"at the top":                   whole,
		"in data":                      `{"event":"HELD","data":` + contact + `}`,
		"in data, a string":            `{"event":"HELD","data":` + fmt.Sprintf("%q", contact) + `}`,
		"in the callback's pair":       pair,
		"in a string with white space": strings.Replace(pair, `\"ani`, `\n\t\r\"ani`, 1),
		"in an envelope of strings":    enveloped(`"agent":{}`, fmt.Sprintf("%q", pair)),
		"under two equal keys":         twice,
		"under a key with an escape":   strings.Replace(whole, "CallData", `C\u0061llData`, 1),
		"under a key in lower case":    strings.Replace(whole, "CallData", `calldata`, 1),
		"in an event of tomorrow":      strings.Replace(whole, "HELD", "OFTOMORROW", 1),
		"in an agent's event":          strings.Replace(whole, "HELD", "AGENT:PAUSE", 1),
		"in an entry without contact":  `[{"event":"HELD","ani":9007199254740993.10,"CallData":[{"name":"pin","value":"s3cret"}]},` + whole + `]`,
		"in an entry that is a string": `[` + quoted + `,` + whole + `]`,
		"in an entry that is a list":   `[[` + whole + `],` + whole + `]`,
		"in a string that is no JSON":  `[{"event":"HELD","n":9007199254740993.10,"data":"{\"CallData\":[{\"name\":\"pin\",\"value\":\"s3cret\"}]"},` + whole + `]`,
	}
	for name, body := range payloads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, err := agentdesktop.Decode(receipt, []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			all, err := json.Marshal(batch)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(all), "s3cret") {
				t.Errorf("the secret is kept: %s", all)
			}
			for _, e := range batch.Events {
				if !strings.Contains(string(e.Raw), "[redacted]") || !strings.Contains(string(e.Raw), "9007199254740993.10") {
					t.Errorf("Raw is not what came without the secret: %s", e.Raw)
				}
			}
		})
	}
}

// TestAnIDIsNotMadeOfACredential lest it be guessed from the id.
func TestAnIDIsNotMadeOfACredential(t *testing.T) {
	t.Parallel()
	body := func(pin string) string {
		return held(mainCall + `,"CallData":[{"name":"PIN","value":"` + pin + `"}]`)
	}
	if a, b := decode(t, body("1234")), decode(t, body("4321")); a.ID != b.ID {
		t.Errorf("ids %s and %s differ by a credential only", a.ID, b.ID)
	}
}
