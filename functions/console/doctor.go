package console

import (
	"net/http"
	"strings"

	"sessionbridge.internal/shared/doctor"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/session"
)

// examine answers what is amiss in the tenant's set-up, and how it is mended.
func (c *console) examine(w http.ResponseWriter, r *http.Request) error {
	results, err := c.examined(r)
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"checks": results})
}

func (c *console) examined(r *http.Request) ([]doctor.Result, error) {
	set, err := c.tenant(r)
	if err != nil {
		return nil, err
	}
	tenant := r.PathValue("tenant")
	return c.doctor.Examine(r.Context(), tenant, set, nobody(exampleSession(tenant, c.clock()))), nil
}

// nobody is a session of a customer whom no CRM knows: example.invalid is nobody's (RFC 2606, section 2), and 555-0100 is a
// number of stories (North American Numbering Plan, 555 line numbers).
func nobody(s session.Session) session.Session {
	s.Customer = session.Customer{Name: "Nobody", Phone: "+12015550100", PhoneRaw: "+12015550100", Email: "nobody@example.invalid", ID: "sessionbridge-doctor"}
	return s
}

// doctorView is what was found, the worst first.
type doctorView struct {
	Asked  bool
	Groups []doctorGroup
}

type doctorGroup struct {
	Verdict doctor.Verdict
	Title   string
	Tone    string
	Checks  []doctor.Result
}

// doctorPage offers the examination, and with ?go=1 makes it: it reaches out to others, which nothing should do by the way.
func (c *console) doctorPage(w http.ResponseWriter, r *http.Request) error {
	v := doctorView{Asked: r.URL.Query().Get("go") != ""}
	if v.Asked {
		results, err := c.examined(r)
		if err != nil {
			return err
		}
		v.Groups = grouped(results)
	} else if _, err := c.tenant(r); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "doctor.html", frame{Title: "Doctor", Tenant: r.PathValue("tenant"), Here: "doctor", Body: v})
}

func grouped(results []doctor.Result) []doctorGroup {
	groups := []doctorGroup{
		{doctor.Fault, "To mend", "bad", nil}, {doctor.Warning, "To look at", "warn", nil}, {doctor.OK, "In order", "good", nil}, {doctor.Skipped, "Not to be told from here", "", nil},
	}
	for i := range groups {
		for _, one := range results {
			if one.Verdict == groups[i].Verdict {
				groups[i].Checks = append(groups[i].Checks, one)
			}
		}
	}
	return groups
}

// settingURL is the page of the settings on which a setting is changed.
func settingURL(tenant, path string) string {
	part, _, _ := strings.Cut(path, ".")
	return settingsURL(tenant, part)
}

func (c *console) doctorRoutes() []route {
	return []route{
		{pattern: "GET /console/api/tenants/{tenant}/doctor", right: people.Administer, answer: c.examine},
		{pattern: "GET /console/{tenant}/doctor", right: people.Administer, page: c.doctorPage},
	}
}
