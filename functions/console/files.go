package console

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// fileView is a file of a session, as people see it.
type fileView struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Path     string `json:"path,omitempty"` // in every place
	Type     string `json:"type,omitempty"`
	Size     int64  `json:"size,omitempty"`
	URL      string `json:"url,omitempty"`  // its lasting address: in the storage or in the CRM, as the settings say
	Open     string `json:"open,omitempty"` // where this API gives it
	State    string `json:"state"`          // pending, waiting, stored or dead
	Problem  string `json:"problem,omitempty"`
	CRMURL   string `json:"crm_url,omitempty"`
	StoredIn []struct {
		Place string `json:"place"`
		files.Stored
	} `json:"stored_in,omitempty"`
}

// filesOf are the session's files: those that were announced, and those that are made here.
func filesOf(set settings.Settings, d *store.Document) (all []fileView) {
	for i := range d.Files {
		f := &d.Files[i]
		v := fileView{ID: f.ID, Kind: f.Kind, Type: f.Type, Size: f.Size, Problem: f.Problem, State: stateOf(set.Storage, d, f)}
		for _, name := range slices.Sorted(maps.Keys(f.Places)) {
			v.Path = f.Places[name].Path
			v.StoredIn = append(v.StoredIn, struct {
				Place string `json:"place"`
				files.Stored
			}{name, f.Places[name].Stored})
		}
		if v.Path != "" {
			v.Open = path.Join("/console/api/tenants", d.Session.Tenant, "sessions", d.Session.Key, "files", f.ID)
		}
		v.URL = work.Link(set.Storage, f)
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
	return all
}

func stateOf(st *settings.Storage, d *store.Document, f *store.File) string {
	switch {
	case f.Dead || f.Own() && d.Metadata.Dead && len(f.Places) == 0:
		return "dead"
	case len(f.Places) > 0 && len(work.PlacesLeft(st, f)) == 0:
		return "stored"
	case f.Problem != "":
		return "waiting"
	}
	return "pending"
}

// linkTime is how long a link that a person follows at once is good for.
const linkTime = 10 * time.Minute

// openFile sends a person's browser to the file in the bucket, or sends what another place has.
func (c *console) openFile(w http.ResponseWriter, r *http.Request) error {
	set, err := c.tenant(r)
	if err != nil {
		return err
	}
	id, err := c.find(r)
	if err != nil {
		return err
	}
	doc, err := c.store.Session(r.Context(), id)
	if err != nil {
		return err
	}
	f := doc.File(r.PathValue("file"))
	if f == nil || len(f.Places) == 0 || set.Storage == nil {
		return fault.New(fault.NotFound, "the session has no such file, or it is not stored yet")
	}
	w.Header().Set("Cache-Control", "no-store")
	if place, ok := f.Places[work.Bucket]; ok && set.Storage.Bucket != "" {
		link, err := c.places.Bucket(set.Storage).Link(r.Context(), place.Path, linkTime, path.Base(place.Path))
		if err != nil {
			return err
		}
		http.Redirect(w, r, link, http.StatusFound)
		return nil
	}
	return c.sendFile(w, r, set, id, doc, f)
}

// sendFile sends the file itself, to be saved: what a caller or customer sent must not run as a page of the console's.
func (c *console) sendFile(w http.ResponseWriter, r *http.Request, set settings.Settings, id store.ID, doc *store.Document, f *store.File) error {
	src, done, err := c.places.Content(r.Context(), set, id, doc, f.ID)
	if err != nil {
		return err
	}
	defer done()
	body, err := src.Open(r.Context(), 0)
	if err != nil {
		return err
	}
	defer body.Close()
	name := ""
	for _, place := range f.Places {
		name = path.Base(place.Path)
	}
	w.Header().Set("Content-Type", cmp.Or(f.Type, "application/octet-stream"))
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if src.Size >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(src.Size, 10))
	}
	_, err = io.Copy(w, body)
	if err != nil {
		panic(http.ErrAbortHandler) // the head is sent; the browser must see that the rest is missing
	}
	return nil
}

// uploadTime is how long an upload may be begun.
const uploadTime = 15 * time.Minute

// askUpload answers where a photo or video of the session may be uploaded to, once, with a PUT: {"url", "headers", "file"}.
// The body is {"kind": "photo", "type": "image/jpeg"}. The file becomes the session's once it has arrived.
func (c *console) askUpload(w http.ResponseWriter, r *http.Request) error {
	if c.places.Uploads == "" {
		return fault.New(fault.Unprocessable, "there is no bucket for uploads: set UPLOADS_BUCKET")
	}
	var asked struct {
		Kind session.FileKind `json:"kind"`
		Type string           `json:"type"`
	}
	body, err := inbound.JSON(r, 4<<10)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return fault.Wrap(fault.Malformed, err, `the body must be {"kind": "photo", "type": "image/jpeg"}`)
	}
	limit := files.UploadLimits[asked.Kind]
	if limit == 0 {
		return fault.New(fault.Unprocessable, `kind must be "photo" or "video"`)
	}
	class := map[session.FileKind]string{session.Photo: "image/", session.Video: "video/"}[asked.Kind]
	if media, _, err := mime.ParseMediaType(asked.Type); err != nil || !strings.HasPrefix(media, class) {
		return fault.New(fault.Unprocessable, "type must be the content's, beginning with "+class)
	}
	id, err := c.find(r)
	if err != nil {
		return err
	}
	u := files.Upload{Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: asked.Kind, ID: rand.Text()}
	bucket := gcs.New(c.places.Storage, c.places.Uploads, gcs.Options{Signer: c.places.Signer, Clock: c.clock})
	link, headers, err := bucket.UploadLink(r.Context(), u.Path(), asked.Type, limit, uploadTime)
	if errors.Is(err, gcs.ErrCannotSign) {
		return fault.Wrap(fault.Unavailable, err, "uploads cannot be signed: %s", err.Error())
	}
	if err != nil {
		return err
	}
	return answer(w, map[string]any{"method": http.MethodPut, "url": link, "headers": headers, "file": u.FileID(), "max_bytes": limit})
}
