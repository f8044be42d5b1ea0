package desk

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/settings"
)

// files are the pages: templates, one style sheet and JavaScript modules as browsers read them, without a build step.
//
//go:embed assets include.js
var files embed.FS

var pages = template.Must(template.ParseFS(files, "assets/*.html"))

// policy has a page use nothing but what is served beside it. Its last part has the browser itself refuse to make HTML of
// text (w3.org/TR/trusted-types), since names and numbers are customers' words. What may be framed, and by whom, is each
// page's own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
	"form-action 'none'" + trustedTypes

const trustedTypes = "; require-trusted-types-for 'script'; trusted-types 'none'"

// callPolicy lets nobody frame the page whose button calls a number: a frame could stand unseen under another page's button.
const callPolicy = policy + "; frame-ancestors 'none'"

// adapter is one of the contact centre's pages in a frame, with the size and the permissions that are documented for it
// ("Custom CRM", agent adapters, iFrame).
type adapter struct {
	Kind, Title   string
	URL           string
	Width, Height int
}

// crmFrame is the CRM's page in the desk; its URL is empty until there is a record to show. Origins are those whose pages it may show.
type crmFrame struct {
	URL     string
	Origins []string
}

// pageView is what the desk's page is made of.
type pageView struct {
	Tenant    string
	Agent     string
	Embedders []string
	CRM       *crmFrame
	Widget    *widget
	Adapters  []adapter
	Search    *searchView
	Console   string // where files are given
}

// page is the desk.
func (s *server) page(w http.ResponseWriter, r *http.Request, who agent) error {
	set, err := s.tenant(r)
	if err != nil {
		return err
	}
	adapters := adaptersOf(set.Desk)
	v := pageView{
		Tenant: r.PathValue("tenant"), Agent: string(who), Embedders: embeddersOf(set.Desk), CRM: frameOf(set.CRM), Widget: widgetOf(set.Desk), Adapters: adapters,
		Search: searchOf(set.CRM), Console: s.console,
	}
	return show(w, http.StatusOK, "desk.html", pagePolicy(set, adapters), v)
}

// frameOf is the frame that settings have for the CRM's page. A page that is one record's is empty without it.
func frameOf(set *settings.CRM) *crmFrame {
	if set == nil || set.PageURL == "" {
		return nil
	}
	f := &crmFrame{}
	if !strings.Contains(set.PageURL, "{") {
		f.URL = set.PageURL
	}
	for _, page := range []string{set.PageURL, set.RecordURL, set.AccountURL} {
		if page != "" {
			f.Origins = append(f.Origins, originOf(page))
		}
	}
	slices.Sort(f.Origins)
	f.Origins = slices.Compact(f.Origins)
	return f
}

// pagePolicy lets the page frame its adapters, AgentDesktop's bar and, where the settings have a frame for them, the CRM's pages; and
// the tenant's sites frame the page.
func pagePolicy(set settings.Settings, adapters []adapter) string {
	var framed []string
	for _, a := range adapters {
		framed = append(framed, originOf(a.URL))
	}
	w := widgetOf(set.Desk)
	if w != nil {
		framed = append(framed, originOf(w.URL))
	}
	if f := frameOf(set.CRM); f != nil {
		framed = append(framed, f.Origins...)
	}
	slices.Sort(framed)
	return policyWith(w) + "; frame-src " + strings.Join(slices.Compact(framed), " ") +
		"; frame-ancestors " + set.Desk.FrameAncestors()
}

// originOf is the origin of an address as browsers write it, since scripts compare it with theirs: in lower case, and without the
// port that its scheme has anyway (html.spec.whatwg.org, section 7.1.1, serialization of an origin). Settings have checked the
// address: it may have variables, but not there.
func originOf(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	scheme, host := strings.ToLower(scheme), strings.ToLower(rest[:end])
	return scheme + "://" + strings.TrimSuffix(host, usualPorts[scheme])
}

var usualPorts = map[string]string{"http": ":80", "https": ":443"}

// embeddersOf are the origins of the sites whose pages may have the desk; a star stays.
func embeddersOf(set *settings.Desk) (all []string) {
	for _, site := range set.EmbedOrigins {
		all = append(all, originOf(site))
	}
	return all
}

func adaptersOf(set *settings.Desk) (all []adapter) {
	for _, a := range []adapter{
		{Kind: "call", Title: "Calls", Width: 290, Height: 600},
		{Kind: "chat", Title: "Chats", Width: 450, Height: 590},
	} {
		if a.URL = set.URL(a.Kind); a.URL != "" {
			all = append(all, a)
		}
	}
	return all
}

// show answers with a page. Nothing that opened it keeps a hold on it, and its address, which may have a number in it, is
// told to nobody.
func show(w http.ResponseWriter, status int, name, policy string, v any) error {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, v); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, err := page.WriteTo(w)
	return err
}

// asset answers a file of the pages to everybody: it is the same for all, and pages of other sites run some of them as modules.
func asset(w http.ResponseWriter, r *http.Request) error {
	return public(w, r, "assets/"+r.PathValue("file"))
}

// public answers a file also to scripts of other sites (fetch.spec.whatwg.org, section 3.3, CORS protocol).
func public(w http.ResponseWriter, r *http.Request, name string) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return inbound.Asset(w, r, files, name)
}

// toPage adds the slash without which the page's own links would lead beside it. The address is a whole path: a tenant named
// "http:example.com" would else lead away.
func toPage(w http.ResponseWriter, r *http.Request, _ agent) error {
	http.Redirect(w, r, "/desk/"+url.PathEscape(r.PathValue("tenant"))+"/", http.StatusMovedPermanently)
	return nil
}
