package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/adapter"
	"sessionbridge.internal/emulator/agentdesktop"
	"sessionbridge.internal/emulator/crm"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/shared/doctor"
	"sessionbridge.internal/shared/settings"
)

// answers is the address of a server that answers everything with a status and headers.
func answers(t *testing.T, status int, header ...string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

const (
	csp       = "Content-Security-Policy"
	framesOf  = "X-Frame-Options"
	itsPage   = "The CRM's page in the desk crm.page_url"
	itsWidget = "AgentDesktop's widget desk.agentdesktop.widget_url"
)

func TestADeskInOrderIsFoundSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	adapters, bar := httptest.NewServer(adapter.Handler(func(*http.Request) string { return "agent" })), httptest.NewServer(agentdesktop.Handler())
	t.Cleanup(adapters.Close)
	t.Cleanup(bar.Close)
	w.set.Desk = &settings.Desk{
		Adapters:     settings.Adapters{Call: adapters.URL + "/agent/", Chat: adapters.URL + "/agent/"},
		AgentDesktop: &settings.AgentDesktop{WidgetURL: bar.URL + agentdesktop.Widget},
	}
	at := answers(t, 200, csp, "default-src 'none'; frame-ancestors 'self' https://desk.example.com")
	w.set.CRM.PageURL, w.set.CRM.RecordURL, w.set.CRM.AccountURL = at+"/#/{RECORD_ID}", answers(t, 404)+"/r/{RECORD_ID}", answers(t, 302)+"/a/{ACCOUNT_ID}"
	w.set.CRM.LookupURLs = settings.LookupURLs{Phone: answers(t, 401) + "/?q={ANI}", Web: at + "/w?q={CUSTOM_DATA_NO}", Queue: at + "/?q={PHONE_NUMBER}"}
	found := w.examine()
	for name, want := range map[string]doctor.Verdict{
		"Adapter, call desk.adapters.call": doctor.OK, "Adapter, chat desk.adapters.chat": doctor.OK, itsWidget: doctor.OK, itsPage: doctor.OK,
		"Page of a record crm.record_url": doctor.OK, "Page of an account crm.account_url": doctor.OK, "Look-up of callers crm.lookup_urls.phone": doctor.OK,
		"Look-up of visitors crm.lookup_urls.web": doctor.Skipped, "Look-up of the unknown crm.lookup_urls.queue": doctor.OK,
	} {
		if r := found[name]; r.Verdict != want || r.Found == "" {
			t.Errorf("%s: %+v, want %s", name, r, want)
		}
	}
}

func TestEachFaultOfTheDeskIsFound(t *testing.T) {
	t.Parallel()
	page := func(w *world, address string) { w.set.CRM.PageURL = address }
	tests := map[string]struct {
		change     func(*world)
		at         string
		verdict    doctor.Verdict
		says, mend string
	}{
		"the local CRM, which nobody may frame": {func(w *world) { page(w, w.serve(fault.CRM, crm.New(crm.Options{Now: w.clock.Now}).Pages(""))+"/") }, itsPage, doctor.Fault, "frame-ancestors 'none'", "records open in a window"},
		"a CRM that lets nobody frame it":       {func(w *world) { page(w, answers(w.T, 200, csp, "frame-ancestors 'none'")) }, itsPage, doctor.Fault, "frame-ancestors 'none'", "Leave crm.page_url out"},
		"a sign-in that lets nobody frame it":   {func(w *world) { page(w, answers(w.T, 401, framesOf, "DENY")) }, itsPage, doctor.Warning, "X-Frame-Options: DENY", "https://desk.example.com"},
		"a page that is not there":              {func(w *world) { page(w, answers(w.T, 404)) }, itsPage, doctor.Fault, "404", "Correct"},
		"a page whose server is down":           {func(w *world) { page(w, answers(w.T, 503)) }, itsPage, doctor.Warning, "503", "well"},
		"a page in a network of the browsers'":  {func(w *world) { page(w, "https://10.0.0.1/app") }, itsPage, doctor.Skipped, "may reach it", ""},
		"a page that does not answer us":        {func(w *world) { page(w, "http://127.0.0.1:1/app") }, itsPage, doctor.Warning, "refused", "browsers"},
		"an adapter that lets nobody frame it": {func(w *world) {
			w.set.Desk = &settings.Desk{Adapters: settings.Adapters{Chat: answers(w.T, 200, framesOf, "sameorigin")}}
		}, "Adapter, chat desk.adapters.chat", doctor.Fault, "X-Frame-Options: sameorigin", "contact centre"},
		"a widget that is a page":   {widget(200, "Content-Type", "text/html"), itsWidget, doctor.Fault, "a web page", "maintenance"},
		"a widget behind a sign-in": {widget(302, "Location", "/signin"), itsWidget, doctor.Warning, "302", "right"},
		"a widget that is gone":     {widget(404), itsWidget, doctor.Fault, "404", "Correct"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.change(w)
			if r := w.examine()[tt.at]; r.Verdict != tt.verdict || !strings.Contains(r.Found, tt.says) || !strings.Contains(r.Mend, tt.mend) {
				t.Errorf("found is %+v, want %s that says %q, and %q", r, tt.verdict, tt.says, tt.mend)
			}
		})
	}
}

