package crm

import (
	"encoding/json"
	"slices"
	"strings"

	"sessionbridge.internal/shared/session"
)

// addCustomer adds who the customer is.
func (v Vars) addCustomer(s session.Session) {
	name := customerName(s.Customer)
	first, last := splitName(name)
	v["NAME"], v["FIRST_NAME"], v["LAST_NAME"] = name, first, last
	v["EMAIL"], v["UJET_ID"] = s.Customer.Email, s.Customer.ID

	sdk := vouchedFor(s.CustomData.Signed)
	v["SDK_NAME"], v["SDK_EMAIL"], v["SDK_PHONE"], v["SDK_IDENTIFIER"] = sdk["name"], sdk["email"], sdk["phone"], sdk["identifier"]
	uid := sdk["identifier"]
	if uid == "" && isMobile(s.Type) { // documented: on mobile, the part left of the @
		uid, _, _ = strings.Cut(s.Customer.Email, "@")
	}
	v["CUSTOM_USER_ID"], v["CUID"] = uid, uid
}

// vouchedFor reads the customer's own data out of what the company's server signed. What a web page sent unsigned is not
// believed: whoever sits at the browser could make themselves anybody. A value is bare or in a member "value".
func vouchedFor(signed json.RawMessage) map[string]string {
	var members map[string]json.RawMessage
	if len(signed) == 0 || json.Unmarshal(signed, &members) != nil {
		return nil
	}
	out := map[string]string{}
	for _, name := range []string{"name", "email", "phone", "identifier"} {
		value := members[name]
		var wrapped struct{ Value json.RawMessage }
		if json.Unmarshal(value, &wrapped) == nil && wrapped.Value != nil {
			value = wrapped.Value
		}
		var text string
		var number json.Number
		if json.Unmarshal(value, &text) == nil {
			out[name] = text
		} else if json.Unmarshal(value, &number) == nil {
			out[name] = number.String()
		}
	}
	return out
}

// customerName is never empty, since a CRM will not take an account without a name.
func customerName(c session.Customer) string {
	for _, name := range []string{c.Name, c.Email, c.Phone, c.PhoneRaw} {
		if name != "" {
			return name
		}
	}
	return "Unknown customer"
}

// splitName gives the first and last name; the last is "--" when there is none, as documented.
func splitName(name string) (first, last string) {
	first, last, ok := strings.Cut(name, " ")
	if !ok {
		last = "--"
	}
	return first, last
}

// isMobile says whether a session came from the mobile app, which session types called App before release 1.66
// (docs.cloud.google.com, CCAI Platform, "Session type terminology").
func isMobile(sessionType string) bool {
	words := strings.FieldsFunc(strings.ToLower(sessionType), func(c rune) bool { return c < 'a' || c > 'z' })
	return slices.Contains(words, "mobile") || slices.Contains(words, "app")
}
