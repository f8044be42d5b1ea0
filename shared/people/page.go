package people

import (
	_ "embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"sessionbridge.internal/shared/fault"
)

var (
	//go:embed assets/page.html
	pageText string
	//go:embed assets/style.css
	style []byte

	// It is read at its first use, since every function's start would pay for it.
	pages = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })
)

const (
	stylePath = "/console/signin/style.css"
	// policy lets a page have its style and its button, and nothing else (www.w3.org/TR/CSP3).
	policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// page is what a person is shown in the place of what was asked for.
type page struct {
	Title string
	Text  string
	Who   string // signed in; empty: nobody
	Next  string // where to go on after signing in
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
	next := homePath
	if r.Method == http.MethodGet {
		next = nextOf(r.URL.RequestURI())
	}
	return g.show(w, status, page{Title: title, Text: sentence(f.Detail), Who: who.shown(), Next: next})
}

// sentence is a fault's detail as people write one. Details here begin with a letter of ASCII.
func sentence(detail string) string {
	if detail == "" {
		return ""
	}
	return strings.ToUpper(detail[:1]) + detail[1:] + "."
}

func (g *Gate) show(w http.ResponseWriter, status int, p page) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "same-origin") // a browser that tells no origin is refused as another site's page
	w.WriteHeader(status)
	return pages().Execute(w, p)
}

func showStyle(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=3600")
	_, err := w.Write(style)
	return err
}
