package demo_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/emulator/demo"
)

var (
	nine   = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	east   = time.FixedZone("", 8*60*60)
	vendor = "2006-01-02 15:04:05 -0700"
)

func TestPlaceholdersAreFilled(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{ // want is a regular expression
		"a text without any":             {`{"a":{"b":{}}}`, `\{"a":\{"b":\{\}\}\}`},
		"the time":                       {`"{{time}}"`, `"2026-01-05 17:00:00 \+0800"`},
		"a later time":                   {`"{{time+3s}}"`, `"2026-01-05 17:00:03 \+0800"`},
		"an earlier time":                {`"{{time-1m30s}}"`, `"2026-01-05 16:58:30 \+0800"`},
		"milliseconds within a text":     {`"at {{millis}}"`, `"at 1767603600000"`},
		"milliseconds as a number":       {`{"at":"{{#millis-1.5s}}"}`, `\{"at":1767603598500\}`},
		"a number as a text":             {`"{{number}}"`, `"[1-9][0-9]{8}"`},
		"a number as one":                {`"{{#number2}}"`, `[1-9][0-9]{8}`},
		"hexadecimal digits in a handle": {`"13b-{{hex}}@HOST"`, `"13b-[0-9a-f]{12}@HOST"`},
		"a UUID":                         {`"{{uuid9}}"`, `"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`},
		"two, one after the other":       {`"{{millis}}{{millis}}"`, `"17676036000001767603600000"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := demo.Fill(vendor, east, tt.text, nine)
			if err != nil || !regexp.MustCompile(`^`+tt.want+`$`).MatchString(got) {
				t.Errorf("%s became %s (%v), want %s", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestPlaceholdersAreStrict(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"an unknown name":            {`"{{tiem}}"`, "{{tiem}} is no placeholder: there are number"},
		"no name":                    {`"{{}}"`, "{{}} is no placeholder"},
		"blanks around the name":     {`"{{ time }}"`, "{{ time }} is no placeholder"},
		"the first of many":          {`"{{number1}}"`, "{{number1}} is no placeholder"},
		"more than nine of a kind":   {`"{{uuid10}}"`, "{{uuid10}} is no placeholder"},
		"a distance without a unit":  {`"{{time+3}}"`, "{{time+3}}: the distance must be like +3s"},
		"a distance from an id":      {`"{{number+3s}}"`, "{{number+3s}} is no placeholder"},
		"a number that is none":      {`"{{#uuid}}"`, "{{#uuid}} is no number"},
		"a number within a text":     {`"call-{{#number}}"`, "{{#number}} is no placeholder"},
		"one that is not closed":     {`{"a":"{{time","b":{"c":1}}`, "not closed"},
		"the second of two is wrong": {`"{{time}} {{tmie}}"`, "{{tmie}} is no placeholder"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := demo.Fill(vendor, east, tt.text, nine); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s became %s (%v), want the error %q", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestEqualPlaceholdersAreEqualAndOthersAreNot(t *testing.T) {
	t.Parallel()
	got, err := demo.Fill(vendor, east, "{{uuid}} {{uuid}} {{uuid2}} {{hex}} {{hex2}} {{number}} {{number2}}", nine)
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.Fields(got)
	if ids[0] != ids[1] || ids[1] == ids[2] || ids[3] == ids[4] || ids[5] == ids[6] {
		t.Errorf("the ids are %q", ids)
	}
}
