package console

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/flow"
	"sessionbridge.internal/shared/people"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/form"
	"sessionbridge.internal/shared/settings/presets"
	"sessionbridge.internal/shared/store"
)

// MaxSettingsForm bounds what a form of settings sends, in bytes: a document in which every character is escaped, and the
// names of its inputs beside the values.
const MaxSettingsForm = 4 << 20

// settingsPages are those of a tenant's settings.
func (c *console) settingsPages() []route {
	const base = "/console/{tenant}/settings"
	admin := func(pattern string, page func(http.ResponseWriter, *http.Request) error) route {
		return route{pattern: pattern, right: people.Administer, page: page, most: MaxSettingsForm}
	}
	return []route{
		admin("GET "+base, c.settingsPage),
		admin("GET "+base+"/{part}", c.partPage),
		admin("POST "+base+"/{part}", c.partForm),
		admin("GET "+base+"/json", c.jsonPage),
		admin("POST "+base+"/json", c.jsonForm),
		admin("GET "+base+"/history", c.historyPage),
		admin("GET "+base+"/history/{number}", c.versionPage),
		admin("POST "+base+"/history/{number}", c.restoreForm),
		admin("POST "+base+"/crm/connect", c.connectForm),
	}
}

// document is the tenant's settings, in this release's version, and the version by which a change names them; an empty document
// and no version where there is none. Settings of a later release are as they are, for a person to see and take back.
func (c *console) document(r *http.Request) (doc []byte, version string, err error) {
	doc, version, err = c.store.SettingsVersion(r.Context(), r.PathValue("tenant"))
	if errors.Is(err, store.ErrNotFound) {
		return []byte("{}"), "", nil
	}
	if upgraded, tooNew := settings.Upgrade(doc); err == nil && tooNew == nil {
		doc = upgraded
	}
	return doc, version, err
}

// preset is the document to begin with that ?preset= names, else nil.
func preset(r *http.Request) ([]byte, error) {
	name := r.URL.Query().Get("preset")
	if name == "" {
		return nil, nil
	}
	doc, err := presets.Read(name)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "there is no such preset")
	}
	return doc, nil
}

// settingsView is the page on which one chooses a part.
type settingsView struct {
	Parts    []form.Part
	Presets  []string
	History  []store.Saved
	Connects bool // a person is to connect the CRM
}

