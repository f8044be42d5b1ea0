package desk

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/phone"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// reading is one way to understand what an agent searches by: the variables that it gives a value.
type reading struct {
	by   string // in words
	vars crm.Vars
}

// As what q may be read.
const (
	byPhone   = "telephone number"
	byEmail   = "mail address"
	bySession = "session"
	byID      = "id"
	byName    = "name"
	byAccount = "account" // of records
)

var (
	mailAddress = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)
	sessionKey  = regexp.MustCompile(`^(?:([a-z]+)[-/])?((call|chat)-(\S+))$`)
	idWord      = regexp.MustCompile(`^[^\s@+]*[0-9][^\s@+]*$`) // a word without a digit is a name
	aLetter     = regexp.MustCompile(`\p{L}`)
)

// readings are all that q may be, what is more certain first. A number may be an id, too, and an id a name.
func readings(c *settings.CRM, q string) (all []reading) {
	if mailAddress.MatchString(q) {
		return []reading{{byEmail, crm.Vars{"EMAIL": q, "SDK_EMAIL": q}}}
	}
	for _, form := range phones(c, q) {
		all = append(all, reading{byPhone, form})
	}
	if m := sessionKey.FindStringSubmatch(q); m != nil {
		all = append(all, reading{bySession, crm.Vars{"SOURCE": m[1], "SESSION_KEY": m[2], "SESSION_ID": m[4], strings.ToUpper(m[3]) + "_ID": m[4]}})
	}
	if idWord.MatchString(q) {
		all = append(all, reading{byID, crm.Vars{"ACCOUNT_ID": q, "UJET_ID": q, "CUSTOM_USER_ID": q, "CUID": q, "SDK_IDENTIFIER": q}})
	}
	if aLetter.MatchString(q) {
		all = append(all, reading{byName, name(q)})
	}
	return all
}

// phones are the variables of a telephone number, in each form in which the tenant's CRM is asked for one; none where q is no
// number.
func phones(c *settings.CRM, q string) (all []crm.Vars) {
	if len(q) >= 4 && strings.EqualFold(q[:4], "tel:") {
		q = q[4:]
	}
	n := phone.Parse(q, c.Phone.Region)
	customer := session.Customer{PhoneRaw: q}
	if strings.HasPrefix(n.E164(), "+") {
		customer.Phone = n.E164()
	}
	known := crm.VarsOf(c, session.Session{Customer: customer}, session.CRM{})
	for _, form := range crm.PhoneForms(c.Phone, customer) {
		v := crm.Vars{"PHONE_NUMBER": form}
		for _, name := range []string{"CUSTOMER_PHONE_NUMBER", "ANI", "PHONE_RAW", "PHONE_DIGITS"} {
			v[name] = known[name]
		}
		all = append(all, v)
	}
	return all
}

// name is a person's name, whose last word is the family's.
func name(q string) crm.Vars {
	v := crm.Vars{"NAME": q, "LAST_NAME": q}
	if at := strings.LastIndex(q, " "); at > 0 {
		v["FIRST_NAME"], v["LAST_NAME"] = q[:at], q[at+1:]
	}
	return v
}

// ask is one request of a search.
type ask struct {
	reading
	endpoint *settings.Endpoint
	request  crm.Request
}

// asks are the requests by which the endpoints are asked for what is read, each once. An endpoint that has no place for it is
// not: its answer would be everybody.
func asks(of []*settings.Endpoint, all []reading) (list []ask, err error) {
	seen := map[string]bool{}
	for _, one := range all {
		for _, e := range of {
			if !crm.Asks(e, one.vars, slices.Collect(maps.Keys(one.vars))...) {
				continue
			}
			r, ok, err := crm.Build(e, one.vars)
			if err != nil {
				return nil, fault.Wrap(fault.Unprocessable, err, "the settings of this search are wrong, and an administrator has to mend them: %s", err.Error())
			}
			if ok && !seen[r.Digest()] {
				seen[r.Digest()] = true
				list = append(list, ask{one, e, r})
			}
		}
	}
	return list, nil
}

// samples are one of each kind of reading, but the session's.
var samples = []reading{
	{byPhone, crm.Vars{"PHONE_NUMBER": "1", "CUSTOMER_PHONE_NUMBER": "1", "ANI": "1", "PHONE_RAW": "1", "PHONE_DIGITS": "1"}},
	{byEmail, crm.Vars{"EMAIL": "1", "SDK_EMAIL": "1"}},
	{byID, crm.Vars{"ACCOUNT_ID": "1", "UJET_ID": "1", "CUSTOM_USER_ID": "1", "CUID": "1", "SDK_IDENTIFIER": "1"}},
	{byName, crm.Vars{"NAME": "1", "FIRST_NAME": "1", "LAST_NAME": "1"}},
	{bySession, crm.Vars{"SOURCE": "1", "SESSION_KEY": "1", "SESSION_ID": "1", "CALL_ID": "1", "CHAT_ID": "1"}},
}

// notAsked says by what the endpoints can be searched.
func notAsked(of []*settings.Endpoint) error {
	var by []string
	for _, one := range samples {
		if list, err := asks(of, []reading{one}); err == nil && len(list) > 0 {
			by = append(by, one.by)
		}
	}
	if len(by) == 0 {
		return fault.New(fault.Unprocessable, "the settings' searches ask for nothing that could be typed here")
	}
	return fault.New(fault.Unprocessable, "this cannot be searched by: the CRM can be asked by "+strings.Join(by, ", "))
}
