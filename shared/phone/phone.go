// Package phone writes telephone numbers in the forms that CRMs keep them in (docs.cloud.google.com, CCAI Platform,
// "Custom CRM", phone number format). What belongs to which country it has from Google's libphonenumber data, through
// github.com/nyaruka/phonenumbers; nothing else of the project knows that library.
//
// shared/crm chooses the form that the settings name. The library reads its data when the program starts: some 10 ms, 2.5 MB
// of memory and 3 MB of program, which every program that links this package pays.
package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Number is one telephone number. The zero Number is none, and all its forms are empty.
type Number struct {
	raw    string                    // as received
	number *phonenumbers.PhoneNumber // nil where the country is not known
}

// withheld are the numbers some carriers send for a caller who withheld theirs: the words ANONYMOUS, RESTRICTED, BLOCKED,
// UNKNOWN and UNAVAILABLE, spelled on a telephone's keys. In a country that gives such a number out it is somebody's: 737
// is an area code of Texas.
var withheld = map[string]bool{
	"266696687": true, "7378742833": true, "2562533": true, "8656696": true, "86282452253": true,
}

// Parse reads a number in any notation; region is the country of numbers that come without one, ISO 3166-1 alpha-2, or
// empty. Words such as anonymous, withheld numbers, short codes and SIP addresses are no numbers, and give the zero Number.
// A national number whose country is not known is one, and stays in all its forms as it was received.
func Parse(raw, region string) Number {
	raw = strings.TrimSpace(raw)
	digits, ok := digitsOf(raw)
	if !ok {
		return Number{}
	}
	national := !strings.HasPrefix(raw, "+")
	n, err := phonenumbers.Parse(raw, strings.ToUpper(region))
	if withheld[digits] && !(national && err == nil && phonenumbers.IsValidNumber(n)) {
		return Number{}
	}
	if err != nil {
		return Number{raw: raw}
	}
	if phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE && national {
		return Number{raw: raw} // such as a number without its area code: the country does not complete it
	}
	n.Extension = nil
	return Number{raw, n}
}

// The fewest and most digits of a number: fewer is a short code, more is beyond ITU-T Recommendation E.164, to which the
// longest international prefixes are added.
const (
	fewestDigits = 7
	mostDigits   = 20
)

// digitsOf takes the digits out of what may be a number: nothing may stand between them but what is written there.
func digitsOf(s string) (string, bool) {
	var b strings.Builder
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case c == '+' && i == 0:
		case !strings.ContainsRune("-./() \u00a0", c):
			return "", false
		}
	}
	return b.String(), b.Len() >= fewestDigits && b.Len() <= mostDigits
}

// Raw is the number as received.
func (n Number) Raw() string { return n.raw }

// E164 is +12223334444 (ITU-T Recommendation E.164).
func (n Number) E164() string {
	switch {
	case n.number != nil:
		return phonenumbers.Format(n.number, phonenumbers.E164)
	case strings.HasPrefix(n.raw, "+"): // of a country that the data do not have
		digits, _ := digitsOf(n.raw)
		return "+" + digits
	}
	return n.raw
}

// International is +1 222 333 4444: the country code and the groups that are usual in the country, a space between them.
func (n Number) International() string {
	if n.number == nil {
		return n.raw
	}
	return strings.Join(n.groups(), " ")
}

// Search is *222*333*4444: the groups without the country code, for CRMs that take the asterisk for anything.
func (n Number) Search() string {
	if n.number == nil {
		return n.raw
	}
	return "*" + strings.Join(n.groups()[1:], "*")
}

// groups are the country code with its plus and the groups behind it.
func (n Number) groups() []string {
	return strings.FieldsFunc(phonenumbers.Format(n.number, phonenumbers.INTERNATIONAL), func(c rune) bool {
		return c != '+' && (c < '0' || c > '9')
	})
}

// USLocal is 2223334444 for a number of country code 1, and E164 for others, which have no such form.
func (n Number) USLocal() string {
	if n.number.GetCountryCode() != 1 {
		return n.E164()
	}
	return n.NationalDigits()
}

// USLocalStandard is (222) 333-4444 for a number of country code 1, and E164 for others.
func (n Number) USLocalStandard() string {
	d := n.NationalDigits()
	if n.number.GetCountryCode() != 1 || len(d) != 10 {
		return n.E164()
	}
	return "(" + d[:3] + ") " + d[3:6] + "-" + d[6:]
}

// Digits are all digits, the country code's first: 12223334444.
func (n Number) Digits() string {
	digits, _ := digitsOf(n.E164())
	return digits
}

// NationalDigits are the digits behind the country code, with the zero that Italian landlines keep: 2223334444.
func (n Number) NationalDigits() string {
	if n.number == nil {
		return n.Digits()
	}
	return phonenumbers.GetNationalSignificantNumber(n.number)
}

// Last are the last count digits, or all where there are fewer.
func (n Number) Last(count int) string {
	d := n.Digits()
	return d[len(d)-min(max(count, 0), len(d)):]
}
