package settings

// The roles that Settings.People gives, by what they may do (shared/people): agents their desk, supervisors also the tenant's
// sessions, administrators everything of the tenant.
const (
	Agent         = "agent"
	Supervisor    = "supervisor"
	Administrator = "administrator"
)

var (
	roles = []string{Administrator, Supervisor, Agent}
	// email is a mail address as a browser's form takes it (html.spec.whatwg.org, valid e-mail address), in lower case: one
	// person must not stand there twice, with two roles.
	email = rule{pattern: `[a-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*`,
		says:   "must be a mail address in lower case, such as kim@example.com",
		values: &rule{required: true, words: roles}}
)

// ofValues is the rule for the values of a map whose keys keep r.
func (r rule) ofValues() rule {
	if r.values == nil {
		return rule{}
	}
	return *r.values
}
