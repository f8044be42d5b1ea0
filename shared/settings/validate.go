package settings

import (
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// maxProblems bounds how much is said about one document; a hostile one could break a rule with every third byte.
const maxProblems = 200

// checker gathers every problem, so that a person mends the document in one go.
type checker struct {
	problems []*Problem
	broken   map[string]bool // the paths whose own value is wrong, about which there is no more to say
}

// Validate checks the whole document. The error, if any, joins one *Problem per mistake.
func (s *Settings) Validate() error {
	c := &checker{broken: map[string]bool{}}
	c.settings(s)
	return c.err()
}

func (c *checker) err() error {
	var errs []error
	for i, p := range c.problems {
		if i == maxProblems {
			errs = append(errs, &Problem{"$", fmt.Sprintf("has %d more mistakes", len(c.problems)-i)})
			break
		}
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

// settings checks first each value for itself, then what values must have in common.
func (c *checker) settings(s *Settings) {
	c.value(reflect.ValueOf(s).Elem(), "", rule{})
	c.validateSources(s.Sources)
	if s.CRM != nil {
		s.CRM.validate(c)
	}
	if s.Storage != nil {
		s.Storage.validate(c)
	}
	if s.Mail != nil {
		s.Mail.validate(c)
	}
	if s.Quality != nil {
		s.Quality.validate(c)
	}
	if s.Presence != nil {
		s.Presence.validate(c)
	}
	if s.Desk != nil {
		s.Desk.validate(c)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Queues)) {
		s.Queues[id].validate(c, join("queues", id), s)
	}
}

// value holds a value, and all within it, against the rules.
func (c *checker) value(v reflect.Value, path string, r rule) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			c.breaks(path, "must not be empty")
			return
		}
		c.value(v.Elem(), path, r)
	case reflect.Struct:
		c.fields(v, path)
	case reflect.Map:
		c.entries(v, path, r)
	case reflect.Slice:
		c.list(v, path, r)
	default:
		if !r.fits(v) {
			c.breaks(path, r.want())
		}
	}
}

func (c *checker) fields(v reflect.Value, path string) {
	for _, f := range fieldsOf(v.Type()) {
		in, at := v.FieldByIndex(f.index), join(path, f.key)
		switch {
		case in.Kind() == reflect.Slice && in.Len() == 0 || in.IsZero():
			if f.rule.required {
				c.breaks(at, f.rule.want())
			}
		default:
			c.value(in, at, f.rule)
		}
	}
}

// entries holds a map's keys against the rule, and its values against those of their type.
func (c *checker) entries(v reflect.Value, path string, r rule) {
	for _, key := range slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) }) {
		at := join(path, key.String())
		if !r.fits(key) {
			c.breaks(at, r.want())
		}
		c.value(v.MapIndex(key), at, r.ofValues())
	}
}

func (c *checker) list(v reflect.Value, path string, r rule) {
	seen := map[string]int{}
	for i := range v.Len() {
		at, in := index(path, i), v.Index(i)
		if in.Kind() == reflect.String {
			if first, ok := seen[in.String()]; ok {
				c.breaks(at, "stands already at "+index(path, first))
				continue
			}
			seen[in.String()] = i
		}
		c.value(in, at, r)
	}
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// breaks notes a value that is wrong in itself.
func (c *checker) breaks(path, detail string) {
	if !c.isBroken(path) {
		c.broken[path] = true
		c.problems = append(c.problems, &Problem{path, detail})
	}
}

// check notes what does not fit with something else, unless the value is wrong anyway.
func (c *checker) check(ok bool, path, detail string) {
	if !ok && !c.isBroken(path) {
		c.problems = append(c.problems, &Problem{path, detail})
	}
}

// isBroken says whether the value at the path, or one around it, is known to be wrong.
func (c *checker) isBroken(path string) bool {
	for path != "" {
		if c.broken[path] {
			return true
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return false
}

func (m *Mail) validate(c *checker) {
	for _, f := range []struct{ path, address string }{{"mail.to", m.To}, {"mail.from", m.From}} {
		_, err := mail.ParseAddress(f.address)
		c.check(err == nil || f.address == "", f.path, "must be one mail address")
	}
	c.check(m.Username != "" || m.Password == "", "mail.username", "is required with a password")
	c.check(m.Password != "" || m.Username == "", "mail.password", "is required with a user name")
}

func (r *CRM) validate(c *checker) {
	r.validateSignIn(c)
	custom := r.RetryPreset() == RetryCustom
	c.check(!custom || len(r.RetryOn) > 0, "crm.retry_on", `is required where crm.retry is "custom"`)
	c.check(custom || len(r.RetryOn) == 0, "crm.retry_on", `counts only where crm.retry is "custom"`)
	c.check(r.Rate.Spacing() <= maxSpacing, "crm.rate", fmt.Sprintf(
		"has each session wait %v (at_once / per_second) before a request; at most %v is bearable: lower at_once", r.Rate.Spacing(), maxSpacing))
	r.Records.validate(c, r.ReuseRecords)
	r.validateWords(c)
	r.validateLinks(c)
	c.template("crm.ticket_subject", r.TicketSubject)
	c.template("crm.ticket_description", r.TicketDescription)
	c.template("crm.start_comment", r.StartComment)
	r.validateLadder(c)
	r.validateBelief(c)
	r.validateMatch(c)
	r.validateAgent(c)
	all := r.Endpoints.All()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != nil {
			(&call{c, "crm.endpoints." + name, name, all[name], r.Endpoints.Upload}).validate()
		}
	}
	if r.Endpoints.Upload != nil {
		r.Endpoints.Upload.validate(c, r.Endpoints.Comment)
	}
}
