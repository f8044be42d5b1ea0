package desk

import (
	"errors"
	"regexp"
	"strings"

	"sessionbridge.internal/shared/phone"
)

// What a person can mend in a number.
var (
	errNoNumber   = errors.New("there is no telephone number: the link must end with call?number=+390212345678")
	errNotANumber = errors.New("this is no telephone number that can be called: it must have 7 to 15 digits, and nothing else but a + before and spaces, dashes, dots or brackets between them")
	errNoCountry  = errors.New("the number has no country: write it with the country's code, as in +39 02 1234 5678, or name the region in the settings (crm.phone.region)")
)

// maxNumber bounds what is read as a number, in bytes: RFC 3966 allows parameters behind it.
const maxNumber = 200

// whole is a number in E.164 form (ITU-T Recommendation E.164, section 6: at most 15 digits, and no country code begins
// with 0).
var whole = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// dial reads a number as a person or a CRM writes it; region is the country of numbers that come without one. A "tel:" before
// it and its parameters behind it are passed over (RFC 3966, section 3).
func dial(raw, region string) (phone.Number, error) {
	if len(raw) > maxNumber {
		return phone.Number{}, errNotANumber
	}
	if len(raw) > 4 && strings.EqualFold(raw[:4], "tel:") {
		raw, _, _ = strings.Cut(raw[4:], ";")
	}
	if strings.TrimSpace(raw) == "" {
		return phone.Number{}, errNoNumber
	}
	n := phone.Parse(raw, region)
	switch {
	case n == (phone.Number{}):
		return n, errNotANumber
	case !strings.HasPrefix(n.E164(), "+"):
		return n, errNoCountry
	case !whole.MatchString(n.E164()):
		return n, errNotANumber
	}
	return n, nil
}

// linked is the number of a link as it was meant. The plus of ?number=+39… is a space by the rules of forms
// (url.spec.whatwg.org, section 5.1), and many CRMs put a number into a link as it stands. No national number begins so:
// a space and then a digit that a country's code may begin with.
func linked(raw string) string {
	if len(raw) > 1 && raw[0] == ' ' && raw[1] >= '1' && raw[1] <= '9' {
		return "+" + raw[1:]
	}
	return raw
}
