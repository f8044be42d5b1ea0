package settings

import (
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	secretRef = regexp.MustCompile(`^secret://[A-Za-z0-9_-]{1,255}$`)
	queueID   = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
	bucketID  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$`)
	headerKey = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
)

// checker gathers every problem, so that a person mends the document in one go.
type checker struct{ problems []error }

func (c *checker) check(ok bool, path, detail string) {
	if !ok {
		c.problems = append(c.problems, &Problem{path, detail})
	}
}

func (c *checker) secret(path, ref string) {
	c.check(secretRef.MatchString(ref), path, "must be a reference such as secret://crm-password, never the secret itself")
}

// Validate checks the whole document. The error, if any, joins one *Problem per mistake.
func (s *Settings) Validate() error {
	c := &checker{}
	for _, name := range slices.Sorted(maps.Keys(s.Sources)) {
		path := "sources." + name
		c.check(s.Sources[name].Username != "", path+".username", "is required")
		c.secret(path+".password", s.Sources[name].Password)
		if offset := s.Sources[name].UTCOffset; offset != "" {
			_, err := time.Parse(offsetLayout, offset)
			c.check(err == nil, path+".utc_offset", "must be hours and minutes from UTC, such as +09:00")
		}
	}
	if s.CRM != nil {
		s.CRM.validate(c)
	}
	if s.Storage != nil {
		c.check(bucketID.MatchString(s.Storage.Bucket), "storage.bucket", "must be the name of a Cloud Storage bucket: 3 to 222 of a-z, 0-9, dot, dash and underscore")
	}
	if s.Mail != nil {
		s.Mail.validate(c)
	}
	return errors.Join(c.problems...)
}

func (m *Mail) validate(c *checker) {
	for path, address := range map[string]string{"mail.to": m.To, "mail.from": m.From} {
		_, err := mail.ParseAddress(address)
		c.check(err == nil, path, "must be one mail address")
	}
	c.check(m.Host != "", "mail.host", "is required: the name of the mail server")
	c.check(m.Port > 0 && m.Port < 65536, "mail.port", "must be from 1 to 65535, mostly 587")
	if m.Username != "" || m.Password != "" {
		c.check(m.Username != "", "mail.username", "is required with a password")
		c.secret("mail.password", m.Password)
	}
}

func (r *CRM) validate(c *checker) {
	c.check(queueID.MatchString(r.Queue), "crm.queue", "must be the id of a Cloud Tasks queue: 1 to 100 letters, digits and dashes")
	c.check(r.TimeoutSeconds >= 0 && r.TimeoutSeconds <= 10, "crm.timeout_seconds", "must be from 1 to 10")
	c.check(r.RetryPreset() == RetryDocumented || r.RetryPreset() == RetrySafe, "crm.retry", `must be "documented" or "safe"`)
	c.check(r.IdempotencyHeader == "" || headerKey.MatchString(r.IdempotencyHeader), "crm.idempotency_header", "must be a header's name, such as Idempotency-Key")
	c.check(r.AccountURL == "" || strings.Contains(r.AccountURL, "{ACCOUNT_ID}"), "crm.account_url", "must contain {ACCOUNT_ID}")
	c.check(r.RecordURL == "" || strings.Contains(r.RecordURL, "{RECORD_ID}"), "crm.record_url", "must contain {RECORD_ID}")
	if r.Basic != nil {
		c.check(r.Basic.Username != "", "crm.basic.username", "is required")
		c.secret("crm.basic.password", r.Basic.Password)
	}
	r.validateEndpoints(c)
}

func (r *CRM) validateEndpoints(c *checker) {
	e := &r.Endpoints
	all := e.All()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != nil {
			all[name].validate(c, "crm.endpoints."+name)
		}
	}
	// Each step of the documented ladder requires the former: accounts, then records, then their updates.
	needs := func(has bool, path string, need *Endpoint, name string) {
		c.check(!has || need != nil, path, "also requires crm.endpoints."+name)
	}
	needs(e.FindAccount != nil, "crm.endpoints.find_account", e.CreateAccount, "create_account")
	needs(e.CreateRecord != nil, "crm.endpoints.create_record", e.CreateAccount, "create_account")
	needs(e.UpdateRecord != nil, "crm.endpoints.update_record", e.CreateRecord, "create_record")
	needs(e.Comment != nil, "crm.endpoints.comment", e.CreateRecord, "create_record")
	needs(r.ReuseRecords, "crm.reuse_records", e.FindRecord, "find_record")
}

func (e *Endpoint) validate(c *checker, path string) {
	c.check(slices.Contains([]string{"GET", "POST", "PUT", "PATCH"}, e.Method), path+".method", "must be GET, POST, PUT or PATCH")
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(e.URL))
	c.check(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "", path+".url", "must be a whole URL such as https://crm.example.com/api/accounts")
	c.check(err != nil || !strings.Contains(hostOf(e.URL), "{"), path+".url", "must not have a variable in the host: a caller's data would choose the server")
	for i, p := range e.Parameters {
		c.check(p.Key != "", fmt.Sprintf("%s.parameters[%d].key", path, i), "is required")
	}
}

// hostOf is what stands between the scheme and the path, unparsed.
func hostOf(raw string) string {
	_, rest, _ := strings.Cut(raw, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}
