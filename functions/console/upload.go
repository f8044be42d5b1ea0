package console

import (
	"crypto/rand"
	"mime"
	"net/http"
	"strings"
	"time"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/session"
)

// uploadTime is how long an upload may be begun.
const uploadTime = 15 * time.Minute

// uploadAddress is where and how an end user's browser sends one file, past us, into the bucket.
type uploadAddress struct {
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers"`   // all of them, with these very values
	File     string            `json:"file"`      // the id that it has in the session once it has arrived
	MaxBytes int64             `json:"max_bytes"` // of the content
}

// askUpload answers where a photo or video of the session may be uploaded to, once. The body is
// {"kind": "photo", "type": "image/jpeg"}. The file becomes the session's once it has arrived: Cloud Storage tells
// functions/session.
func (c *console) askUpload(w http.ResponseWriter, r *http.Request) error {
	if c.places.Uploads == "" {
		return fault.New(fault.Unprocessable, "there is no bucket for uploads: set UPLOADS_BUCKET")
	}
	kind, contentType, err := askedUpload(r)
	if err != nil {
		return err
	}
	if _, err := c.tenant(r); err != nil {
		return err
	}
	_, id, err := c.find(r, r.PathValue("key"))
	if err != nil {
		return err
	}
	u := files.Upload{Tenant: id.Tenant, Source: id.Source, Session: id.Key, Kind: kind, ID: rand.Text()}
	a := uploadAddress{Method: http.MethodPut, File: u.FileID(), MaxBytes: files.UploadLimits[kind]}
	bucket := gcs.New(c.places.Storage, c.places.Uploads, gcs.Options{Signer: c.places.Signer, Clock: c.clock})
	a.URL, a.Headers, err = bucket.UploadLink(r.Context(), u.Path(), contentType, a.MaxBytes, uploadTime)
	if err != nil {
		return unsigned(err)
	}
	return answer(w, a)
}

// uploadTypes are what the kinds' types begin with. What the content is, is seen when it has arrived.
var uploadTypes = map[session.FileKind]string{session.Photo: "image/", session.Video: "video/"}

// askedUpload reads what is to be uploaded. The type is without parameters, as the browser has to repeat it.
func askedUpload(r *http.Request) (kind session.FileKind, contentType string, err error) {
	var ask struct {
		Kind session.FileKind `json:"kind"`
		Type string           `json:"type"`
	}
	if err := asked(r, maxAsked, &ask, `{"kind": "photo", "type": "image/jpeg"}`); err != nil {
		return "", "", err
	}
	prefix, ok := uploadTypes[ask.Kind]
	if !ok {
		return "", "", fault.New(fault.Unprocessable, `kind must be "photo" or "video"`)
	}
	contentType, _, err = mime.ParseMediaType(ask.Type)
	if err != nil || !strings.HasPrefix(contentType, prefix) {
		return "", "", fault.New(fault.Unprocessable, "type must be the content's, beginning with "+prefix)
	}
	return ask.Kind, contentType, nil
}
