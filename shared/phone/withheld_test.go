package phone_test

import (
	"testing"

	"sessionbridge.internal/shared/phone"
)

// The words that carriers send for a number that was withheld are numbers too, in countries that give them out.
func TestAWordIsANumberWhereItIsGivenOut(t *testing.T) {
	t.Parallel()
	const fromPlan = "github.com/google/libphonenumber: which numbers a country gives out"
	tests := map[string]struct{ from, raw, region, want string }{
		"an area code of Texas":                 {fromPlan, "(737) 874-2833", "US", "+17378742833"},
		"the same to Canada":                    {fromPlan, "7378742833", "CA", "+17378742833"},
		"the same with its country":             {fromPlan, "+1 737 874 2833", "", "+17378742833"},
		"a landline of Évora":                   {fromPlan, "266 696 687", "PT", "+351266696687"},
		"in a country without such an area":     {oursNone, "7378742833", "FR", ""},
		"where no country is known":             {oursNone, "7378742833", "", ""},
		"with a plus, as carriers send it":      {oursNone, "+7378742833", "US", ""},
		"a word too short for the country":      {oursNone, "2562533", "US", ""},
		"a word that China does not give out":   {oursNone, "86282452253", "CN", ""},
		"a plus before one that China may have": {oursNone, "+86282452253", "CN", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := phone.Parse(tt.raw, tt.region).E164(); got != tt.want {
				t.Errorf("%s (%s) is %q, want %q", tt.raw, tt.region, got, tt.want)
			}
		})
	}
}
