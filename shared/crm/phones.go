package crm

import (
	"strconv"
	"strings"

	"sessionbridge.internal/shared/phone"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
)

// addPhones adds the customer's number and the company's.
func (v Vars) addPhones(p settings.Phone, s session.Session) {
	customer := numberOf(p, s.Customer)
	v["PHONE_NUMBER"] = written(customer, p.Format)
	v["CUSTOMER_PHONE_NUMBER"], v["ANI"] = v["PHONE_NUMBER"], v["PHONE_NUMBER"]
	v["PHONE_RAW"] = orDefault(s.Customer.PhoneRaw, s.Customer.Phone)
	v["PHONE_DIGITS"] = customer.Digits()
	company := written(phone.Parse(s.CompanyNumber, p.Region), p.Format)
	if s.Direction == session.Outbound {
		v["OUTBOUND_PHONE_NUMBER"], v["OUTBOUND_NUMBER"] = company, company
	} else {
		v["SUPPORT_PHONE_NUMBER"] = company
	}
}

// PhoneForms are the texts under which a search asks for the customer's number, one after another and each once: those
// of p.Lookup, or else p.Format alone. There is none where there is no number. Of "automatic" it is the form for searches,
// with asterisks ("Custom CRM", phone number format), where VarsOf has the one for creating.
func PhoneForms(p settings.Phone, c session.Customer) (forms []string) {
	n := numberOf(p, c)
	if n.Raw() == "" {
		return nil
	}
	names := p.Lookup
	if len(names) == 0 {
		names = []string{p.Format}
	}
	asked := map[string]bool{"": true}
	for _, name := range names {
		text := sought(n, name)
		if name == "raw" {
			text = orDefault(c.PhoneRaw, c.Phone)
		}
		if !asked[text] {
			asked[text] = true
			forms = append(forms, text)
		}
	}
	return forms
}

// numberOf is the customer's number: as the source could complete it, else as it came.
func numberOf(p settings.Phone, c session.Customer) phone.Number {
	return phone.Parse(orDefault(c.Phone, c.PhoneRaw), p.Region)
}

// written is a number in the format that requests carry it in.
func written(n phone.Number, format string) string {
	switch format {
	case settings.PhoneAutomatic, settings.PhoneInternational:
		return n.International()
	case settings.PhoneUSLocal:
		return n.USLocal()
	case settings.PhoneUSLocalStandard:
		return n.USLocalStandard()
	}
	return n.E164()
}

// sought is a number in a form of settings.Phone.Lookup but "raw".
func sought(n phone.Number, form string) string {
	switch form {
	case settings.PhoneAutomatic:
		return n.Search()
	case "digits":
		return n.Digits()
	case "national_digits":
		return n.NationalDigits()
	}
	if count, ok := strings.CutPrefix(form, "last:"); ok {
		last, _ := strconv.Atoi(count)
		return n.Last(last)
	}
	return written(n, form)
}
