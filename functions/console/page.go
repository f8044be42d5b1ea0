package console

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/people"
)

// assets are the pages: templates, one stylesheet and JavaScript modules as browsers read them, without a build step.
//
//go:embed assets
var assets embed.FS

var templates = template.Must(template.New("").Funcs(words).ParseFS(assets, "assets/*.html"))

// pagePolicy has a page use nothing but what is served beside it, and nobody frame it. Its last part has the browser itself
// refuse to make HTML of text (w3.org/TR/trusted-types): what the pages show was said by customers.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// frame is what every page has around what it shows.
type frame struct {
	Title   string
	Tenant  string // empty: of none
	Here    string // the place in the navigation
	Now     time.Time
	Refresh int // after how many seconds a script reads it again; 0: never
	Said    string
	Person  string // who looks at it
	Rules   bool   // whether they administer the tenant
	Body    any
}

// pages are what is answered to people, in HTML.
func (c *console) pages() []route {
	const tenant = "/console/{tenant}/"
	const one = tenant + "sessions/{key}"
	return []route{
		{pattern: "GET /console/{$}", right: people.Enter, page: c.tenantsPage},
		{pattern: "POST /console/{$}", right: people.Enter, page: c.newTenantForm},
		{pattern: "GET /console/{tenant}", right: people.Look, page: toTenant},
		{pattern: "GET " + tenant + "{$}", right: people.Look, page: c.sessionsPage},
		{pattern: "GET " + one, right: people.Look, page: c.sessionPage},
		{pattern: "POST " + one + "/replay", right: people.Repair, page: c.replayForm},
		{pattern: "POST " + one + "/choose", right: people.Repair, page: c.chooseForm},
		{pattern: "GET " + tenant + "erase", right: people.Administer, page: c.erasePage},
		{pattern: "POST " + tenant + "erase", right: people.Administer, page: c.eraseForm, most: maxEraseForm},
		{pattern: "GET " + tenant + "dead", right: people.Look, page: c.deadPage},
		{pattern: "POST " + tenant + "replay", right: people.Administer, page: c.windowForm},
		{pattern: "POST " + tenant + "aside", right: people.Repair, page: c.asideForm},
		{pattern: "GET " + tenant + "agents", right: people.Look, page: c.agentsPage},
		{pattern: "GET " + tenant + "coverage", right: people.Look, page: c.coveragePage},
		{pattern: "GET /console/assets/file/{file}", right: people.Enter, page: asset},
	}
}

// toTenant adds the slash without which a page's own links would lead beside it.
func toTenant(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, tenantURL(r.PathValue("tenant")), http.StatusMovedPermanently)
	return nil
}

// maxForm bounds what a form sends, in bytes.
const maxForm = 16 << 10

// framed is a handler of a page: what goes wrong is told in a page too.
func (c *console) framed(log *slog.Logger, route route) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(route.most, maxForm))
		err := r.ParseForm()
		if err != nil {
			err = fault.Wrap(fault.Malformed, err, "This is not what one of these pages' forms sends.")
		} else if err = inbound.CheckText(r.PostForm); err == nil {
			err = route.page(w, r)
		}
		if err == nil {
			return nil
		}
		rule := fault.KindOf(err).Rule()
		if rule.Status >= http.StatusInternalServerError {
			log.ErrorContext(r.Context(), "a page could not be made", "error", err)
		}
		return c.render(w, r, rule.Status, "problem.html", frame{Title: http.StatusText(rule.Status), Tenant: r.PathValue("tenant"), Body: problemOf(err)})
	}
}

// problemOf is what outsiders may read of an error.
func problemOf(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return fault.New(fault.Internal, "Something here does not work. It was logged; try again in a minute.")
}

// render answers with a page. Nothing that opened it keeps a hold on it, and its address, which has the tenant's and the
// session's names in it, is told to nobody.
func (c *console) render(w http.ResponseWriter, r *http.Request, status int, name string, f frame) error {
	who := people.Of(r.Context())
	f.Now, f.Person = c.clock(), cmp.Or(who.Name, who.Email)
	f.Rules = f.Tenant != "" && c.people.May(r.Context(), who, f.Tenant, people.Administer) == nil
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, f); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, err := page.WriteTo(w)
	return err
}

// asset answers a file of the pages.
func asset(w http.ResponseWriter, r *http.Request) error {
	return inbound.Asset(w, r, assets, "assets/"+r.PathValue("file"))
}

// tenantURL is where a tenant's pages begin, with a slash at its end.
func tenantURL(tenant string) string { return "/console/" + url.PathEscape(tenant) + "/" }

// sessionURL is the page of a session. Keys are the sources' and may hold anything.
func sessionURL(tenant, source, key string) string {
	return tenantURL(tenant) + "sessions/" + url.PathEscape(key) + "?source=" + url.QueryEscape(source)
}

// actURL is where a session's forms go.
func actURL(tenant, source, key, act string) string {
	return tenantURL(tenant) + "sessions/" + url.PathEscape(key) + "/" + act + "?source=" + url.QueryEscape(source)
}

// back sends the browser from a form to the page that shows what came of it, and which says so.
func back(w http.ResponseWriter, r *http.Request, to, said string) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	q := u.Query()
	q.Set("said", said)
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
	return nil
}

// sayings are what a page may be sent back to with: an address must not put words into its mouth.
var sayings = map[string]string{
	"replayed":  "It is taken up again. What comes of it stands below as soon as it is known.",
	"step":      "The step is made again. What comes of it stands below as soon as it is known.",
	"chosen":    "The choice is noted, and what waited for it is taken up.",
	"window":    "The sessions are taken up again. Those that fail again come back to this page.",
	"none":      "There was nothing to take up in that time.",
	"many":      "The first 500 sessions are taken up again. There may be more: ask again.",
	"sent":      "It is on its way again. Should it be refused, it comes back to this page.",
	"dropped":   "It is forgotten.",
	"saved":     "The settings are saved, and in force everywhere within five seconds.",
	"restored":  "The version is restored, as a new one.",
	"connected": "The CRM is connected. Try an endpoint, or see the doctor.",
}
