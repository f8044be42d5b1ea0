package phone_test

import (
	"testing"

	"sessionbridge.internal/shared/phone"
)

// Each format has the page's own example.
func TestDocumentedFormats(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, raw string
		format    func(phone.Number) string
		want      string
	}{
		"automatic, to create":                   {fromFormat, "+12223334444", phone.Number.International, "+1 222 333 4444"},
		"automatic, to search":                   {fromFormat, "+12223334444", phone.Number.Search, "*222*333*4444"},
		"E.164":                                  {fromFormat, "+12223334444", phone.Number.E164, "+12223334444"},
		"US local":                               {fromFormat, "+12223334444", phone.Number.USLocal, "2223334444"},
		"US local standard, with another number": {fromFormat, "+11112223333", phone.Number.USLocalStandard, "(111) 222-3333"},
		"international":                          {fromFormat, "+12223334444", phone.Number.International, "+1 222 333 4444"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := tt.format(phone.Parse(tt.raw, "")); got != tt.want {
				t.Errorf("%s is written %q, want %q", tt.raw, got, tt.want)
			}
		})
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from        string
		raw, region string
		// E.164, international, search, US local, US local standard, national digits
		want [6]string
	}{
		"the documented example":             {fromFormat, "+12223334444", "", [6]string{"+12223334444", "+1 222 333 4444", "*222*333*4444", "2223334444", "(222) 333-4444", "2223334444"}},
		"a national US number":               {fromFormat, "(222) 333-4444", "US", [6]string{"+12223334444", "+1 222 333 4444", "*222*333*4444", "2223334444", "(222) 333-4444", "2223334444"}},
		"Italian landlines keep their zero":  {fromGroups, "06 698 12345", "IT", [6]string{"+390669812345", "+39 06 6981 2345", "*06*6981*2345", "+390669812345", "+390669812345", "0669812345"}},
		"Italian mobiles have none":          {fromGroups, "339 366 9393", "it", [6]string{"+393393669393", "+39 339 366 9393", "*339*366*9393", "+393393669393", "+393393669393", "3393669393"}},
		"Korean mobiles lose theirs":         {oursUS, "010-1234-5678", "KR", [6]string{"+821012345678", "+82 10 1234 5678", "*10*1234*5678", "+821012345678", "+821012345678", "1012345678"}},
		"a Korean number from abroad":        {fromGroups, "+82 2-312-3456", "", [6]string{"+8223123456", "+82 2 312 3456", "*2*312*3456", "+8223123456", "+8223123456", "23123456"}},
		"a British number with its (0)":      {fromGroups, "+44 (0)20 7946 0958", "", [6]string{"+442079460958", "+44 20 7946 0958", "*20*7946*0958", "+442079460958", "+442079460958", "2079460958"}},
		"a Japanese number":                  {oursUS, "03-1234-5678", "JP", [6]string{"+81312345678", "+81 3 1234 5678", "*3*1234*5678", "+81312345678", "+81312345678", "312345678"}},
		"a Chinese mobile":                   {fromGroups, "138 1234 5678", "CN", [6]string{"+8613812345678", "+86 138 1234 5678", "*138*1234*5678", "+8613812345678", "+8613812345678", "13812345678"}},
		"an international prefix":            {fromGroups, "0039 06 698 12345", "DE", [6]string{"+390669812345", "+39 06 6981 2345", "*06*6981*2345", "+390669812345", "+390669812345", "0669812345"}},
		"a plus outweighs the region":        {fromFormat, "+12223334444", "IT", [6]string{"+12223334444", "+1 222 333 4444", "*222*333*4444", "2223334444", "(222) 333-4444", "2223334444"}},
		"without a country it stays":         {oursCountry, "06 698 12345", "", [6]string{"06 698 12345", "06 698 12345", "06 698 12345", "06 698 12345", "06 698 12345", "0669812345"}},
		"without its area code it stays":     {oursCountry, "333-4444", "US", [6]string{"333-4444", "333-4444", "333-4444", "333-4444", "333-4444", "3334444"}},
		"a region nobody has heard of":       {oursCountry, "339 366 9393", "XX", [6]string{"339 366 9393", "339 366 9393", "339 366 9393", "339 366 9393", "339 366 9393", "3393669393"}},
		"a country nobody has heard of":      {oursCountry, "+999 123 4567", "", [6]string{"+9991234567", "+999 123 4567", "+999 123 4567", "+9991234567", "+9991234567", "9991234567"}},
		"a number longer than its country's": {oursCountry, "+1222333444455", "", [6]string{"+1222333444455", "+1 222333444455", "*222333444455", "222333444455", "+1222333444455", "222333444455"}},
		"no number":                          {from: oursNone},
		"a withheld caller":                  {oursNone, "anonymous", "US", [6]string{}},
		"a word that carriers send":          {oursNone, "+266696687", "", [6]string{}},
		"the same in national form":          {oursNone, "266696687", "US", [6]string{}},
		"a short code":                       {oursNone, "12345", "US", [6]string{}},
		"a SIP address":                      {oursNone, "sip:+12223334444@example.com", "US", [6]string{}},
		"letters on the keys":                {oursNone, "1-800-FLOWERS", "US", [6]string{}},
		"two numbers":                        {oursNone, "+12223334444,+12223334445", "US", [6]string{}},
		"an extension is no number's part":   {oursNone, "+12223334444 ext 5", "US", [6]string{}},
		"endless digits":                     {fromE164, "+123456789012345678901", "", [6]string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			n := phone.Parse(tt.raw, tt.region)
			got := [6]string{n.E164(), n.International(), n.Search(), n.USLocal(), n.USLocalStandard(), n.NationalDigits()}
			if got != tt.want {
				t.Errorf("%s (%s):\n got %q\nwant %q", tt.raw, tt.region, got, tt.want)
			}
			if wantRaw := tt.want[0] != ""; (n.Raw() == tt.raw) != wantRaw && tt.raw != "" {
				t.Errorf("raw %q of %q", n.Raw(), tt.raw)
			}
		})
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	n := phone.Parse("+39 06 698 12345", "")
	for name, tt := range map[string]struct {
		from  string
		count int
		want  string
	}{
		"seven":            {oursLast, 7, "9812345"},
		"none":             {oursLast, 0, ""},
		"fewer than none":  {oursLast, -1, ""},
		"more than it has": {oursLast, 99, "390669812345"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := n.Last(tt.count); got != tt.want {
				t.Errorf("last %d: %s, want %s", tt.count, got, tt.want)
			}
		})
	}
	if got := n.Digits(); got != "390669812345" {
		t.Errorf("digits %s", got)
	}
}

// A number comes from outside: whatever it is, reading and writing it ends.
func FuzzParse(f *testing.F) {
	f.Add("+12223334444", "US")
	f.Add("+44 (0)20 7946 0958", "")
	f.Add("+-+", "IT")
	f.Fuzz(func(t *testing.T, raw, region string) {
		n := phone.Parse(raw, region)
		n.International()
		n.USLocal()
		n.USLocalStandard()
		if n.E164() == "" && n.Search() != "" {
			t.Errorf("%q has a search form and no other", raw)
		}
	})
}

func BenchmarkInternational(b *testing.B) {
	for b.Loop() {
		phone.Parse("+12223334444", "").International()
	}
}
