package people

import (
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
)

//go:embed assets
var files embed.FS

// pages are read at their first use, since every function's start would pay for it.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.ParseFS(files, "assets/*.html")) })

// policy lets a page have its style and its button, and nothing else (www.w3.org/TR/CSP3).
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is what a person is shown in the place of what was asked for.
type page struct {
	At    string // what the function's paths begin with, such as /console
	Title string
	Text  string
	Who   string // signed in; empty: nobody
	Next  string // where to go on after signing in
	Again bool   // it is asked for again by itself
}

// titles are what has happened, in a few words.
var titles = map[fault.Kind]string{
	fault.Unauthorized:  "Please sign in",
	fault.Forbidden:     "You may not see this",
	fault.Unprocessable: "The sign-in did not work",
	fault.Unavailable:   "This is not possible right now",
}

// tell shows a browser what is wrong, and answers a program with the fault.
func (g *Gate) tell(w http.ResponseWriter, r *http.Request, who Person, err error) error {
	title, known := titles[fault.KindOf(err)]
	var f *fault.Error
	if !known || !isPage(r) || !errors.As(err, &f) {
		return err
	}
	status := f.Kind.Rule().Status
	if status >= http.StatusInternalServerError { // an answered page is no error to inbound.Handler
		g.Log.LogAttrs(r.Context(), f.Kind.Rule().Level, "a person was not let in", slog.String("error", err.Error()))
	}
	p := page{Title: title, Text: sentence(f.Detail), Who: who.shown(), Next: g.nextOf(cameFrom(r))}
	if f.Kind == fault.Unauthorized && sends(r) {
		p.Text = ended
	}
	return g.show(w, status, p)
}

// ended is told to whoever sent a form. A fault's own text speaks to programs.
const ended = "Your sign-in has ended, so nothing was saved or done. Once you have signed in you are back where you were."

// sends says that a browser brings a form, and does not ask for a page to read.
func sends(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// cameFrom is the page that a person was at, with what it was asked for: that of a form is the one that sent it, where the browser
// names it (RFC 9110, section 10.1.3) and it is ours. What it said of an earlier form is not said again.
func cameFrom(r *http.Request) string {
	if !sends(r) {
		return r.URL.RequestURI()
	}
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return ""
	}
	q := u.Query()
	if q.Has("said") {
		q.Del("said")
		u.RawQuery = q.Encode()
	}
	return u.RequestURI()
}

// sentence is a fault's detail as people write one. Details here begin with a letter of ASCII.
func sentence(detail string) string {
	if detail == "" {
		return ""
	}
	return strings.ToUpper(detail[:1]) + detail[1:] + "."
}

func (g *Gate) show(w http.ResponseWriter, status int, p page) error {
	p.At = strings.TrimSuffix(g.path(""), "/")
	return render(w, status, "page.html", policy, p)
}

func render(w http.ResponseWriter, status int, name, policy string, v any) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "same-origin") // a browser that tells no origin is refused as another site's page
	w.WriteHeader(status)
	return pages().ExecuteTemplate(w, name, v)
}

// asset answers a file of the pages.
func asset(w http.ResponseWriter, r *http.Request) error {
	return inbound.Asset(w, r, files, "assets/"+path.Base(r.URL.Path))
}