func (c *console) settingsPage(w http.ResponseWriter, r *http.Request) error {
	doc, _, err := c.document(r)
	if err != nil {
		return err
	}
	d, err := form.Parse(doc)
	if errors.Is(err, form.ErrForm) {
		http.Redirect(w, r, settingsURL(r.PathValue("tenant"), "json"), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	history, err := c.store.SettingsHistory(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return err
	}
	v := settingsView{Parts: d.Parts(), Presets: presets.Names(), History: history[:min(len(history), 3)]}
	if set, err := settings.Parse(doc); err == nil {
		v.Connects = connects(set)
	}
	return c.settingsFrame(w, r, http.StatusOK, "settings.html", "Settings", v)
}

func (c *console) settingsFrame(w http.ResponseWriter, r *http.Request, status int, name, title string, body any) error {
	return c.render(w, r, status, name, frame{
		Title: title, Tenant: r.PathValue("tenant"), Here: "settings", Body: body, Said: sayings[r.URL.Query().Get("said")],
	})
}

// partView is the form of one part.
type partView struct {
	Tenant  string
	Part    string
	Parts   []form.Part
	Form    *form.Field
	Version string // of the document that the form was made of
	Rest    []*settings.Problem
	Wrong   []*form.Field // those with problems
	Note    string        // what could not be done
	Back    bool          // it is what was typed before the sign-in ended
	Offers  bool          // what the browser kept of the form may be offered here
	At      string        // where a person was at work: a JSON Pointer
	Preset  string
	Presets []string // to begin with, of those that have the part
	Trials  map[string][]flow.Trial
	Inherit map[string]string // what a queue without a setting of its own has, by the setting
}

func (c *console) partPage(w http.ResponseWriter, r *http.Request) error {
	doc, version, err := c.document(r)
	if err != nil {
		return err
	}
	d, err := form.Parse(doc)
	if err != nil {
		return fault.Wrap(fault.Unprocessable, err, "%s", form.ErrForm.Error())
	}
	part := r.PathValue("part")
	begin, err := preset(r)
	if err != nil {
		return err
	}
	if begin != nil {
		from, err := form.Parse(begin)
		if err != nil {
			return err
		}
		d.Replace(part, from)
	}
	return c.showPart(w, r, http.StatusOK, d, partView{Version: version, Offers: true, Preset: r.URL.Query().Get("preset")}, nil)
}

// showPart answers with the form of the part that the path names.
func (c *console) showPart(w http.ResponseWriter, r *http.Request, status int, d *form.Document, v partView, problems []*settings.Problem) error {
	v.Tenant, v.Part, v.Parts = r.PathValue("tenant"), r.PathValue("part"), d.Parts()
	if v.Form, v.Rest = d.Form(v.Part, problems); v.Form == nil {
		return fault.New(fault.NotFound, "The settings have no such part.")
	}
	v.Wrong = wrong(v.Form)
	v.Presets = presetsWith(v.Part)
	if v.Part == "queues" {
		v.Inherit = inherited(d)
	}
	return c.settingsFrame(w, r, status, "part.html", "Settings: "+heading(v.Part), v)
}

// wrong are the fields with problems, from the top of the page to its end.
func wrong(f *form.Field) (all []*form.Field) {
	if len(f.Problems) > 0 {
		all = append(all, f)
	}
	for _, in := range f.Fields {
		all = append(all, wrong(in)...)
	}
	return all
}

func presetsWith(part string) (names []string) {
	for _, name := range presets.Names() {
		doc, err := presets.Read(name)
		if err != nil {
			continue
		}
		if d, err := form.Parse(doc); err == nil && slices.Contains(d.Names(), part) {
			names = append(names, name)
		}
	}
	return names
}

// inherited is what holds for a queue that has no setting of its own.
func inherited(d *form.Document) map[string]string {
	set, _ := settings.Parse(d.JSON()) // with mistakes in it, it shows what can be read
	in := map[string]string{}
	if set.Mail != nil {
		in["mail"] = set.Mail.To
	}
	if set.CRM != nil {
		in["lookup_url"] = set.CRM.LookupURLs.Queue
	}
	return in
}

// partForm does what a button of the form says: saves the part, adds or removes something in it, or tries an endpoint.
func (c *console) partForm(w http.ResponseWriter, r *http.Request) error {
	doc, current, err := c.document(r)
	if err != nil {
		return err
	}
	d, err := form.Parse(doc)
	if err != nil {
		return fault.Wrap(fault.Unprocessable, err, "%s", form.ErrForm.Error())
	}
	d.Replace(r.PathValue("part"), form.Read(r.PathValue("part"), r.PostForm))
	do, at, _ := strings.Cut(cmp.Or(r.PostFormValue("do"), entered(r.PostForm)), " ")
	v := partView{Version: r.PostFormValue("version"), At: at}
	switch do {
	case "save":
		return c.savePart(w, r, d, v, current)
	case "try":
		return c.tryPart(w, r, d, v, at)
	case "show":
		return c.showDraft(w, r, d, v)
	}
	if do == "rename" {
		v.At, err = d.Rename(at, strings.TrimSpace(r.PostFormValue("rename "+at)))
	} else {
		err = edit(d, do, at, r.PostForm)
	}
	if err != nil {
		v.Note = err.Error() + "."
	}
	return c.showPart(w, r, http.StatusOK, d, v, nil)
}

// entered is what Enter does in a field of the form, which presses no button: where a name was written, what that is for.
func entered(sent url.Values) (do string) {
	for name := range sent {
		kind, at, _ := strings.Cut(name, " ")
		switch {
		case sent.Get(name) == "":
		case kind == "key":
			return "add " + at
		case kind == "rename":
			return "rename " + at
		}
	}
	return "save"
}

func edit(d *form.Document, do, at string, sent url.Values) error {
	switch do {
	case "add":
		return d.Add(at, strings.TrimSpace(cmp.Or(sent.Get("word "+at), sent.Get("key "+at))))
	case "remove":
		return d.Remove(at)
	case "raise":
		return d.Raise(at)
	}
	return fault.New(fault.Malformed, "do must be save, show, try, add, remove, rename or raise")
}

// showDraft shows what a browser kept of a form that could not be saved, such as one sent after the sign-in had ended
// (assets/draft.js). Its version stays the one that it was made of: should somebody else have saved meanwhile, saving it tells.
func (c *console) showDraft(w http.ResponseWriter, r *http.Request, d *form.Document, v partView) error {
	v.Back, v.At = true, r.PathValue("part")
	return c.showPart(w, r, http.StatusOK, d, v, nil)
}

// savePart makes the document the tenant's. Where it has mistakes the form comes back with them; where somebody else changed it
// meanwhile, a page that shows what differs.
func (c *console) savePart(w http.ResponseWriter, r *http.Request, d *form.Document, v partView, current string) error {
	doc := d.JSON()
	if v.Version != current {
		return c.conflict(w, r, doc)
	}
	err := c.save(r, v.Version, doc)
	switch fault.KindOf(err) {
	case fault.Stale:
		return c.conflict(w, r, doc)
	case fault.Unprocessable:
		return c.showPart(w, r, http.StatusUnprocessableEntity, d, v, c.problemsIn(r, doc))
	}
	if err != nil {
		return err
	}
	return back(w, r, settingsURL(r.PathValue("tenant"), r.PathValue("part")), "saved")
}

// problemsIn are the mistakes in a document that somebody wants to save.
func (c *console) problemsIn(r *http.Request, doc []byte) (all []*settings.Problem) {
	_, err := settings.Parse(doc)
	if err == nil {
		err = c.ownNames(r, doc)
	}
	problems := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		problems = joined.Unwrap()
	}
	for _, one := range problems {
		var p *settings.Problem
		if errors.As(one, &p) {
			all = append(all, p)
		}
	}
	return all
}

// tryPart shows at each endpoint the request that it would make, and at the one in question the answer, if it only searches.
func (c *console) tryPart(w http.ResponseWriter, r *http.Request, d *form.Document, v partView, at string) error {
	doc := d.JSON()
	if problems := c.problemsIn(r, doc); len(problems) > 0 {
		v.Note = "Nothing is tried before the mistakes are mended."
		return c.showPart(w, r, http.StatusUnprocessableEntity, d, v, problems)
	}
	set, err := c.tried(r, bytes.TrimSpace(doc))
	if err != nil {
		return err
	}
	s, err := c.example(r, strings.TrimSpace(r.PostFormValue("session")))
	if err != nil {
		v.Note = "The session to try it with is not there."
		return c.showPart(w, r, http.StatusOK, d, v, nil)
	}
	v.Trials = map[string][]flow.Trial{}
	for _, one := range flow.Trials(set.CRM, s) {
		path := "crm.endpoints." + one.Endpoint
		if path == at {
			mine := []flow.Trial{one}
			c.runner.Try(r.Context(), r.PathValue("tenant"), set.CRM, s, mine)
			v.Trials[path] = append(v.Trials[path], mine...)
		}
	}
	if len(v.Trials) == 0 {
		v.Note = "A session like this makes no request by this endpoint: " + at
	}
	return c.showPart(w, r, http.StatusOK, d, v, nil)
}

// settingsURL is a page of a tenant's settings; without a name, the one on which one chooses.
func settingsURL(tenant, name string) string {
	return strings.TrimSuffix(tenantURL(tenant)+"settings/"+name, "/")
}
