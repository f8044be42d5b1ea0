package console

import (
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/people"
)

// route is one address of the function: who may use it, and what answers. All are in the one table, so that tests can hold it
// against what is described and against what each role may do.
type route struct {
	pattern string // of http.ServeMux; {tenant} is whose right is asked for
	right   people.Right
	answer  func(http.ResponseWriter, *http.Request) error
	// stream answers with a head, and with the content that follows it, if any; in the place of answer.
	stream func(http.ResponseWriter, *http.Request) (io.ReadCloser, error)
	// page answers to people, in HTML, its mistakes too; in the place of answer.
	page func(http.ResponseWriter, *http.Request) error
	most int64 // bytes that a page's form sends; 0: maxForm
}

func (c *console) routes() []route {
	const tenant = "/console/api/tenants/{tenant}/"
	return slices.Concat(c.pages(), c.settingsPages(), c.doctorRoutes(), []route{
		{pattern: "GET " + tenant + "sessions", right: people.Look, answer: c.list},
		{pattern: "GET " + tenant + "sessions/{key}", right: people.Look, answer: c.show},
		{pattern: "POST " + tenant + "sessions/{key}/replay", right: people.Repair, answer: c.replay},
		{pattern: "POST " + tenant + "sessions/{key}/choose", right: people.Repair, answer: c.choose},
		{pattern: "POST " + tenant + "sessions/{key}/erase", right: people.Administer, answer: c.erase},
		{pattern: "POST " + tenant + "customer", right: people.Administer, answer: c.findCustomer},
		{pattern: "GET " + tenant + "erased", right: people.Administer, answer: c.erasures},
		{pattern: "GET " + tenant + "sessions/{key}/files/{file}", right: people.Attend, stream: c.giveFile},
		{pattern: "POST " + tenant + "sessions/{key}/files", right: people.Repair, answer: c.askUpload},
		{pattern: "POST " + tenant + "replay", right: people.Administer, answer: c.replayWindow},
		{pattern: "GET " + tenant + "agents", right: people.Look, answer: c.agents},
		{pattern: "GET " + tenant + "unknown", right: people.Look, answer: c.unknown},
		{pattern: "GET " + tenant + "aside", right: people.Repair, answer: c.aside},
		{pattern: "POST " + tenant + "aside/{id}/replay", right: people.Repair, answer: c.replayAside},
		{pattern: "GET " + tenant + "coverage", right: people.Look, answer: c.cover},
		{pattern: "GET /console/api/openapi.json", right: people.Enter, answer: openAPI},
		{pattern: "GET " + tenant + "settings", right: people.Administer, answer: c.showSettings},
		{pattern: "PUT " + tenant + "settings", right: people.Administer, answer: c.putSettings},
		{pattern: "GET " + tenant + "settings/history", right: people.Administer, answer: c.history},
		{pattern: "GET " + tenant + "settings/history/{number}", right: people.Administer, answer: c.showSaved},
		{pattern: "POST " + tenant + "settings/check", right: people.Administer, answer: c.check},
		{pattern: "POST " + tenant + "crm/connect", right: people.Administer, answer: c.connect},
		{pattern: "GET /console/oauth/callback", right: people.Enter, answer: c.connected},
		{pattern: "GET /console/api/settings/schema", right: people.Enter, answer: schema},
		{pattern: "GET /console/api/settings/presets", right: people.Enter, answer: listPresets},
		{pattern: "GET /console/api/settings/presets/{name}", right: people.Enter, answer: showPreset},
		{pattern: "/", right: people.Enter, answer: c.nothingHere},
	})
}

func (c *console) handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	c.people.Mount(mux)
	for _, r := range c.routes() {
		r = r.patiently(patience)
		switch {
		case r.stream != nil:
			mux.Handle(r.pattern, c.streamed(log, r))
		case r.page != nil:
			mux.Handle(r.pattern, inbound.Handler(log, c.people.Only(r.right, c.framed(log, r))))
		default:
			mux.Handle(r.pattern, inbound.Handler(log, c.people.Only(r.right, r.answer)))
		}
	}
	return mux
}

// streamed answers the head as everything is answered here, in one piece; the content follows it, however long it is. Where it
// breaks off, it is shorter than the head has said, and the server ends the connection, by which the browser sees it.
func (c *console) streamed(log *slog.Logger, route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var content io.ReadCloser
		inbound.Handler(log, c.people.Only(route.right, func(w http.ResponseWriter, r *http.Request) (err error) {
			content, err = route.stream(w, r)
			return err
		})).ServeHTTP(w, r)
		if content == nil {
			return
		}
		defer content.Close()
		if r.Method == http.MethodHead {
			return
		}
		if _, err := io.Copy(w, content); err != nil {
			log.WarnContext(r.Context(), "a file was not sent to its end", "error", err)
		}
	})
}

// nothingHere tells a program of the API, and a person in a page.
func (c *console) nothingHere(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodPut {
		return fault.New(fault.MethodNotAllowed, "sessions are read with GET and replayed with POST, settings read with GET and replaced with PUT").
			Allow(http.MethodGet, http.MethodPost, http.MethodPut)
	}
	if !strings.HasPrefix(r.URL.Path, "/console/api/") && strings.Contains(r.Header.Get("Accept"), "text/html") {
		nothing := fault.New(fault.NotFound, "There is no page at this address.")
		return c.render(w, r, http.StatusNotFound, "problem.html", frame{Title: "Not Found", Body: nothing})
	}
	return fault.New(fault.NotFound, "try /console/api/tenants/{tenant}/sessions")
}
