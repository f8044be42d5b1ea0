package settings

import (
	"fmt"
	"slices"
	"strings"
)

// validateLadder holds that each step of the documented ladder has the former (docs.cloud.google.com, CCAI Platform, "Custom
// CRM"): accounts, then records, then what is added to records. What is skipped is not needed.
func (r *CRM) validateLadder(c *checker) {
	e := &r.Endpoints
	needs := func(has bool, path string, need bool, what string) {
		c.check(!has || need, path, "also requires "+what)
	}
	step := func(has bool, name string, need bool, what string) {
		needs(has, "crm.endpoints."+name, need, "crm.endpoints."+what)
	}
	accounts := e.CreateAccount != nil || r.SkipAccountCreation
	step(e.FindAccountByID != nil, "find_account_by_id", e.FindAccount != nil, "find_account, for an account that is not there")
	step(e.FindAccount != nil, "find_account", accounts, "create_account, or crm.skip_account_creation")
	step(len(e.FindAccountAlso) > 0, "find_account_also", e.FindAccount != nil, "find_account")

	step(e.CreateRecord != nil, "create_record", accounts, "create_account, or crm.skip_account_creation")
	step(e.FindOwnRecord != nil, "find_own_record", e.CreateRecord != nil, "create_record")
	needs(r.ReuseRecords, "crm.reuse_records", e.FindRecord != nil, "crm.endpoints.find_record")
	needs(r.SkipRecordCreation, "crm.skip_record_creation", r.ReuseRecords, "crm.reuse_records: a record that is not created must be found")

	records, record := e.CreateRecord != nil || r.SkipRecordCreation, "create_record, or crm.skip_record_creation"
	step(e.FindRecord != nil, "find_record", records, record)
	step(e.FindRecordOutbound != nil, "find_record_outbound", r.ReuseRecords && e.FindRecord != nil, "find_record, and crm.reuse_records")
	step(e.UpdateRecord != nil, "update_record", records, record)
	step(e.UpdateLate != nil, "update_late", e.UpdateRecord != nil, "update_record")
	step(e.AddSession != nil, "add_session", records, record)
	step(e.Comment != nil, "comment", records, record)
	step(e.Upload != nil, "upload", records, record)

	r.validateSearchesAgain(c)
}

// validateSearchesAgain holds that a create whose answer can be "it is there already" has a search that finds it.
func (r *CRM) validateSearchesAgain(c *checker) {
	e := &r.Endpoints
	again := func(create *Endpoint, name string, search bool, what string) {
		if create == nil {
			return
		}
		for i, a := range create.Answers {
			c.check(a.Means != MeansExists || search, index("crm.endpoints."+name+".answers", i)+".means", `"exists" has it looked for, which requires crm.endpoints.`+what)
		}
	}
	again(e.CreateAccount, "create_account", e.FindAccount != nil, "find_account")
	again(e.CreateRecord, "create_record", e.FindOwnRecord != nil || e.FindRecord != nil, "find_own_record or find_record")
}

// validateBelief holds that a search which may find strangers is verified.
func (r *CRM) validateBelief(c *checker) {
	partial := r.Phone.partial()
	for name, e := range r.Endpoints.All() {
		if partial == "" || e == nil || !strings.HasPrefix(name, "find_account") || !e.Mentions("PHONE_NUMBER") {
			continue
		}
		verified := slices.ContainsFunc(e.Verify, func(v Check) bool { return v.Phone })
		c.check(verified, "crm.endpoints."+name+".verify", fmt.Sprintf(`must compare the number with "phone": true: asked for as %q, a number fits strangers too`, partial))
	}
}

// partial is a form in which a search asks for less than the whole number, if there is one: its last digits, the digits without the
// country, or with an asterisk between any.
func (p Phone) partial() string {
	forms := p.Lookup
	if len(forms) == 0 {
		forms = []string{p.Format}
	}
	i := slices.IndexFunc(forms, func(form string) bool {
		return form == PhoneAutomatic || form == "national_digits" || strings.HasPrefix(form, "last:")
	})
	if i < 0 {
		return ""
	}
	return forms[i]
}

// asksForPhone says whether the check compares with the customer's number.
func (k Check) asksForPhone() bool {
	return slices.ContainsFunc([]string{"PHONE_NUMBER", "CUSTOMER_PHONE_NUMBER", "ANI", "PHONE_RAW", "PHONE_DIGITS", "SDK_PHONE"},
		func(name string) bool { return uses(k.Equals, name) })
}