func widget(status int, header ...string) func(*world) {
	return func(w *world) {
		w.set.Desk = &settings.Desk{AgentDesktop: &settings.AgentDesktop{WidgetURL: answers(w.T, status, header...) + "/AD/widget/agentdesktop_widget.js"}}
	}
}

// How browsers read the headers: w3.org/TR/CSP3, "frame-ancestors", and html.spec.whatwg.org, "The X-Frame-Options header".
func TestWhoForbidsTheDesksFrame(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header  []string
		forbids bool
	}{
		"nothing said":                              {nil, false},
		"a policy of other things":                  {[]string{csp, "default-src 'none'"}, false},
		"nobody":                                    {[]string{csp, "frame-ancestors 'none'"}, true},
		"nobody, by an empty list":                  {[]string{csp, "frame-ancestors"}, true},
		"itself":                                    {[]string{csp, "frame-ancestors 'self'"}, true},
		"everybody":                                 {[]string{csp, "frame-ancestors *"}, false},
		"everybody with https":                      {[]string{csp, "frame-ancestors https:"}, false},
		"the desk":                                  {[]string{csp, "default-src 'none'; Frame-Ancestors 'self' https://desk.example.com/"}, false},
		"the desk without a scheme":                 {[]string{csp, "frame-ancestors desk.example.com"}, false},
		"the desk by http":                          {[]string{csp, "frame-ancestors http://DESK.example.com:80"}, false},
		"the desk's port":                           {[]string{csp, "frame-ancestors https://desk.example.com:443"}, false},
		"any port":                                  {[]string{csp, "frame-ancestors https://desk.example.com:*"}, false},
		"another port":                              {[]string{csp, "frame-ancestors https://desk.example.com:8443"}, true},
		"all below a name":                          {[]string{csp, "frame-ancestors https://*.example.com"}, false},
		"all below another name":                    {[]string{csp, "frame-ancestors https://*.ample.com"}, true},
		"a name is not below itself":                {[]string{csp, "frame-ancestors https://*.desk.example.com"}, true},
		"one of two policies":                       {[]string{csp, "frame-ancestors *", csp, "frame-ancestors 'none'"}, true},
		"one of two in a header":                    {[]string{csp, "frame-ancestors *, frame-ancestors 'none'"}, true},
		"the first of two in a policy":              {[]string{csp, "frame-ancestors *; frame-ancestors 'none'"}, false},
		"one that only reports":                     {[]string{csp + "-Report-Only", "frame-ancestors 'none'"}, false},
		"the older header":                          {[]string{framesOf, "Deny"}, true},
		"the older header for itself":               {[]string{framesOf, "SAMEORIGIN"}, true},
		"the older header twice":                    {[]string{framesOf, "SAMEORIGIN", framesOf, "sameorigin"}, true},
		"the older header against itself":           {[]string{framesOf, "ALLOWALL, SAMEORIGIN"}, true},
		"the older header with what browsers leave": {[]string{framesOf, "ALLOW-FROM https://other.example.com"}, false},
		"the newer one before the older":            {[]string{framesOf, "DENY", csp, "frame-ancestors https://desk.example.com"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for i := 0; i < len(tt.header); i += 2 {
				h.Add(tt.header[i], tt.header[i+1])
			}
			if why := doctor.Forbids(h, "https://crm.example.com/app", "https://desk.example.com"); (why != "") != tt.forbids {
				t.Errorf("forbidden by %q, want %v", why, tt.forbids)
			}
		})
	}
}

func TestThePagesOwnSiteMayFrameIt(t *testing.T) {
	t.Parallel()
	for name, header := range map[string][]string{"the policy": {csp, "frame-ancestors 'self'"}, "the older header": {framesOf, "SAMEORIGIN"}} {
		h := http.Header{header[0]: header[1:]}
		if why := doctor.Forbids(h, "https://desk.example.com:443/app", "https://DESK.example.com"); why != "" {
			t.Errorf("%s: the desk's own page is forbidden by %s", name, why)
		}
		for _, other := range []string{"http://desk.example.com", "https://desk.example.com:8443", "https://crm.example.com"} {
			if doctor.Forbids(h, other, "https://desk.example.com") == "" {
				t.Errorf("%s: %s is taken for the desk's own", name, other)
			}
		}
	}
}
