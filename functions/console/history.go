package console

import (
	"errors"
	"net/http"
	"strconv"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/settings/form"
	"sessionbridge.internal/shared/store"
)

// history answers the versions of the tenant's settings that are kept, without their documents.
func (c *console) history(w http.ResponseWriter, r *http.Request) error {
	all, err := c.store.SettingsHistory(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"versions": all})
}

// changedPaths are where two documents differ. Of what was no document a history has nothing to tell.
func changedPaths(before, after []byte) (paths []string) {
	changes, err := form.Diff(before, after)
	if err != nil {
		return nil
	}
	for _, one := range changes {
		paths = append(paths, one.Path)
	}
	return paths
}

// showSaved answers the document of one version.
func (c *console) showSaved(w http.ResponseWriter, r *http.Request) error {
	v, err := c.saved(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write([]byte(v.Document))
	return err
}

// saved is the version that the path names.
func (c *console) saved(r *http.Request) (store.Saved, error) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		return store.Saved{}, fault.Wrap(fault.NotFound, err, "a version is a number")
	}
	v, err := c.store.SavedSettings(r.Context(), r.PathValue("tenant"), n)
	if errors.Is(err, store.ErrNotFound) {
		return v, fault.Wrap(fault.NotFound, err, "there is no such version; the last %d are kept", store.MaxHistory)
	}
	return v, err
}
