package ccai

import (
	"strings"

	"sessionbridge.internal/shared/session"
)

// withheld are the numbers some carriers send for a caller who withheld theirs: the words ANONYMOUS, RESTRICTED,
// BLOCKED, UNKNOWN and UNAVAILABLE, spelled on a telephone's keys. Taken for numbers, they would make one customer of
// all such callers.
var withheld = map[string]bool{
	"+266696687": true, "+7378742833": true, "+2562533": true, "+8656696": true, "+86282452253": true,
}

// dialable returns a number in the form of ITU-T Recommendation E.164: a plus sign and at most fifteen digits, the
// first not zero. The raw form must begin with the plus; spaces, dots, hyphens, slashes and brackets are taken out.
// Nothing else is a number: a national number lacks its country, which cannot be guessed (Italian landlines keep
// their zero behind the country code, others do not), and "(0)" is a digit not to be dialled from abroad.
func dialable(raw string) string {
	number := strings.NewReplacer(" ", "", "-", "", ".", "", "/", "", "(", "", ")", "", "\u00a0", "").Replace(raw)
	digits, plus := strings.CutPrefix(number, "+")
	if !plus || strings.Contains(raw, "(0)") || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || withheld[number] {
		return ""
	}
	return number
}

// customer reads a dn, the number or name by which the platform knows an end user: a phone number, a word such as
// `anonymous`, or `end_user_5`, which is the platform's id of the end user and no number in any form.
func customer(dn string) session.Customer {
	if id, ok := strings.CutPrefix(dn, "end_user_"); ok {
		return session.Customer{ID: id}
	}
	return session.Customer{Phone: dialable(dn), PhoneRaw: dn}
}
