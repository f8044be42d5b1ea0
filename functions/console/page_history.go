package console

import (
	"net/http"
	"strconv"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/form"
	"sessionbridge.internal/shared/store"
)

// conflictView is what a person wanted to save, against what somebody else saved meanwhile.
type conflictView struct {
	Document string // the person's
	Version  string // the one it would replace
	Last     *store.Saved
	Changes  []form.Change
}

// conflict shows a person that the settings are not those any more that they changed, and what their own would change in those
// that are. Nothing is saved.
func (c *console) conflict(w http.ResponseWriter, r *http.Request, doc []byte) error {
	now, version, err := c.document(r)
	if err != nil {
		return err
	}
	v := conflictView{Document: string(doc), Version: version}
	if v.Changes, err = form.Diff(now, doc); err != nil {
		return fault.Wrap(fault.Unprocessable, err, "the settings must be one JSON object")
	}
	all, err := c.store.SettingsHistory(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return err
	}
	if len(all) > 0 {
		v.Last = &all[0]
	}
	return c.settingsFrame(w, r, http.StatusConflict, "conflict.html", "Somebody else has changed the settings", v)
}

func (c *console) historyPage(w http.ResponseWriter, r *http.Request) error {
	all, err := c.store.SettingsHistory(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return err
	}
	return c.settingsFrame(w, r, http.StatusOK, "history.html", "History of the settings", all)
}

// versionView is one version: what it changed, and what restoring it would.
type versionView struct {
	store.Saved
	Current  string // the version that restoring would replace
	Brought  []form.Change
	First    bool // the one before it is not kept
	Restores []form.Change
	Problems []*settings.Problem // why it cannot be restored
}

func (c *console) versionPage(w http.ResponseWriter, r *http.Request) error {
	return c.showVersion(w, r, http.StatusOK)
}

func (c *console) showVersion(w http.ResponseWriter, r *http.Request, status int) error {
	saved, err := c.saved(r)
	if err != nil {
		return err
	}
	v := versionView{Saved: saved, Problems: c.problemsIn(r, []byte(saved.Document))}
	now, version, err := c.document(r)
	if err != nil {
		return err
	}
	v.Current = version
	before, err := c.store.SavedSettings(r.Context(), r.PathValue("tenant"), saved.Number-1)
	if v.First = err != nil; !v.First {
		if v.Brought, err = form.Diff([]byte(before.Document), []byte(saved.Document)); err != nil {
			return err
		}
	}
	if v.Restores, err = form.Diff(now, []byte(saved.Document)); err != nil {
		return err
	}
	return c.settingsFrame(w, r, status, "version.html", "Settings, version "+strconv.Itoa(saved.Number), v)
}

// restoreForm makes a version the tenant's settings again: as a new version, so that nothing of the history is lost.
func (c *console) restoreForm(w http.ResponseWriter, r *http.Request) error {
	saved, err := c.saved(r)
	if err != nil {
		return err
	}
	err = c.save(r, r.PostFormValue("version"), []byte(saved.Document))
	switch fault.KindOf(err) {
	case fault.Stale:
		return c.conflict(w, r, []byte(saved.Document))
	case fault.Unprocessable:
		return c.showVersion(w, r, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return back(w, r, settingsURL(r.PathValue("tenant"), "history"), "restored")
}
