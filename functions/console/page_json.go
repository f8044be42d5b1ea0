package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/form"
)

// jsonView is the whole document as a text, for those who rather write it.
type jsonView struct {
	Document string
	Version  string
	Problems []*settings.Problem
	Preset   string
	Back     bool // it is what was typed before the sign-in ended
	Offers   bool // what the browser kept of the form may be offered here
}

func (c *console) jsonPage(w http.ResponseWriter, r *http.Request) error {
	doc, version, err := c.document(r)
	if err != nil {
		return err
	}
	v := jsonView{Version: version, Offers: true, Preset: r.URL.Query().Get("preset")}
	begin, err := preset(r)
	if err != nil {
		return err
	}
	if begin != nil {
		doc = begun(doc, begin)
	}
	v.Document = indented(doc)
	if version != "" {
		v.Problems = c.problemsIn(r, doc)
	}
	return c.settingsFrame(w, r, http.StatusOK, "json.html", "Settings as JSON", v)
}

// begun is a document with the preset's parts in the place of its own. For how long sessions are kept a preset says to who begins, and
// to nobody who has some already: that they are deleted must not come with another CRM.
func begun(doc, preset []byte) []byte {
	d, err := form.Parse(doc)
	if err != nil {
		return preset
	}
	from, err := form.Parse(preset)
	if err != nil {
		return preset
	}
	begins := !slices.ContainsFunc(d.Names(), func(part string) bool { return part != "version" })
	for _, part := range from.Names() {
		if part != "retention" || begins {
			d.Replace(part, from)
		}
	}
	return d.JSON()
}

// indented is a document as people read it; what is no JSON stays as it is.
func indented(doc []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, bytes.TrimSpace(doc), "", "  ") != nil {
		return string(doc)
	}
	return b.String()
}

func (c *console) jsonForm(w http.ResponseWriter, r *http.Request) error {
	doc := []byte(strings.ReplaceAll(r.PostFormValue("document"), "\r\n", "\n"))
	_, current, err := c.document(r)
	if err != nil {
		return err
	}
	v := jsonView{Document: string(doc), Version: r.PostFormValue("version"), Back: r.PostFormValue("do") == "show"}
	if v.Back {
		return c.settingsFrame(w, r, http.StatusOK, "json.html", "Settings as JSON", v)
	}
	if v.Problems = c.problemsIn(r, doc); len(v.Problems) > 0 {
		return c.settingsFrame(w, r, http.StatusUnprocessableEntity, "json.html", "Settings as JSON", v)
	}
	if v.Version != current {
		return c.conflict(w, r, doc)
	}
	err = c.save(r, v.Version, doc)
	if fault.KindOf(err) == fault.Stale {
		return c.conflict(w, r, doc)
	}
	if err != nil {
		return err
	}
	return back(w, r, settingsURL(r.PathValue("tenant"), ""), "saved")
}
