package payload

import "strings"

// withheld are the numbers some carriers send for a caller who withheld theirs: the words ANONYMOUS, RESTRICTED,
// BLOCKED, UNKNOWN and UNAVAILABLE, spelled on a telephone's keys. Taken for numbers, they would make one customer of
// all such callers.
var withheld = map[string]bool{
	"+266696687": true, "+7378742833": true, "+2562533": true, "+8656696": true, "+86282452253": true,
}

// written takes out what is written between digits.
var written = strings.NewReplacer(" ", "", "-", "", ".", "", "/", "", "(", "", ")", "", "\u00a0", "")

// Dialable returns a number in the form of ITU-T Recommendation E.164: a plus sign and at most fifteen digits, the
// first not zero. The raw form must begin with the plus; spaces, dots, hyphens, slashes and brackets are taken out.
// Nothing else is a number: a national number lacks its country, which cannot be guessed (Italian landlines keep
// their zero behind the country code, others do not), and "(0)" is a digit not to be dialled from abroad.
func Dialable(raw string) string {
	number := written.Replace(raw)
	digits, plus := strings.CutPrefix(number, "+")
	if !plus || strings.Contains(raw, "(0)") || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || withheld[number] {
		return ""
	}
	return number
}

// IsNumber says whether a text may be a telephone number in any notation: at least three digits, and besides them only
// what is written between digits. Words such as `customer` and `anonymous` and SIP addresses are none.
func IsNumber(s string) bool {
	digits := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case !strings.ContainsRune("+-./() \u00a0*#", c):
			return false
		}
	}
	return digits >= 3
}
