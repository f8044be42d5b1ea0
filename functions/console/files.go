package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// fileView is a file of a session, as people see it.
type fileView struct {
	ID       string      `json:"id"`
	Kind     string      `json:"kind"`
	Path     string      `json:"path,omitempty"` // in every place
	Type     string      `json:"type,omitempty"`
	Size     int64       `json:"size,omitempty"`
	URL      string      `json:"url,omitempty"`  // its lasting address: in the storage or in the CRM, as the settings say
	Open     string      `json:"open,omitempty"` // where this API gives it
	State    string      `json:"state"`          // pending, waiting, stored, dead or, of a kind the settings do not store, not_stored
	Problem  string      `json:"problem,omitempty"`
	CRMURL   string      `json:"crm_url,omitempty"`
	StoredIn []placeView `json:"stored_in,omitempty"`
}

// placeView is the file as one place has it.
type placeView struct {
	Place string `json:"place"` // bucket or sftp
	files.Stored
}

// filesOf are the session's files: those that were announced, and those that are made here.
func filesOf(set settings.Settings, d *store.Document) (all []fileView) {
	for i := range d.Files {
		f := &d.Files[i]
		v := fileView{ID: f.ID, Kind: f.Kind, Type: f.Type, Size: f.Size, Problem: f.Problem, State: stateOf(set.Storage, d, f)}
		for _, name := range slices.Sorted(maps.Keys(f.Places)) {
			v.Path = f.Places[name].Path
			v.StoredIn = append(v.StoredIn, placeView{name, f.Places[name].Stored})
		}
		if v.Path != "" {
			v.Open = openURL(d.Session.Tenant, d.Session.Source, d.Session.Key, f.ID)
		}
		v.URL = work.Link(set.Storage, d, f)
		for _, taken := range d.CRM.Files {
			if taken.File == f.ID {
				v.CRMURL = taken.URL
			}
		}
		if v.CRMURL != "" && (v.URL == "" || set.Storage.LinkSource == settings.FromCRM) {
			v.URL = v.CRMURL
		}
		all = append(all, v)
	}
	for _, a := range d.Session.Announced {
		if len(d.Files) >= work.MaxFiles && d.File(a.ID) == nil {
			all = append(all, fileView{ID: a.ID, Kind: string(a.Kind), State: "dead", Problem: fmt.Sprintf("it is not taken: a session has at most %d files", work.MaxFiles)})
		}
	}
	return all
}

// openURL is where this API gives a file. Keys and ids are the sources' and may hold anything.
func openURL(tenant, source, key, file string) string {
	return "/console/api/tenants/" + url.PathEscape(tenant) + "/sessions/" + url.PathEscape(key) + "/files/" + url.PathEscape(file) +
		"?source=" + url.QueryEscape(source)
}

func stateOf(st *settings.Storage, d *store.Document, f *store.File) string {
	switch {
	case f.Dead || f.Own() && d.Metadata.Dead && len(f.Places) == 0:
		return "dead"
	case len(f.Places) > 0 && len(work.PlacesLeft(st, f)) == 0:
		return "stored"
	case !st.Keeps(f.Kind):
		return "not_stored"
	case f.Problem != "" || f.Own() && d.Metadata.Problem != "":
		return "waiting"
	}
	return "pending"
}

// linkTime is how long a link that a person follows at once is good for.
const linkTime = 10 * time.Minute

// giveFile sends a person's browser to the file in the bucket, or sends what another place has: the head, and the content that
// follows it.
func (c *console) giveFile(w http.ResponseWriter, r *http.Request) (content io.ReadCloser, err error) {
	set, err := c.tenant(r)
	if err != nil {
		return nil, err
	}
	doc, id, f, err := c.fileFor(r)
	if err != nil {
		return nil, err
	}
	if f == nil || len(f.Places) == 0 || set.Storage == nil {
		return nil, fault.New(fault.NotFound, "the session has no such file, or it is not stored yet")
	}
	if place, ok := f.Places[work.Bucket]; ok && set.Storage.Bucket != "" {
		link, err := c.places.Bucket(set.Storage).Link(r.Context(), place.Path, linkTime, path.Base(place.Path))
		if err != nil {
			return nil, unsigned(err)
		}
		http.Redirect(w, r, link, http.StatusFound)
		return nil, nil
	}
	return c.sendFile(w, r, set, id, doc, f)
}

// unsigned tells the person what hinders links, which holds no secret.
func unsigned(err error) error {
	if errors.Is(err, gcs.ErrCannotSign) {
		return fault.Wrap(fault.Unavailable, err, "links cannot be signed: %s", err.Error())
	}
	return err
}

// sendFile answers with the head of the file, which is to be saved: what a caller or customer sent must not run as a page
// of the console's.
func (c *console) sendFile(w http.ResponseWriter, r *http.Request, set settings.Settings, id store.ID, doc *store.Document, f *store.File) (io.ReadCloser, error) {
	content, size, err := c.openContent(r.Context(), set, id, doc, f)
	if err != nil {
		return nil, err
	}
	name := ""
	for _, place := range f.Places {
		name = path.Base(place.Path)
	}
	h := w.Header()
	h.Set("Content-Type", cmp.Or(f.Type, "application/octet-stream"))
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("X-Content-Type-Options", "nosniff")
	return content, nil
}

// openContent is the file's content from where it is to be had; the size is known, or it would not be seen where it breaks
// off.
func (c *console) openContent(ctx context.Context, set settings.Settings, id store.ID, doc *store.Document, f *store.File) (io.ReadCloser, int64, error) {
	src, done, err := c.places.Content(ctx, set, id, doc, f.ID)
	if err != nil {
		return nil, 0, notToBeHad(err)
	}
	if src.Open == nil || src.Size < 0 {
		done()
		return nil, 0, fault.New(fault.NotFound, "the file is not where it was stored any more")
	}
	body, err := src.Open(ctx, 0)
	if err != nil {
		done()
		return nil, 0, notToBeHad(err)
	}
	return &lent{body, done}, src.Size, nil
}

// notToBeHad tells the person why, which holds no secret: places and sources do not name their credentials.
func notToBeHad(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, gcs.ErrNotExist) {
		return fault.Wrap(fault.NotFound, err, "the file is not where it was stored any more")
	}
	return fault.Wrap(fault.Unavailable, err, "the file is not to be had now: %s", err.Error())
}

// lent is content whose place is given up with it.
type lent struct {
	io.ReadCloser
	done func()
}

func (l *lent) Close() error {
	defer l.done()
	return l.ReadCloser.Close()
}
