package desk

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"sessionbridge.internal/shared/phone"
)

// What a person can mend in a number.
var (
	errNoNumber   = errors.New("there is no telephone number: the link must end with call?number=+390212345678")
	errNotANumber = errors.New("this is no telephone number that can be called: it must have 7 to 15 digits, and nothing else but a + before and spaces, dashes, dots or brackets between them")
	errContext    = errors.New(`the number is only one within some network: its phone-context must begin with a country's code, as in ;phone-context=+39`)
	errNoCountry  = errors.New("the number has no country: write it with the country's code, as in +39 02 1234 5678, or name the region in the settings (crm.phone.region)")
)

// maxNumber bounds what is read as a number, in bytes: RFC 3966 allows parameters behind it.
const maxNumber = 200

// whole is a number in E.164 form (ITU-T Recommendation E.164, section 6: at most 15 digits, and no country code begins
// with 0).
var whole = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// dial reads a number as a person or a CRM writes it; region is the country of numbers that come without one. A "tel:" before
// it is passed over, and so are the parameters behind it (RFC 3966, section 3) but for the context.
func dial(raw, region string) (phone.Number, error) {
	if len(raw) > maxNumber {
		return phone.Number{}, errNotANumber
	}
	raw = strings.TrimSpace(raw)
	if len(raw) >= 4 && strings.EqualFold(raw[:4], "tel:") {
		var err error
		if raw, err = global(strings.TrimSpace(raw[4:])); err != nil {
			return phone.Number{}, err
		}
	}
	if raw == "" {
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

// global is the number of a tel: address without its parameters. A number without a country may have its context there: the
// digits that are to be put before it, or the name of a network within which alone it is a number (RFC 3966, section 5.1.5).
func global(address string) (string, error) {
	number, rest, _ := strings.Cut(address, ";")
	for parameter := range strings.SplitSeq(rest, ";") {
		name, context, _ := strings.Cut(parameter, "=")
		switch {
		case !strings.EqualFold(name, "phone-context") || strings.HasPrefix(number, "+"):
		case !strings.HasPrefix(context, "+"):
			return "", errContext
		default:
			return context + number, nil
		}
	}
	return number, nil
}

// linked is the number of a link's query as it was meant. By the rules of forms a plus is a space (url.spec.whatwg.org, section
// 5.1), but many CRMs put a number into a link as it stands, and ?number=+39… must not be called at home. So a plus is one at
// the number's beginning and among its parameters, and a space between its digits, which no plus is ever written between;
// %20 is a space everywhere.
func linked(query string) string {
	for pair := range strings.SplitSeq(query, "&") {
		value, ok := strings.CutPrefix(pair, "number=")
		if !ok {
			continue
		}
		text, err := url.PathUnescape(value)
		if err != nil {
			return value // which is no number
		}
		return spaced(text)
	}
	return ""
}

// spaced has the pluses be spaces that are none.
func spaced(text string) string {
	if strings.Trim(text, "+ ") == "" {
		return ""
	}
	head, parameters, some := strings.Cut(text, ";")
	first := strings.IndexFunc(head, func(c rune) bool { return c >= '0' && c <= '9' })
	if first >= 0 {
		head = head[:first] + strings.ReplaceAll(head[first:], "+", " ")
	}
	if some {
		head += ";" + parameters
	}
	return head
}
